"""What is answered when releases come and go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from access import Principal
from knowledge import index, ingest, proposals, releases, retrieval
from knowledge.editions import Edition, drawn
from runtime.database import open_session
from runtime.scope import Scope


@pytest.fixture
def two(editor: Principal) -> Principal:
    return Principal("user/9", "user", editor.role, editor.units)


@pytest.fixture(autouse=True)
def _database(db: object) -> Iterator[None]:
    yield
    index.forget()


def write(who: Principal, text: str) -> None:
    ingest.ingest_text(
        1, source="pages", name="returns.md", title="Returns", text=text, language="en",
        principal=who,
    )  # fmt: skip


def let_out(author: Principal, second: Principal, share: int | None = None) -> int:
    with open_session(Scope.of(1)) as session:
        made = proposals.propose(session, author, 1, note="a change")
        proposals.conclude(session, made.id, {"blocking": []}, passed=True)
        releases.approve(session, second, made.id, share=share)
    return made.id


def told(lot: int | None = None) -> str:
    return retrieval.search([1], "How long can I return an item?", lot=lot).passages[0].text


def test_a_release_is_answered_from_at_once_whatever_was_tried_meanwhile(
    editor: Principal, two: Principal
) -> None:
    """Also where the index of the release before has been dropped to make room for trials."""
    write(editor, "Items can be returned within 30 days.")
    let_out(editor, two)
    assert "30" in told()
    for number in range(6):
        index.of(Edition(1, 1, frozenset({number})))
    write(editor, "Items can be returned within 14 days.")
    let_out(editor, two)
    assert "14" in told()


def test_a_canary_that_is_ended_leaves_everything_as_it_was(
    editor: Principal, two: Principal
) -> None:
    write(editor, "Items can be returned within 30 days.")
    let_out(editor, two)
    write(editor, "Items can be returned within 14 days.")
    tried = let_out(editor, two, share=99)
    chosen = next(lot for lot in range(1_000) if drawn(lot, 2, 99))
    assert ("14" in told(chosen), "30" in told()) == (True, True)
    with open_session(Scope.of(1)) as session:
        releases.refuse(session, editor, tried)
    assert ("30" in told(chosen), "30" in told()) == (True, True)
    write(editor, "Items can be returned within 21 days.")
    let_out(editor, two)
    assert ("21" in told(chosen), "21" in told()) == (True, True)
    with open_session(Scope.of(1)) as session:
        releases.rollback(session, two, 1, 1)
    assert ("30" in told(chosen), "30" in told()) == (True, True)
