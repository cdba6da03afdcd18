"""Tables around a contact: fields of a unit's own, notes, labels, follow-ups, segments, the index
by which encrypted text is searched, and files that bring contacts in.

Loaded with `records.models`. Columns named `*_sealed` of a contact's rows are AES-256-GCM under
its data key; those of a segment and of an import are under the installation's.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from records.states import Colour, DataClass, FieldType, FollowUpState, ImportState
from runtime.database import Base, Id, Scoped, Word, now


def _ref() -> str:
    return uuid4().hex


class CustomField(Base, Scoped):
    """A field that a unit adds to its record. Configuration: nothing of a contact is in it."""

    __tablename__ = "custom_field"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    """As roles name it: `custom.crm.segment`, `custom.sensitive.allergy`."""
    label: Mapped[str] = mapped_column(String(80))
    type: Mapped[FieldType] = mapped_column(Word(FieldType, 10))
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    data_class: Mapped[DataClass] = mapped_column(Word(DataClass, 10))
    retired_at: Mapped[datetime | None]
    """Since when it takes no new values; what it holds stays."""
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("unit_id", "name"),)


class ContactNote(Base, Scoped):
    """What colleagues should know of a contact, whatever the conversation."""

    __tablename__ = "contact_note"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    ref: Mapped[str] = mapped_column(String(32), default=_ref)
    author: Mapped[str] = mapped_column(String(80))
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Label(Base, Scoped):
    """A word with a colour that a unit puts on contacts."""

    __tablename__ = "label"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    colour: Mapped[Colour] = mapped_column(Word(Colour, 10))
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("unit_id", "name"),)


class ContactLabel(Base, Scoped):
    """A label on a contact."""

    __tablename__ = "contact_label"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    label_id: Mapped[int] = mapped_column(ForeignKey("label.id", ondelete="CASCADE"), index=True)
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("contact_id", "label_id"),)


class FollowUp(Base, Scoped):
    """What is still to be done for a contact, by whom and until when."""

    __tablename__ = "follow_up"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), unique=True
    )
    ref: Mapped[str] = mapped_column(String(32), default=_ref)
    state: Mapped[FollowUpState] = mapped_column(Word(FollowUpState, 10))
    due_on: Mapped[date | None] = mapped_column(Date)
    owner_id: Mapped[int | None]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (Index("ix_follow_up_due", "unit_id", "state", "due_on"),)


class Segment(Base, Scoped):
    """A saved filter over contacts. Values it compares with are kept as keyed hashes only."""

    __tablename__ = "segment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("unit_id", "name"),)


class IndexedField(Base, Scoped):
    """A field of which the unit's index holds words."""

    __tablename__ = "indexed_field"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    __table_args__ = (UniqueConstraint("unit_id", "name"),)


class ContactTerm(Base, Scoped):
    """One keyed hash of a word, prefix or identifier in one field of a contact."""

    __tablename__ = "contact_term"

    term: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """64 bits of HMAC-SHA-256(unit's key, field and word)."""
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    field_id: Mapped[int] = mapped_column(
        ForeignKey("indexed_field.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # Without an index of its own: there are many rows, and a term belongs to one unit anyway.
    unit_id: Mapped[int] = mapped_column(Integer)
    __table_args__ = (
        Index("ix_contact_term_contact", "contact_id", "field_id"),
        {"sqlite_with_rowid": False},
    )


class MessageTerm(Base, Scoped):
    """One keyed hash of a word or prefix in a message."""

    __tablename__ = "message_term"

    term: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    unit_id: Mapped[int] = mapped_column(Integer)
    __table_args__ = (
        Index("ix_message_term_message", "message_id"),
        {"sqlite_with_rowid": False},
    )


class ContactImport(Base, Scoped):
    """A file that brings contacts in: checked first, then taken in by a job."""

    __tablename__ = "contact_import"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=_ref)
    file_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The text of the file; emptied once it is taken in, set aside or a day old."""
    columns: Mapped[list[str]] = mapped_column(JSON)
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Column number (as text) to field."""
    state: Mapped[ImportState] = mapped_column(Word(ImportState, 10))
    rows: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    report: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Row, column, code: never a value."""
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
