"""Questions without an answer are gathered by what they ask."""

from __future__ import annotations

import pytest

from access import Denied, Principal, Role
from knowledge import gaps
from runtime import jobs
from runtime.database import open_session
from runtime.errors import NotFound
from runtime.scope import Scope

ONE = Scope.of(1)

ALIKE = (
    ("en", "Do you deliver to Iceland?", "Can you ship a parcel to Iceland?",
     "is delivery to iceland possible"),
    ("en", "Can I rent a tent for a weekend?", "Do you rent out tents?",
     "is it possible to rent a tent from you"),
    ("de", "Gibt es einen Rabatt für Studenten?", "Bekommen Studierende bei euch Rabatt?"),
    ("es", "¿Tienen una tienda en Madrid?", "¿Hay alguna tienda en Madrid?"),
    ("en", "Can you engrave a name on a knife?", "Do you offer engraving for knives?"),
    ("zh", "可以用支付宝付款吗？", "你们支持支付宝吗？"),
    ("en", "Does the stove run on alcohol?", "can i use alcohol in the stove"),
)  # fmt: skip


def keep(text: str, language: str, number: int) -> None:
    with open_session(ONE) as session:
        gaps.note(
            session, 1, message_id=number, conversation_id=1, language=language, question=text
        )
    jobs.drain()


@pytest.fixture
def kept(db) -> dict[int, int]:
    """Every question, in an order in which like ones do not follow each other: number by group."""
    numbers: dict[int, int] = {}
    rounds = max(len(group) for group in ALIKE) - 1
    for turn in range(rounds):
        for group, (language, *questions) in enumerate(ALIKE):
            if turn < len(questions):
                numbers[len(numbers) + 1] = group
                keep(questions[turn], language, len(numbers))
    return numbers


def test_questions_that_ask_the_same_are_counted_together(kept, reader) -> None:
    with open_session(ONE) as session:
        found = gaps.clusters(session, reader, 1)
    mixed = [c for c in found if len({kept[number] for number in c.message_ids}) > 1]
    assert mixed == []
    assert len(found) <= len(ALIKE) + 1  # one of them is put too differently
    assert sum(cluster.count for cluster in found) == len(kept)
    assert found[0].count >= 2
    assert all(cluster.examples for cluster in found)


def test_the_same_message_counts_once(db, reader) -> None:
    for _ in range(2):
        keep("Do you deliver to Iceland?", "en", 7)
    with open_session(ONE) as session:
        (cluster,) = gaps.clusters(session, reader, 1)
    assert (cluster.count, cluster.message_ids) == (1, (7,))


def test_what_is_dismissed_is_gone_and_begins_anew(db, editor, reader) -> None:
    keep("Do you deliver to Iceland?", "en", 1)
    with open_session(ONE) as session:
        (cluster,) = gaps.clusters(session, reader, 1)
        with pytest.raises(Denied):
            gaps.settle(session, reader, cluster.id, drafted=False)
        gaps.settle(session, editor, cluster.id, drafted=False)
        assert gaps.clusters(session, reader, 1) == []
        assert [c.id for c in gaps.clusters(session, reader, 1, state="dismissed")] == [cluster.id]
    keep("Can you deliver to Iceland?", "en", 2)
    with open_session(ONE) as session:
        assert [c.count for c in gaps.clusters(session, reader, 1)] == [1]


def test_other_units_do_not_exist(db, reader) -> None:
    keep("Do you deliver to Iceland?", "en", 1)
    stranger = Principal("user/9", "user", Role("reader", reader.role.grants), frozenset({2}))
    with open_session(ONE) as session:
        (cluster,) = gaps.clusters(session, reader, 1)
        with pytest.raises(NotFound):
            gaps.clusters(session, stranger, 1)
        with pytest.raises(NotFound):
            gaps.read(session, stranger, cluster.id)
