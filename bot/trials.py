"""What the assistant would say to cases and to recent messages, before a release and after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from access import people
from bot import generative
from bot.answer import Handoff, rehearsed
from bot.employee import Customer, Employee
from bot.facts import Reader, holds
from guardrails import directory, policies
from guardrails.mask import Mask
from guardrails.trace import Trace, errand
from knowledge.cases import CaseView
from knowledge.editions import Edition
from knowledge.trials import Trial
from records import contacts, replays
from records.turns import Turn
from runtime.database import now, open_session
from runtime.scope import Scope
from runtime.settings import current

RECENT = timedelta(days=14)
MOST = 300
"""Messages that are replayed: about ten seconds."""
PURPOSE = "rehearsal"
_AT_ONCE = 20
"""Turns that are in memory together."""


@dataclass(frozen=True, slots=True)
class Said:
    """What comes of one question on one edition. The text never leaves the rehearsal."""

    answered: bool
    text: str
    documents: tuple[int, ...]
    figures: frozenset[tuple[str, ...]]


def employee_of(unit_id: int) -> Employee:
    """Whoever rehearses for the unit. Raises `MaskingFailed` when its policy cannot be read."""
    with open_session(Scope.of(unit_id), read_only=True) as session:
        (unit,) = people.units(session, [unit_id])
        rules = policies.released(session, unit_id)
    return Employee(
        people.system(unit_id).id,
        "rehearsal",
        unit.languages,
        "",
        frozenset({unit_id}),
        unit.link_hosts,
        rules.policy,
        rules.label,
    )


def of_cases(
    trial: Trial, employee: Employee, cases: Sequence[CaseView], between: Callable[[], None]
) -> list[dict[str, Any]]:
    """How every case comes out: {"id", "before", "after"}, each a problem or "" if it passes.

    `before` is None where nothing is served yet. Raises `Unavailable`, `ModelFailed`,
    `MaskingFailed`.
    """
    names = _names(trial)
    found: list[dict[str, Any]] = []
    for case in cases:
        turn = turn_of(trial.unit_id, case.wanted.question, case.wanted.language)
        with on_nobodys_account(trial.unit_id, employee, turn):
            before = said(turn, employee, trial.before) if trial.base else None
            after = said(turn, employee, trial.after)
        found.append(
            {
                "id": case.id,
                "before": None if before is None else problem(case, before, names),
                "after": problem(case, after, names),
                "documents": sorted(names[each] for each in after.documents),
            }
        )
        between()
    return found


def problem(case: CaseView, came: Said, names: dict[int, str]) -> str:
    """Why an outcome is not what the case wants; "" if it is.

    "answered" (a person was wanted), "not_answered", "other_document", "not_held".
    """
    wanted = case.wanted
    if wanted.expects == "person":
        return "answered" if came.answered else ""
    if not came.answered:
        return "not_answered"
    cited = {names[each] for each in came.documents}
    if wanted.document is not None and wanted.document not in cited:
        return "other_document"
    return "" if all(holds(came.text, word) for word in wanted.holds) else "not_held"


def of_messages(
    trial: Trial, employee: Employee, between: Callable[[], None]
) -> Iterator[tuple[int, Said, Said]]:
    """Message id, and what is said before and after, of what was answered lately.

    The reading of the conversations is in the ledger. Raises as `of_cases`.
    """
    scope, system = Scope.of(trial.unit_id), people.system(trial.unit_id)
    with open_session(scope, read_only=True) as session:
        asked = replays.answered(session, trial.unit_id, since=now() - RECENT, limit=MOST)
    leaves = generative.searching_leaves()
    for at in range(0, len(asked), _AT_ONCE):
        with open_session(scope) as session:
            turns = replays.turns(session, system, asked[at : at + _AT_ONCE], purpose=PURPOSE)
            hidden = {
                turn.contact_id: contacts.values_to_hide(session, turn.contact_id)
                for turn in turns
                if leaves
            }
        for turn in turns:
            customer = Customer({}, tuple(hidden.get(turn.contact_id, ())))
            with generative.guarded(turn, employee, customer, turn.language or "en"):
                before = said(turn, employee, trial.before)
                after = said(turn, employee, trial.after)
            yield turn.message_id, before, after
            between()


def said(turn: Turn, employee: Employee, edition: Edition) -> Said:
    """What is said to a turn from an edition, by quoting."""
    outcome = rehearsed(turn, employee, edition)
    if isinstance(outcome, Handoff):
        return Said(False, "", (), frozenset())
    documents = tuple(dict.fromkeys(int(each["document_id"]) for each in outcome.sources))
    facts = Reader().facts(outcome.text) if outcome.sources else ()
    return Said(True, outcome.text, documents, frozenset(fact.key for fact in facts))


def turn_of(unit_id: int, question: str, language: str | None) -> Turn:
    """A customer's first message, of nobody."""
    return Turn(
        message_id=0,
        conversation_id=0,
        unit_id=unit_id,
        contact_id=0,
        texts=(question,),
        content_types=frozenset({"text"}),
        history=(),
        language=language,
        disclosed=True,
        assistant_turns=0,
    )


@contextmanager
def on_nobodys_account(unit_id: int, employee: Employee, turn: Turn) -> Iterator[None]:
    """Hide what looks personal in a question of nobody, where looking something up leaves."""
    if not generative.searching_leaves():
        yield
        return
    mask = Mask([], turn.language or "en", employee.policy, directory.of_unit(unit_id))
    mask.learn(turn.text)
    trace = Trace(
        unit_id=unit_id,
        conversation_id=None,
        message_id=None,
        actor=employee.actor,
        policy=employee.policy_version,
        deadline=time.monotonic() + current().model_deadline,
    )
    with errand(mask, trace):
        yield


def _names(trial: Trial) -> dict[int, str]:
    from knowledge import trials

    with open_session(Scope.of(trial.unit_id), read_only=True) as session:
        return trials.names(session, trial.before, trial.after)
