"""Same person? What people see of contacts that may be one, and what they decide.

Joining two contacts that are both proven by a platform or host takes a second person: each of them
is somebody's account, and whoever joins the wrong two shows one person's record to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, approvals, require, within
from records import merging
from records.contacts import display_name
from records.identity_models import ContactMerge, MergeSuggestion
from records.models import Contact, Conversation, Identity
from runtime.database import now
from runtime.errors import BadInput, Conflict, NotFound

ACT = "contact:merge"
approvals.needs_two(ACT, asks=Permission.CONTACT_MERGE, job="connectors.merge_contacts")

Evidence = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Person:
    """One side of a suggestion, as far as the principal's role opens it."""

    contact_id: int
    name: str
    channels: tuple[str, ...]
    verified: bool
    conversations: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two contacts that may be one person. `approval_id` where a second person is asked."""

    id: int
    unit_id: int
    first: Person
    second: Person
    evidence: Evidence
    needs_second_person: bool
    approval_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MergeView:
    """A merge, standing or undone."""

    id: int
    unit_id: int
    winner: Person
    loser: Person
    how: str
    evidence: Evidence
    merged_by: str
    merged_at: datetime
    undone_by: str | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision led to: a merge, or a request that a second person decides."""

    merge_id: int | None = None
    approval_id: int | None = None


def suggestions(session: Session, principal: Principal, *, limit: int = 50) -> list[Suggestion]:
    """The open suggestions of the principal's units, newest first. Raises `Denied`."""
    require(principal, Permission.CONTACT_MERGE)
    rows = session.scalars(
        select(MergeSuggestion)
        .where(MergeSuggestion.state == "open", MergeSuggestion.unit_id.in_(principal.units))
        .order_by(MergeSuggestion.id.desc())
        .limit(limit)
    ).all()
    tops = merging.roots(session, {each for row in rows for each in (row.first_id, row.second_id)})
    shown = [row for row in rows if tops[row.first_id] != tops[row.second_id]]
    found = [_suggestion(session, principal, row) for row in shown]
    _listed(session, principal, [
        (row.unit_id, each) for row in shown for each in (row.first_id, row.second_id)
    ])  # fmt: skip
    return found


def _suggestion(session: Session, principal: Principal, row: MergeSuggestion) -> Suggestion:
    first, second = (_person(session, principal, each) for each in (row.first_id, row.second_id))
    return Suggestion(
        row.id, row.unit_id, first, second, list(row.evidence),
        first.verified and second.verified, row.approval_id, row.created_at,
    )  # fmt: skip


def _person(session: Session, principal: Principal, contact_id: int) -> Person:
    whole = merging.parts(session, contact_id)
    channels = session.scalars(
        select(Identity.channel).where(Identity.contact_id.in_(whole)).distinct()
    )
    counted = session.scalar(
        select(func.count()).select_from(Conversation).where(Conversation.contact_id.in_(whole))
    )
    return Person(
        contact_id,
        display_name(session, principal, contact_id),
        tuple(sorted(channels)),
        merging.has_verified(session, whole),
        counted or 0,
    )


def _listed(session: Session, principal: Principal, shown: list[tuple[int, int]]) -> None:
    """A list with names is a reading of personal data."""
    fields = ["name"] if principal.may_see(Permission.CONTACT_READ, "name") else []
    for unit in {unit for unit, _ in shown}:
        ledger.record(
            session, principal.id, Permission.CONTACT_LIST, f"unit/{unit}", unit_id=unit,
            contacts=sorted({each for where, each in shown if where == unit}),
            fields=fields, purpose="same_person",
        )  # fmt: skip


def accept(session: Session, principal: Principal, suggestion_id: int, *, reason: str) -> Decided:
    """They are one person: merged at once, or asked of a second person where both are proven.

    Raises `Denied`, `NotFound`, `Conflict` when it is decided, `BadInput` without a reason, and
    `ReauthRequired` where a second person is asked.
    """
    require(principal, Permission.CONTACT_MERGE)
    row = _open(session, principal, suggestion_id)
    decided = _decide(
        session, principal, row.unit_id, row.first_id, row.second_id, row.evidence, reason=reason
    )
    if decided.approval_id is not None:
        row.approval_id = decided.approval_id
    return decided


def propose(
    session: Session, principal: Principal, first: int, second: int, *, reason: str
) -> Decided:
    """Merge two contacts nobody suggested; `first` is the one that stays. Raises as `accept`."""
    require(principal, Permission.CONTACT_MERGE)
    units = dict(
        session.execute(
            select(Contact.id, Contact.unit_id).where(
                Contact.id.in_((first, second)), Contact.unit_id.in_(principal.units)
            )
        ).all()
    )
    if len(units) != 2:
        raise NotFound("first, second: no such two contacts")
    if units[first] != units[second]:
        raise BadInput("second: contacts of two units are never merged")
    if merging.root(session, first) == merging.root(session, second):
        raise Conflict("these two are one already")
    evidence = [{"key": "person"}]
    return _decide(
        session, principal, units[first], first, second, evidence, reason=reason, keep=first
    )


