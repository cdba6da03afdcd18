"""Sessions on the server: opened at the door, listed, ended; the cookie holds only a token."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

import ledger
from access import devices, factor_rules
from access.models import UserUnit, WebSession
from access.people import principal_of, sharing
from access.policy import Permission, Principal, Role, require
from runtime.database import now, open_session
from runtime.errors import NotFound, NotSignedIn
from runtime.scope import NOBODY
from runtime.settings import current


class Strength(StrEnum):
    """What was shown at the door, last of all."""

    PASSWORD = "password"  # noqa: S105 - the name of a thing, not one
    OIDC = "oidc"
    TOTP = "totp"
    WEBAUTHN = "webauthn"
    RECOVERY = "recovery"
    OIDC_STRONG = "oidc_strong"
    """The provider says that it saw a second factor."""


WEAK = frozenset({Strength.PASSWORD, Strength.OIDC})


@dataclass(frozen=True, slots=True)
class Door:
    """Through what somebody comes: network address (for limits), browser, the device's token."""

    source: str
    agent: str = ""
    device: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; the tokens go into cookies and nowhere else."""

    token: str
    principal: Principal
    device: str


def idle() -> timedelta:
    return timedelta(minutes=current().session_idle)


def life() -> timedelta:
    return timedelta(hours=current().session_life)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_for(
    user_id: int,
    strength: Strength,
    door: Door,
    *,
    issuer: str | None = None,
    issuer_session: str | None = None,
) -> SignedIn:
    """Open a session for who has proved to be this user. Raises `NotSignedIn` for a leaver."""
    token, at = secrets.token_urlsafe(32), now()
    with open_session(NOBODY) as session:
        principal = principal_of(session, user_id)
        if principal is None:
            raise NotSignedIn("sign in first")
        session.add(
            WebSession(
                token_hash=digest(token),
                user_id=user_id,
                device=devices.named(door.agent),
                network=devices.coarse(door.source),
                strength=strength,
                issuer=issuer,
                issuer_session=issuer_session,
            )
        )
        for unit in principal.units:
            ledger.record(
                session, principal.id, "session:open", principal.id, unit_id=unit,
                strength=str(strength),
            )  # fmt: skip
        allowed = _allowed(session, principal, strength)
    known = devices.is_known(door.device, user_id)
    device = door.device if known and door.device else devices.remember(user_id)
    return SignedIn(token, replace(allowed, proved_at=at), device)


def _allowed(session: Session, principal: Principal, strength: str) -> Principal:
    """Without the second factor that the role asks for, nothing but setting one up is open."""
    if strength in WEAK and factor_rules.required_of(session, principal):
        return replace(principal, role=Role(principal.role.name, ()))
    return principal


def by_session(token: str) -> Principal:
    """Whose session this is. Raises `NotSignedIn` when it is over."""
    at = now()
    with open_session(NOBODY, read_only=True) as session:
        row = session.scalar(select(WebSession).where(WebSession.token_hash == digest(token)))
        if row is None or row.seen_at < at - idle() or row.created_at < at - life():
            raise NotSignedIn("sign in first")
        principal = principal_of(session, row.user_id)
        if principal is None:
            raise NotSignedIn("sign in first")
        principal = _allowed(session, principal, row.strength)
    if row.seen_at < at - timedelta(minutes=1):
        with open_session(NOBODY) as session:
            session.execute(update(WebSession).where(WebSession.id == row.id).values(seen_at=at))
    return replace(principal, proved_at=row.proved_at)


def must_enrol(token: str) -> bool:
    """Whether the session waits for its user to set a second factor up."""
    with open_session(NOBODY, read_only=True) as session:
        row = session.scalar(select(WebSession).where(WebSession.token_hash == digest(token)))
        if row is None or row.strength not in WEAK:
            return False
        principal = principal_of(session, row.user_id)
        return principal is not None and factor_rules.required_of(session, principal)


def proved(token: str, principal: Principal) -> Principal:
    """Note that the person has proved once more who is acting."""
    at = now()
    with open_session(NOBODY) as session:
        session.execute(
            update(WebSession).where(WebSession.token_hash == digest(token)).values(proved_at=at)
        )
        note(session, principal.id, "session:prove", principal.units)
    return replace(principal, proved_at=at)


def note(session: Session, who: str, action: str, units: Iterable[int], **detail: str) -> None:
    """One entry about somebody in each of the units."""
    for unit in units:
        ledger.record(session, who, action, who, unit_id=unit, **detail)


def renew(token: str, strength: Strength) -> str:
    """A new token for the session, after what it may has changed; the former one is over."""
    fresh_token = secrets.token_urlsafe(32)
    with open_session(NOBODY) as session:
        changed = session.scalar(
            update(WebSession)
            .where(WebSession.token_hash == digest(token))
            .values(token_hash=digest(fresh_token), strength=strength)
            .returning(WebSession.id)
        )
    if changed is None:
        raise NotSignedIn("sign in first")
    return fresh_token


def sign_out(token: str) -> None:
    """End a session; ending one that is over is fine."""
    with open_session(NOBODY) as session:
        _end(session, None, WebSession.token_hash == digest(token))


def end_all(session: Session, actor: str | None, user_id: int, *, but: str | None = None) -> int:
    """End a user's sessions, all `but` the one with this token; return how many ended."""
    which = [WebSession.user_id == user_id]
    if but is not None:
        which.append(WebSession.token_hash != digest(but))
    return _end(session, actor, *which)


