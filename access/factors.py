"""Second factors: codes of an authenticator app (RFC 6238), and recovery codes.

A code is taken once: the newest time step is stored, and taking it is a compare-and-set.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
import segno
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from access import factor_rules, limits, sessions
from access.models import RecoveryCode, SecondFactor, User
from access.people import principal_of
from access.policy import Principal, fresh
from access.sessions import Strength
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound
from runtime.scope import NOBODY
from runtime.secrets import keys

STEP = 30
DRIFT = 1
"""Steps that a clock may be ahead or behind."""
ISSUER = "Frontdesk"
MOST = 10
"""Factors of one user."""
CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"

WINDOW = timedelta(minutes=15)
TRIES_PER_USER_AND_SOURCE = 5
TRIES_PER_SOURCE = 25
TRIES_PER_USER = 25

WRONG = "code: this code does not fit, or was used already"


@dataclass(frozen=True, slots=True)
class FactorView:
    id: int
    kind: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs, shown once."""

    id: int
    secret: str
    uri: str
    qr: str
    """The address as a QR code: SVG paths in a picture of 1:1."""


def of_user(session: Session, user_id: int) -> list[FactorView]:
    """The factors that are set up."""
    rows = session.scalars(
        select(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.confirmed.is_(True))
        .order_by(SecondFactor.id)
    )
    return [FactorView(row.id, row.kind, row.name, row.created_at, row.used_at) for row in rows]


def kinds(session: Session, user_id: int) -> tuple[str, ...]:
    """What this user can be asked for: totp, webauthn, recovery."""
    found = {factor.kind for factor in of_user(session, user_id)}
    if found and codes_left(session, user_id):
        found.add("recovery")
    return tuple(sorted(found))


def codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes are unused."""
    return session.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    ) or 0  # fmt: skip


def begin_totp(principal: Principal, name: str) -> Enrolment:
    """Make a shared secret for an app; it counts once a code of it was given.

    Raises `ReauthRequired`, `Conflict` when there are too many.
    """
    fresh(principal)
    secret = pyotp.random_base32()
    with open_session(NOBODY) as session:
        email = session.scalar(select(User.email).where(User.id == principal.number)) or ""
        make_room(session, principal.number)
        row = SecondFactor(
            user_id=principal.number, kind="totp", name=name, secret_sealed=b"", confirmed=False
        )
        session.add(row)
        session.flush()
        row.secret_sealed = keys().seal(secret, context=_place(row.id))
    uri = pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=email, issuer_name=ISSUER)
    picture = segno.make(uri, error="m").svg_inline(scale=4, border=2, omitsize=True)
    return Enrolment(row.id, secret, uri, picture)


def make_room(session: Session, user_id: int) -> None:
    """Forget what was begun and never confirmed. Raises `Conflict` at the most there can be."""
    session.execute(
        delete(SecondFactor).where(
            SecondFactor.user_id == user_id, SecondFactor.confirmed.is_(False)
        )
    )
    if len(of_user(session, user_id)) >= MOST:
        raise Conflict(f"you have {MOST} factors already: remove one first")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A factor counts from now on: the session's new token, and recovery codes if it is the first.

    The codes are shown once.
    """

    token: str
    codes: tuple[str, ...]


def confirm_totp(principal: Principal, token: str, factor_id: int, code: str) -> Enrolled:
    """Take the first code of an app; every other session of the user ends.

    Raises `ReauthRequired`, `NotFound`, `BadInput` for a wrong code, `TooMany`.
    """
    fresh(principal)
    limits.count("enrol", principal.id, most=20, within=WINDOW)
    with open_session(NOBODY) as session:
        row = session.scalar(
            select(SecondFactor).where(
                SecondFactor.id == factor_id,
                SecondFactor.user_id == principal.number,
                SecondFactor.kind == "totp",
                SecondFactor.confirmed.is_(False),
            )
        )
        if row is None:
            raise NotFound("no such factor waits for its first code")
        step = _step_of(row, code)
        if step is None:
            raise BadInput(WRONG)
        row.last_step = step
        codes = confirmed(session, principal, row, but=token)
    return Enrolled(sessions.renew(token, Strength.TOTP), codes)


def confirmed(
    session: Session, principal: Principal, row: SecondFactor, *, but: str
) -> tuple[str, ...]:
    """Let a factor count; sessions that did not show it end. Returns first recovery codes."""
    first = not of_user(session, principal.number)
    row.confirmed, row.used_at = True, now()
    session.add(row)
    session.flush()
    _record(session, principal.id, "factor:add", row.kind)
    sessions.end_all(session, principal.id, principal.number, but=but)
    return _new_codes(session, principal.number) if first else ()


def new_codes(principal: Principal) -> tuple[str, ...]:
    """Ten new recovery codes; the former ones are void. Raises `ReauthRequired`, `Conflict`."""
    fresh(principal)
    with open_session(NOBODY) as session:
        if not of_user(session, principal.number):
            raise Conflict("set up a second factor first: the codes stand in for it")
        _record(session, principal.id, "factor:codes", "recovery")
        return _new_codes(session, principal.number)


def _new_codes(session: Session, user_id: int) -> tuple[str, ...]:
    codes = tuple(_new_code() for _ in range(CODES))
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(
        RecoveryCode(user_id=user_id, code_hash=_code_hash(user_id, code)) for code in codes
    )
    session.flush()
    return codes


