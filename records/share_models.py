"""What one unit gave another of a contact: a row on each side."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.database import Base, Id, Scoped, now


class Share(Base, Scoped):
    """One side of a shared contact; `ref` is the same on both sides."""

    __tablename__ = "contact_share"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    ref: Mapped[str] = mapped_column(String(32))
    given: Mapped[bool]
    """True: this unit gave the copy away; False: it was given it."""
    other_unit_id: Mapped[int]
    other_contact_id: Mapped[int] = mapped_column(Id)
    fields: Mapped[list[str]] = mapped_column(JSON)
    approval_id: Mapped[int] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("ref", "given"),)
