"""Tables of the privacy desk: erasures, exports, retention, limits, consents, requests, registers.

Loaded with `records.models`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from runtime.database import Base, Id, Scoped, now


def _ref() -> str:
    return uuid4().hex


class Erasure(Base, Scoped):
    """A contact that was erased: numbers, counts and the certificate, nothing of the contact."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), unique=True)
    """The same in the list outside the database."""
    contact_id: Mapped[int] = mapped_column(Id, index=True)
    approval_id: Mapped[int | None] = mapped_column(Id)
    requested_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str] = mapped_column(String(80))
    erased_at: Mapped[datetime] = mapped_column(default=now)
    scrubbed_at: Mapped[datetime | None]
    """When the files of the database were cleaned of what was deleted."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    kept: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Stores that a legal hold needs, with the hold: erased when it ends."""
    reapplied: Mapped[bool] = mapped_column(default=False)
    """Whether it was done again because a backup had brought the contact back."""
    body: Mapped[str | None] = mapped_column(Text)
    """The certificate, canonical JSON, and its signature in base64."""
    signature: Mapped[str | None] = mapped_column(String(100))


class ContactExport(Base, Scoped):
    """A copy of everything we keep about a contact, for the contact."""

    __tablename__ = "contact_export"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), default=_ref)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    approval_id: Mapped[int] = mapped_column(Id, unique=True)
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime] = mapped_column(default=now)
    passphrase_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Until the archive is made; after that only the one who asked has it."""
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The encrypted archive under the contact's data key, until it is fetched or expires."""
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]


class RetentionRule(Base, Scoped):
    """How long a class of data is kept for a purpose in a unit, where it is not the default."""

    __tablename__ = "retention_rule"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    category: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(20))
    days: Mapped[int]
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("unit_id", "category", "purpose"),)


class LegalHold(Base, Scoped):
    """Why data of a contact, or of a whole unit, may not be deleted for a time."""

    __tablename__ = "legal_hold"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(Id, index=True)
    """None: everything of the unit. Without a foreign key: a hold outlives what it was for."""
    categories: Mapped[list[str]] = mapped_column(JSON)
    """The classes of data it needs; empty: all."""
    reason: Mapped[str] = mapped_column(String(40))
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None] = mapped_column(String(80))


_ACTIVE = text("lifted_at IS NULL")


class ProcessingLimit(Base, Scoped):
    """A restriction, an objection or an opt-out of a contact, from when until when."""

    __tablename__ = "processing_limit"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(40))
    """How it came: desk, request/7, gpc."""
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(default=now)
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(80))
    __table_args__ = (
        Index(
            "ix_processing_limit_active",
            "contact_id",
            "kind",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
    )


class ConsentText(Base, Scoped):
    """A version of the words that people are asked with. It never changes."""

    __tablename__ = "consent_text"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("unit_id", "purpose", "language", "version"),)


class Consent(Base, Scoped):
    """Consent given or withdrawn; the newest row of a purpose counts."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str] = mapped_column(String(20))
    given: Mapped[bool]
    basis: Mapped[str] = mapped_column(String(20))
    text_id: Mapped[int | None] = mapped_column(ForeignKey("consent_text.id"))
    text_sha256: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(20))
    evidence: Mapped[str] = mapped_column(String(80))
    """Where it can be seen: message/12, form/3, gpc."""
    recorded_by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(default=now)


class PrivacyRequest(Base, Scoped):
    """What a person asks of us by a law, and by when it has to be answered."""

    __tablename__ = "privacy_request"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(Id, index=True)
    """Without a foreign key: that an erasure was asked for and done outlives the contact."""
    conversation_id: Mapped[int | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(20))
    law: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(16), default="received")
    received_at: Mapped[datetime]
    confirm_by: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    extended: Mapped[bool] = mapped_column(default=False)
    verified: Mapped[list[str]] = mapped_column(JSON, default=list)
    """How the requester was identified: codes of checks, never what was compared."""
    outcome: Mapped[str | None] = mapped_column(String(40))
    closed_at: Mapped[datetime | None]
    alarmed_on: Mapped[date | None] = mapped_column(Date)
    __table_args__ = (Index("ix_privacy_request_calendar", "unit_id", "closed_at", "due_on"),)


class PrivacyStep(Base, Scoped):
    """One step of a request, with who took it and when."""

    __tablename__ = "privacy_step"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    request_id: Mapped[int] = mapped_column(
        ForeignKey("privacy_request.id", ondelete="CASCADE"), index=True
    )
    step: Mapped[str] = mapped_column(String(20))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(default=now)


class RegionPin(Base, Scoped):
    """The regions in which models may process what a unit sends them."""

    __tablename__ = "region_pin"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    regions: Mapped[list[str]] = mapped_column(JSON)
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("unit_id"),)


class Processor(Base, Scoped):
    """What a unit knows of a recipient: its contract, and where it processes."""

    __tablename__ = "processor"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(120))
    region: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(40))
    contract_on: Mapped[date | None] = mapped_column(Date)
    safeguard: Mapped[str] = mapped_column(String(40), default="")
    """What a transfer rests on: adequacy, scc, …"""
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("unit_id", "host"),)
