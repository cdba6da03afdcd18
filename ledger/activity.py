"""The ledger read forwards, entry by entry: for counting what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.models import Entry


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did, and where it stands in the ledger."""

    position: int
    at: datetime
    unit_id: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


def after(session: Session, position: int, *, limit: int = 5000) -> list[Act]:
    """The entries that follow this place, in their order; those without a place are not yet there.

    For counting over all units by the installation itself: principals read `entries.of_units`.
    """
    rows = session.execute(
        select(
            Entry.position, Entry.at, Entry.unit_id, Entry.actor, Entry.action, Entry.subject,
            Entry.detail,
        )
        .where(Entry.position > position)
        .order_by(Entry.position)
        .limit(limit)
    )  # fmt: skip
    return [Act(*row) for row in rows if row.position is not None]
