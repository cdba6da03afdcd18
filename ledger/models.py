"""The ledger's tables: entries, whom they are about, the tree's tiles, and its head."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from runtime.database import Base, Id, now


class Entry(Base):
    """One audited act. Holds names and identifiers, never the data itself.

    Not `Scoped`: the sequencer and the auditor read over all units; readers for one unit filter
    in `ledger.entries.of_units` and `ledger.questions`, the only reading functions for principals.
    """

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    unit_id: Mapped[int]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    position: Mapped[int | None] = mapped_column(Id, unique=True)
    leaf: Mapped[str | None] = mapped_column(String(64))
    chain: Mapped[str | None] = mapped_column(String(64))

    # Not a foreign key: checking one would cost every entry, and entries are never deleted.
    about: Mapped[list[About]] = relationship(
        primaryjoin="Entry.id == foreign(About.entry_id)", lazy="raise"
    )

    # A question asks for the newest entries of somebody, about something, of a kind.
    __table_args__ = (
        Index("ix_ledger_entry_unit_id", "unit_id", "id"),
        Index("ix_ledger_entry_actor", "actor", "id"),
        Index("ix_ledger_entry_action", "action", "id"),
        Index("ix_ledger_entry_subject", "subject", "id"),
    )


class About(Base):
    """Which contacts an entry is about: an index of what the entries say themselves.

    Numbers only. It stays when a contact is erased, as the entries do: that somebody was looked
    at can be shown then, who it was cannot.
    """

    __tablename__ = "ledger_about"

    entry_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    contact_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    unit_id: Mapped[int]

    __table_args__ = (
        # Both hold all that a question reads of a row.
        Index("ix_ledger_about_contact", "contact_id", "at", "entry_id", "unit_id"),
        Index("ix_ledger_about_at", "at", "contact_id", "unit_id"),
    )


class Tile(Base):
    """Sixteen neighbouring hashes of the tree: those at height 4·`level` from 16·`number` on.

    The last one of a level may be shorter. Can be made anew from the entries at any time.
    """

    __tablename__ = "ledger_tile"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary(512))


class Head(Base):
    """How far the ledger is sequenced: one row."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    size: Mapped[int] = mapped_column(Id, default=0)
    chain: Mapped[str] = mapped_column(String(64), default="")
    peaks: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Roots of the complete subtrees, largest first (hexadecimal)."""
    tiled: Mapped[int] = mapped_column(Id, default=0, server_default="0")
    """How many entries the tiles cover."""
    checkpoint_size: Mapped[int] = mapped_column(Id, default=0)
    checkpoint_at: Mapped[datetime | None]
