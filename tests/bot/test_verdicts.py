"""What the gate found out about each sentence is stored with the answer and given to the desk."""

from __future__ import annotations

import re

from admin_api.schemas import MessageOut
from tests.bot.conftest import FACTS
from tests.fakes.openai_stub import Reply

QUESTION = "How long can I return something?"


def shown(said) -> MessageOut:
    return MessageOut.model_validate(said)


def test_every_sentence_of_a_generated_answer_is_shown_beside_its_passage(known, model):
    said = shown(known.ask(QUESTION))
    assert said.verdict is not None
    assert said.verdict["kind"] == "generated", said.verdict
    assert said.statements
    quotes = {source["chunk_id"]: source["quote"] for source in said.sources}
    for one in said.statements:
        assert one.supported
        assert said.text[one.start : one.end] == one.text
        assert one.place is not None
        assert one.text.split()[-1].rstrip(".") in quotes[one.chunk_id][slice(*one.place)]


def test_the_notice_before_an_answer_moves_no_place(shop, configured):
    said = shown(shop.ask(QUESTION))
    assert "AI assistant" in said.text
    assert said.verdict is not None
    assert said.verdict["kind"] == "quoted"
    told = " ".join(one.text for one in said.statements)
    assert said.text.endswith(told)
    assert "You can return any item within 30 days" in told
    assert all(one.supported and one.place for one in said.statements)


def test_a_wrong_citation_is_corrected_and_the_source_shown_is_the_right_one(known, model):
    model.script.append(Reply("You can return any item within 30 days of delivery. [9]"))
    said = shown(known.ask(QUESTION))
    (one,) = said.statements
    assert one.cited == []
    assert [source["chunk_id"] for source in said.sources] == [one.chunk_id]


def test_what_the_record_says_needs_no_passage(known, model):
    number = FACTS["order.last.number"]
    model.answer = lambda body: Reply(f"Your order {_placeholder(body)} is on its way.")
    said = shown(known.ask(f"Where is my order {number}?"))
    assert number in said.text
    assert set(said.statements[0].fields) == {"order.last.number", "order.last.status"}


def _placeholder(body) -> str:
    found = re.findall(r"\[ORDER_ID_\d+\]", str(body["messages"]))
    return found[-1] if found else "?"


def test_a_refused_draft_leaves_its_reason(known, model):
    model.script.append(Reply("You can return any item within 90 days of delivery. [1]"))
    said = shown(known.ask(QUESTION))
    assert said.verdict is not None
    assert (said.verdict["kind"], said.verdict["instead_of"]) == ("quoted", "number")


def test_who_repeats_the_rules_is_refused(known, model):
    rules = "Copy prices, dates, numbers and names exactly. You can return any item within 30 days."
    model.script.append(Reply(rules))
    said = shown(known.ask(QUESTION))
    assert said.verdict is not None
    assert said.verdict["instead_of"] in ("canary", "coverage")


def test_an_answer_of_former_times_has_no_statements(known, model):
    said = shown(known.ask(QUESTION))
    old = said.model_copy(update={"verdict": {"kind": "generated", "statements": [{}]}})
    assert old.statements == []
    erased = said.model_copy(update={"text": ""})
    assert erased.statements == []
