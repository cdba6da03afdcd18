"""What a model says about a customer comes back with the customer's own values: every row goes out
masked, is said back by the model in three ways, and must read as what was said, value by value."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.tools import tool

from guardrails import gateway, placeholders
from guardrails.mask import KnownValue, Mask
from guardrails.text import plain_stream
from tests.fakes.openai_stub import Reply, Stub
from tests.guardrails.conftest import model, shared, stub, trace
from tests.proofs.played import rows_of

__all__ = ["model", "stub"]

ALL = os.environ.get("FRONTDESK_PROOF") == "all"
pytestmark = pytest.mark.timeout(3600 if ALL else 120)


@tool
def note(text: str) -> str:
    """Note."""
    return text


def echo(body: dict[str, Any]) -> Reply:
    """Say what was said, or ask the one tool to note it."""
    said = body["messages"][-1]["content"]
    if body.get("tools"):
        return Reply(tool_calls=(("note", {"text": said}),))
    return Reply(said)


def rows(name: str, some: int) -> list[dict[str, Any]]:
    found = [row for row in rows_of(shared("pii", name)) if row["text"].strip()]
    return found if ALL else found[:: max(1, len(found) // some)][:some]


@pytest.mark.parametrize("name", ["tau_conversations.jsonl", "chat_multilingual.jsonl"])
def test_every_row_comes_back_as_it_was_said(model: Stub, name: str) -> None:
    model.answer = echo
    records = {
        row["conversation"]: row["known"]
        for row in rows_of(shared("pii", "tau_customer_records.jsonl"))
    }
    exact = other_spelling = 0
    for row in rows(name, 40):
        record = row.get("known") or records.get(row.get("conversation"), [])
        mask = Mask([KnownValue(kind(item), item["value"]) for item in record])
        hidden = mask.hide(row["text"])
        reference = put_back(hidden, mask)
        guarded = gateway.chat_model(mask, trace=trace(max_calls=9))
        assert guarded.invoke(row["text"]).text == reference, row["id"]
        assert "".join(chunk.text for chunk in guarded.stream(row["text"])) == reference, row["id"]
        asked = AIMessageChunk(content="")
        for chunk in guarded.bind_tools([note]).stream(row["text"]):
            assert isinstance(chunk, AIMessageChunk)
            asked += chunk
        assert asked.tool_calls[0]["args"] == {"text": reference}, row["id"]
        exact += reference == row["text"]
        other_spelling += reference != row["text"]
        wire = json.dumps([json.loads(body)["messages"] for body in model.bodies[-3:]])
        assert hidden == row["text"] or row["text"] not in wire
    print(f"\n{name}: {exact} to the letter, {other_spelling} in the record's spelling")  # noqa: T201
    assert exact > other_spelling


@pytest.mark.parametrize("name", ["tau_conversations.jsonl", "chat_multilingual.jsonl"])
def test_nothing_but_the_spelling_of_values_changes(name: str) -> None:
    for row in rows(name, 60):
        mask = Mask()
        hidden = mask.hide(row["text"])
        pieces = placeholders.EXACT.split(hidden)
        assert plain_stream("".join(pieces)) in plain_stream(row["text"]) or len(pieces) > 1
        position = 0
        for piece in pieces:  # what stands between the values is untouched, in order
            position = row["text"].index(piece, position) + len(piece)


def put_back(hidden: str, mask: Mask) -> str:
    """What must be read: one value after the other, each by itself."""
    return placeholders.EXACT.sub(lambda found: mask.restore(found[0]), hidden)


def kind(item: dict[str, str]) -> str:
    return {"PERSON_FIRST": "PERSON", "PERSON_LAST": "PERSON"}.get(item["type"], item["type"])
