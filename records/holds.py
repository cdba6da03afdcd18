"""Legal holds: what may not be deleted for a time, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from records.models import Contact
from records.privacy_models import LegalHold
from runtime.database import now
from runtime.errors import BadInput, Conflict, NotFound
from runtime.stores import Category

REASONS = ("litigation", "claim", "tax", "accounting", "investigation", "authority")
"""Codes; the file with the details is elsewhere."""


@dataclass(frozen=True, slots=True)
class Hold:
    """`contact_id` None: the whole unit. `categories` empty: all."""

    id: int
    unit_id: int
    contact_id: int | None
    categories: tuple[Category, ...]
    reason: str
    set_by: str
    set_at: datetime
    until: datetime
    released_at: datetime | None

    @property
    def covers(self) -> frozenset[Category]:
        return frozenset(self.categories or Category)


def place(
    session: Session,
    principal: Principal,
    unit_id: int,
    *,
    contact_id: int | None,
    categories: Sequence[str],
    reason: str,
    until: datetime,
) -> Hold:
    """Keep something from being deleted. Raises `BadInput`, `Denied`, `NotFound`."""
    require(principal, Permission.RETENTION_WRITE)
    within(principal, unit_id)
    if reason not in REASONS:
        raise BadInput(f"reason: one of {', '.join(REASONS)}")
    unknown = sorted(set(categories) - set(Category))
    if unknown:
        raise BadInput(f"categories: {', '.join(unknown)} is none of {', '.join(Category)}")
    if until <= now():
        raise BadInput("until: give a day to come; it can be prolonged")
    if contact_id is not None:
        owner = session.scalar(select(Contact.unit_id).where(Contact.id == contact_id))
        if owner != unit_id:
            raise NotFound("contact_id: no such contact in this unit")
    row = LegalHold(
        unit_id=unit_id, contact_id=contact_id, categories=list(categories), reason=reason,
        set_by=principal.id, until=until,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _record(session, principal, "hold:place", row)
    return _view(row)


def release(session: Session, principal: Principal, hold_id: int) -> None:
    """End a hold. Raises `Denied`, `NotFound`, `Conflict` when it has ended."""
    require(principal, Permission.RETENTION_WRITE)
    row = session.scalar(select(LegalHold).where(LegalHold.id == hold_id).with_for_update())
    if row is None or row.unit_id not in principal.units:
        raise NotFound("no such hold")
    if row.released_at is not None:
        raise Conflict("this hold has ended already")
    row.released_at, row.released_by = now(), principal.id
    _record(session, principal, "hold:release", row)


def _record(session: Session, principal: Principal, action: str, row: LegalHold) -> None:
    ledger.record(
        session, principal.id, action, f"hold/{row.id}", unit_id=row.unit_id,
        contact=row.contact_id, reason=row.reason, categories=row.categories,
    )  # fmt: skip


def page(session: Session, principal: Principal, *, ended: bool = False) -> list[Hold]:
    """The holds of the principal's units, newest first. Raises `Denied`."""
    require(principal, Permission.RETENTION_READ)
    query = select(LegalHold).order_by(LegalHold.id.desc())
    if not ended:
        query = query.where(LegalHold.released_at.is_(None), LegalHold.until > now())
    return [_view(row) for row in session.scalars(query)]


def active(session: Session, unit_id: int, contacts: Sequence[int] | None = None) -> list[Hold]:
    """The unit's holds in force; with `contacts` those on one of them or on the whole unit."""
    query = select(LegalHold).where(
        LegalHold.unit_id == unit_id,
        LegalHold.released_at.is_(None),
        LegalHold.until > now(),
    )
    if contacts is not None:
        query = query.where(or_(LegalHold.contact_id.is_(None), LegalHold.contact_id.in_(contacts)))
    return [_view(row) for row in session.scalars(query.order_by(LegalHold.id))]


def _view(row: LegalHold) -> Hold:
    return Hold(
        row.id, row.unit_id, row.contact_id, tuple(Category(each) for each in row.categories),
        row.reason, row.set_by, row.set_at, row.until, row.released_at,
    )  # fmt: skip
