"""How far a delivery came that could not be finished in one go."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connectors.models import HaltedRow
from records.deliveries import Outgoing
from runtime.secrets import keys


@dataclass(frozen=True, slots=True)
class Progress:
    """Tries that failed, parts that were taken, and the platform's id of the first part."""

    tries: int = 0
    parts: int = 0
    first_id: str | None = None


def progress(session: Session, message: Outgoing) -> Progress:
    row = _row(session, message)
    if row is None:
        return Progress()
    sealed = row.first_sealed
    first = keys().open(sealed, context=_place(message)) if sealed else None
    return Progress(row.tries, row.parts, first)


def note(
    session: Session,
    message: Outgoing,
    *,
    tries: int | None = None,
    parts: int | None = None,
    first_id: str | None = None,
) -> None:
    """Remember what is given; the rest stays as it was."""
    row = _row(session, message)
    if row is None:
        row = HaltedRow(unit_id=message.unit_id, message_id=message.message_id, tries=0, parts=0)
        session.add(row)
    if tries is not None:
        row.tries = tries
    if parts is not None:
        row.parts = parts
    if first_id is not None:
        row.first_sealed = keys().seal(first_id, context=_place(message))
    session.flush()


def forget(session: Session, message: Outgoing) -> None:
    session.execute(delete(HaltedRow).where(HaltedRow.message_id == message.message_id))


def _row(session: Session, message: Outgoing) -> HaltedRow | None:
    return session.scalar(select(HaltedRow).where(HaltedRow.message_id == message.message_id))


def _place(message: Outgoing) -> str:
    return f"halted_delivery|{message.ref}"
