"""Write entries in the act's own transaction; give them their place afterwards; read them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import tree
from ledger.models import Entry, Head
from runtime.database import now

BATCH = 1000


def record(
    session: Session, actor: str, action: str, subject: str, *, unit_id: int, **detail: Any
) -> None:
    """Write an entry in the caller's transaction: no change without its entry.

    `detail` holds identifiers, codes and names of fields; never values or free text.
    """
    at = now()
    session.add(
        Entry(
            # Milliseconds: what is hashed must be what every database gives back.
            at=at.replace(microsecond=at.microsecond // 1000 * 1000),
            actor=actor,
            action=action,
            subject=subject,
            unit_id=unit_id,
            detail=detail,
        )
    )


def facts(entry: Entry, position: int) -> bytes:
    return tree.canonical(
        position=position,
        at=entry.at,
        unit_id=entry.unit_id,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
    )


def sequence_pending(session: Session) -> int:
    """Give new entries position, leaf and chain, in order of their ids; return how many.

    Entries are written without a place so that writers never wait for each other; only one
    sequencer runs at a time (a job of one lane, and the locked head).
    """
    head = session.scalar(select(Head).where(Head.id == 1).with_for_update())
    if head is None:
        head = Head(id=1, size=0, chain="", peaks=[], checkpoint_size=0)
        session.add(head)
    peaks = [bytes.fromhex(peak) for peak in head.peaks]
    placeless = session.scalars(
        select(Entry).where(Entry.position.is_(None)).order_by(Entry.id).limit(BATCH)
    ).all()
    for entry in placeless:
        leaf = tree.leaf_hash(facts(entry, head.size + 1))
        peaks = tree.append(head.size, peaks, leaf)
        head.size += 1
        head.chain = tree.chain_hash(head.chain, leaf)
        entry.position, entry.leaf, entry.chain = head.size, leaf.hex(), head.chain
    if placeless:
        head.peaks = [peak.hex() for peak in peaks]
    return len(placeless)


def pending(session: Session) -> bool:
    """Whether any entry still waits for its place."""
    return session.scalar(select(Entry.id).where(Entry.position.is_(None)).limit(1)) is not None


def lag(session: Session) -> timedelta:
    """How long the oldest entry without a place has waited for it."""
    oldest = session.scalar(select(func.min(Entry.at)).where(Entry.position.is_(None)))
    return now() - oldest if oldest else timedelta()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as an auditor reads it. `position` is None until it is sequenced."""

    id: int
    position: int | None
    at: datetime
    unit_id: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    leaf: str | None


def of_units(
    session: Session,
    units: Collection[int],
    *,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[EntryView]:
    """The newest entries of these units, newest first; `before` is an entry id to page from."""
    query = select(Entry).where(Entry.unit_id.in_(units)).order_by(Entry.id.desc()).limit(limit)
    if subject:
        query = query.where(Entry.subject == subject)
    if actor:
        query = query.where(Entry.actor == actor)
    if action:
        query = query.where(Entry.action == action)
    if before:
        query = query.where(Entry.id < before)
    return [
        EntryView(
            row.id,
            row.position,
            row.at,
            row.unit_id,
            row.actor,
            row.action,
            row.subject,
            row.detail,
            row.leaf,
        )
        for row in session.scalars(query)
    ]


def about(
    session: Session,
    units: Collection[int],
    subjects: Collection[str],
    actions: Collection[str],
    *,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[EntryView]:
    """The newest entries on these subjects, newest first, of these actions only.

    `until` is the last moment of interest, `before` an entry id to page from.
    """
    query = (
        select(Entry)
        .where(Entry.unit_id.in_(units), Entry.subject.in_(subjects), Entry.action.in_(actions))
        .order_by(Entry.id.desc())
        .limit(limit)
    )
    if until is not None:
        query = query.where(Entry.at <= until)
    if before is not None:
        query = query.where(Entry.id < before)
    return [
        EntryView(
            row.id,
            row.position,
            row.at,
            row.unit_id,
            row.actor,
            row.action,
            row.subject,
            row.detail,
            row.leaf,
        )
        for row in session.scalars(query)
    ]
