"""Regression cases: kept, checked, carried from one unit to another, and never lost unseen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from access import Denied, Principal
from knowledge import cases, ingest
from knowledge.cases import Alteration, Expectation
from ledger.entries import of_units
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotFound
from runtime.scope import Scope

ONE = Scope.of(1)
ASKED = Expectation("What does shipping cost?", "answer", document="shipping.md", holds=("4.90",))


@pytest.fixture
def other(editor: Principal) -> Principal:
    return Principal("user/9", "user", editor.role, editor.units)


@pytest.fixture(autouse=True)
def _stocked(db: object, editor: Principal) -> None:
    ingest.ingest_text(
        1, source="pages", name="shipping.md", title="Shipping", language="en",
        text="Shipping costs 4.90 euro.", principal=editor,
    )  # fmt: skip


def add(principal: Principal, wanted: Expectation = ASKED, unit: int = 1) -> int:
    with open_session(Scope.of(1, 2)) as session:
        return cases.add(session, principal, unit, wanted)


def edit(principal: Principal, case_id: int, wanted: Expectation) -> None:
    with open_session(ONE) as session:
        cases.edit(session, principal, case_id, wanted)


def delete(principal: Principal, case_id: int) -> None:
    with open_session(ONE) as session:
        cases.delete(session, principal, case_id)


def kept() -> dict[int, str]:
    with open_session(ONE, read_only=True) as session:
        return {case.id: case.wanted.digest() for case in cases.of_unit(session, 1)}


def altered(since: datetime | None, before: dict[int, str]) -> list[Alteration]:
    with open_session(ONE, read_only=True) as session:
        return cases.altered(session, 1, since=since, kept=before)


def test_a_case_is_kept_as_it_was_meant(editor: Principal) -> None:
    wanted = Expectation(
        "  What does\n shipping  cost? ", "answer", "en", "shipping.md", ("4.90 ",)
    )
    case_id = add(editor, wanted)
    with open_session(ONE, read_only=True) as session:
        (case,) = cases.listed(session, editor, 1)
    assert (case.id, case.author) == (case_id, editor.id)
    assert case.wanted == Expectation(
        "What does shipping cost?", "answer", "en", "shipping.md", ("4.90",)
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": "  ?! "}, "question"),
        ({"question": "why " * 300}, "question"),
        ({"expects": "maybe"}, "expects"),
        ({"language": "English"}, "language"),
        ({"document": "nowhere.md"}, "document"),
        ({"expects": "person"}, "holds"),
        ({"holds": ("",)}, "holds"),
        ({"holds": ("x" * 201,)}, "holds"),
        ({"holds": tuple(map(str, range(11)))}, "holds"),
    ],
)
def test_what_cannot_be_checked_is_refused_by_name(
    editor: Principal, change: dict[str, Any], field: str
) -> None:
    given: dict[str, Any] = {
        "question": ASKED.question, "expects": "answer", "document": "shipping.md",
        "holds": ("4.90",), **change,
    }  # fmt: skip
    with pytest.raises(BadInput, match=f"^{field}: "):
        add(editor, Expectation(**given))
    assert kept() == {}


def test_only_those_who_may_write_change_cases(editor: Principal, reader: Principal) -> None:
    case_id = add(editor)
    acts: list[Callable[[], object]] = [
        lambda: add(reader),
        lambda: edit(reader, case_id, ASKED),
        lambda: delete(reader, case_id),
    ]
    for act in acts:
        with pytest.raises(Denied):
            act()
    with open_session(ONE, read_only=True) as session:
        assert len(cases.listed(session, reader, 1)) == 1


def test_cases_of_another_unit_are_not_there(editor: Principal) -> None:
    stranger = Principal("user/8", "user", editor.role, frozenset({2}))
    case_id = add(editor)
    with pytest.raises(NotFound):
        delete(stranger, case_id)
    with pytest.raises(NotFound), open_session(ONE, read_only=True) as session:
        cases.listed(session, stranger, 1)
    with pytest.raises(BadInput, match=r"^document: "):
        add(editor, unit=2)  # the document is the other unit's


def test_a_unit_has_room_for_so_many(editor: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MOST", 2)
    add(editor)
    add(editor, Expectation("And express?", "person"))
    with pytest.raises(Conflict, match="2 cases"):
        add(editor, Expectation("And by air?", "person"))
    add(editor, Expectation("What does it cost?", "person"), unit=2)


def test_a_file_of_cases_goes_out_and_comes_in_as_it_was(editor: Principal) -> None:
    add(editor)
    add(editor, Expectation("¿Cuánto cuesta el envío?", "answer", "es"))
    add(editor, Expectation("Who won the cup?", "person"))
    with open_session(ONE) as session:
        lines = cases.export(session, editor, 1)
        before = [case.wanted for case in cases.listed(session, editor, 1)]
        assert cases.take_in(session, editor, 1, lines) == cases.Imported(0, 3)
        for case in cases.listed(session, editor, 1):
            cases.delete(session, editor, case.id)
        assert cases.take_in(session, editor, 1, lines + "\n" + lines) == cases.Imported(3, 0)
        assert [case.wanted for case in cases.listed(session, editor, 1)] == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: is not JSON"),
        ("[]", "line 2: must be an object"),
        ('{"question": "Why?"}', "line 2: expects: "),
        ('{"question": "Why?", "expects": "person", "extra": 1}', "line 2: extra: "),
        ('{"question": "Why?", "expects": "answer", "holds": "4.90"}', "line 2: holds: "),
        ('{"question": "Why?", "expects": "answer", "document": "x.md"}', "line 2: document: "),
    ],
)
def test_a_bad_file_names_the_line_and_adds_nothing(
    editor: Principal, line: str, message: str
) -> None:
    good = '{"question": "How?", "expects": "person"}'
    with pytest.raises(BadInput, match=f"^{message}"), open_session(ONE) as session:
        cases.take_in(session, editor, 1, f"{good}\n{line}\n")
    assert kept() == {}


def test_every_change_is_in_the_ledger_without_a_word_of_the_case(editor: Principal) -> None:
    case_id = add(editor)
    edit(editor, case_id, Expectation(ASKED.question, "answer", document="shipping.md"))
    delete(editor, case_id)
    with open_session(ONE, read_only=True) as session:
        entries = of_units(session, [1], subject=f"case/{case_id}")
    assert [(one.action, one.actor) for one in reversed(entries)] == [
        ("case:add", editor.id), ("case:change", editor.id), ("case:delete", editor.id),
    ]  # fmt: skip
    assert "shipping" not in str([one.detail for one in entries])
    assert entries[1].detail == {"fields": ["holds"], "weaker": True}


def test_an_edit_that_changes_nothing_leaves_no_trace(editor: Principal, other: Principal) -> None:
    case_id = add(editor)
    edit(other, case_id, ASKED)
    with open_session(ONE, read_only=True) as session:
        (case,) = cases.listed(session, editor, 1)
        assert of_units(session, [1], action="case:change") == []
    assert case.author == editor.id


@pytest.mark.parametrize(
    ("after", "weak"),
    [
        ({"holds": ("5.90",)}, False),
        ({"holds": ("4.90", "euro")}, False),
        ({"holds": ()}, True),
        ({"document": None}, True),
        ({"question": "What is the weather?"}, True),
        ({"language": "de"}, True),
        ({"expects": "person", "holds": (), "document": "shipping.md"}, False),
        ({"expects": "person", "holds": (), "document": None}, True),
    ],
)
def test_a_case_that_asks_for_less_is_told_from_one_that_asks_for_something_else(
    after: dict[str, Any], weak: bool
) -> None:
    given: dict[str, Any] = {
        "question": ASKED.question, "expects": "answer", "document": "shipping.md",
        "holds": ("4.90",), **after,
    }  # fmt: skip
    assert cases.weaker(ASKED, Expectation(**given)) is weak


def test_what_became_of_cases_since_a_rehearsal_is_known(
    editor: Principal, other: Principal
) -> None:
    gone, weakened, strange = (
        add(other, Expectation(f"Question {number}?", "person")) for number in range(3)
    )
    before, since = kept(), now()
    delete(editor, gone)
    edit(editor, weakened, Expectation("Something else?", "person"))
    mine = add(editor)
    delete(editor, mine)  # a mistake of one's own, that nobody has relied on
    assert altered(since, before) == [
        Alteration(gone, "deleted", editor.id, weaker=True),
        Alteration(weakened, "changed", editor.id, weaker=True),
    ]
    assert strange in kept()


def test_a_case_that_a_colleague_has_touched_is_not_ones_own(
    editor: Principal, other: Principal
) -> None:
    since = now()
    case_id = add(editor)
    edit(other, case_id, Expectation(ASKED.question, "answer", None, "shipping.md", ("5.90",)))
    delete(editor, case_id)
    assert Alteration(case_id, "deleted", editor.id, weaker=True) in altered(since, {})


def test_a_case_that_is_gone_without_an_entry_counts_against_everybody(editor: Principal) -> None:
    before = {**kept(), 4711: "a hash"}
    assert altered(now(), before) == [Alteration(4711, "deleted", "", weaker=True)]