def _decide(
    session: Session,
    principal: Principal,
    unit_id: int,
    first: int,
    second: int,
    evidence: Evidence,
    *,
    reason: str,
    keep: int | None = None,
) -> Decided:
    if not reason.strip():
        raise BadInput("reason: say how you know that they are one person")
    plan = _plan(session, first, second, evidence, keep)
    if plan["both_verified"]:
        asked = approvals.ask(
            session, principal, ACT, f"contact/{first}", unit_id=unit_id, plan=plan, reason=reason
        )
        return Decided(approval_id=asked)
    merge_id = merging.join(
        session, principal.id, first, second, how="person", evidence=evidence, keep=keep
    )
    _settle(session, principal.id, first, second)
    return Decided(merge_id=merge_id)


def _plan(
    session: Session, first: int, second: int, evidence: Evidence, keep: int | None
) -> dict[str, Any]:
    """Exactly what would be merged now: both persons with all their parts, and why."""
    these, those = (list(merging.parts(session, each)) for each in (first, second))
    both = all(merging.has_verified(session, each) for each in (these, those))
    return {
        "first": first, "second": second, "keep": keep, "first_parts": these,
        "second_parts": those, "both_verified": both, "evidence": [dict(one) for one in evidence],
    }  # fmt: skip


def merge_approved(session: Session, approval_id: int) -> None:
    """Carry out what two people agreed on, if it is still exactly that.

    Raises `Conflict` when either contact has changed its parts since, or on a second use.
    """
    asked = approvals.plan_of(session, approval_id)
    first, second, keep = asked.plan["first"], asked.plan["second"], asked.plan["keep"]
    plan = _plan(session, first, second, asked.plan["evidence"], keep)
    approvals.use(session, approval_id, ACT, plan)
    merging.join(
        session, asked.requested_by, first, second,
        how="approved", evidence=[*asked.plan["evidence"], {"approval": approval_id}], keep=keep,
    )  # fmt: skip
    _settle(session, asked.requested_by, first, second)


def forget_request(session: Session, approval_id: int) -> None:
    """A request came to nothing: the suggestion can be decided anew."""
    row = session.scalar(select(MergeSuggestion).where(MergeSuggestion.approval_id == approval_id))
    if row is not None:
        row.approval_id = None


def _settle(session: Session, actor: str, first: int, second: int) -> None:
    """What was suggested or dismissed about these two is decided by now."""
    low, high = sorted((first, second))
    row = session.scalar(
        select(MergeSuggestion).where(
            MergeSuggestion.first_id == low, MergeSuggestion.second_id == high
        )
    )
    if row is not None:
        row.state, row.decided_by, row.decided_at = "accepted", actor, now()


def dismiss(session: Session, principal: Principal, suggestion_id: int) -> None:
    """They are two people: never suggested nor merged by itself again.

    Raises `Denied`, `NotFound`, `Conflict` when it is decided.
    """
    require(principal, Permission.CONTACT_MERGE)
    row = _open(session, principal, suggestion_id)
    merging.keep_apart(session, principal.id, row.unit_id, row.first_id, row.second_id, [])
    for each, other in ((row.first_id, row.second_id), (row.second_id, row.first_id)):
        ledger.record(
            session, principal.id, "contact:keep_apart", f"contact/{each}", unit_id=row.unit_id,
            other=other, suggestion=row.id,
        )  # fmt: skip


def _open(session: Session, principal: Principal, suggestion_id: int) -> MergeSuggestion:
    row = session.scalar(
        select(MergeSuggestion).where(MergeSuggestion.id == suggestion_id).with_for_update()
    )
    if row is None or row.unit_id not in principal.units:
        raise NotFound("no such suggestion")
    if row.state != "open":
        raise Conflict(f"this suggestion is {row.state} already")
    return row


def undo(session: Session, principal: Principal, merge_id: int) -> None:
    """Part what was merged: the record is as before, and each side keeps what came in since.

    Raises `Denied`, `NotFound` also for a merge that is undone or of another unit.
    """
    require(principal, Permission.CONTACT_MERGE)
    unit_id = session.scalar(select(ContactMerge.unit_id).where(ContactMerge.id == merge_id))
    if unit_id is None or unit_id not in principal.units:
        raise NotFound("no such merge")
    merging.part(session, principal.id, merge_id)


def history(
    session: Session, principal: Principal, *, contact_id: int | None = None, limit: int = 50
) -> list[MergeView]:
    """The merges of the principal's units or of one contact's parts, newest first."""
    require(principal, Permission.CONTACT_MERGE)
    query = select(ContactMerge).where(ContactMerge.unit_id.in_(principal.units))
    if contact_id is not None:
        unit_id = session.scalar(select(Contact.unit_id).where(Contact.id == contact_id))
        if unit_id is None:
            raise NotFound("no such contact")
        within(principal, unit_id)
        whole = merging.parts(session, contact_id)
        query = query.where(
            or_(ContactMerge.winner_id.in_(whole), ContactMerge.loser_id.in_(whole))
        )
    rows = session.scalars(query.order_by(ContactMerge.id.desc()).limit(limit)).all()
    found = [
        MergeView(
            row.id, row.unit_id, _person(session, principal, row.winner_id),
            _person(session, principal, row.loser_id), row.how, list(row.evidence),
            row.merged_by, row.merged_at, row.undone_by, row.undone_at,
        )
        for row in rows
    ]  # fmt: skip
    _listed(session, principal, [
        (row.unit_id, each) for row in rows for each in (row.winner_id, row.loser_id)
    ])  # fmt: skip
    return found
