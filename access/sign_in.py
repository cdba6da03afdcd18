"""Signing in: a password, then a second factor where there is one; proving it once more."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from access import devices, factors, limits, security_keys, sessions
from access.models import User, UserUnit
from access.passwords import hash_password, matches
from access.policy import Principal
from access.security_keys import Challenge, Site, sealed_text
from access.sessions import Door, SignedIn, Strength, by_session, sign_out
from access.tokens import TOKEN_PREFIX, by_token, create_token, revoke_token, tokens
from runtime.database import now, open_session
from runtime.errors import NotAllowed, NotSignedIn, TooMany
from runtime.scope import NOBODY
from runtime.secrets import keys

__all__ = [
    "TOKEN_PREFIX",
    "NotSignedIn",
    "by_session",
    "by_token",
    "create_token",
    "prove",
    "revoke_token",
    "sign_in",
    "sign_out",
    "tokens",
]

WRONG = "the e-mail address or the password is wrong"
OVER = "this took too long: begin with the password again"

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
"""From one network address."""
TRIES_PER_SOURCE = 50
TRIES_OF_A_STRANGER = 5
"""At one account, from one network address where it was never signed in to: one stranger alone does
not use up what all of them have."""
TRIES_OF_STRANGERS = 10
"""At one account, from wherever: a guess that is spread over many addresses ends here. It does not
count where the account was signed in to before, nor with a code of its authenticator, so that the
owner still gets in."""
TRIES_OF_CODES = 5
"""Codes given with the password by a stranger, from one network address."""
REMEMBERED = timedelta(days=30)
TICKET = 300
"""Seconds between the password and the second factor."""


class SecondFactorDue(NotSignedIn):
    """The password is right; `kinds` says what else is asked for, `ticket` stands for it."""

    def __init__(self, kinds: tuple[str, ...], ticket: str) -> None:
        super().__init__("give the code of your second factor, too")
        self.kinds = kinds
        self.ticket = ticket


class CodeDue(NotAllowed):
    """Proving who is acting takes the second factor, too."""


@dataclass(frozen=True, slots=True)
class _Account:
    id: int
    password_hash: str
    units: tuple[int, ...]


def sign_in(
    email: str,
    password: str,
    *,
    source: str,
    agent: str = "",
    device: str | None = None,
    code: str = "",
) -> SignedIn:
    """Check a password and open a session.

    `device` is what this device was given when it signed in before, `code` one of the second
    factor. Raises `NotSignedIn` with the same words whether account or password is wrong,
    `SecondFactorDue`, `TooMany` before the hash is computed when it was tried too often.
    """
    address = email.strip().casefold()
    door = Door(source, agent, device)
    # Per account and network address: a stranger elsewhere cannot lock the owner out.
    limits.count("sign-in", f"{address}|{source}", most=TRIES_PER_ACCOUNT, within=WINDOW)
    limits.count("sign-in from", source, most=TRIES_PER_SOURCE, within=WINDOW)
    account = _account(address)
    known = _is_known(account, address, door)
    shown = None if known else _let_strangers_try(account, address, source, code)
    # The hash is computed for unknown accounts too: time must not tell who exists.
    stored = account.password_hash if account else ""
    fits, renewed = matches(password, stored or _nobodys_hash())
    if account is None or not stored or not fits:
        if account is not None:
            _note(f"user/{account.id}", "session:refuse", account.units)
        raise NotSignedIn(WRONG)
    _spared(address, source, known=known)
    if renewed:
        with open_session(NOBODY) as session:
            session.execute(update(User).where(User.id == account.id).values(password_hash=renewed))
    if shown is None:
        shown = _second(account.id, code, source=source, known=known)
    limits.remember("signed in", f"{address}|{source}", within=REMEMBERED)
    return sessions.open_for(account.id, shown or Strength.PASSWORD, door)


def _account(address: str) -> _Account | None:
    with open_session(NOBODY, read_only=True) as session:
        user = session.scalar(select(User).where(User.email == address, User.active.is_(True)))
        if user is None:
            return None
        units = session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == user.id)).all()
    return _Account(user.id, user.password_hash, tuple(units))


def _is_known(account: _Account | None, address: str, door: Door) -> bool:
    """Whether the account was signed in to from this device or network address before."""
    if account is None:
        return False
    if devices.is_known(door.device, account.id):
        # What a stolen device may try is counted too, apart from strangers.
        limits.count("sign-in with", door.device or "", most=TRIES_PER_ACCOUNT, within=WINDOW)
        return True
    return limits.remembers("signed in", f"{address}|{door.source}")


def _let_strangers_try(
    account: _Account | None, address: str, source: str, code: str
) -> Strength | None:
    """Count a try from an unknown place. Raises `TooMany`, but not for who has a code."""
    try:
        stranger = f"{address}|{source}"
        limits.count("stranger", stranger, most=TRIES_OF_A_STRANGER, within=WINDOW)
        limits.count("sign-in to", address, most=TRIES_OF_STRANGERS, within=WINDOW)
    except TooMany:
        if account is None or not code:
            raise
        limits.count("code first", f"{address}|{source}", most=TRIES_OF_CODES, within=WINDOW)
        try:
            return factors.take(account.id, code, source=source)
        except NotAllowed:
            raise TooMany("too many tries, wait a little (sign-in to)") from None
    return None


def _spared(address: str, source: str, *, known: bool) -> None:
    """A whole office may sign in from one address: only what fails counts against it."""
    limits.forget("sign-in", f"{address}|{source}")
    limits.give_back("sign-in from", source)
    if not known:
        limits.forget("stranger", f"{address}|{source}")
        limits.give_back("sign-in to", address)


def _second(user_id: int, code: str, *, source: str, known: bool) -> Strength | None:
    """What was shown beside the password; None where nothing is set up.

    Raises `SecondFactorDue`, `NotAllowed` for a wrong code, `TooMany`.
    """
    with open_session(NOBODY, read_only=True) as session:
        kinds = factors.kinds(session, user_id)
    if not kinds:
        return None
    if not code:
        raise SecondFactorDue(kinds, _ticket(user_id))
    return factors.take(user_id, code, source=source, known=known)


def second(
    ticket: str,
    door: Door,
    *,
    code: str = "",
    site: Site | None = None,
    challenge: str = "",
    credential: dict[str, Any] | None = None,
) -> SignedIn:
    """Finish what `SecondFactorDue` stood for, by a code or a security key's answer.

    Raises `NotSignedIn` when it is over, `NotAllowed` when the factor is wrong, `TooMany`.
    """
    user_id = _of_ticket(ticket)
    known = devices.is_known(door.device, user_id)
    if credential is not None and site is not None:
        shown = security_keys.take(
            user_id, site, ticket=challenge, credential=credential, source=door.source, known=known
        )
    else:
        shown = factors.take(user_id, code, source=door.source, known=known)
    try:
        limits.count("ticket", ticket, most=1, within=WINDOW)
    except TooMany:
        raise NotSignedIn(OVER) from None
    with open_session(NOBODY, read_only=True) as session:
        address = session.scalar(select(User.email).where(User.id == user_id))
    limits.remember("signed in", f"{address}|{door.source}", within=REMEMBERED)
    return sessions.open_for(user_id, shown, door)


def challenge_for(ticket: str, site: Site) -> Challenge:
    """Ask the security keys of who has given the password. Raises `NotSignedIn`, `BadInput`."""
    return security_keys.ask(_of_ticket(ticket), site)


def ticket_for(user_id: int) -> SecondFactorDue | None:
    """What is still due from who has come through another door; None where nothing is set up."""
    with open_session(NOBODY, read_only=True) as session:
        kinds = factors.kinds(session, user_id)
    return SecondFactorDue(kinds, _ticket(user_id)) if kinds else None


def _ticket(user_id: int) -> str:
    body = json.dumps([user_id, int(now().timestamp()) + TICKET, secrets.token_urlsafe(12)])
    return base64.urlsafe_b64encode(keys().seal(body, context="sign-in")).decode()


def _of_ticket(ticket: str) -> int:
    try:
        user_id, ends, _ = json.loads(sealed_text(ticket, "sign-in"))
    except ValueError:
        raise NotSignedIn(OVER) from None
    if ends < now().timestamp():
        raise NotSignedIn(OVER)
    return int(user_id)


def _note(actor: str, action: str, units: Iterable[int]) -> None:
    with open_session(NOBODY) as session:
        sessions.note(session, actor, action, units)


_decoy: list[str] = []


def _nobodys_hash() -> str:
    if not _decoy:
        _decoy.append(hash_password(secrets.token_urlsafe(16)))
    return _decoy[0]


def prove(
    token: str,
    password: str = "",
    *,
    source: str,
    code: str = "",
    site: Site | None = None,
    challenge: str = "",
    credential: dict[str, Any] | None = None,
) -> Principal:
    """Prove once more who is acting in this session; wrong tries count like those of signing in.

    The password, unless the account has none, and the second factor, where there is one. Raises
    `NotSignedIn` when the session is over, `CodeDue`, `NotAllowed` when one of them is wrong or
    there is nothing to prove it with, `TooMany`.
    """
    principal = by_session(token)
    limits.count("prove", f"{principal.id}|{source}", most=TRIES_PER_ACCOUNT, within=WINDOW)
    with open_session(NOBODY, read_only=True) as session:
        user = session.scalar(select(User).where(User.id == principal.number))
        kinds = factors.kinds(session, principal.number)
    stored = user.password_hash if user else ""
    if not stored and not kinds:
        raise NotAllowed("there is neither a password nor a second factor here: sign in anew")
    if stored and not matches(password, stored)[0]:
        _note(principal.id, "session:refuse", principal.units)
        raise NotAllowed("password: this is not the password of this account")
    if kinds:
        _prove_factor(principal, source, code, site, challenge, credential)
    limits.forget("prove", f"{principal.id}|{source}")
    return sessions.proved(token, principal)


def _prove_factor(
    principal: Principal,
    source: str,
    code: str,
    site: Site | None,
    challenge: str,
    credential: dict[str, Any] | None,
) -> None:
    if credential is not None and site is not None:
        security_keys.take(
            principal.number, site, ticket=challenge, credential=credential, source=source,
            known=True,
        )  # fmt: skip
        return
    if not code:
        raise CodeDue("code: give the code of your second factor, too")
    factors.take(principal.number, code, source=source, known=True)
