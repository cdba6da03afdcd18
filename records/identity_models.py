"""Who is the same person, and how it is known: keys, merges, suggestions, proofs and links.

A merge moves nothing. The rows of both contacts stay as they are, each sealed under the data key
of its own contact; a row of `contact_merge` says that the loser is read as part of the winner
until it is undone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from records.states import Strength
from runtime.database import Base, Id, Scoped, Word, now


class IdentityKey(Base, Scoped):
    """A phone number, mail address or user id of a contact in its one form, as a keyed hash."""

    __tablename__ = "identity_key"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    key_index: Mapped[str] = mapped_column(String(64))
    strength: Mapped[Strength] = mapped_column(Word(Strength, 10))
    channel: Mapped[str] = mapped_column(String(80))
    """Where it was learned: a channel, or the source of an attribute."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (
        UniqueConstraint("contact_id", "key_index"),
        Index("ix_identity_key_found", "unit_id", "key_index"),
    )


_LIVE = text("undone_at IS NULL")


class ContactMerge(Base, Scoped):
    """Two contacts are one person: the loser is read as part of the winner while this stands."""

    __tablename__ = "contact_merge"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    winner_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    loser_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    how: Mapped[str] = mapped_column(String(20))
    """verified_key, link, person, or approved: what it rests on."""
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    merged_by: Mapped[str] = mapped_column(String(80))
    merged_at: Mapped[datetime] = mapped_column(default=now)
    undone_by: Mapped[str | None] = mapped_column(String(80))
    undone_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("winner_id <> loser_id", name="two_contacts"),
        Index(
            "ix_contact_merge_live",
            "loser_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )


class MergeSuggestion(Base, Scoped):
    """Two contacts that may be one person, for people to decide; `dismissed` keeps them apart."""

    __tablename__ = "merge_suggestion"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    second_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Which key, with which strength, from which channel, on either side: codes only."""
    state: Mapped[str] = mapped_column(String(12), default="open")
    approval_id: Mapped[int | None] = mapped_column(Id)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="in_order"),
        UniqueConstraint("first_id", "second_id"),
    )


class CodeChallenge(Base, Scoped):
    """A one-time code that was asked for in a conversation. The code itself is never stored:
    it is derived from `ref` with a key of the key file."""

    __tablename__ = "code_challenge"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    ref: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    key_index: Mapped[str] = mapped_column(String(64))
    """The attested address, as in `identity_key`."""
    target_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    """Whose verified address it is; None for an address that nobody here has proven."""
    language: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    passed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SignedProof(Base, Scoped):
    """A host has signed who this visitor is, until then."""

    __tablename__ = "signed_proof"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    identity_id: Mapped[int] = mapped_column(
        ForeignKey("identity.id", ondelete="CASCADE"), unique=True
    )
    until: Mapped[datetime]
    proved_at: Mapped[datetime] = mapped_column(default=now)


class ChannelLink(Base, Scoped):
    """A single-use link with which a visitor joins a chat elsewhere to this contact."""

    __tablename__ = "channel_link"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), unique=True)
    token_index: Mapped[str] = mapped_column(String(64), unique=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    other_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    """Who opened it in the other chat."""
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(12))
    """joined, refused, or failed."""
