"""Somebody leaves: access is gone at once, open work goes to a successor or to the queue.

One transaction: there is no moment at which a conversation belongs to nobody. What the person has
written stays theirs; the account is kept as a name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import ledger
from access import approvals, factors, people, sessions, tokens
from access.models import BrokenGlass, EntryLink, ExternalIdentity, RoleRow, User, UserUnit
from access.policy import Permission, Principal, require, role_from
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, Misconfigured, NotAllowed
from runtime.scope import NOBODY, Scope


@dataclass(frozen=True, slots=True)
class Leaver:
    """Whose open work passes on, in which units, and to whom: None is the team's queue."""

    user_id: int
    units: frozenset[int]
    successor: Principal | None


HandOver = Callable[[Session, Principal, Leaver], int]
"""Passes on the open work of one kind; returns how many pieces it were."""

_kinds: dict[str, HandOver] = {}


def hands_over(kind: str) -> Callable[[HandOver], HandOver]:
    """Register what passes on open work of a kind; packages above this one have some."""

    def register(handler: HandOver) -> HandOver:
        if kind in _kinds:
            raise ValueError(f"two ways to hand over {kind}")
        _kinds[kind] = handler
        return handler

    return register


@dataclass(frozen=True, slots=True)
class Left:
    """What a leave has done: pieces of work by kind, and what has ended."""

    handed_over: dict[str, int]
    sessions: int
    tokens: int
    requests: int


def leave(principal: Principal, user_id: int, *, successor: int | None = None) -> Left:
    """Switch an account off and pass its open work on, at once and in one transaction.

    Raises `Denied`, `NotFound` for somebody of other units, `NotAllowed` for oneself, `BadInput`
    for a successor who is not there, `Conflict` for the last one who looks after a unit's people.
    """
    require(principal, Permission.USER_WRITE)
    if principal.id == f"user/{user_id}":
        raise NotAllowed("ask a colleague to switch your own account off")
    with open_session(NOBODY, read_only=True) as session:
        everywhere = frozenset(unit.id for unit in people.units(session))
    with open_session(Scope(everywhere)) as session:
        user = people.sharing(session, principal, user_id)
        session.refresh(user, with_for_update=True)
        somebody_stays(session, user, role=None, units=())
        heir = _heir(session, principal, user_id, successor)
        who = f"user/{user_id}"
        user.active, user.left_at, user.password_hash = False, user.left_at or now(), ""
        session.flush()
        handed = hand_over(session, principal, user_id, successor=heir, units=everywhere)
        result = Left(
            handed,
            sessions.end_all(session, principal.id, user_id),
            tokens.end_all(session, principal.id, user_id),
            approvals.withdraw_all(session, principal, who),
        )
        factors.remove_all(session, principal.id, user_id)
        for table in (EntryLink, ExternalIdentity, BrokenGlass):
            session.execute(delete(table).where(table.user_id == user_id))
        for unit in _units_of(session, user_id):
            ledger.record(
                session, principal.id, "user:leave", who, unit_id=unit,
                to=heir.id if heir else "team", items=sum(handed.values()),
            )  # fmt: skip
    return result


def hand_over(
    session: Session,
    principal: Principal,
    user_id: int,
    *,
    successor: Principal | None,
    units: Collection[int],
) -> dict[str, int]:
    """Pass on a user's open work in these units, in the caller's transaction.

    Raises `Misconfigured` when nobody has said how: work would be left with nobody.
    """
    if not _kinds:
        raise Misconfigured("no part has said how open work is handed over")
    leaver = Leaver(user_id, frozenset(units), successor)
    return {kind: handler(session, principal, leaver) for kind, handler in _kinds.items()}


def _heir(
    session: Session, principal: Principal, user_id: int, successor: int | None
) -> Principal | None:
    if successor is None:
        return None
    found = people.principal_of(session, successor)
    if found is None or successor == user_id or not found.units & principal.units:
        raise BadInput("successor: no such colleague")
    return found


def somebody_stays(
    session: Session, user: User, *, role: str | None, units: Collection[int]
) -> None:
    """Raise `Conflict` when a unit would be left without anybody who looks after its people."""
    if not user.active or not _looks_after_people(session, user.role_id):
        return
    keeps = (
        set(units)
        if role and _looks_after_people(session, people.role_id(session, role))
        else set()
    )
    for unit in set(_units_of(session, user.id)) - keeps:
        others = session.scalars(
            select(User.role_id)
            .join(UserUnit, UserUnit.user_id == User.id)
            .where(UserUnit.unit_id == unit, User.active.is_(True), User.id != user.id)
        )
        if not any(_looks_after_people(session, other) for other in set(others)):
            raise Conflict("nobody else looks after the people of this unit: name somebody first")


def _looks_after_people(session: Session, role_id: int) -> bool:
    row = session.scalar(select(RoleRow).where(RoleRow.id == role_id))
    grants = role_from(row.name, row.grants).grants if row else ()
    return any(grant.permission is Permission.USER_WRITE for grant in grants)


def _units_of(session: Session, user_id: int) -> list[int]:
    return sorted(session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == user_id)))
