"""What an auditor asks of the ledger: who saw somebody, what somebody did, whose data was touched.

Answers are numbers, codes and names of fields. They come from the units that are given; asking is
recorded by who asks (`admin_api` calls these for people with `ledger:read`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from ledger.models import About, Entry
from runtime.errors import BadInput

SEEING = ("list", "read", "search", "export", "download", "view", "share", "call")
"""The second half of an act by which somebody or something comes to know what is in the record."""
MOST = 1000
"""Lines of an answer; counts are over everything."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How often an actor did one act, and when."""

    actor: str
    action: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Touched:
    """One contact, and how many entries are about it."""

    contact_id: int
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Affected:
    """The contacts that were touched, those with most entries first; at most `MOST` of them."""

    contacts: tuple[Touched, ...]
    count: int
    """How many contacts there are in all."""
    entries: int


def who_saw(
    session: Session,
    units: Collection[int],
    contact_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Seen]:
    """Who read, listed, searched, took out or was told anything of a contact, latest first."""
    query = (
        select(Entry.actor, Entry.action, *_summed(Entry.at))
        .join(About, About.entry_id == Entry.id)
        .where(
            About.contact_id == contact_id,
            About.unit_id.in_(units),
            or_(*(Entry.action.endswith(f":{act}") for act in SEEING)),
        )
    )
    return _summary(session, _between(query, About.at, since, until))


def is_known(session: Session, units: Collection[int], contact_id: int) -> bool:
    """Whether any entry of these units is about a contact: one that was erased is known still."""
    query = select(About.entry_id).where(About.contact_id == contact_id, About.unit_id.in_(units))
    return session.scalar(query.limit(1)) is not None


def acts_of(
    session: Session,
    units: Collection[int],
    actor: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Seen]:
    """What somebody (`user/3`, `assistant/1`, `token/5`) did, latest first."""
    query = select(Entry.actor, Entry.action, *_summed(Entry.at)).where(
        Entry.actor == actor, Entry.unit_id.in_(units)
    )
    return _summary(session, _between(query, Entry.at, since, until))


def touched(
    session: Session,
    units: Collection[int],
    *,
    contact_id: int | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Affected:
    """Whose data was read or changed: by an actor, in a period, or under one contact's key.

    The question after a breach. A data key belongs to one contact: `contact_id` stands for it.
    Raises `BadInput` without any of them.
    """
    if contact_id is None and actor is None and since is None and until is None:
        raise BadInput("say whose acts, which contact's key or which period")
    query = select(About.contact_id, *_summed(About.at)).where(About.unit_id.in_(units))
    if contact_id is not None:
        query = query.where(About.contact_id == contact_id)
    if actor is not None:
        query = query.join(Entry, Entry.id == About.entry_id).where(Entry.actor == actor)
    narrow = contact_id is not None or actor is not None or not _is_wide(session, since, until)
    at = About.at if narrow else func.coalesce(About.at, About.at)
    query = _between(query, at, since, until).group_by(About.contact_id)
    found = [Touched(*row) for row in session.execute(query)]
    entries = sum(each.times for each in found)
    found.sort(key=lambda each: (-each.times, each.contact_id))
    return Affected(tuple(found[:MOST]), len(found), entries)


def _is_wide(session: Session, since: datetime | None, until: datetime | None) -> bool:
    """Whether the period holds so much that reading the index by contacts is quicker than by time.

    Taken from the numbers of the entries at its ends; a wrong guess costs time, nothing else.
    """
    first, last = (
        session.scalar(
            _between(select(About.entry_id), About.at, since, until).order_by(order).limit(1)
        )
        for order in (About.at, About.at.desc())
    )
    newest = session.scalar(select(func.max(About.entry_id))) or 0
    return newest > 0 and (last or 0) - (first or 0) > newest / 8


def _summed(at: Any) -> tuple[Any, Any, Any]:
    return func.count().label("times"), func.min(at).label("first"), func.max(at).label("last")


def _between(
    query: Select[*tuple[Any, ...]], at: Any, since: datetime | None, until: datetime | None
) -> Select[*tuple[Any, ...]]:
    if since is not None:
        query = query.where(at >= since)
    return query if until is None else query.where(at < until)


def _summary(session: Session, query: Select[*tuple[Any, ...]]) -> list[Seen]:
    grouped = query.group_by(Entry.actor, Entry.action).order_by(func.max(Entry.at).desc())
    return [Seen(*row) for row in session.execute(grouped.limit(MOST))]