def end_elsewhere(issuer: str, *, issuer_session: str | None, user_id: int | None) -> int:
    """End what was opened through a provider, which says that it is over; return how many."""
    which = [WebSession.issuer == issuer]
    if issuer_session is not None:
        which.append(WebSession.issuer_session == issuer_session)
    if user_id is not None:
        which.append(WebSession.user_id == user_id)
    with open_session(NOBODY) as session:
        return _end(session, "system/0", *which)


def _end(session: Session, actor: str | None, *which: ColumnElement[bool]) -> int:
    ended = session.scalars(delete(WebSession).where(*which).returning(WebSession.user_id)).all()
    for user_id in set(ended):
        units = session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == user_id)).all()
        for unit in units:
            ledger.record(
                session, actor or f"user/{user_id}", "session:close", f"user/{user_id}",
                unit_id=unit, sessions=ended.count(user_id),
            )  # fmt: skip
    return len(ended)


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its user sees it; `current` is the one that asks."""

    id: int
    device: str
    network: str
    strength: str
    opened_at: datetime
    seen_at: datetime
    current: bool


def of_user(principal: Principal, user_id: int, *, token: str | None = None) -> list[SessionView]:
    """The open sessions of oneself, or of a colleague for who looks after people.

    Raises `Denied`, `NotFound` for somebody outside the principal's units.
    """
    at = now()
    with open_session(NOBODY, read_only=True) as session:
        _may_look_after(session, principal, user_id)
        rows = session.scalars(
            select(WebSession)
            .where(
                WebSession.user_id == user_id,
                WebSession.seen_at >= at - idle(),
                WebSession.created_at >= at - life(),
            )
            .order_by(WebSession.seen_at.desc())
        ).all()
    mine = digest(token) if token else ""
    return [
        SessionView(
            row.id, row.device, row.network, row.strength, row.created_at, row.seen_at,
            row.token_hash == mine,
        )
        for row in rows
    ]  # fmt: skip


def end_one(principal: Principal, user_id: int, session_id: int) -> None:
    """End one session of oneself or a colleague. Raises as `of_user` does."""
    with open_session(NOBODY) as session:
        _may_look_after(session, principal, user_id)
        which = (WebSession.id == session_id, WebSession.user_id == user_id)
        if not _end(session, principal.id, *which):
            raise NotFound("no such session")


def end_others(principal: Principal, user_id: int, *, token: str | None = None) -> int:
    """End all sessions of oneself but the one that asks, or all of a colleague."""
    with open_session(NOBODY) as session:
        _may_look_after(session, principal, user_id)
        return end_all(session, principal.id, user_id, but=token)


def _may_look_after(session: Session, principal: Principal, user_id: int) -> None:
    if principal.id == f"user/{user_id}":
        return
    require(principal, Permission.USER_WRITE)
    sharing(session, principal, user_id)


def sweep(session: Session) -> int:
    """Drop sessions that are over; return how many."""
    at = now()
    over = (WebSession.seen_at < at - idle()) | (WebSession.created_at < at - life())
    return len(session.scalars(delete(WebSession).where(over).returning(WebSession.id)).all())
