"""Notes on a contact: for colleagues, over all its conversations; no model ever sees one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from access import Principal, people
from records import indexing, opening, sealing
from records.messages import clean
from records.models import new_ref
from records.record_models import ContactNote
from runtime.errors import BadInput, NotFound
from runtime.nudges import nudge

LONGEST = 5000


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note as colleagues read it."""

    id: int
    text: str
    author: str
    author_name: str
    at: datetime


def add_note(session: Session, principal: Principal, contact_id: int, text: str) -> int:
    """Add a note to a contact; return its number. Raises `Denied`, `NotFound`, `BadInput`."""
    opened = opening.to_change(session, principal, contact_id)
    opened.must_change(opening.NOTES)
    plain = clean(text).strip()
    if not 1 <= len(plain) <= LONGEST:
        raise BadInput(f"text: write 1 to {LONGEST} characters")
    contact = opened.contact
    row = ContactNote(unit_id=contact.unit_id, contact_id=contact.id, author=principal.id)
    # The place a text is sealed to needs the row's own reference first.
    row.ref, row.body_sealed = new_ref(), b""
    row.body_sealed = sealing.seal(sealing.data_key(session, contact.id), row, "body", plain)
    session.add(row)
    session.flush()
    indexing.put_notes(session, contact.unit_id, contact.id)
    opened.record(session, "contact:note", [opening.NOTES], note=row.id)
    nudge(session, contact.unit_id, f"contact/{contact.id}")
    return row.id


def remove_note(session: Session, principal: Principal, contact_id: int, note_id: int) -> None:
    """Delete a note, which only its author may. Raises `Denied`, `NotFound`."""
    opened = opening.to_change(session, principal, contact_id)
    opened.must_change(opening.NOTES)
    row = session.scalar(
        select(ContactNote).where(
            ContactNote.id == note_id,
            ContactNote.contact_id == contact_id,
            ContactNote.author == principal.id,
        )
    )
    if row is None:
        raise NotFound("no such note of yours")
    session.delete(row)
    session.flush()
    indexing.put_notes(session, opened.contact.unit_id, contact_id)
    opened.record(session, "contact:note_removed", [opening.NOTES], note=note_id)
    nudge(session, opened.contact.unit_id, f"contact/{contact_id}")


def of_contact(session: Session, contact_id: int, limit: int = 100) -> list[NoteView]:
    """A contact's notes, newest first; the caller has checked and records the reading."""
    rows = session.scalars(
        select(ContactNote)
        .where(ContactNote.contact_id == contact_id)
        .order_by(ContactNote.id.desc())
        .limit(limit)
    ).all()
    key = sealing.data_key(session, contact_id)
    known = people.names(session, {row.author for row in rows})
    return [
        NoteView(
            row.id,
            sealing.unseal(key, row, "body"),
            row.author,
            known.get(row.author, ""),
            row.created_at,
        )
        for row in rows
    ]
