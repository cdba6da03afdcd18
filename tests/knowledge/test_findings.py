"""What a rehearsal finds in the changed pages of a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from access import Principal
from bot.facts import Reader
from knowledge import contradictions, documents, embedding, findings, ingest, proposals
from knowledge.findings import Findings
from knowledge.models import Audience, Document
from knowledge.trials import prepare
from runtime.database import now, open_session
from runtime.scope import Scope
from tests.conftest import serve
from tests.knowledge.contradicting import (
    CONTRADICTING,
    CONTRADICTING_TOO,
    HARMLESS,
    HARMLESS_TOO,
    Pair,
)

ONE = Scope.of(1)
READER = Reader()

RETURNS = """# Returns

You can send an item back within 30 days of delivery. Worn shoes cannot be returned.

## Costs

A return from Germany is free. A return from another country costs EUR 4.90.
"""
VOUCHERS = """# Gift vouchers

Gift vouchers are valid for three years. You can use up to five vouchers for one order.
"""


def add(editor: Principal, name: str, text: str, **more: Any) -> None:
    given = {"title": name.partition(".")[0].title(), "language": "en", "source": "pages", **more}
    ingest.ingest_text(1, name=name, text=text, principal=editor, **given)


def remove(name: str) -> None:
    with open_session(ONE) as session:
        documents.remove(
            session, session.scalars(select(Document).where(Document.name == name)).one()
        )


def found(editor: Principal) -> Findings:
    """The findings of everything that is a draft now."""
    with open_session(ONE) as session:
        release = proposals.propose(session, editor, 1, note="a change").id
    with open_session(ONE, read_only=True) as session:
        trial = prepare(session, release)
    assert trial is not None
    return findings.examine(trial, READER, lambda: None)


@pytest.fixture
def stocked(db: object, editor: Principal) -> None:
    add(editor, "returns.md", RETURNS)
    add(editor, "vouchers.md", VOUCHERS)
    serve()


def flagged(pair: Pair) -> bool:
    ours, theirs = pair
    texts = [text for _, title, body in pair for text in (body, f"{title}\n{body}")]
    made = embedding.embed("fast", texts)
    alike = contradictions.cosine(made[:2], made[2:])
    one, other = (
        contradictions.statement(body, language, title, "", READER)
        for language, title, body in (ours, theirs)
    )
    return contradictions.compared(one, other, alike) is not None


def recall_and_precision(wrong: Sequence[Pair], right: Sequence[Pair]) -> tuple[float, float]:
    caught = sum(map(flagged, wrong))
    alarms = sum(map(flagged, right))
    return caught / len(wrong), caught / max(1, caught + alarms)


def test_pairs_that_contradict_each_other_are_told_from_those_that_do_not() -> None:
    recall, precision = recall_and_precision(CONTRADICTING, HARMLESS)
    assert recall >= 0.95
    assert precision >= 0.95


def test_the_same_on_pairs_that_the_rule_was_not_chosen_on() -> None:
    recall, precision = recall_and_precision(CONTRADICTING_TOO, HARMLESS_TOO)
    assert recall >= 0.8
    assert precision >= 0.9


def test_among_many_pages_a_contradicting_one_is_found(db: object, editor: Principal) -> None:
    pairs = (*CONTRADICTING, *CONTRADICTING_TOO)
    for number, ((language, title, text), _) in enumerate(pairs):
        add(editor, f"{number}.md", text, title=title, language=language)
    serve()
    for number, (_, (language, title, text)) in enumerate(pairs):
        add(editor, f"{number}-too.md", text, title=title, language=language)
    seen = found(editor).contradictions
    there = {(each.document, each.other) for each in seen}
    caught = [(f"{number}-too.md", f"{number}.md") in there for number in range(len(pairs))]
    stopped = {each.document for each in seen}
    assert sum(caught) >= 0.7 * len(pairs)
    assert len(stopped) >= 0.8 * len(pairs)


def test_pages_that_only_look_alike_are_left_alone(db: object, editor: Principal) -> None:
    pairs = (*HARMLESS, *HARMLESS_TOO)
    for number, (one, other) in enumerate(pairs):
        for half, (language, title, text) in enumerate((one, other)):
            add(editor, f"{number}-{half}.md", text, title=title, language=language)
    seen = found(editor).contradictions
    own = [one for one in seen if one.document.partition("-")[0] == one.other.partition("-")[0]]
    assert len(own) <= 0.05 * len(pairs)


@pytest.mark.usefixtures("stocked")
def test_a_changed_price_is_shown_with_both_values(editor: Principal) -> None:
    add(editor, "returns.md", RETURNS.replace("4.90", "9.90"))
    (change,) = found(editor).figures
    assert (change.document, change.heading) == ("returns.md", "Returns > Costs")
    assert [str(fact) for fact in (*change.before, *change.after)] == ["4.9 EUR", "9.9 EUR"]


@pytest.mark.usefixtures("stocked")
def test_a_changed_price_that_another_page_still_states_is_a_contradiction(
    editor: Principal,
) -> None:
    text = "# Fees\n\nFrom another country a return costs EUR 4.90."
    add(editor, "fees.md", text)
    serve()
    add(editor, "returns.md", RETURNS.replace("4.90", "9.90"))
    (pair,) = found(editor).contradictions
    assert (pair.document, pair.other) == ("returns.md", "fees.md")
    assert pair.differs == (("9.9 EUR", "4.9 EUR"),)


@pytest.mark.usefixtures("stocked")
def test_other_words_for_the_same_change_nothing(editor: Principal) -> None:
    text = RETURNS.replace("EUR 4.90", "4,90 €").replace(
        "within 30 days of delivery", "within thirty days after the delivery"
    )
    add(editor, "returns.md", text)
    seen = found(editor)
    assert (seen.figures, seen.gone, seen.contradictions) == ((), (), ())


@pytest.mark.usefixtures("stocked")
def test_a_denial_that_went_is_a_change_of_fact(editor: Principal) -> None:
    add(editor, "returns.md", RETURNS.replace("shoes cannot be", "shoes can be"))
    (change,) = found(editor).figures
    assert change.denial
    assert change.was == "Worn shoes cannot be returned."


@pytest.mark.usefixtures("stocked")
def test_a_figure_that_is_dropped_is_a_change_of_fact(editor: Principal) -> None:
    text = RETURNS.replace("costs EUR 4.90", "is charged by the carrier")
    add(editor, "returns.md", text)
    (change,) = found(editor).figures
    assert [str(fact) for fact in change.before] == ["4.9 EUR"]
    assert change.after == ()


@pytest.mark.usefixtures("stocked")
def test_a_removed_page_is_gone(editor: Principal) -> None:
    remove("vouchers.md")
    (gone,) = found(editor).gone
    assert (gone.document, gone.what) == ("vouchers.md", "document")


@pytest.mark.usefixtures("stocked")
def test_a_removed_page_whose_text_is_on_another_one_is_not(editor: Principal) -> None:
    remove("vouchers.md")
    add(editor, "returns.md", RETURNS + "\n" + VOUCHERS)
    assert found(editor).gone == ()


@pytest.mark.usefixtures("stocked")
def test_a_page_that_was_emptied_has_lost_its_passages(editor: Principal) -> None:
    add(editor, "returns.md", "# Returns\n\nPlease ask us.")
    gone = found(editor).gone
    assert {(one.document, one.what) for one in gone} == {("returns.md", "passage")}


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    "how",
    [
        {"audience": Audience.TEAM},
        {"valid_until": date(2020, 1, 1)},
        {"valid_from": date(2999, 1, 1)},
    ],
)
def test_a_page_that_is_hidden_from_customers_is_gone_for_them(
    editor: Principal, how: dict[str, Any]
) -> None:
    add(editor, "vouchers.md", VOUCHERS, **how)
    (gone,) = found(editor).gone
    assert (gone.document, gone.what) == ("vouchers.md", "hidden")


@pytest.mark.usefixtures("db")
def test_a_page_that_is_opened_to_more_readers_is_shown(editor: Principal) -> None:
    add(editor, "vouchers.md", VOUCHERS, audience=Audience.TEAM)
    serve()
    add(editor, "vouchers.md", VOUCHERS, audience=Audience.PUBLIC)
    (opened,) = found(editor).opened
    assert (opened.document, opened.before, opened.after) == ("vouchers.md", "team", "public")


@pytest.mark.usefixtures("stocked")
def test_a_copy_of_a_page_is_a_duplicate(editor: Principal) -> None:
    add(editor, "gifts.md", VOUCHERS, title="Vouchers")
    (twin,) = found(editor).duplicates
    assert (twin.document, twin.other) == ("gifts.md", "vouchers.md")


@pytest.mark.usefixtures("db")
def test_pages_that_are_about_to_be_wrong_are_named(editor: Principal) -> None:
    today = now().date()
    with time_machine.travel(now() - timedelta(days=400), tick=True):
        add(editor, "old.md", "# Old\n\nNobody has looked at this for a year.")
    add(editor, "soon.md", "# Sale\n\nThe sale ends.", valid_until=today + timedelta(days=10))
    add(editor, "over.md", "# Sale\n\nThe last one.", valid_until=today - timedelta(days=1))
    add(editor, "links.md", "# Links\n\nSee [returns](returns.md) for more.")
    add(editor, "returns.md", RETURNS)
    serve()
    remove("returns.md")
    named = {(one.document, one.why) for one in found(editor).stale}
    assert named == {
        ("old.md", "unchanged"), ("soon.md", "expires"), ("over.md", "expired"),
        ("links.md", "dead_link"),
    }  # fmt: skip


@pytest.mark.usefixtures("db")
def test_in_the_first_release_nothing_has_changed(editor: Principal) -> None:
    add(editor, "returns.md", RETURNS)
    add(editor, "vouchers.md", VOUCHERS)
    seen = found(editor)
    assert (seen.figures, seen.gone, seen.contradictions, seen.duplicates) == ((), (), (), ())
