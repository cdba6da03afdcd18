"""Signing in: passwords, server-side sessions, API tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

import ledger
from access import limits
from access.models import ApiToken, User, UserUnit, WebSession
from access.passwords import hash_password, matches
from access.people import principal_of
from access.policy import Denied, Permission, Principal, Role, require
from runtime.database import now, open_session
from runtime.errors import BadInput, NotAllowed, NotFound, NotSignedIn
from runtime.scope import NOBODY

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOKEN_PREFIX = "fd_"  # noqa: S105 - the visible start of every token
LONGEST_TOKEN_LIFE = timedelta(days=365)

WRONG = "the e-mail address or the password is wrong"

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
"""From one network address."""
TRIES_PER_SOURCE = 50
TRIES_FROM_EVERYWHERE = 100
"""A guess at one account that is spread over many addresses ends here; it does not count where
the account was signed in to before, so that the owner still gets in."""
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; the token goes into the cookie and nowhere else."""

    token: str
    principal: Principal


def sign_in(email: str, password: str, *, source: str) -> SignedIn:
    """Check a password and open a session.

    Raises `NotSignedIn` with the same words whether account or password is wrong, `TooMany`
    before the hash is computed when an account or a network address tried too often.
    """
    address = email.strip().casefold()
    # Per account and network address: a stranger elsewhere cannot lock the owner out.
    limits.count("sign-in", f"{address}|{source}", most=TRIES_PER_ACCOUNT, within=WINDOW)
    limits.count("sign-in from", source, most=TRIES_PER_SOURCE, within=WINDOW)
    known = limits.remembers("signed in", f"{address}|{source}")
    if not known:
        limits.count("sign-in to", address, most=TRIES_FROM_EVERYWHERE, within=WINDOW)
    with open_session(NOBODY, read_only=True) as session:
        user = session.scalar(select(User).where(User.email == address, User.active.is_(True)))
        units = (
            list(session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == user.id)))
            if user
            else []
        )
    # The hash is computed for unknown accounts too: time must not tell who exists.
    fits, renewed = matches(password, user.password_hash if user else _nobodys_hash())
    if user is None or not fits:
        if user is not None:
            _note(f"user/{user.id}", "session:refuse", units)
        raise NotSignedIn(WRONG)
    limits.forget("sign-in", f"{address}|{source}")
    # A whole office may sign in from one address: only what fails counts against it.
    limits.give_back("sign-in from", source)
    if not known:
        limits.give_back("sign-in to", address)
    limits.remember("signed in", f"{address}|{source}", within=REMEMBERED)
    token = secrets.token_urlsafe(32)
    with open_session(NOBODY) as session:
        if renewed:
            session.execute(update(User).where(User.id == user.id).values(password_hash=renewed))
        session.add(WebSession(token_hash=_digest(token), user_id=user.id))
        principal = principal_of(session, user.id)
        if principal is None:
            raise NotSignedIn(WRONG)
        for unit in units:
            ledger.record(session, principal.id, "session:open", principal.id, unit_id=unit)
    return SignedIn(token, replace(principal, proved_at=now()))


def _note(actor: str, action: str, units: Iterable[int]) -> None:
    with open_session(NOBODY) as session:
        for unit in units:
            ledger.record(session, actor, action, actor, unit_id=unit)


_decoy: list[str] = []


def _nobodys_hash() -> str:
    if not _decoy:
        _decoy.append(hash_password(secrets.token_urlsafe(16)))
    return _decoy[0]


def by_session(token: str) -> Principal:
    """Whose session this is. Raises `NotSignedIn` when it is over."""
    at = now()
    with open_session(NOBODY, read_only=True) as session:
        row = session.scalar(select(WebSession).where(WebSession.token_hash == _digest(token)))
        if row is None or row.seen_at < at - IDLE or row.created_at < at - ABSOLUTE:
            raise NotSignedIn("sign in first")
        principal = principal_of(session, row.user_id)
    if principal is None:
        raise NotSignedIn("sign in first")
    if row.seen_at < at - timedelta(minutes=1):
        with open_session(NOBODY) as session:
            session.execute(update(WebSession).where(WebSession.id == row.id).values(seen_at=at))
    return replace(principal, proved_at=row.proved_at)


