"""A contact as one principal has it open: to read or to change, and which of its fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, Resource, decide, require
from records import reaching
from records.models import Contact
from runtime.errors import NotFound

LABELS, NOTES, FOLLOW_UP = "labels", "notes", "follow_up"
"""Parts of a record that roles open like fields."""


class Opened:
    """A contact within the principal's reach."""

    def __init__(self, principal: Principal, contact: Contact, resource: Resource) -> None:
        self.principal = principal
        self.contact = contact
        self.resource = resource

    def sees(self, names: Collection[str]) -> frozenset[str]:
        """Which of these fields the principal may read here."""
        return decide(self.principal, Permission.CONTACT_READ, self.resource, names).seen

    def must_see(self, *names: str) -> None:
        """Raises `NotFound`: a field outside the role is as one that is not there."""
        seen = self.sees(names)
        for name in names:
            if name not in seen:
                raise NotFound(f"{name}: no such field")

    def must_change(self, *names: str) -> None:
        """Raises `NotFound` unless the principal may read and write these fields."""
        self.must_see(*names)
        written = decide(self.principal, Permission.CONTACT_WRITE, self.resource, names).seen
        for name in names:
            if name not in written:
                raise NotFound(f"{name}: no such field")

    def changes(self, names: Collection[str]) -> frozenset[str]:
        """Which of these fields the principal may change here."""
        if not self.principal.may(Permission.CONTACT_WRITE):
            return frozenset()
        seen = sorted(self.sees(names))
        return decide(self.principal, Permission.CONTACT_WRITE, self.resource, seen).seen

    def record(
        self, session: Session, act: str, fields: Iterable[str] = (), **detail: object
    ) -> None:
        """Write the ledger entry of what is done to, or read of, this contact."""
        ledger.record(
            session,
            self.principal.id,
            act,
            f"contact/{self.contact.id}",
            unit_id=self.contact.unit_id,
            fields=sorted(fields),
            **detail,
        )


def to_read(session: Session, principal: Principal, contact_id: int) -> Opened:
    """Raises `Denied`; `NotFound`, also for a contact out of the principal's reach."""
    require(principal, Permission.CONTACT_READ)
    contact = session.scalar(select(Contact).where(Contact.id == contact_id))
    return _opened(session, principal, Permission.CONTACT_READ, contact)


def to_change(session: Session, principal: Principal, contact_id: int) -> Opened:
    """The contact, for this transaction alone. Raises as `to_read` does."""
    require(principal, Permission.CONTACT_WRITE)
    contact = session.scalar(select(Contact).where(Contact.id == contact_id).with_for_update())
    return _opened(session, principal, Permission.CONTACT_WRITE, contact)


def of(session: Session, principal: Principal, contact: Contact) -> Opened:
    """A contact that the principal is known to reach."""
    return Opened(principal, contact, reaching.of_contact(session, contact))


def _opened(
    session: Session, principal: Principal, permission: Permission, contact: Contact | None
) -> Opened:
    if contact is None:
        raise NotFound("no such contact")
    resource = reaching.of_contact(session, contact)
    require(principal, permission, resource)
    return Opened(principal, contact, resource)
