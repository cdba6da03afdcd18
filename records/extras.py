"""Labels, notes and follow-up of one contact, as one reading."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from access import Permission, Principal
from records import fields, follow_ups, labels, notes, opening
from records.follow_ups import FollowUpView
from records.labels import LabelView
from records.notes import NoteView

PARTS = (opening.LABELS, opening.NOTES, opening.FOLLOW_UP)


@dataclass(frozen=True, slots=True)
class Extras:
    """What surrounds a contact's fields; None where the role does not open it."""

    labels: tuple[LabelView, ...] | None
    notes: tuple[NoteView, ...] | None
    follow_up: FollowUpView | None
    open: tuple[str, ...]
    writable: tuple[str, ...]


def read_extras(session: Session, principal: Principal, contact_id: int) -> Extras:
    """Read them; the reading is recorded. Raises `Denied`, `NotFound`."""
    opened = opening.to_read(session, principal, contact_id)
    seen = opened.sees(PARTS)
    opened.record(session, Permission.CONTACT_READ, seen, purpose="record")
    writable = opened.changes([*PARTS, *fields.writable(session, opened.contact)])
    marked = labels.of_contacts(session, [contact_id]).get(contact_id, [])
    due = follow_ups.of_contacts(session, [contact_id]).get(contact_id)
    return Extras(
        tuple(marked) if opening.LABELS in seen else None,
        tuple(notes.of_contact(session, contact_id)) if opening.NOTES in seen else None,
        due if opening.FOLLOW_UP in seen else None,
        tuple(sorted(seen)),
        tuple(sorted(writable)),
    )
