"""The ledger's tables: entries, and the head of the tree."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from runtime.database import Base, Id, now


class Entry(Base):
    """One audited act. Holds names and identifiers, never the data itself.

    Not `Scoped`: the sequencer and the auditor read over all units; readers for one unit filter
    in `ledger.entries.of_unit`, the only reading function for principals.
    """

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    unit_id: Mapped[int] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80), index=True)
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    position: Mapped[int | None] = mapped_column(Id, unique=True)
    leaf: Mapped[str | None] = mapped_column(String(64))
    chain: Mapped[str | None] = mapped_column(String(64))


class Head(Base):
    """How far the ledger is sequenced: one row."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    size: Mapped[int] = mapped_column(Id, default=0)
    chain: Mapped[str] = mapped_column(String(64), default="")
    peaks: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Roots of the complete subtrees, largest first (hexadecimal)."""
    checkpoint_size: Mapped[int] = mapped_column(Id, default=0)
    checkpoint_at: Mapped[datetime | None]