def _new_code() -> str:
    parts = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    return "-".join(parts)


def _code_hash(user_id: int, code: str) -> str:
    bare = "".join(char for char in code.casefold() if char in _ALPHABET)
    return keys().mac("recovery", f"{user_id}|{bare}")


def remove(principal: Principal, token: str, factor_id: int) -> None:
    """Take a factor of one's own away; every other session ends.

    Raises `ReauthRequired`, `NotFound`, `Conflict` for the last one of a role that asks for one.
    """
    fresh(principal)
    with open_session(NOBODY) as session:
        row = session.scalar(
            select(SecondFactor).where(
                SecondFactor.id == factor_id, SecondFactor.user_id == principal.number
            )
        )
        if row is None:
            raise NotFound("no such factor")
        acting = principal_of(session, principal.number)
        last = len(of_user(session, principal.number)) == 1 and row.confirmed
        if last and acting and factor_rules.required_of(session, acting):
            raise Conflict("your role asks for a second factor: set another one up first")
        session.delete(row)
        if last:
            session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == principal.number))
        session.flush()
        _record(session, principal.id, "factor:remove", row.kind)
        sessions.end_all(session, principal.id, principal.number, but=token)


def remove_all(session: Session, actor: str, user_id: int) -> None:
    """Take all factors of a user away: lost, or the user left."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    sessions.end_all(session, actor, user_id)


def take(user_id: int, code: str, *, source: str, known: bool = False) -> Strength:
    """Take a code of an app or a recovery code; each one is taken once.

    Raises `NotAllowed` for a wrong one, `TooMany` before it is looked at when this user or this
    network address tried too often. On a `known` device strangers' tries do not count, nor for
    a recovery code: nobody guesses those, and the owner gets in with one during an attack.
    """
    known = known or not _is_of_app(code)
    counted(user_id, source, known=known)
    found = _totp(user_id, code) or _recovery(user_id, code)
    if found is None:
        refused(user_id)
        raise NotAllowed(WRONG)
    uncounted(user_id, source, known=known)
    return found


def counted(user_id: int, source: str, *, known: bool) -> None:
    """Count a try at a second factor. Raises `TooMany`."""
    limits.count("factor", f"{user_id}|{source}", most=TRIES_PER_USER_AND_SOURCE, within=WINDOW)
    limits.count("factor from", source, most=TRIES_PER_SOURCE, within=WINDOW)
    if not known:
        limits.count("factor to", str(user_id), most=TRIES_PER_USER, within=WINDOW)


def uncounted(user_id: int, source: str, *, known: bool) -> None:
    """The try was a good one."""
    limits.forget("factor", f"{user_id}|{source}")
    limits.give_back("factor from", source)
    if not known:
        limits.give_back("factor to", str(user_id))


def refused(user_id: int) -> None:
    """Note a wrong second factor in the ledger."""
    with open_session(NOBODY) as session:
        _record(session, f"user/{user_id}", "factor:refuse", "code")


def _is_of_app(code: str) -> bool:
    bare = code.replace(" ", "")
    return len(bare) == 6 and bare.isascii() and bare.isdecimal()


def _totp(user_id: int, code: str) -> Strength | None:
    if not _is_of_app(code):
        return None
    bare = code.replace(" ", "")
    with open_session(NOBODY) as session:
        rows = session.scalars(
            select(SecondFactor).where(
                SecondFactor.user_id == user_id,
                SecondFactor.kind == "totp",
                SecondFactor.confirmed.is_(True),
            )
        ).all()
        for row in rows:
            step = _step_of(row, bare)
            if step is None:
                continue
            taken = session.scalar(
                update(SecondFactor)
                .where(SecondFactor.id == row.id, SecondFactor.last_step < step)
                .values(last_step=step, used_at=now())
                .returning(SecondFactor.id)
                .execution_options(synchronize_session=False)
            )
            if taken is not None:
                return Strength.TOTP
    return None


def _step_of(row: SecondFactor, code: str) -> int | None:
    """The time step that the code is of, newer than the last one taken."""
    secret = keys().open(row.secret_sealed, context=_place(row.id))
    app = pyotp.TOTP(secret, interval=STEP)
    present = int(now().timestamp()) // STEP
    for step in range(present - DRIFT, present + DRIFT + 1):
        if step > row.last_step and hmac.compare_digest(app.generate_otp(step), code):
            return step
    return None


def _recovery(user_id: int, code: str) -> Strength | None:
    with open_session(NOBODY) as session:
        taken = session.scalar(
            update(RecoveryCode)
            .where(
                RecoveryCode.user_id == user_id,
                RecoveryCode.code_hash == _code_hash(user_id, code),
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=now())
            .returning(RecoveryCode.id)
            .execution_options(synchronize_session=False)
        )
        if taken is None:
            return None
        _record(session, f"user/{user_id}", "factor:recover", "recovery")
    return Strength.RECOVERY


def _place(factor_id: int) -> str:
    return f"second_factor|{factor_id}"


def _record(session: Session, who: str, action: str, kind: str) -> None:
    acting = principal_of(session, int(who.partition("/")[2]))
    sessions.note(session, who, action, acting.units if acting else (), kind=kind)
