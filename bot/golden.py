"""A unit's regression cases against what it serves now: after a restore, say."""

from __future__ import annotations

from dataclasses import dataclass

from bot import trials
from knowledge import cases, editions
from knowledge.trials import names_served
from runtime.database import open_session
from runtime.scope import Scope


@dataclass(frozen=True, slots=True)
class Golden:
    """How the cases of a unit came out: their number, and (case id, problem) of each that failed.

    The problems are those of `trials.problem`.
    """

    unit_id: int
    total: int
    failed: tuple[tuple[int, str], ...]


def check(unit_id: int) -> Golden:
    """Ask every case of the unit. Raises `Unavailable`, `ModelFailed`, `MaskingFailed`."""
    with open_session(Scope.of(unit_id), read_only=True) as session:
        there = cases.of_unit(session, unit_id)
        edition = editions.served(session, unit_id)
        names = names_served(session, edition)
    if not there:
        return Golden(unit_id, 0, ())
    employee = trials.employee_of(unit_id)
    failed = []
    for case in there:
        turn = trials.turn_of(unit_id, case.wanted.question, case.wanted.language)
        with trials.on_nobodys_account(unit_id, employee, turn):
            came = trials.said(turn, employee, edition)
        problem = trials.problem(case, came, names)
        if problem:
            failed.append((case.id, problem))
    return Golden(unit_id, len(there), tuple(failed))
