"""Receipts, what was sent to a model to the byte; policies, what a unit has decided to hide."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.database import Base, Id, Scoped, Word, now


class ModelReceipt(Scoped, Base):
    __tablename__ = "model_receipt"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(Id)
    message_id: Mapped[int | None] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(default=now)
    url_host: Mapped[str] = mapped_column(String(255))
    model: Mapped[str] = mapped_column(String(120))
    body_sha256: Mapped[str] = mapped_column(String(64))
    contact_id: Mapped[int | None] = mapped_column(Id)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Under the contact's data key, so that it goes when the contact goes; without a contact,
    under the installation's."""
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    policy_version: Mapped[str] = mapped_column(String(40))
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    ms: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(40), default="sending")

    __table_args__ = (Index("ix_model_receipt_conversation", "conversation_id", "id"),)


class PolicyState(StrEnum):
    """A draft is released or refused; what was released is retired by the next release."""

    DRAFT = "draft"
    RELEASED = "released"
    REFUSED = "refused"
    RETIRED = "retired"


class PolicyVersion(Scoped, Base):
    """One version of a unit's policy. The content never changes; a change is a new version."""

    __tablename__ = "policy_version"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[int]
    author: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)
    note: Mapped[str] = mapped_column(String(300))
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON under the installation's key: terms and tests may name people."""
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[PolicyState] = mapped_column(Word(PolicyState, 20), default=PolicyState.DRAFT)
    released_by: Mapped[str | None] = mapped_column(String(80))
    released_at: Mapped[datetime | None]
    cases: Mapped[int | None]
    """The number of the regression set that it passed when it was released."""

    __table_args__ = (UniqueConstraint("unit_id", "number"),)


class PolicyCases(Scoped, Base):
    """One version of a unit's regression set; the newest counts."""

    __tablename__ = "policy_cases"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[int]
    author: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)
    size: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("unit_id", "number"),)


class Usage(Scoped, Base):
    """What a contact (0: the whole unit) has used of models on one day of UTC."""

    __tablename__ = "usage"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(Id)
    day: Mapped[str] = mapped_column(String(10))
    prompt_tokens: Mapped[int] = mapped_column(Id, default=0)
    completion_tokens: Mapped[int] = mapped_column(Id, default=0)

    __table_args__ = (UniqueConstraint("unit_id", "contact_id", "day"),)

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens
