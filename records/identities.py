"""Who is writing: addresses, identities and the contacts behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import ledger
from records import contacts, indexing, sealing
from records.models import Contact, Identity, new_ref
from records.states import Strength
from runtime import secrets
from runtime.errors import BadInput, NotFound


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a sender as a channel reports it, e.g. kind `bsuid` on WhatsApp."""

    kind: str
    value: str
    strength: Strength = Strength.VERIFIED


@dataclass(frozen=True, slots=True)
class Resolved:
    """The identity a message came from, and its contact."""

    identity_id: int
    contact_id: int
    created: bool


def resolve(
    session: Session,
    *,
    unit_id: int,
    channel: str,
    addresses: Sequence[Address],
    name: str | None = None,
    demo: bool = False,
) -> Resolved:
    """Find the identity behind a sender's addresses, creating the contact on first sight.

    The first address is the one answers go to. Further ones that are new are added to the same
    contact (a WhatsApp phone number and user id). Never crosses the unit. Raises `BadInput`
    without any address.
    """
    if not addresses:
        raise BadInput("a sender needs at least one address")
    found = {row.address_index: row for row in _known(session, unit_id, addresses)}
    indexes = [sealing.address_index(unit_id, item.kind, item.value) for item in addresses]
    first = next((found[index] for index in indexes if index in found), None)
    created = first is None
    contact_id = first.contact_id if first else _new_contact(session, unit_id, channel, demo=demo)
    for item, index in zip(addresses, indexes, strict=True):
        if index not in found:
            found[index] = _add(session, unit_id, contact_id, channel, item, index)
    if name:
        contacts.observe(session, contact_id, {"name": name}, source=channel, weak=True)
    # Two known addresses of different contacts stay apart here: merging is an act of its own.
    return Resolved(found[indexes[0]].id, found[indexes[0]].contact_id, created)


def _known(session: Session, unit_id: int, addresses: Sequence[Address]) -> Sequence[Identity]:
    indexes = [sealing.address_index(unit_id, item.kind, item.value) for item in addresses]
    return session.scalars(
        select(Identity).where(Identity.unit_id == unit_id, Identity.address_index.in_(indexes))
    ).all()


def new_contact(session: Session, unit_id: int, channel: str) -> int:
    """A contact without any address yet, such as one from a file; return its number."""
    return _new_contact(session, unit_id, channel, demo=False)


def _new_contact(session: Session, unit_id: int, channel: str, *, demo: bool) -> int:
    context = new_ref()
    contact = Contact(
        unit_id=unit_id,
        data_key=secrets.keys().new_data_key(context),
        key_context=context,
        demo=demo,
    )
    session.add(contact)
    session.flush()
    ledger.record(
        session,
        "system/0",
        "contact:create",
        f"contact/{contact.id}",
        unit_id=unit_id,
        channel=channel,
    )
    return contact.id


def _add(
    session: Session, unit_id: int, contact_id: int, channel: str, item: Address, index: str
) -> Identity:
    row = Identity(
        unit_id=unit_id,
        contact_id=contact_id,
        ref=new_ref(),
        channel=channel,
        kind=item.kind,
        address_index=index,
        strength=item.strength,
        address_sealed=b"",
    )
    key = sealing.data_key(session, contact_id)
    row.address_sealed = sealing.seal(key, row, "address", item.value)
    session.add(row)
    session.flush()
    indexing.put_channel(session, contact_id, item.kind)
    return row


def move_address(
    session: Session, *, unit_id: int, old: Address, new: Address, channel: str
) -> None:
    """The platform says that a sender's address changed: add the new one to the same contact."""
    rows = _known(session, unit_id, [old])
    if rows and not _known(session, unit_id, [new]):
        index = sealing.address_index(unit_id, new.kind, new.value)
        _add(session, unit_id, rows[0].contact_id, channel, new, index)


def mark_unreachable(session: Session, identity_id: int) -> None:
    """The channel says that this address takes no messages any more."""
    changed = session.scalar(
        update(Identity)
        .where(Identity.id == identity_id)
        .values(reachable=False)
        .returning(Identity.contact_id)
    )
    if changed is None:
        raise NotFound("no such identity")
