"""API tokens: for programs that act in a person's name, with no more than was ticked."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import ledger
from access.models import ApiToken, UserUnit
from access.people import principal_of, sharing
from access.policy import Denied, Permission, Principal, Role, fresh, require, within
from access.sessions import digest
from runtime.database import now, open_session
from runtime.errors import BadInput, NotFound, NotSignedIn
from runtime.scope import NOBODY

TOKEN_PREFIX = "fd_"  # noqa: S105 - the visible start of every token
LONGEST_TOKEN_LIFE = timedelta(days=365)
SEEN_EVERY = timedelta(minutes=1)


def create_token(
    principal: Principal,
    name: str,
    *,
    permissions: Iterable[str],
    days: int = 90,
    units: Iterable[int] | None = None,
) -> str:
    """Make an API token of the principal; it is shown once. `units` narrows where it acts.

    Raises `BadInput`, `NotFound` for a unit of others, `ReauthRequired`, and `Denied` for a
    permission that the principal lacks: one acting by a narrow token makes no wider one.
    """
    require(principal, Permission.TOKEN_WRITE)
    if not 1 <= days <= LONGEST_TOKEN_LIFE.days:
        raise BadInput(f"days: choose between 1 and {LONGEST_TOKEN_LIFE.days}")
    chosen = sorted(set(permissions))
    unknown = [item for item in chosen if item not in set(Permission)]
    if unknown:
        raise BadInput(f"permissions: {unknown[0]} is not a permission")
    for item in chosen:
        if not principal.may(Permission(item)):
            raise Denied(principal, Permission(item))
    places = None if units is None else sorted(set(units))
    if places == []:
        raise BadInput("units: name at least one, or leave it out for all of yours")
    for unit in places or ():
        within(principal, unit)
    fresh(principal)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with open_session(NOBODY) as session:
        row = ApiToken(
            name=name,
            token_hash=digest(token),
            user_id=principal.number,
            permissions=chosen,
            units=places,
            expires_at=now() + timedelta(days=days),
        )
        session.add(row)
        session.flush()
        for unit in principal.units:
            ledger.record(
                session, principal.id, "token:create", f"token/{row.id}", unit_id=unit,
                permissions=chosen,
            )  # fmt: skip
    return token


def by_token(token: str) -> Principal:
    """Whose token this is, with role and units narrowed to what the token may.

    Raises `NotSignedIn`.
    """
    at = now()
    with open_session(NOBODY, read_only=True) as session:
        row = session.scalar(select(ApiToken).where(ApiToken.token_hash == digest(token)))
        if row is None or row.revoked_at is not None or row.expires_at < at:
            raise NotSignedIn("this token is not valid")
        principal = principal_of(session, row.user_id)
    if principal is None:
        raise NotSignedIn("this token is not valid")
    if row.last_used_at is None or row.last_used_at < at - SEEN_EVERY:
        with open_session(NOBODY) as session:
            session.execute(update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=at))
    allowed = set(row.permissions) - set(principal.glass)
    grants = tuple(grant for grant in principal.role.grants if grant.permission in allowed)
    units = principal.units if row.units is None else principal.units & set(row.units)
    return Principal(
        principal.id,
        "user",
        Role(principal.role.name, grants),
        units,
        principal.teams,
        principal.name,
    )


@dataclass(frozen=True, slots=True)
class TokenView:
    id: int
    name: str
    permissions: tuple[str, ...]
    units: tuple[int, ...] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked: bool


def tokens(principal: Principal) -> list[TokenView]:
    """The principal's own tokens, without their values."""
    require(principal, Permission.TOKEN_WRITE)
    return _tokens(principal.number)


def of_colleague(principal: Principal, user_id: int) -> list[TokenView]:
    """A colleague's tokens. Raises `Denied`, `NotFound` for somebody of other units."""
    require(principal, Permission.USER_WRITE)
    with open_session(NOBODY, read_only=True) as session:
        sharing(session, principal, user_id)
    return _tokens(user_id)


def _tokens(user_id: int) -> list[TokenView]:
    with open_session(NOBODY, read_only=True) as session:
        rows = session.scalars(
            select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id)
        ).all()
    return [
        TokenView(
            row.id, row.name, tuple(row.permissions),
            None if row.units is None else tuple(row.units),
            row.created_at, row.expires_at, row.last_used_at, row.revoked_at is not None,
        )
        for row in rows
    ]  # fmt: skip


def revoke_token(principal: Principal, token_id: int) -> None:
    """End a token of the principal. Raises `Denied`, `NotFound`."""
    require(principal, Permission.TOKEN_WRITE)
    _revoke(principal, principal.number, token_id)


def revoke_of(principal: Principal, user_id: int, token_id: int) -> None:
    """End a colleague's token. Raises `Denied`, `NotFound` for somebody of other units."""
    require(principal, Permission.USER_WRITE)
    with open_session(NOBODY, read_only=True) as session:
        sharing(session, principal, user_id)
    _revoke(principal, user_id, token_id)


def _revoke(principal: Principal, user_id: int, token_id: int) -> None:
    with open_session(NOBODY) as session:
        ended = session.scalar(
            update(ApiToken)
            .where(ApiToken.id == token_id, ApiToken.user_id == user_id)
            .values(revoked_at=now())
            .returning(ApiToken.id)
        )
        if ended is None:
            raise NotFound("no such token")
        for unit in principal.units:
            ledger.record(session, principal.id, "token:revoke", f"token/{token_id}", unit_id=unit)


def end_all(session: Session, actor: str, user_id: int) -> int:
    """End every token of a user who leaves or may less; return how many."""
    ended = session.scalars(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(ApiToken.id)
    ).all()
    units = session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == user_id)).all()
    for token_id in ended:
        for unit in units:
            ledger.record(session, actor, "token:revoke", f"token/{token_id}", unit_id=unit)
    return len(ended)
