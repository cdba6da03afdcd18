"""Everything that is kept about a contact, found through the data map of all packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from records import sealing
from records.models import Contact, Conversation, Identity, Message
from runtime import stores
from runtime.errors import Misconfigured, NotFound
from runtime.stores import Store, Subject, pieces


def complete_map() -> list[Store]:
    """All stores, in the order in which they erase.

    Raises `Misconfigured` while a table about contacts is in nobody's part of the map: what is
    incomplete is neither erased nor exported.
    """
    missing = stores.undeclared()
    if missing:
        raise Misconfigured(
            f"no package declares what these tables hold about contacts: {', '.join(missing)}"
        )
    return stores.stores()


def subject_of(session: Session, contact_id: int, *, addresses: bool = False) -> Subject:
    """A contact with everything that hangs on it; its addresses in clear only where needed.

    Raises `NotFound`.
    """
    contact = session.scalar(select(Contact).where(Contact.id == contact_id))
    if contact is None:
        raise NotFound("no such contact")
    parts = parts_of(session, contact_id)
    talks = session.scalars(select(Conversation.id).where(Conversation.contact_id.in_(parts)))
    found = _conversations(session, Subject(contact.unit_id, contacts=parts), talks.all())
    identities = session.scalars(
        select(Identity).where(Identity.contact_id.in_(parts)).order_by(Identity.id)
    ).all()
    return replace(
        found,
        identities=tuple(row.id for row in identities),
        refs=tuple(
            session.scalars(
                select(Contact.key_context).where(Contact.id.in_(parts)).order_by(Contact.id)
            )
        ),
        addresses=tuple(_address(session, row) for row in identities) if addresses else (),
    )


def _address(session: Session, row: Identity) -> tuple[str, str, str]:
    key = sealing.data_key(session, row.contact_id)
    return row.channel, row.kind, sealing.unseal(key, row, "address")


PartsOf = Callable[[Session, int], Sequence[int]]
_parts: list[PartsOf] = []


def parts_of(session: Session, contact_id: int) -> tuple[int, ...]:
    """The contact and those that were merged into it: they are one person."""
    for find in _parts:
        found = find(session, contact_id)
        if found:
            return tuple(sorted({contact_id, *found}))
    return (contact_id,)


def use_parts(find: PartsOf) -> None:
    """Tell how merged contacts are found: from one of them to all of them."""
    _parts.append(find)


def contacts_of(session: Session, unit_id: int) -> list[int]:
    """All contacts of a unit."""
    return list(
        session.scalars(select(Contact.id).where(Contact.unit_id == unit_id).order_by(Contact.id))
    )


def subject_of_conversations(
    session: Session, unit_id: int, conversation_ids: Sequence[int]
) -> Subject:
    """Some conversations with their messages, without the contacts they belong to."""
    return _conversations(session, Subject(unit_id), conversation_ids)


def _conversations(session: Session, base: Subject, chosen: Sequence[int]) -> Subject:
    ids = tuple(sorted(chosen))
    said: list[int] = []
    for piece in pieces(ids):
        said += session.scalars(select(Message.id).where(Message.conversation_id.in_(piece)))
    return replace(base, conversations=ids, messages=tuple(sorted(said)))


def counts(session: Session, subject: Subject) -> dict[str, int]:
    """Rows about a subject by store; empty stores are left out."""
    found = {store.name: len(store.keys(session, subject)) for store in complete_map()}
    return {name: count for name, count in found.items() if count}
