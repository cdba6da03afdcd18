"""The policy outside the prompt: topics, languages, length and what may be spent."""

from __future__ import annotations

import pytest

from bot import jobs as answering
from guardrails.policies import Released
from guardrails.policy import Limits, Policy, Topic
from ledger import entries
from runtime import settings
from runtime.database import open_session

QUESTION = "How long can I return something?"


@pytest.fixture
def under(monkeypatch):
    """Let turns follow this policy."""

    def follow(policy: Policy) -> None:
        monkeypatch.setattr(answering, "_policy", lambda *_: Released("policy/1", policy))

    return follow


def limits_in_ledger(shop) -> list[str]:
    with open_session(shop.scope) as session:
        found = entries.of_units(session, list(shop.scope.units), action="guard:limit")
    return [entry.detail["limit"] for entry in found]


def test_a_topic_goes_to_people_and_no_model_reads_it(known, model, under):
    under(Policy(topics=(Topic(name="Law", phrases=("legal advice",)),)))
    known.ask("I need legal advice about my return")
    assert known.thread(known.conversation).line.reason == "topic"
    assert model.requests == []


def test_another_language_goes_to_people(known, model, under):
    under(Policy(languages=("en",)))
    assert known.ask(QUESTION) is not None
    known.ask("Wie lange kann ich etwas zurückgeben? Ich habe das Zelt gestern bekommen.")
    assert known.thread(known.conversation).line.reason == "language"
    assert len(model.requests) == 1


def test_a_long_message_goes_to_people_unread(known, model, under):
    under(Policy(limits=Limits(characters_per_message=200)))
    known.ask(f"{QUESTION} " * 20)
    assert known.thread(known.conversation).line.reason == "too_long"
    assert model.requests == []


def test_over_its_messages_a_contact_gets_quotations_without_a_model(known, model, under):
    under(Policy(limits=Limits(messages_per_contact_and_hour=2)))
    assert known.ask(QUESTION) is not None  # the second after "hello"
    before = len(model.requests)
    said = known.ask(QUESTION)
    assert said is not None
    assert said.verdict["instead_of"] == "over_limit"
    assert "You can return any item within 30 days of delivery." in said.text
    assert len(model.requests) == before
    assert limits_in_ledger(known) == ["messages"]


def test_over_the_limit_what_cannot_be_quoted_goes_to_people(known, model, under):
    under(Policy(limits=Limits(messages_per_contact_and_hour=1)))
    known.ask("Which band played at your company party in Vienna?")
    assert known.thread(known.conversation).line.reason == "over_limit"
    assert model.requests == []


def test_tokens_are_counted_over_turns(known, model, under):
    under(Policy(limits=Limits(tokens_per_contact_and_day=1_000)))
    for _ in range(8):
        known.ask(QUESTION)
    assert 1 <= len(model.requests) < 8
    assert set(limits_in_ledger(known)) == {"contact_tokens"}


def test_a_unit_that_has_spent_its_money_asks_no_model_for_anybody(known, model, under):
    dear = Limits(money_per_unit_and_day=0.0001, price_per_million_prompt_tokens=10)
    under(Policy(limits=dear))
    known.ask(QUESTION)
    known.visitor = "visitor0002"
    said = known.ask(QUESTION)
    assert said is not None
    assert said.verdict["kind"] == "quoted"
    assert len(model.requests) == 1
    assert limits_in_ledger(known) == ["money"]


def test_where_searching_asks_an_endpoint_too_people_answer(known, model, under, configured):
    chosen = settings.current()
    settings.use(chosen.model_copy(update={"embedding": "openai"}))
    under(Policy(limits=Limits(messages_per_contact_and_hour=1)))
    known.ask(QUESTION)
    assert known.thread(known.conversation).line.reason == "over_limit"
    assert model.requests == []


def test_a_turn_may_call_the_model_so_often(known, model, under):
    from tests.fakes.openai_stub import Reply

    under(Policy(limits=Limits(model_calls_per_turn=2)))
    model.script.extend([Reply(tool_calls=(("search_knowledge", {"query": "x"}),))] * 5)
    said = known.ask(QUESTION)
    assert said is not None
    assert said.verdict["instead_of"] == "limit"
    assert len(model.requests) == 2
