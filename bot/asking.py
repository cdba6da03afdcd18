"""What the assistant would say to a question from an edition of the knowledge, and why.

For people who try out what they wrote: nobody is answered, and nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from access import Permission, Principal, require
from bot import extractive, trials
from bot.answer import Handoff, rehearsed
from knowledge import language as languages
from knowledge import proposals, retrieval
from knowledge.editions import ANYONE, COLLEAGUES, CUSTOMERS, Edition
from knowledge.retrieval import Found, Passage
from knowledge.tokens import common, tokens
from runtime.database import open_session
from runtime.scope import Scope

Whom = Literal["anyone", "customers", "colleagues"]
READERS = {"anyone": ANYONE, "customers": CUSTOMERS, "colleagues": COLLEAGUES}
MOST = 8
"""Passages that are shown: twice as many as an answer may rest on."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would be done: "answer" with a text and what it rests on, or "hand_over" and why."""

    act: Literal["answer", "hand_over"]
    text: str
    reason: str
    sources: tuple[dict[str, Any], ...]
    verdict: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was found, with the words of the question that each passage has, and what follows."""

    found: Found
    language: str
    words: tuple[tuple[str, ...], ...]
    threshold: float
    edition: Edition
    outcome: Outcome


def ask(
    principal: Principal,
    unit_id: int,
    question: str,
    *,
    language: str | None,
    whom: Whom,
    edition: Literal["live", "draft"] | int,
) -> Asked:
    """Try a question on what is live, on all drafts, or on the release with this number.

    Opens its own sessions. Raises `NotFound`, `Denied`; `Unavailable` while vectors are missing;
    `MaskingFailed` and `ModelFailed` where an embedding endpoint is asked.
    """
    require(principal, Permission.KNOWLEDGE_READ)
    with open_session(Scope.of(unit_id), read_only=True) as session:
        chosen = proposals.edition_of(session, principal, unit_id, edition)
    employee = trials.employee_of(unit_id)
    spoken = language or languages.detect(
        question, fallback=employee.languages[0] if employee.languages else "en"
    )
    turn = trials.turn_of(unit_id, question, spoken)
    readers = READERS[whom]
    with trials.on_nobodys_account(unit_id, employee, turn):
        found = retrieval.search(
            [unit_id], question, language=spoken, limit=MOST, readers=readers, trial=chosen
        )
        if whom == "customers" and found.state != "unavailable":
            outcome = _told(rehearsed(turn, employee, chosen))
        else:
            outcome = _quoted(question, found, employee.link_hosts, spoken)
    words = tuple(_shared(question, passage) for passage in found.passages)
    return Asked(found, spoken, words, found.decision.threshold, chosen, outcome)


def _told(came: Any) -> Outcome:
    if isinstance(came, Handoff):
        return Outcome("hand_over", came.notice, str(came.reason), (), None)
    return Outcome("answer", came.text, "", came.sources, came.verdict)


def _quoted(question: str, found: Found, hosts: tuple[str, ...], language: str) -> Outcome:
    best = extractive.quoted(question, found, hosts, language)
    if best is None:
        reason = "knowledge_away" if found.state == "unavailable" else "no_answer"
        return Outcome("hand_over", "", reason, (), None)
    return Outcome("answer", best.text, "", best.sources, best.verdict)


def _shared(question: str, passage: Passage) -> tuple[str, ...]:
    """The words of the question, without the common ones, that a passage has in some form."""
    there = set(tokens(f"{passage.title} {passage.heading} {passage.text}", passage.language))
    light = common(passage.language)
    found = []
    for word in question.split():
        terms = tokens(word, passage.language)
        if terms and not set(terms) <= light and there.issuperset(terms):
            found.append(word.strip(" ?!.,;:()\"'“”¿¡。？！"))
    return tuple(dict.fromkeys(found))
