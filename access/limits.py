"""Counting limits in the database, so that they hold over restarts and over processes."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from access.models import Attempt
from runtime.database import is_sqlite, now, open_session
from runtime.errors import TooMany
from runtime.scope import NOBODY
from runtime.secrets import keys

_NO_LIMIT = 2**31 - 1


def count(what: str, who: str, *, most: int, within: timedelta) -> None:
    """Count one act of `who`. Raises `TooMany` when it is more than `most` in the window.

    The act is counted in a transaction of its own: a refused act must count too.
    """
    key = _key(what, who)
    at = now()
    ends = at + within
    dialect = sqlite if is_sqlite() else postgresql
    over = Attempt.window_ends <= at
    statement = (
        dialect.insert(Attempt)
        .values(key=key, count=1, window_ends=ends)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": case((over, 1), else_=Attempt.count + 1),
                "window_ends": case((over, ends), else_=Attempt.window_ends),
            },
        )
        .returning(Attempt.count, Attempt.window_ends)
    )
    with open_session(NOBODY) as session:
        counted, until = session.execute(statement).one()
    if counted > most:
        raise TooMany(f"too many tries, wait a little ({what})", _seconds_to(until, at))


def give_back(what: str, who: str) -> None:
    """Take one counted act back: it turned out to be none of those the limit is for."""
    with open_session(NOBODY) as session:
        session.execute(
            update(Attempt)
            .where(Attempt.key == _key(what, who), Attempt.count > 0)
            .values(count=Attempt.count - 1)
            .execution_options(synchronize_session=False)
        )


def forget(what: str, who: str) -> None:
    """Start counting anew (after a success)."""
    with open_session(NOBODY) as session:
        session.execute(delete(Attempt).where(Attempt.key == _key(what, who)))


def remember(what: str, who: str, *, within: timedelta) -> None:
    """Keep for a while that this happened; only a keyed hash of it is stored."""
    count(what, who, most=_NO_LIMIT, within=within)


def remembers(what: str, who: str) -> bool:
    """Whether this was remembered and its time is not over."""
    with open_session(NOBODY, read_only=True) as session:
        found = select(Attempt.id).where(
            Attempt.key == _key(what, who), Attempt.window_ends > now()
        )
        return session.scalar(found) is not None


def sweep(session: Session) -> None:
    """Drop counters and memories whose time is over."""
    session.execute(delete(Attempt).where(Attempt.window_ends <= now()))


def network(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 that one IPv6 customer is given."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> 64 << 64))


def _key(what: str, who: str) -> str:
    return keys().mac("limits", f"{what}|{who}")


def _seconds_to(until: datetime, at: datetime) -> int:
    return max(1, int((until - at).total_seconds()))
