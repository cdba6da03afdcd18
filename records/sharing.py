"""Sharing a contact with another unit: an act of two people that copies named fields, and its end.

A contact belongs to one unit, and nothing crosses the boundary by itself. What is shared is a copy
under a key of its own; when the sharing is taken back, or the original is erased, the copy goes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, approvals, people, require, within
from records import contacts
from records.models import Attribute, Contact, Conversation, Identity, new_ref
from records.share_models import Share
from runtime import secrets
from runtime.database import now
from runtime.errors import BadInput, NotAllowed, NotFound
from runtime.jobs import Job, enqueue, fenced_session, handles
from runtime.scope import Scope

SHARE = approvals.needs_two("contact:share", asks=Permission.CONTACT_SHARE, job="contact.share")


@dataclass(frozen=True, slots=True)
class ShareView:
    """A contact that was shared; `given` is False where our contact is the copy."""

    id: int
    given: bool
    unit_id: int
    contact_id: int
    other_unit_id: int
    other_contact_id: int
    fields: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


def ask(
    session: Session,
    principal: Principal,
    contact_id: int,
    *,
    unit_id: int,
    fields: Collection[str],
    reason: str,
) -> int:
    """Ask that these fields of a contact be copied into another unit; returns the request's id.

    Raises `Denied`, `NotFound` where contact or unit are not the principal's, `BadInput` for
    fields that the contact has not got or the role may not give, and what `approvals.ask` raises.
    """
    require(principal, Permission.CONTACT_SHARE)
    contact = _contact(session, contact_id)
    within(principal, contact.unit_id)
    within(principal, unit_id)
    closed = [name for name in fields if not principal.may_see(Permission.CONTACT_SHARE, name)]
    if closed:
        raise BadInput(f"fields: your role may not give {', '.join(sorted(closed))}")
    return approvals.ask(
        session, principal, SHARE.name, f"contact/{contact_id}", unit_id=contact.unit_id,
        plan=_plan(session, contact, unit_id, fields), reason=reason,
    )  # fmt: skip


def _contact(session: Session, contact_id: int) -> Contact:
    row = session.scalar(select(Contact).where(Contact.id == contact_id))
    if row is None:
        raise NotFound("no such contact")
    return row


def _plan(
    session: Session, contact: Contact, unit_id: int, fields: Collection[str]
) -> dict[str, Any]:
    """What will be copied, from where to where. Identifiers and names of fields only."""
    if unit_id == contact.unit_id:
        raise BadInput("unit_id: name another unit than the contact's own")
    wanted = sorted(set(fields))
    known = set(session.scalars(select(Attribute.name).where(Attribute.contact_id == contact.id)))
    missing = [name for name in wanted if name not in known]
    if missing or not wanted:
        raise BadInput(
            "fields: name at least one that the contact has, and no address of a channel"
            + (f"; not there: {', '.join(missing)}" if missing else "")
        )
    return {"contact": contact.id, "from": contact.unit_id, "to": unit_id, "fields": wanted}


@handles("contact.share", attempts=3)
def share(job: Job) -> None:
    """Carry out an approved sharing, if it is still the one that was approved."""
    with fenced_session(job) as session:
        plan = approvals.plan_of(session, job.args["approval_id"]).plan
    both = replace(job, scope=Scope.of(plan["from"], plan["to"]))
    with fenced_session(both, last=True) as session:
        contact = _contact(session, plan["contact"])
        again = _plan(session, contact, plan["to"], plan["fields"])
        used = approvals.use(session, job.args["approval_id"], SHARE.name, again)
        for who in (used.requested_by, used.decided_by or ""):
            _require_sight(session, who, both.scope.units)
        _copy(session, contact, used)


def _require_sight(session: Session, who: str, units: Collection[int]) -> None:
    kind, _, number = who.partition("/")
    if kind == "system":
        return
    found = people.principal_of(session, int(number)) if kind == "user" else None
    if found is None or not set(units) <= found.units:
        raise NotAllowed(f"{who} does not see both units: ask somebody above both")


def _copy(session: Session, contact: Contact, used: approvals.ApprovalView) -> None:
    plan, ref, context = used.plan, new_ref(), new_ref()
    copy = Contact(
        unit_id=plan["to"],
        data_key=secrets.keys().new_data_key(context),
        key_context=context,
        demo=contact.demo,
    )
    session.add(copy)
    session.flush()
    known = dict(contacts.values_to_hide(session, contact.id))
    values = {name: known[name] for name in plan["fields"]}
    contacts.observe(session, copy.id, values, source=_source(ref))
    facts: dict[str, Any] = {
        "ref": ref, "fields": plan["fields"], "approval_id": used.id, "created_at": now(),
    }  # fmt: skip
    session.add_all(
        (
            Share(unit_id=plan["from"], contact_id=contact.id, given=True,
                  other_unit_id=plan["to"], other_contact_id=copy.id, **facts),
            Share(unit_id=plan["to"], contact_id=copy.id, given=False,
                  other_unit_id=plan["from"], other_contact_id=contact.id, **facts),
        )
    )  # fmt: skip
    session.flush()
    for unit, own, other in (
        (plan["from"], contact.id, plan["to"]),
        (plan["to"], copy.id, plan["from"]),
    ):
        ledger.record(
            session, used.requested_by, SHARE.name, f"contact/{own}", unit_id=unit,
            fields=plan["fields"], other_unit=other, given=unit == plan["from"],
            approval=used.id, approved_by=used.decided_by, share=ref,
        )  # fmt: skip


def _source(ref: str) -> str:
    return f"share/{ref}"


def of_contact(session: Session, principal: Principal, contact_id: int) -> list[ShareView]:
    """To whom a contact was given, and by whom. Raises `Denied`, `NotFound`."""
    require(principal, Permission.CONTACT_SHARE)
    within(principal, _contact(session, contact_id).unit_id)
    rows = session.scalars(select(Share).where(Share.contact_id == contact_id).order_by(Share.id))
    return [
        ShareView(
            row.id, row.given, row.unit_id, row.contact_id, row.other_unit_id,
            row.other_contact_id, tuple(row.fields), row.created_at, row.revoked_at,
        )
        for row in rows
    ]  # fmt: skip


def revoke(session: Session, principal: Principal, share_id: int) -> None:
    """Take a sharing back: the copy is erased at once. Takes one person, since less is seen then.

    Raises `Denied`, `NotFound` also for the other side's row.
    """
    require(principal, Permission.CONTACT_SHARE)
    row = session.scalar(select(Share).where(Share.id == share_id, Share.given.is_(True)))
    if row is None:
        raise NotFound("no such sharing")
    within(principal, row.unit_id)
    if row.revoked_at is None:
        _take_back(session, row, principal.id)


def reach_copies(session: Session, contact_id: int, *, actor: str = "system/0") -> int:
    """Have every copy of a contact erased; for the erasure of the original, in its transaction.

    Call it before the contact's rows are deleted. Returns how many copies there are. Each copy
    is erased by a job of its own unit, and so are the copies of the copy.
    """
    rows = session.scalars(
        select(Share).where(
            Share.contact_id == contact_id, Share.given.is_(True), Share.revoked_at.is_(None)
        )
    ).all()
    for row in rows:
        _take_back(session, row, actor)
    return len(rows)


def _take_back(session: Session, row: Share, actor: str) -> None:
    row.revoked_at = now()
    enqueue(
        session, "contact.unshare", unit_id=row.other_unit_id, lane=f"share/{row.ref}",
        ref=row.ref, actor=actor,
    )  # fmt: skip
    ledger.record(
        session, actor, "contact:unshare", f"contact/{row.contact_id}", unit_id=row.unit_id,
        other_unit=row.other_unit_id, share=row.ref,
    )  # fmt: skip


@handles("contact.unshare")
def unshare(job: Job) -> None:
    """Erase the copy: all of it, or only what was shared where the unit knows more by now."""
    with fenced_session(job, last=True) as session:
        row = session.scalar(
            select(Share).where(Share.ref == job.args["ref"], Share.given.is_(False))
        )
        if row is None or row.revoked_at is not None:
            return
        copy, ref = row.contact_id, row.ref
        reach_copies(session, copy, actor=job.args["actor"])
        session.execute(
            delete(Attribute).where(Attribute.contact_id == copy, Attribute.source == _source(ref))
        )
        whole = not _knows_more(session, copy)
        if whole:
            session.execute(delete(Contact).where(Contact.id == copy))
        else:
            session.execute(update(Share).where(Share.id == row.id).values(revoked_at=now()))
        ledger.record(
            session, job.args["actor"], "contact:unshare", f"contact/{copy}", unit_id=row.unit_id,
            other_unit=row.other_unit_id, share=ref, whole=whole,
        )  # fmt: skip


def _knows_more(session: Session, contact_id: int) -> bool:
    tables = (Attribute, Identity, Conversation)
    return any(
        session.scalar(select(func.count(each.id)).where(each.contact_id == contact_id))
        for each in tables
    )
