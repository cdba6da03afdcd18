"""Accounts on channels, raw deliveries, the events in them, senders and halted deliveries."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from runtime.database import Base, Id, Scoped, now


class AccountStatus(StrEnum):
    ACTIVE = "active"
    NEEDS_REAUTH = "needs_reauth"
    """The platform refuses our token: nothing is sent, the queue is kept, inbound goes on."""
    DISABLED = "disabled"
    MISCONFIGURED = "misconfigured"


class AccountRow(Base, Scoped):
    """One account of ours on a channel."""

    __tablename__ = "channel_account"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    channel: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(80), default="")
    endpoint_key: Mapped[str] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    secrets_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(16), default=AccountStatus.ACTIVE)
    paused_until: Mapped[datetime | None]
    pauses: Mapped[int] = mapped_column(default=0)
    """How often in a row the platform asked for a pause without saying how long."""
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    """Where polling goes on."""
    last_inbound_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(60))
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (Index("ix_channel_account_external", "channel", "external_id"),)


class InboxState(StrEnum):
    RECEIVED = "received"
    PARSED = "parsed"
    UNPARSABLE = "unparsable"
    """Kept whole, because at least a part of it could not be read."""
    ORPHAN = "orphan"
    """Kept whole: well signed, but about an account that is not connected here."""


class InboxRow(Base, Scoped):
    """One delivery of a platform, stored before anybody acts on it."""

    __tablename__ = "webhook_inbox"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"))
    headers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    forwarded: Mapped[bool] = mapped_column(default=False)
    """A copy for one of several accounts that share an endpoint."""
    state: Mapped[str] = mapped_column(String(12), default=InboxState.RECEIVED)
    reason: Mapped[str | None] = mapped_column(String(40))
    received_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (
        Index(
            "ix_webhook_inbox_kept",
            "unit_id",
            "id",
            sqlite_where=text("state IN ('unparsable', 'orphan')"),
            postgresql_where=text("state IN ('unparsable', 'orphan')"),
        ),
        Index("ix_webhook_inbox_age", "received_at"),
    )


class EventState(StrEnum):
    NEW = "new"
    DONE = "done"
    WAITING = "waiting"
    """An edit or deletion of a message that is not here yet."""
    UNPARSED = "unparsed"


class EventRow(Base, Scoped):
    """One event of a delivery, there once however often it was delivered."""

    __tablename__ = "inbound_event"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"))
    inbox_id: Mapped[int | None] = mapped_column(Id)
    dedup_key: Mapped[str] = mapped_column(String(64))
    """Keyed hash: a platform's message id can hold a phone number."""
    kind: Mapped[str] = mapped_column(String(16))
    payload_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default=EventState.NEW)
    reason: Mapped[str | None] = mapped_column(String(40))
    waits_for: Mapped[str | None] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (
        UniqueConstraint("account_id", "dedup_key"),
        Index(
            "ix_inbound_event_waiting",
            "account_id",
            "waits_for",
            sqlite_where=text("waits_for IS NOT NULL"),
            postgresql_where=text("waits_for IS NOT NULL"),
        ),
        Index("ix_inbound_event_age", "received_at"),
    )


class SenderRow(Base, Scoped):
    """An address seen on an account, and the conversation it belongs to.

    It pins the identity of the first message: a contact whose further addresses become known
    later (a phone number beside a user id) stays in its conversation.
    """

    __tablename__ = "sender"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"))
    address_index: Mapped[str] = mapped_column(String(64))
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    __table_args__ = (UniqueConstraint("account_id", "address_index"),)


class HaltedRow(Base, Scoped):
    """A delivery that is under way for longer: tries so far, and parts already taken."""

    __tablename__ = "halted_delivery"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), unique=True
    )
    tries: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int] = mapped_column(default=0)
    first_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The platform's id of the first part."""