def prove(token: str, password: str, *, source: str) -> Principal:
    """Prove once more who is acting in this session; wrong tries count like those of signing in.

    Raises `NotSignedIn` when the session is over, `NotAllowed` for a wrong password, `TooMany`.
    """
    principal = by_session(token)
    limits.count("prove", f"{principal.id}|{source}", most=TRIES_PER_ACCOUNT, within=WINDOW)
    with open_session(NOBODY, read_only=True) as session:
        user = session.scalar(select(User).where(User.id == principal.number))
    if user is None or not matches(password, user.password_hash)[0]:
        _note(principal.id, "session:refuse", principal.units)
        raise NotAllowed("password: this is not the password of this account")
    limits.forget("prove", f"{principal.id}|{source}")
    at = now()
    with open_session(NOBODY) as session:
        session.execute(
            update(WebSession).where(WebSession.token_hash == _digest(token)).values(proved_at=at)
        )
        for unit in principal.units:
            ledger.record(session, principal.id, "session:prove", principal.id, unit_id=unit)
    return replace(principal, proved_at=at)


def sign_out(token: str) -> None:
    """End a session; ending one that is over is fine."""
    with open_session(NOBODY) as session:
        ended = session.scalar(
            delete(WebSession)
            .where(WebSession.token_hash == _digest(token))
            .returning(WebSession.user_id)
        )
        if ended is not None:
            units = session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == ended))
            for unit in units.all():
                ledger.record(
                    session, f"user/{ended}", "session:close", f"user/{ended}", unit_id=unit
                )


def create_token(
    principal: Principal, name: str, *, permissions: Iterable[str], days: int = 90
) -> str:
    """Make an API token of the principal; it is shown once.

    Raises `BadInput`, and `Denied` for a permission that the principal lacks: one acting by a
    narrow token makes no wider one.
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
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with open_session(NOBODY) as session:
        row = ApiToken(
            name=name,
            token_hash=_digest(token),
            user_id=principal.number,
            permissions=chosen,
            expires_at=now() + timedelta(days=days),
        )
        session.add(row)
        session.flush()
        for unit in principal.units:
            ledger.record(
                session,
                principal.id,
                "token:create",
                f"token/{row.id}",
                unit_id=unit,
                permissions=chosen,
            )
    return token


def by_token(token: str) -> Principal:
    """Whose token this is, with the role narrowed to what the token may. Raises `NotSignedIn`."""
    with open_session(NOBODY, read_only=True) as session:
        row = session.scalar(select(ApiToken).where(ApiToken.token_hash == _digest(token)))
        if row is None or row.revoked_at is not None or row.expires_at < now():
            raise NotSignedIn("this token is not valid")
        principal = principal_of(session, row.user_id)
    if principal is None:
        raise NotSignedIn("this token is not valid")
    allowed = set(row.permissions)
    grants = tuple(grant for grant in principal.role.grants if grant.permission in allowed)
    return Principal(
        principal.id,
        "user",
        Role(principal.role.name, grants),
        principal.units,
        principal.teams,
        principal.name,
    )


@dataclass(frozen=True, slots=True)
class TokenView:
    id: int
    name: str
    permissions: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked: bool


def tokens(principal: Principal) -> list[TokenView]:
    """The principal's own tokens, without their values."""
    require(principal, Permission.TOKEN_WRITE)
    with open_session(NOBODY, read_only=True) as session:
        rows = session.scalars(
            select(ApiToken).where(ApiToken.user_id == principal.number).order_by(ApiToken.id)
        ).all()
    return [
        TokenView(
            row.id,
            row.name,
            tuple(row.permissions),
            row.created_at,
            row.expires_at,
            row.revoked_at is not None,
        )
        for row in rows
    ]


def revoke_token(principal: Principal, token_id: int) -> None:
    """End a token of the principal. Raises `NotFound`."""
    require(principal, Permission.TOKEN_WRITE)
    with open_session(NOBODY) as session:
        ended = session.scalar(
            update(ApiToken)
            .where(ApiToken.id == token_id, ApiToken.user_id == principal.number)
            .values(revoked_at=now())
            .returning(ApiToken.id)
        )
        if ended is None:
            raise NotFound("no such token")
        for unit in principal.units:
            ledger.record(session, principal.id, "token:revoke", f"token/{token_id}", unit_id=unit)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
