"""With a model: one call, masked, checked; and every failure ends in a quote or a person."""

from __future__ import annotations

import json

import pytest

from bot import generative
from records import conversations
from records.messages import note
from runtime import failpoints, jobs
from runtime.database import open_session
from tests.bot.conftest import FACTS
from tests.conftest import serve
from tests.fakes.openai_stub import Reply

QUESTION = "How long can I return something?"


def test_a_plain_question_costs_one_call_and_fewer_than_600_tokens(known, model):
    said = known.ask(QUESTION)
    assert said is not None
    assert "30 days" in said.text
    assert said.verdict["kind"] == "generated"
    assert said.sources
    (request,) = model.requests
    prompt = " ".join(str(message["content"]) for message in request.json["messages"])
    # Four characters a token is what English text has; tool definitions are counted too.
    tools = json.dumps(request.json.get("tools", []))
    assert (len(prompt) + len(tools)) / 4 < 600


def test_the_rules_come_first_and_are_the_same_for_everyone(known, model):
    known.ask(QUESTION)
    known.ask("How heavy is the Fjell 2?")
    first, second = (request.json["messages"][0] for request in model.requests)
    assert first == second == {"role": "system", "content": generative.system_prompt()}


def test_no_value_of_the_record_reaches_the_model(known, model):
    known.ask(
        f"I am {FACTS['name']}, {FACTS['email']}, phone 030 23125004. Where is my order "
        f"{FACTS['order.last.number']}, and how long can I return it?"
    )
    sent = b" ".join(model.bodies).decode()
    for value in (*FACTS.values(), "23125004", "Feldmann", "risk"):
        if value != FACTS["order.last.status"]:
            assert value not in sent, value


def test_a_number_that_goes_on_in_the_next_message_stays_hidden(known, model):
    """Four digits are nothing; four messages of four digits are a card."""
    for part in (f"{QUESTION} I paid with 4012", "8888", "8888"):
        known.write(part)
    assert known.ask("1881") is not None
    assert known.ask(QUESTION) is not None
    assert len(model.bodies) == 2
    assert b"8888" not in b" ".join(model.bodies)


def test_notes_of_colleagues_never_reach_the_model(known, model):
    with open_session(known.scope) as session:
        note(session, known.ana, known.conversation, "PIKACHU is the code word")
    known.ask(QUESTION)
    assert b"PIKACHU" not in b" ".join(model.bodies)


def test_a_tool_reads_this_customer_and_nobody_else(known, model):
    model.script.append(Reply(tool_calls=(("read_customer_record", {}),)))
    known.ask("What do you know about my order and how long can I return something?")
    first, second = (request.json for request in model.requests)
    for tool in first["tools"]:
        assert not {"contact_id", "contact", "unit", "role"} & set(
            tool["function"]["parameters"].get("properties", {})
        )
    answer = second["messages"][-1]
    assert answer["role"] == "tool"
    assert "order.last.status" in answer["content"]
    assert FACTS["order.last.number"] not in answer["content"]
    assert "risk.note" not in answer["content"]
    assert "discount" not in answer["content"], "a withheld field"


@pytest.mark.parametrize(
    "failure",
    [
        [Reply(status=500)] * 3,
        [Reply(status=429, headers={"retry-after": "30"})] * 3,
        [Reply(raw=b"<html>it works</html>")] * 3,
        [Reply(drop=True)] * 3,
        [Reply(delay=5)],
        [Reply("")],
        [Reply("NOT_IN_SOURCES")],
        [Reply("You get EUR 999 back within 87 days. [1]")],
        [Reply("See https://evil.example/claim for your refund of 30 days. [1]")],
        [Reply("I have refunded you already and promise a voucher. [1]")],
        [Reply(None, refusal="I cannot help with that.")],
        [Reply(tool_calls=(("search_knowledge", {"query": "x"}),))] * 8,
    ],
    ids=[
        "500",
        "429",
        "garbage",
        "hang-up",
        "timeout",
        "empty",
        "not in sources",
        "invented",
        "foreign link",
        "promise",
        "refusal",
        "endless tools",
    ],
)
def test_every_failure_ends_in_the_quoting_answer(known, model, failure):
    model.script.extend(failure)
    said = known.ask(QUESTION)
    assert said is not None
    assert "You can return any item within 30 days of delivery." in said.text
    for foreign in ("999", "evil", "NOT_IN", "voucher", "cannot help"):
        assert foreign not in said.text
    assert known.thread(known.conversation).messages[-1].status == "sent"


def test_a_failure_without_anything_to_quote_ends_with_a_person(known, model):
    model.script.extend([Reply(status=500)] * 3)
    known.ask("Which party will win the election in Norway?")
    line = known.thread(known.conversation).line
    assert (line.assignee, line.reason) == ("team", "model_failed")


def test_a_person_taking_over_while_the_model_thinks_silences_it(known, model):
    def take_over() -> None:
        failpoints.disarm()
        with open_session(known.scope) as session:
            conversations.take_over(session, known.ana, known.conversation)

    failpoints.arm("answer:thought", take_over)
    assert known.ask(QUESTION) is None


def test_each_request_has_a_receipt_of_the_very_bytes(known, model):
    import hashlib

    from guardrails import receipts

    known.ask(QUESTION)
    with open_session(known.scope) as session:
        kept = receipts.read(session, known.ana, conversation_id=known.conversation)
    assert [item.body_sha256 for item in kept] == [
        hashlib.sha256(body).hexdigest() for body in model.bodies
    ]
    assert [item.body.encode() for item in kept] == model.bodies


def test_when_masking_breaks_no_model_is_called_and_people_answer(known, model, monkeypatch):
    from guardrails.detectors import structured

    def broken(*_: object) -> None:
        raise RuntimeError("a recogniser is broken")

    # A plugin that breaks is the world outside: the only way to have one is to break one.
    monkeypatch.setattr(structured.Emails, "find", broken)
    known.ask(QUESTION)
    jobs.drain()
    line = known.thread(known.conversation).line
    assert (line.assignee, line.reason) == ("team", "masking_failed")
    assert model.requests == []


def test_the_prompt_stays_within_its_budget_on_the_demo_shop(shop, model, configured):
    from pathlib import Path

    from access import people
    from knowledge import ingest

    (unit,) = shop.scope.units
    articles = Path(__file__).resolve().parents[2] / "demo/knowledge/europe/en"
    ingest.ingest_path(unit, articles, language="en", principal=people.system(unit))
    serve(unit)
    for number, question in enumerate(
        (
            "How long can I return a tent?",
            "What does express shipping to Germany cost?",
            "Do you accept invoices?",
        )
    ):
        shop.visitor = f"visitor{number}"
        shop.ask(question)
    assert len(model.requests) == 3
    for request in model.requests:
        prompt = " ".join(str(message["content"]) for message in request.json["messages"])
        assert (len(prompt) + len(json.dumps(request.json["tools"]))) / 4 < 600
