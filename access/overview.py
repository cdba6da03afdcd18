"""Colleagues with what those see who look after people: factors, and what is to be passed on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from access import entering, people
from access.models import SecondFactor
from access.policy import Permission, Principal


@dataclass(frozen=True, slots=True)
class ColleagueView:
    """A colleague; `factors` is None for who does not look after people."""

    id: int
    name: str
    email: str
    role: str
    units: tuple[int, ...]
    teams: tuple[int, ...]
    active: bool
    left_at: datetime | None
    factors: tuple[str, ...] | None
    half: str | None


def colleagues(session: Session, principal: Principal) -> list[ColleagueView]:
    """The users who share a unit with the principal. Raises `Denied`."""
    found = people.colleagues(session, principal)
    looks_after = principal.may(Permission.USER_WRITE)
    kinds = _kinds(session, [user.id for user in found]) if looks_after else {}
    halves = entering.halves_of(session, principal)
    return [
        ColleagueView(
            user.id, user.name, user.email, user.role, user.units, user.teams, user.active,
            user.left_at,
            tuple(sorted(kinds.get(user.id, ()))) if looks_after else None,
            halves.get(user.id),
        )
        for user in found
    ]  # fmt: skip


def _kinds(session: Session, users: list[int]) -> dict[int, set[str]]:
    kinds: dict[int, set[str]] = {}
    rows = session.execute(
        select(SecondFactor.user_id, SecondFactor.kind).where(
            SecondFactor.user_id.in_(users), SecondFactor.confirmed.is_(True)
        )
    )
    for user_id, kind in rows:
        kinds.setdefault(user_id, set()).add(kind)
    return kinds
