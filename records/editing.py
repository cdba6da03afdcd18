"""What people change of a record: with source and time, and every earlier value kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, people, require
from records import contacts, fields, sealing
from records.models import Attribute, Contact, new_ref
from runtime.database import now
from runtime.errors import BadInput, Conflict, NotFound
from runtime.nudges import nudge

MOST = 50
"""Fields changed at once."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field's new value, "" to clear it. `seen` is the row (`Fact.id`) the writer has read."""

    name: str
    value: str
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class PastValue:
    """A value a field has or had, and who says so since when."""

    value: str
    source: str
    source_name: str
    observed_at: datetime


def edit(
    session: Session, principal: Principal, contact_id: int, changes: Sequence[Change]
) -> list[str]:
    """Change fields of a contact; return the names of those that are different now.

    The role must open each field for reading and for writing. Raises `Denied`, `NotFound` (also
    for a field outside the role), `BadInput`, and `Conflict` when a field was changed since.
    """
    require(principal, Permission.CONTACT_WRITE)
    contact = locked(session, contact_id)
    if not 1 <= len(changes) <= MOST or len({one.name for one in changes}) < len(changes):
        raise BadInput(f"changes: give 1 to {MOST} fields, each once")
    key = sealing.data_key(session, contact_id)
    changed = []
    for change in changes:
        _must_be_open(session, principal, contact, change.name)
        value = change.value.strip()
        if value:
            value = fields.checked(session, contact.unit_id, change.name, value)
        newest = _newest(session, contact_id, change.name)
        known = "" if newest is None else sealing.unseal(key, newest, "value")
        if change.seen != (newest.id if newest is not None and known else None):
            raise Conflict(f"{change.name}: somebody has changed it meanwhile: read it again")
        if value != known:
            session.add(_row(contact, principal, change.name, value, key))
            changed.append(change.name)
    if changed:
        session.flush()
        contacts.index_fields(session, contact.unit_id, contact_id, changed)
        _record(session, principal, contact, Permission.CONTACT_WRITE, changed)
        nudge(session, contact.unit_id, f"contact/{contact_id}")
    return changed


def locked(session: Session, contact_id: int) -> Contact:
    """The contact, for this transaction alone. Raises `NotFound`."""
    contact = session.scalar(select(Contact).where(Contact.id == contact_id).with_for_update())
    if contact is None:
        raise NotFound("no such contact")
    return contact


def _must_be_open(session: Session, principal: Principal, contact: Contact, name: str) -> None:
    both = (Permission.CONTACT_READ, Permission.CONTACT_WRITE)
    if not all(principal.may_see(permission, name) for permission in both) or not fields.exists(
        session, contact.unit_id, contact.id, name
    ):
        raise NotFound(f"{name}: no such field")


def _newest(session: Session, contact_id: int, name: str) -> Attribute | None:
    return session.scalar(
        select(Attribute)
        .where(Attribute.contact_id == contact_id, Attribute.name == name)
        .order_by(Attribute.observed_at.desc(), Attribute.id.desc())
        .limit(1)
    )


def _row(contact: Contact, principal: Principal, name: str, value: str, key: bytes) -> Attribute:
    row = Attribute(
        unit_id=contact.unit_id,
        contact_id=contact.id,
        ref=new_ref(),
        name=name,
        source=principal.id,
        observed_at=now(),
        value_sealed=b"",
    )
    row.value_sealed = sealing.seal(key, row, "value", value)
    return row


def _record(
    session: Session,
    principal: Principal,
    contact: Contact,
    act: Permission,
    names: Sequence[str],
    **detail: str,
) -> None:
    ledger.record(
        session,
        principal.id,
        act,
        f"contact/{contact.id}",
        unit_id=contact.unit_id,
        fields=sorted(names),
        **detail,
    )


def history(session: Session, principal: Principal, contact_id: int, name: str) -> list[PastValue]:
    """Every value a field had, newest first, for who may see the field; the reading is recorded.

    An empty value says that the field was cleared. Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.CONTACT_READ)
    contact = session.scalar(select(Contact).where(Contact.id == contact_id))
    if contact is None:
        raise NotFound("no such contact")
    rows = session.scalars(
        select(Attribute)
        .where(Attribute.contact_id == contact_id, Attribute.name == name)
        .order_by(Attribute.observed_at.desc(), Attribute.id.desc())
    ).all()
    if not rows or not principal.may_see(Permission.CONTACT_READ, name):
        raise NotFound(f"{name}: no such field")
    _record(session, principal, contact, Permission.CONTACT_READ, [name], purpose="history")
    key = sealing.data_key(session, contact_id)
    known = people.names(session, {row.source for row in rows if "/" in row.source})
    return [
        PastValue(
            sealing.unseal(key, row, "value"),
            row.source,
            known.get(row.source, ""),
            row.observed_at,
        )
        for row in rows
    ]
