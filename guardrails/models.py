"""Receipts: what was sent to a model, to the byte."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from runtime.database import Base, Id, Scoped, now


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
