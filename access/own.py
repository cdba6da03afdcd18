"""What people see and change of their own account."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from access import factor_rules, factors, people, sessions
from access.factors import FactorView
from access.models import User
from access.passwords import check_strength, hash_password
from access.policy import Principal, fresh
from runtime.database import open_session
from runtime.errors import NotFound
from runtime.scope import NOBODY


@dataclass(frozen=True, slots=True)
class AccountView:
    email: str
    has_password: bool
    factors: list[FactorView]
    codes_left: int
    factor_required: bool


def account(principal: Principal) -> AccountView:
    """One's own account. Raises `NotFound`."""
    with open_session(NOBODY, read_only=True) as session:
        found = people.account(session, principal.number)
        acting = people.principal_of(session, principal.number)
        return AccountView(
            found.email,
            found.has_password,
            factors.of_user(session, principal.number),
            factors.codes_left(session, principal.number),
            acting is not None and factor_rules.required_of(session, acting),
        )


def change_password(principal: Principal, token: str, password: str) -> None:
    """Set another password; every other session ends.

    Raises `ReauthRequired`: the present one was given for that, `BadInput` for one not taken.
    """
    fresh(principal)
    with open_session(NOBODY, read_only=True) as session:
        user = session.scalar(select(User).where(User.id == principal.number))
    if user is None:
        raise NotFound("no such user")
    check_strength(password, context=(user.email, user.name))
    hashed = hash_password(password)
    with open_session(NOBODY) as session:
        session.execute(update(User).where(User.id == user.id).values(password_hash=hashed))
        sessions.end_all(session, principal.id, user.id, but=token)
        sessions.note(session, principal.id, "password:set", principal.units)
