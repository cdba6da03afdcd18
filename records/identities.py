"""Who is writing: addresses, identities and the contacts behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import ledger
from records import contacts, keys, merging, sealing
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
    for item, index in zip(addresses, indexes, strict=True):
        _note_key(session, unit_id, found[index].contact_id, channel, item)
        # Two known addresses of different contacts stay apart here: one of them may have passed
        # on to somebody else, which is for people to see.
        merging.suggest(
            session, unit_id, contact_id, found[index].contact_id,
            [{"key": "same_sender", "first": _side(channel, item), "second": _side(channel, item)}],
        )  # fmt: skip
    return Resolved(found[indexes[0]].id, found[indexes[0]].contact_id, created)


def _side(channel: str, item: Address) -> dict[str, str]:
    return {"strength": str(item.strength), "channel": channel}


def _note_key(session: Session, unit_id: int, contact_id: int, channel: str, item: Address) -> None:
    kind = keys.OF_HANDLE.get(item.kind)
    if kind is None:
        return
    # A WhatsApp id is a phone number without its plus sign.
    value = f"+{item.value}" if item.kind == "wa_id" else item.value
    keys.note(
        session, unit_id=unit_id, contact_id=contact_id, kind=kind, value=value,
        strength=item.strength, channel=channel,
    )  # fmt: skip


def prove(
    session: Session, contact_id: int, kind: str, value: str, *, channel: str, claimed: bool = False
) -> None:
    """An address that a platform or host has proven to be this contact's, or, with `claimed`, one
    that somebody typed. Equal proven addresses are one person. Raises `NotFound`.
    """
    unit_id = session.scalar(select(Contact.unit_id).where(Contact.id == contact_id))
    if unit_id is None:
        raise NotFound("no such contact")
    strength = Strength.ASSERTED if claimed else Strength.VERIFIED
    keys.note(
        session, unit_id=unit_id, contact_id=contact_id, kind=kind, value=value,
        strength=strength, channel=channel,
    )  # fmt: skip


def key_contacts(session: Session, *, after: int = 0, limit: int = 200) -> int | None:
    """Note the keys of addresses that were known before there were keys: of at most `limit`
    identities, from the one after `after` on. Returns the last one's id, None at the end.
    """
    rows = session.scalars(
        select(Identity).where(Identity.id > after).order_by(Identity.id).limit(limit)
    ).all()
    for row in rows:
        if row.kind in keys.OF_HANDLE:
            value = sealing.unseal(sealing.data_key(session, row.contact_id), row, "address")
            item = Address(row.kind, value, row.strength)
            _note_key(session, row.unit_id, row.contact_id, row.channel, item)
    return rows[-1].id if len(rows) == limit else None


def _known(session: Session, unit_id: int, addresses: Sequence[Address]) -> Sequence[Identity]:
    indexes = [sealing.address_index(unit_id, item.kind, item.value) for item in addresses]
    return session.scalars(
        select(Identity).where(Identity.unit_id == unit_id, Identity.address_index.in_(indexes))
    ).all()


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
    return row


def move_address(
    session: Session, *, unit_id: int, old: Address, new: Address, channel: str
) -> None:
    """The platform says that a sender's address changed: add the new one to the same contact."""
    rows = _known(session, unit_id, [old])
    if rows and not _known(session, unit_id, [new]):
        index = sealing.address_index(unit_id, new.kind, new.value)
        _add(session, unit_id, rows[0].contact_id, channel, new, index)
        _note_key(session, unit_id, rows[0].contact_id, channel, new)


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
