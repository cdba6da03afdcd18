"""The tree of units: who sees a unit sees what lies below it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from access.models import Unit


def below(session: Session, units: Iterable[int]) -> frozenset[int]:
    """These units and all that lie below them."""
    tops = list(units)
    found = select(Unit.id).where(Unit.id.in_(tops)).cte("below", recursive=True)
    # UNION, not UNION ALL: it ends, whatever is in the table.
    found = found.union(select(Unit.id).join(found, Unit.parent_id == found.c.id))
    # A unit that is named and not there is nobody else's: it stays a scope without rows.
    return frozenset(tops) | frozenset(session.scalars(select(found.c.id)))


def above(session: Session, unit_id: int) -> frozenset[int]:
    """The unit and all it lies below."""
    found = select(Unit.id, Unit.parent_id).where(Unit.id == unit_id).cte("above", recursive=True)
    found = found.union(select(Unit.id, Unit.parent_id).join(found, Unit.id == found.c.parent_id))
    return frozenset(session.scalars(select(found.c.id)))
