"""What is withdrawn, deleted or hidden is not said any more, least of all by who just said it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from access import Grant, Permission, Principal, Role, people
from bot import asking
from knowledge import documents, ingest, releases
from knowledge.models import Audience, Document
from runtime import failpoints
from runtime.database import now, open_session
from tests.bot.conftest import Shop
from tests.conftest import serve
from tests.fakes.openai_stub import Reply
from tests.knowledge.conftest import SHOP

QUESTION = "How bright is the Brenner lantern?"
FOLLOW_UP = "and how bright is it in the tent?"
SAID = "The Brenner lantern gives 937 lumen on its highest step."
SECRET = "937"
LANTERN = f"# Lanterns\n\n## How bright is the Brenner lantern?\n\n{SAID} It is charged by cable."
GRANTS = (
    Grant(Permission.KNOWLEDGE_READ),
    Grant(Permission.KNOWLEDGE_RELEASE),
    Grant(Permission.KNOWLEDGE_WRITE),
)


def bo(shop: Shop) -> Principal:
    return Principal("user/77", "user", Role("editor", GRANTS), shop.scope.units)


def unit_of(shop: Shop) -> int:
    (unit_id,) = shop.scope.units
    return unit_id


def put(shop: Shop, name: str, text: str, **more: Any) -> None:
    unit_id = unit_of(shop)
    ingest.ingest_text(
        unit_id,
        source="handbook",
        name=name,
        title="",
        text=text,
        language="en",
        principal=people.system(unit_id),
        **more,
    )


@pytest.fixture
def lit(shop: Shop) -> Shop:
    """A shop that knows about a lantern, too."""
    put(shop, "lantern.md", LANTERN)
    serve(unit_of(shop))
    return shop


def _lantern(session: Session) -> int:
    return session.scalars(select(Document.id).where(Document.name == "lantern.md")).one()


def withdrawn(shop: Shop) -> None:
    with open_session(shop.scope) as session:
        releases.withdraw(session, bo(shop), _lantern(session), note="recalled")


def deleted(shop: Shop) -> None:
    with open_session(shop.scope) as session:
        releases.delete_document(session, bo(shop), _lantern(session))


def expired(shop: Shop) -> None:
    put(shop, "lantern.md", LANTERN, valid_until=now().date() - timedelta(days=1))
    serve(unit_of(shop))


def not_yet(shop: Shop) -> None:
    put(shop, "lantern.md", LANTERN, valid_from=now().date() + timedelta(days=1))
    serve(unit_of(shop))


def for_the_team(shop: Shop) -> None:
    put(shop, "lantern.md", LANTERN, audience=Audience.TEAM)
    serve(unit_of(shop))


def rewritten(shop: Shop) -> None:
    put(shop, "lantern.md", LANTERN.replace(SECRET, "512"))
    serve(unit_of(shop))


def rolled_back(shop: Shop) -> None:
    with open_session(shop.scope) as session:
        releases.rollback(session, bo(shop), unit_of(shop), 1)


WAYS = [withdrawn, deleted, expired, not_yet, for_the_team, rewritten, rolled_back]
ways = pytest.mark.parametrize("gone", WAYS, ids=lambda way: way.__name__)


def said_since(shop: Shop, first: int) -> str:
    messages = shop.thread(shop.conversation).messages
    return "\n".join(m.text for m in messages if m.author == "assistant" and m.id > first)


@ways
def test_what_was_just_quoted_is_not_quoted_again(lit: Shop, gone: Callable[[Shop], None]) -> None:
    said = lit.ask(QUESTION)
    assert said is not None
    assert SECRET in said.text
    gone(lit)
    for question in (QUESTION, FOLLOW_UP):
        lit.ask(question)
    assert SECRET not in said_since(lit, said.id)


@ways
def test_a_model_that_repeats_its_earlier_answer_is_stopped(
    lit: Shop, model: Any, gone: Callable[[Shop], None]
) -> None:
    model.script.append(Reply(SAID))
    said = lit.ask(QUESTION)
    assert said is not None
    assert SECRET in said.text
    assert said.verdict is not None
    assert said.verdict["kind"] == "generated"
    gone(lit)
    asked = len(model.requests)
    for answer in (SAID, f"As I said: {SAID}"):
        model.answer = lambda _body, answer=answer: Reply(answer)
        lit.ask(QUESTION)
    assert SECRET not in said_since(lit, said.id)
    assert len(model.requests) > asked


@ways
def test_what_goes_while_the_answer_is_thought_of_is_not_said(
    lit: Shop, gone: Callable[[Shop], None]
) -> None:
    def once() -> None:
        failpoints.disarm()
        gone(lit)

    failpoints.arm("answer:thought", once)
    lit.ask(QUESTION)
    assert SECRET not in said_since(lit, 0)
    (question,) = [m for m in lit.thread(lit.conversation).messages if m.author == "contact"]
    assert question.outcome in ("answered", "handed_over")


def test_a_draft_is_not_said_before_it_is_released(shop: Shop) -> None:
    put(shop, "lantern.md", LANTERN)
    shop.ask(QUESTION)
    assert SECRET not in said_since(shop, 0)
    serve(unit_of(shop))
    other = Shop(shop.scope, shop.ana, shop.account, visitor="visitor0002")
    said = other.ask(QUESTION)
    assert said is not None
    assert SECRET in said.text


THIRTY = (
    "How long can I send an item back?", "Are returns free?", "Can I return worn shoes?",
    "When is the money on my account?", "How long does standard delivery take?",
    "When do express orders arrive?", "What does shipping cost?", "Which payments do you accept?",
    "When is an invoice due?", "Can I pay by bank transfer?", "Is there a warranty on lamps?",
    "How long are batteries covered?", "I forgot my password", "How do I delete my account?",
    "How long are vouchers valid?", "Can vouchers be combined?", "When is the shop open?",
    "Is the shop in Vienna open on Saturday?", "Something arrived broken", "Within how many hours "
    "do I send a photo?", "Do I get a replacement at no cost?", "Where is the sign-in page?",
    "Do you take credit cards?", "Does express arrive the next day?", "Refund after the parcel?",
    "How heavy is the Fjell 2?", "What does a return cost?", "Do you sell boats?",
    "¿Cuánto cuesta el envío?", "Wie lange habe ich Garantie auf Lampen?",
)  # fmt: skip


def _answers(shop: Shop) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """What is said to thirty questions and what it cites, but for the number of the release."""
    found = []
    for question in THIRTY:
        asked = asking.ask(
            bo(shop), unit_of(shop), question, language=None, whom="customers", edition="live"
        )
        told = asked.outcome
        cited = [{k: v for k, v in each.items() if k != "release"} for each in told.sources]
        found.append((told.act, told.text, cited))
    return found


def test_rolling_back_gives_the_earlier_answers_byte_for_byte(shop: Shop) -> None:
    for name, text in SHOP.items():
        put(shop, name, text)
    serve(unit_of(shop))
    with open_session(shop.scope) as session:
        before_number = session.scalars(select(releases.Release.number)).all()
    before = _answers(shop)
    assert sum(act == "answer" for act, _, _ in before) >= 20
    for name, text in SHOP.items():
        put(shop, name, text.replace("days", "weeks").replace("two", "seven").replace("no", "low"))
    put(shop, "boats.md", "# Boats\n\nYes, we sell boats. A boat costs 4,000 euro.")
    with open_session(shop.scope) as session:
        gifts = session.scalars(select(Document).where(Document.name == "gifts.md")).one()
        documents.remove(session, gifts)
    serve(unit_of(shop))
    changed = _answers(shop)
    assert sum(a != b for a, b in zip(before, changed, strict=True)) >= 10
    with open_session(shop.scope) as session:
        number = max(each for each in before_number if each is not None)
        releases.rollback(session, bo(shop), unit_of(shop), number)
    assert _answers(shop) == before
