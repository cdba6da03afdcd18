"""What people change of a record: with source and time, and every earlier value kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from access import Permission, Principal, people
from records import contacts, fields, opening, sealing
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
    opened = opening.to_change(session, principal, contact_id)
    contact = opened.contact
    if not 1 <= len(changes) <= MOST or len({one.name for one in changes}) < len(changes):
        raise BadInput(f"changes: give 1 to {MOST} fields, each once")
    key = sealing.data_key(session, contact_id)
    changed = []
    for change in changes:
        opened.must_change(change.name)
        if not fields.exists(session, contact.unit_id, contact_id, change.name):
            raise NotFound(f"{change.name}: no such field")
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
        opened.record(session, Permission.CONTACT_WRITE, changed)
        nudge(session, contact.unit_id, f"contact/{contact_id}")
    return changed


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


def history(session: Session, principal: Principal, contact_id: int, name: str) -> list[PastValue]:
    """Every value a field had, newest first, for who may see the field; the reading is recorded.

    An empty value says that the field was cleared. Raises `Denied`, `NotFound`.
    """
    opened = opening.to_read(session, principal, contact_id)
    opened.must_see(name)
    rows = session.scalars(
        select(Attribute)
        .where(Attribute.contact_id == contact_id, Attribute.name == name)
        .order_by(Attribute.observed_at.desc(), Attribute.id.desc())
    ).all()
    if not rows:
        raise NotFound(f"{name}: no such field")
    opened.record(session, Permission.CONTACT_READ, [name], purpose="history")
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
