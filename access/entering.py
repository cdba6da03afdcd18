"""A link with which somebody sets a password, once: nobody types another's.

It takes two halves: the link, shown to who asked for it, and a code, shown to who approved. Neither
of them alone can take the account for themselves.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from access import limits, sessions
from access.approvals import ApprovalView
from access.models import EntryLink, User, UserUnit
from access.passwords import check_strength, hash_password
from access.policy import Principal, fresh
from access.sessions import digest
from runtime.database import now, open_session
from runtime.errors import NotAllowed, NotFound
from runtime.scope import NOBODY
from runtime.secrets import keys

LIFE = timedelta(hours=24)
TRIES = 5
"""Wrong codes after which a link is void."""
WRONG = "this link and this code do not belong together, or their time is over"


def open_link(session: Session, user_id: int, approved: ApprovalView) -> None:
    """Let the two people who agreed be shown a half each, for a day; former links are void."""
    _open(session, user_id, approved.requested_by, approved.decided_by or "")


def open_by_operator(session: Session, user_id: int) -> tuple[str, str]:
    """Both halves at once, for the command line: link and code."""
    row = _open(session, user_id, "system/0", "system/0")
    token, code = _new_token(), _new_code()
    row.token_hash, row.code_hash = digest(token), _code_hash(row, code)
    return token, code


def _open(session: Session, user_id: int, asked_by: str, approved_by: str) -> EntryLink:
    session.execute(delete(EntryLink).where(EntryLink.user_id == user_id))
    row = EntryLink(
        user_id=user_id, asked_by=asked_by, approved_by=approved_by, expires_at=now() + LIFE
    )
    session.add(row)
    session.flush()
    return row


def show_link(session: Session, principal: Principal, user_id: int) -> str:
    """The half for who asked. Shown anew, the former one is void.

    Raises `NotFound` for everybody else and when there is none, `ReauthRequired`.
    """
    row = _waiting(session, user_id)
    if row is None or row.asked_by != principal.id:
        raise NotFound("there is no link to pass on: who asked for it can see it for a day")
    fresh(principal)
    token = _new_token()
    row.token_hash = digest(token)
    _note(session, principal, row, "entry:link")
    return token


def show_code(session: Session, principal: Principal, user_id: int) -> str:
    """The half for who approved. Raises as `show_link` does."""
    row = _waiting(session, user_id)
    if row is None or row.approved_by != principal.id:
        raise NotFound("there is no code to pass on: who approved it can see it for a day")
    fresh(principal)
    code = _new_code()
    row.code_hash = _code_hash(row, code)
    _note(session, principal, row, "entry:code")
    return code


def enter(token: str, code: str, password: str, *, source: str) -> None:
    """Set the password that the link is for, once.

    Raises `NotAllowed` in the same words for whatever is wrong with link or code, `BadInput` for a
    password that is not taken (the link stays), `TooMany`.
    """
    limits.count("enter", source, most=20, within=timedelta(minutes=15))
    with open_session(NOBODY) as session:
        row = session.scalar(
            update(EntryLink)
            .where(
                EntryLink.token_hash == digest(token),
                EntryLink.used_at.is_(None),
                EntryLink.expires_at > now(),
                EntryLink.tries < TRIES,
            )
            .values(tries=EntryLink.tries + 1)
            .returning(EntryLink)
        )
        # The count is kept whatever comes of it.
        user = session.scalar(select(User).where(User.id == row.user_id)) if row else None
    bare = "".join(char for char in code if char.isalnum())
    if row is None or user is None or not user.active or row.code_hash is None:
        raise NotAllowed(WRONG)
    if not hmac.compare_digest(row.code_hash, _code_hash(row, bare)):
        raise NotAllowed(WRONG)
    _strong(row, user, password)
    hashed = hash_password(password)
    with open_session(NOBODY) as session:
        used = session.scalar(
            update(EntryLink)
            .where(EntryLink.id == row.id, EntryLink.used_at.is_(None))
            .values(used_at=now())
            .returning(EntryLink.id)
        )
        if used is None:
            raise NotAllowed(WRONG)
        session.execute(update(User).where(User.id == user.id).values(password_hash=hashed))
        who = f"user/{user.id}"
        sessions.end_all(session, who, user.id)
        units = session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == user.id)).all()
        sessions.note(session, who, "password:set", units)


def _strong(row: EntryLink, user: User, password: str) -> None:
    try:
        check_strength(password, context=(user.email, user.name))
    except Exception:
        with open_session(NOBODY) as session:  # both halves were right: that was no wrong try
            session.execute(
                update(EntryLink).where(EntryLink.id == row.id).values(tries=EntryLink.tries - 1)
            )
        raise


def _waiting(session: Session, user_id: int) -> EntryLink | None:
    return session.scalar(
        select(EntryLink)
        .where(
            EntryLink.user_id == user_id,
            EntryLink.used_at.is_(None),
            EntryLink.expires_at > now(),
            EntryLink.tries < TRIES,
        )
        .with_for_update()
    )


def halves_of(session: Session, principal: Principal) -> dict[int, str]:
    """For which users the principal has a half to pass on: link or code."""
    rows = session.scalars(
        select(EntryLink).where(
            EntryLink.used_at.is_(None), EntryLink.expires_at > now(), EntryLink.tries < TRIES
        )
    )
    mine = {}
    for row in rows:
        if row.asked_by == principal.id:
            mine[row.user_id] = "link"
        elif row.approved_by == principal.id:
            mine[row.user_id] = "code"
    return mine


def sweep(session: Session) -> None:
    """Drop links that are used or over."""
    session.execute(
        delete(EntryLink).where(EntryLink.used_at.is_not(None) | (EntryLink.expires_at <= now()))
    )


def _note(session: Session, principal: Principal, row: EntryLink, action: str) -> None:
    units = session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == row.user_id)).all()
    sessions.note(session, principal.id, action, units, about=f"user/{row.user_id}")


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _new_code() -> str:
    return f"{secrets.randbelow(10**8):08d}"


def _code_hash(row: EntryLink, code: str) -> str:
    return keys().mac("entry code", f"{row.id}|{code}")
