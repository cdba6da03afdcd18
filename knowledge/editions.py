"""What is served, and to whom: the versions of a release, and the door every hit passes again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from knowledge.models import Chunk, Serving, Unit, Version
from knowledge.states import Audience
from runtime.database import now

Readers = frozenset[Audience]

ANYONE: Readers = frozenset({Audience.PUBLIC})
"""Whoever opens the help centre."""
CUSTOMERS: Readers = frozenset({Audience.PUBLIC, Audience.CUSTOMERS})
"""A customer in a conversation."""
COLLEAGUES: Readers = frozenset(Audience)
"""People who sign in."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The knowledge of a unit as one release serves it, or as a proposed one would.

    `versions` names the documents' versions of a trial; None: those of release `release`.
    """

    unit_id: int
    release: int
    versions: frozenset[int] | None = None


def served(session: Session, unit_id: int, lot: int | None = None) -> Edition:
    """What a conversation of this lot is answered from: the live release, or the canary.

    A conversation always draws the same lot for the same canary.
    """
    unit = session.scalar(select(Unit).where(Unit.unit_id == unit_id))
    if unit is None:
        return Edition(unit_id, 0)
    return chosen(unit_id, unit.live, unit.canary, unit.canary_share, lot)


def chosen(unit_id: int, live: int, canary: int | None, share: int, lot: int | None) -> Edition:
    """The live edition, or the canary's for the conversations that are drawn for it."""
    if canary is not None and lot is not None and drawn(lot, canary, share):
        return Edition(unit_id, canary)
    return Edition(unit_id, live)


def still_served(
    session: Session, unit_id: int, chunks: Collection[int], lot: int, readers: Readers
) -> bool:
    """Whether these readers may still be told all of these passages."""
    wanted = set(chunks)
    if not wanted:
        return True
    served_now = (
        select(func.count(Chunk.id))
        .join(Version, Version.id == Chunk.version_id)
        .where(Chunk.id.in_(wanted), part_of(served(session, unit_id, lot)), readable(readers))
    )
    return session.scalar(served_now) == len(wanted)


def drawn(lot: int, release: int, share: int) -> bool:
    """Whether a conversation is among the `share` percent that a canary release answers."""
    digest = sha256(f"{release}/{lot}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < share


def part_of(edition: Edition) -> ColumnElement[bool]:
    """The condition that a `Version` belongs to the edition."""
    if edition.versions is not None:
        return Version.id.in_(edition.versions)
    return in_release(edition.release)


def in_release(number: int | BindParameter[int]) -> ColumnElement[bool]:
    """The condition that a `Version` is served by a release."""
    return exists().where(
        Serving.version_id == Version.id,
        Serving.since <= number,
        or_(Serving.until.is_(None), Serving.until > number),
    )


def readable(
    readers: Collection[Audience] | BindParameter[Any],
    day: date | BindParameter[date] | None = None,
) -> ColumnElement[bool]:
    """The condition that these readers may be told a `Version` on this day (default: today)."""
    on = now().date() if day is None else day
    return and_(
        Version.audience.in_(readers),
        or_(Version.valid_from.is_(None), Version.valid_from <= on),
        or_(Version.valid_until.is_(None), Version.valid_until >= on),
    )
