"""What the assistant did not know is kept masked, and what a colleague answered becomes a draft."""

from __future__ import annotations

import pytest

from access import Denied, people
from bot import learning
from knowledge import gaps
from records import conversations, messages
from runtime import failpoints, jobs
from runtime.database import open_session
from tests.bot.conftest import FACTS

QUESTION = (
    "Do you deliver to Iceland? I am Nora Feldmann, nora.feldmann@mail.example, order NW-204518."
)
ANSWER = (
    "Hello Nora,\n\nwe do deliver to Iceland: it takes ten working days and costs EUR 29. "
    "I have noted it for your order NW-204518."
)


def clusters(shop):
    (unit,) = shop.scope.units
    with open_session(shop.scope) as session:
        return gaps.clusters(session, people.system(unit), unit)


def personal(text: str) -> list[str]:
    hidden = ("name", "email", "phone", "order.last.number", "address.street")
    return [FACTS[name] for name in hidden if FACTS[name].casefold() in text.casefold()]


def test_a_question_without_an_answer_is_kept_without_its_asker(known):
    assert known.ask(QUESTION) is not None
    (cluster,) = clusters(known)
    assert cluster.count == 1
    (example,) = cluster.examples
    assert "Iceland" in example
    assert personal(example) == []


def test_a_question_with_an_answer_is_no_gap(known):
    known.ask("How long can I return something?")
    assert clusters(known) == []


def test_what_people_answered_becomes_a_draft_without_personal_data(known):
    known.ask(QUESTION)
    (unit,) = known.scope.units
    with open_session(known.scope) as session:
        conversations.take_over(session, known.ana, known.conversation)
        messages.reply(session, known.ana, known.conversation, ANSWER)
    jobs.drain()
    (cluster,) = clusters(known)
    found = learning.suggest(people.system(unit), cluster.id)
    assert "ten working days and costs EUR 29" in found.text
    assert found.answers == 1
    assert personal(found.text + found.title) == []
    assert "Nora" not in found.text
    assert found.open_places  # the editor is told what to replace


def test_an_editor_is_needed_and_service_may_report(known):
    with pytest.raises(Denied):
        learning.suggest(known.ana, 1)
    known.ask("How long can I return something?")
    asked = next(m for m in known.thread(known.conversation).messages if "return" in m.text)
    with open_session(known.scope) as session:
        learning.report(session, known.ana, asked.id)
    jobs.drain()
    assert [cluster.message_ids for cluster in clusters(known)] == [(asked.id,)]


def test_what_cannot_be_masked_is_not_kept(known):
    def broken() -> None:
        raise RuntimeError("the mask is away")

    failpoints.arm("guard:mask", broken)
    known.ask(QUESTION)
    failpoints.disarm()
    assert clusters(known) == []
