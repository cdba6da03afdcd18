"""A policy goes live: by somebody who did not write it, if it passes the unit's regression set.

Going back is a release, too: the exact content of an earlier version goes live again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from guardrails import cases
from guardrails.cases import Outcome
from guardrails.models import PolicyState, PolicyVersion
from guardrails.policies import (
    BUILT_IN,
    Version,
    built_in,
    check,
    content_of,
    live_number,
    row_of,
    view_of,
)
from guardrails.policy import DEFAULT
from runtime.database import now, open_session
from runtime.errors import Conflict, NotAllowed
from runtime.scope import Scope


class RegressionFailed(Conflict):
    """A policy does not do what the unit's regression set wants; the message names the rows."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        failing = [outcome.name for outcome in outcomes if not outcome.ok]
        shown = ", ".join(failing[:20]) + (", …" if len(failing) > 20 else "")
        super().__init__(
            f"not released: {len(failing)} of {len(outcomes)} rows of the regression set fail: "
            f"{shown}"
        )
        self.failing = failing


def release(principal: Principal, unit_id: int, number: int, *, seen: int | None = None) -> Version:
    """Make a draft live: from the next turn on. `seen` is the live version it was compared with.

    Raises `NotAllowed` for its author, `RegressionFailed`, `Conflict` when somebody else acted
    meanwhile, `Denied`, `NotFound`. Opens sessions of its own: the regression set runs outside.
    """
    require(principal, Permission.GUARDRAILS_RELEASE)
    within(principal, unit_id)
    found = _candidate(principal, unit_id, number, PolicyState.DRAFT, seen)
    with open_session(Scope.of(unit_id)) as session:
        version = view_of(_goes_live(session, principal, unit_id, found))
        _note(session, principal, unit_id, "policy:release", version, cases=found.cases)
        return version


def rollback(
    principal: Principal, unit_id: int, number: int, *, seen: int | None = None
) -> Version:
    """Make an earlier version live again, as it was; 0 is the built-in one.

    A release like any other: not by its author, and only if it passes. Raises like `release`.
    """
    require(principal, Permission.GUARDRAILS_RELEASE)
    within(principal, unit_id)
    found = _candidate(principal, unit_id, number, PolicyState.RETIRED, seen)
    with open_session(Scope.of(unit_id)) as session:
        version = _back_to(session, principal, unit_id, found)
        _note(session, principal, unit_id, "policy:rollback", version, cases=found.cases)
        return version


def refuse(session: Session, principal: Principal, unit_id: int, number: int) -> None:
    """Set a draft aside, also one's own. Raises `Denied`, `NotFound`, `Conflict`."""
    require(principal, Permission.GUARDRAILS_RELEASE)
    within(principal, unit_id)
    row = row_of(session, unit_id, number, lock=True)
    if row.state is not PolicyState.DRAFT:
        raise Conflict(f"version {number} is not a draft any more")
    row.state = PolicyState.REFUSED
    _note(session, principal, unit_id, "policy:refuse", view_of(row), refusal="set_aside")


class _Candidate(NamedTuple):
    """A version that has passed, and under which circumstances."""

    number: int
    sha256: str
    state: PolicyState
    cases: int
    live: int


def _candidate(
    principal: Principal,
    unit_id: int,
    number: int,
    state: PolicyState,
    seen: int | None,
) -> _Candidate:
    with open_session(Scope.of(unit_id), read_only=True) as session:
        if number == BUILT_IN:
            version, policy = built_in(session, unit_id), DEFAULT
        else:
            row = row_of(session, unit_id, number)
            version, policy = view_of(row), content_of(row)
        of_the_unit = cases.newest(session, unit_id)
        live = live_number(session, unit_id)
    if version.state is not state:
        raise Conflict(f"version {number} is {version.state}, not {state}")
    if seen is not None and seen != live:
        raise Conflict(f"version {live} is live by now, not {seen}: compare with that one")
    if version.author == principal.id:
        _refused(principal, unit_id, version, refusal="author")
        raise NotAllowed("you wrote this version: somebody else has to release it")
    check(policy)
    outcomes = cases.run(of_the_unit.cases, policy)
    if not all(outcome.ok for outcome in outcomes):
        failed = RegressionFailed(outcomes)
        _refused(principal, unit_id, version, refusal="regression", failing=failed.failing)
        raise failed
    return _Candidate(number, version.sha256, version.state, of_the_unit.number, live)


def _goes_live(
    session: Session, principal: Principal, unit_id: int, found: _Candidate
) -> PolicyVersion:
    rows = _locked(session, unit_id, found)
    row = next((row for row in rows if row.number == found.number), None)
    if row is None or row.state is not found.state or row.sha256 != found.sha256:
        raise Conflict("somebody else acted on this version meanwhile: look again")
    _retire(rows)
    row.state = PolicyState.RELEASED
    row.released_by, row.released_at, row.cases = principal.id, now(), found.cases
    return row


def _back_to(session: Session, principal: Principal, unit_id: int, found: _Candidate) -> Version:
    if found.number != BUILT_IN:
        return view_of(_goes_live(session, principal, unit_id, found))
    _retire(_locked(session, unit_id, found))
    session.flush()
    return built_in(session, unit_id)


def _locked(session: Session, unit_id: int, found: _Candidate) -> list[PolicyVersion]:
    """All versions of the unit, so that only one of two releases goes through at a time."""
    rows = session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.unit_id == unit_id)
        .order_by(PolicyVersion.id)
        .with_for_update()
    ).all()
    if live_number(session, unit_id) != found.live:
        raise Conflict("another version went live meanwhile: look again")
    if cases.newest(session, unit_id).number != found.cases:
        raise Conflict("the regression set has changed meanwhile: look again")
    return list(rows)


def _retire(rows: Sequence[PolicyVersion]) -> None:
    for row in rows:
        if row.state is PolicyState.RELEASED:
            row.state = PolicyState.RETIRED


def _refused(
    principal: Principal,
    unit_id: int,
    version: Version,
    *,
    refusal: str,
    failing: Sequence[str] = (),
) -> None:
    """What did not go through is an act, too, with a transaction of its own."""
    with open_session(Scope.of(unit_id)) as session:
        told = {"refusal": refusal, "failing": list(failing[:50])}
        _note(session, principal, unit_id, "policy:refuse", version, **told)


def _note(
    session: Session, principal: Principal, unit_id: int, act: str, version: Version, **more: Any
) -> None:
    ledger.record(
        session,
        principal.id,
        act,
        f"policy/{version.number}",
        unit_id=unit_id,
        number=version.number,
        sha256=version.sha256,
        **more,
    )
