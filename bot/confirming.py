"""Which cases say on purpose what a proposal changes, so that a second person sees it said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.facts import Reader, holds
from knowledge.cases import CaseView
from knowledge.facts import Fact
from knowledge.findings import Figures, Gone

Outcomes = Mapping[int, Mapping[str, Any]]
"""By case, how it came out: "after" is empty if it passes, "documents" are the names cited."""


def of_figures(change: Figures, cases: Sequence[CaseView], outcomes: Outcomes) -> list[int]:
    """The passing cases that state what a sentence says now; empty unless they state all of it.

    New figures have to be held by answers from that document. Where a sentence lost its figures,
    or denies now what it said, an answer has to hold something of the new one; where nothing took
    its place, questions about the document have to go to people.
    """
    if not change.now:
        return to_people(change.document, cases, outcomes)
    stating = [
        case
        for case in cases
        if case.wanted.expects == "answer"
        and case.wanted.holds
        and not outcomes[case.id]["after"]
        and change.document in outcomes[case.id]["documents"]
    ]
    if not change.after:
        return [
            case.id
            for case in stating
            if all(holds(change.now, word) for word in case.wanted.holds)
        ]
    by_fact = [
        [case.id for case in stating if _states(case, fact, change.now)] for fact in change.after
    ]
    if not all(by_fact):
        return []
    return sorted({case_id for found in by_fact for case_id in found})


def of_gone(gone: Gone, cases: Sequence[CaseView], outcomes: Outcomes) -> list[int]:
    """The passing cases that say that questions about a document go to people."""
    return to_people(gone.document, cases, outcomes)


def to_people(document: str, cases: Sequence[CaseView], outcomes: Outcomes) -> list[int]:
    """The passing cases that want a person where this document answered."""
    return [
        case.id
        for case in cases
        if case.wanted.expects == "person"
        and case.wanted.document == document
        and not outcomes[case.id]["after"]
    ]


def _states(case: CaseView, fact: Fact, now: str) -> bool:
    """Whether a case holds this figure, in words that the new sentence has."""
    return any(
        _is(fact, said) and holds(now, word)
        for word in case.wanted.holds
        for said in Reader().facts(word)
    )


def _is(fact: Fact, said: Fact) -> bool:
    return (said.kind, said.value) == (fact.kind, fact.value) and said.unit in ("", fact.unit)
