"""Acts that need a second person: asked for with an exact plan, decided by another, used once.

What is approved is a hash of the plan, so nobody can change afterwards what was agreed to. The
database itself refuses a decision by the one who asked, a use after the time is over, a second use,
and any change of the plan (migration 0009). Nobody is exempt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import people
from access.models import Approval
from access.policy import Permission, Principal, fresh, require, within
from runtime.database import now
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound
from runtime.jobs import enqueue

LIFE = timedelta(hours=24)
LONGEST_REASON = 500


class State(StrEnum):
    """Where a request stands; EXPIRED is read off the clock."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Act:
    """A kind of act that takes two people.

    `asks` is what one needs to request it, `job` the kind of job that carries it out once it is
    approved (its one argument is `approval_id`).
    """

    name: str
    asks: Permission
    job: str
    decides: Permission = Permission.APPROVAL_DECIDE


_acts: dict[str, Act] = {}


def needs_two(name: str, *, asks: Permission, job: str) -> Act:
    """Register a kind of act at import. Raises `ValueError` when there is one already."""
    if name in _acts:
        raise ValueError(f"two acts named {name}")
    _acts[name] = Act(name, asks, job)
    return _acts[name]


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A request as those see it who may decide on it."""

    id: int
    unit_id: int
    act: str
    subject: str
    plan: dict[str, Any]
    plan_hash: str
    reason: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    state: State


def plan_hash(plan: Mapping[str, Any]) -> str:
    """SHA-256 of the plan in canonical JSON (sorted keys, no spaces): what a decision is bound to.

    Raises `TypeError` for what JSON does not hold.
    """
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def ask(
    session: Session,
    principal: Principal,
    act: str,
    subject: str,
    *,
    unit_id: int,
    plan: Mapping[str, Any],
    reason: str,
) -> int:
    """Request an act; return the request's id.

    `plan` is exactly what will be done: identifiers, counts and codes, never personal values.
    Raises `Denied`, `NotFound` for a unit of others, `BadInput` without a reason, and
    `ReauthRequired` when the principal has not proved lately who is acting.
    """
    kind = _act(act)
    require(principal, kind.asks)
    within(principal, unit_id)
    fresh(principal)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise BadInput(f"reason: say why, in at most {LONGEST_REASON} characters")
    at = now()
    row = Approval(
        unit_id=unit_id,
        act=act,
        subject=subject,
        plan=dict(plan),
        plan_hash=plan_hash(plan),
        reason=reason.strip(),
        requested_by=principal.id,
        requested_at=at,
        expires_at=at + LIFE,
    )
    session.add(row)
    session.flush()
    _record(session, principal, "approval:ask", row)
    return row.id


def decide(
    session: Session, principal: Principal, approval_id: int, *, approve: bool, seen: str
) -> None:
    """Approve or refuse; `seen` is the hash of the plan that the decider was shown.

    An approved act is carried out by its job, committed with the decision. Raises `NotAllowed`
    for the one who asked, `Denied`, `NotFound` out of scope, `Conflict` when the plan is another
    one or the request is decided or over, `ReauthRequired`.
    """
    row = _locked(session, approval_id)
    kind = _act(row.act)
    within(principal, row.unit_id)
    require(principal, kind.decides)
    fresh(principal)
    if row.requested_by == principal.id:
        raise NotAllowed("you asked for this yourself: somebody else has to decide")
    if seen != row.plan_hash:
        raise Conflict("this is not the plan that was asked for: read it again")
    if _state(row) is not State.WAITING:
        raise Conflict(f"this request is {_state(row)} already")
    row.decided_by, row.decided_at, row.approved = principal.id, now(), approve
    session.flush()
    _record(session, principal, "approval:approve" if approve else "approval:refuse", row)
    if approve:
        enqueue(session, kind.job, unit_id=row.unit_id, lane=f"approval/{row.id}",
                approval_id=row.id)  # fmt: skip


def use(session: Session, approval_id: int, act: str, plan: Mapping[str, Any]) -> ApprovalView:
    """Take the approval for what is about to be done, in the transaction that does it.

    `plan` is made anew by the caller from what is there now. Raises `Conflict` when it differs
    from what was approved, when the time is over, or on a second use, and `NotAllowed` when
    either person lost the right in between: then nothing may happen.
    """
    row = _locked(session, approval_id)
    if row.act != act or row.plan_hash != plan_hash(plan):
        raise Conflict("what would happen now is not what was approved: ask again")
    if _state(row) is not State.APPROVED:
        raise Conflict(f"this request is {_state(row)}, not approved")
    _still_allowed(session, row, row.requested_by, _act(act).asks)
    _still_allowed(session, row, row.decided_by or "", _act(act).decides)
    row.used_at = now()
    session.flush()
    ledger.record(
        session, row.requested_by, "approval:use", f"approval/{row.id}", unit_id=row.unit_id,
        act=row.act, about=row.subject, plan=row.plan_hash, approved_by=row.decided_by,
    )  # fmt: skip
    return _view(row)


def _still_allowed(session: Session, row: Approval, who: str, permission: Permission) -> None:
    kind, _, number = who.partition("/")
    if kind == "system":
        return
    found = people.principal_of(session, int(number)) if kind == "user" else None
    if found is None or not found.may(permission) or row.unit_id not in found.units:
        raise NotAllowed(f"{who} may not do this any more: ask again")


def withdraw_all(session: Session, principal: Principal, who: str) -> int:
    """Close what somebody who leaves has asked for and nobody decided; return how many."""
    rows = session.scalars(
        select(Approval)
        .where(Approval.requested_by == who, Approval.decided_by.is_(None))
        .where(Approval.expires_at > now())
        .with_for_update()
    ).all()
    for row in rows:
        row.decided_by, row.decided_at, row.approved = "system/0", now(), False
        _record(session, principal, "approval:withdraw", row)
    session.flush()
    return len(rows)


def note_void(session: Session, approval_id: int, why: str) -> None:
    """Write that what was approved could not be done any more; `why` is a code."""
    row = session.scalar(select(Approval).where(Approval.id == approval_id))
    if row is not None:
        ledger.record(
            session, "system/0", "approval:void", f"approval/{row.id}", unit_id=row.unit_id,
            act=row.act, about=row.subject, why=why,
        )  # fmt: skip


def waiting(session: Session, principal: Principal, *, everything: bool = False,
            limit: int = 100) -> list[ApprovalView]:  # fmt: skip
    """The requests of the principal's units, newest first; without `everything` those to decide.

    Raises `Denied`.
    """
    require(principal, Permission.APPROVAL_READ)
    query = select(Approval).where(Approval.unit_id.in_(principal.units))
    if not everything:
        query = query.where(Approval.decided_at.is_(None), Approval.expires_at > now())
    rows = session.scalars(query.order_by(Approval.id.desc()).limit(limit))
    return [_view(row) for row in rows]


def find(session: Session, principal: Principal, approval_id: int) -> ApprovalView:
    """One request. Raises `Denied`, `NotFound`."""
    require(principal, Permission.APPROVAL_READ)
    row = session.scalar(select(Approval).where(Approval.id == approval_id))
    if row is None:
        raise NotFound("no such request")
    within(principal, row.unit_id)
    return _view(row)


def plan_of(session: Session, approval_id: int) -> ApprovalView:
    """The request a job was given, for rebuilding its plan. Raises `NotFound`."""
    row = session.scalar(select(Approval).where(Approval.id == approval_id))
    if row is None:
        raise NotFound("no such request")
    return _view(row)


def _act(name: str) -> Act:
    if name not in _acts:
        raise BadInput(f"act: {name} is no act that is asked for")
    return _acts[name]


def _locked(session: Session, approval_id: int) -> Approval:
    row = session.scalar(select(Approval).where(Approval.id == approval_id).with_for_update())
    if row is None:
        raise NotFound("no such request")
    return row


def _state(row: Approval) -> State:
    if row.used_at is not None:
        return State.USED
    if row.approved is False:
        return State.REFUSED
    if row.expires_at <= now():
        return State.EXPIRED
    return State.WAITING if row.approved is None else State.APPROVED


def _record(session: Session, principal: Principal, action: str, row: Approval) -> None:
    ledger.record(
        session, principal.id, action, f"approval/{row.id}", unit_id=row.unit_id,
        act=row.act, about=row.subject, plan=row.plan_hash,
    )  # fmt: skip


def _view(row: Approval) -> ApprovalView:
    return ApprovalView(
        row.id, row.unit_id, row.act, row.subject, row.plan, row.plan_hash, row.reason,
        row.requested_by, row.requested_at, row.expires_at, row.decided_by, row.decided_at,
        _state(row),
    )  # fmt: skip
