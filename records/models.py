"""Contacts, their identities and attributes; conversations and their messages.

Columns named `*_sealed` are AES-256-GCM under the contact's data key (`records.sealing`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from records.states import Assignee, Author, Outcome, Status, Strength
from runtime.database import Base, Id, Scoped, Word, now


def new_ref() -> str:
    return uuid4().hex


class Contact(Base, Scoped):
    """A person on the customer's side."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    """Wrapped by the key file's key; without it nothing of this contact can be read."""
    key_context: Mapped[str] = mapped_column(String(40), default=new_ref)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Identity(Base, Scoped):
    """An address at which a contact was seen."""

    __tablename__ = "identity"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    ref: Mapped[str] = mapped_column(String(32), default=new_ref)
    channel: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    address_index: Mapped[str] = mapped_column(String(64))
    """Keyed hash of kind and address: found without being readable."""
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    strength: Mapped[Strength] = mapped_column(Word(Strength, 10))
    reachable: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("unit_id", "address_index"),)


class Attribute(Base, Scoped):
    """One fact about a contact, with where it came from."""

    __tablename__ = "attribute"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    ref: Mapped[str] = mapped_column(String(32), default=new_ref)
    name: Mapped[str] = mapped_column(String(80))
    value_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    source: Mapped[str] = mapped_column(String(80))
    observed_at: Mapped[datetime] = mapped_column(default=now)


_OPEN = text("closed_at IS NULL")


class Conversation(Base, Scoped):
    """Messages with one contact on one channel account until it is closed."""

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int]
    account_name: Mapped[str] = mapped_column(String(80))
    assignee: Mapped[Assignee] = mapped_column(Word(Assignee, 10))
    assistant_id: Mapped[int | None]
    team_id: Mapped[int]
    user_id: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(40))
    """Why it was last handed over: a code."""
    language: Mapped[str | None] = mapped_column(String(8))
    disclosed: Mapped[bool] = mapped_column(default=False)
    """Whether the contact was told since the last hand-back that an AI answers."""
    assistant_turns: Mapped[int] = mapped_column(default=0)
    flagged: Mapped[bool] = mapped_column(default=False)
    """Whether something in it looked like an attempt to steer the assistant."""
    window_expires_at: Mapped[datetime | None]
    seq: Mapped[int] = mapped_column(default=0)
    """How many messages the contact has been shown."""
    opened_at: Mapped[datetime] = mapped_column(default=now)
    touched_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_conversation_open",
            "identity_id",
            "account_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_conversation_queue", "unit_id", "assignee", "touched_at"),
    )


class Message(Base, Scoped):
    """What was said, noted, or done in a conversation."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    ref: Mapped[str] = mapped_column(String(32), unique=True, default=new_ref)
    author: Mapped[Author] = mapped_column(Word(Author, 10))
    author_id: Mapped[str] = mapped_column(String(80))
    content_type: Mapped[str] = mapped_column(String(20), default="text")
    """text, note, event, or the kind of a non-text message: image, location, …"""
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    extra_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Channel facts as JSON: the platform's id, attachments, earlier versions."""
    event: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Citations: chunk, title, version and place."""
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    status: Mapped[Status] = mapped_column(Word(Status, 12))
    error: Mapped[str | None] = mapped_column(String(40))
    external_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Keyed hash of account and the platform's message id."""
    answers: Mapped[int | None] = mapped_column(unique=True)
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome, 12))
    seq: Mapped[int | None]
    """The place among what the contact was shown; None while unsent or internal."""
    deleted: Mapped[bool] = mapped_column(default=False)
    occurred_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_message_thread", "conversation_id", "id"),)


# The tables of identities and merges belong to the same metadata.
from records import identity_models as _identity_models  # noqa: E402, F401
