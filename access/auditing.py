"""Questions about the ledger, for who may read it; that somebody asked is in the ledger, too."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

import ledger
from access.policy import Permission, Principal, require
from ledger import entries, questions
from ledger.entries import EntryView
from ledger.questions import Affected, Seen
from runtime.errors import NotFound


def search(
    session: Session,
    principal: Principal,
    *,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    contact_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[EntryView]:
    """The newest entries of the principal's units that fit, newest first. Raises `Denied`.

    `action` may be a whole kind ("contact:*"), `before` is an entry's id to page from.
    """
    require(principal, Permission.LEDGER_READ)
    return entries.of_units(
        session, principal.units, subject=subject, actor=actor, action=action, contact=contact_id,
        since=since, until=until, before=before, limit=limit,
    )  # fmt: skip


def entry(session: Session, principal: Principal, entry_id: int) -> EntryView:
    """One entry. Raises `Denied`, `NotFound`."""
    require(principal, Permission.LEDGER_READ)
    found = entries.of_units(session, principal.units, before=entry_id + 1, limit=1)
    if not found or found[0].id != entry_id:
        raise NotFound("no such entry")
    return found[0]


def who_saw(
    session: Session,
    principal: Principal,
    contact_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Seen]:
    """Who came to know anything of a contact, as far as the principal's units reach.

    For a contact that was erased, too: its number is all that is left. Raises `Denied`, and
    `NotFound` for one that no entry of these units is about.
    """
    require(principal, Permission.LEDGER_READ)
    _must_be_known(session, principal, contact_id)
    found = questions.who_saw(session, principal.units, contact_id, since=since, until=until)
    _asked(session, principal, f"contact/{contact_id}", "who_saw")
    return found


def acts_of(
    session: Session,
    principal: Principal,
    actor: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Seen]:
    """What somebody did in the principal's units. Raises `Denied`."""
    require(principal, Permission.LEDGER_READ)
    found = questions.acts_of(session, principal.units, actor, since=since, until=until)
    _asked(session, principal, actor[:80], "acts")
    return found


def touched(
    session: Session,
    principal: Principal,
    *,
    contact_id: int | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Affected:
    """Whose data somebody, a period or a contact's key touched.

    Raises `Denied`, `BadInput`, and `NotFound` for a contact that no entry is about.
    """
    require(principal, Permission.LEDGER_READ)
    if contact_id is not None:
        _must_be_known(session, principal, contact_id)
    found = questions.touched(
        session, principal.units, contact_id=contact_id, actor=actor, since=since, until=until
    )
    subject = f"contact/{contact_id}" if contact_id else (actor or "ledger/0")[:80]
    _asked(session, principal, subject, "touched")
    return found


def _must_be_known(session: Session, principal: Principal, contact_id: int) -> None:
    if not questions.is_known(session, principal.units, contact_id):
        raise NotFound("no such contact")


def _asked(session: Session, principal: Principal, subject: str, question: str) -> None:
    for unit in sorted(principal.units):
        ledger.record(session, principal.id, "ledger:ask", subject, unit_id=unit, question=question)
