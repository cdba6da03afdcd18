"""From the addresses on an event to the contact's one conversation on an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from access import people
from connectors.channel import ChannelAccount, Handle
from connectors.models import SenderRow
from records import contacts, conversations, identities
from records.identities import Address
from records.states import Strength
from runtime.secrets import keys


@dataclass(frozen=True, slots=True)
class Known:
    """Who an address belongs to."""

    contact_id: int
    identity_id: int
    conversation_id: int
    """The newest one, open or closed."""


def conversation_for(
    session: Session,
    account: ChannelAccount,
    handles: Sequence[Handle],
    *,
    name: str = "",
    strength: Strength = Strength.VERIFIED,
) -> Known:
    """The sender's open conversation on this account; contact and conversation made at need.

    Raises `BadInput` without any address.
    """
    found = identities.resolve(
        session,
        unit_id=account.unit_id,
        channel=account.channel,
        addresses=[Address(item.kind, item.value, strength) for item in handles],
        demo=account.demo,
    )
    rows = _of_contact(session, account.id, found.contact_id)
    identity_id = rows[0].identity_id if rows else found.identity_id
    place = conversations.Place(
        account.unit_id,
        account.channel,
        account.id,
        account.name,
        people.assistant_of_unit(session, account.unit_id),
    )
    conversation_id = conversations.open_conversation(
        session, place, contact_id=found.contact_id, identity_id=identity_id
    )
    known = Known(found.contact_id, identity_id, conversation_id)
    new = _remember(session, account, rows, handles, known)
    if name and not rows:
        contacts.observe(
            session, found.contact_id, {"name": name}, source=account.channel, weak=True
        )
    _note_phone(session, account, known, new)
    return known


def _note_phone(
    session: Session, account: ChannelAccount, known: Known, new: Sequence[Handle]
) -> None:
    phone = next((_phone(item) for item in new if _phone(item)), "")
    if phone:
        contacts.observe(session, known.contact_id, {"phone": phone}, source=account.channel)


def _of_contact(session: Session, account_id: int, contact_id: int) -> Sequence[SenderRow]:
    return session.scalars(
        select(SenderRow)
        .where(SenderRow.account_id == account_id, SenderRow.contact_id == contact_id)
        .order_by(SenderRow.id)
    ).all()


def _remember(
    session: Session,
    account: ChannelAccount,
    rows: Sequence[SenderRow],
    handles: Sequence[Handle],
    known: Known,
) -> list[Handle]:
    """Note addresses and conversation; returns the addresses that were new here."""
    for row in rows:
        if row.conversation_id != known.conversation_id:
            row.conversation_id = known.conversation_id
    noted = {row.address_index for row in rows}
    new = [item for item in handles if _index(account.id, item) not in noted]
    taken = set(
        session.scalars(
            select(SenderRow.address_index).where(
                SenderRow.account_id == account.id,
                SenderRow.address_index.in_([_index(account.id, item) for item in new]),
            )
        )
    )
    session.add_all(
        SenderRow(
            unit_id=account.unit_id,
            account_id=account.id,
            address_index=_index(account.id, item),
            contact_id=known.contact_id,
            identity_id=known.identity_id,
            conversation_id=known.conversation_id,
        )
        # An address that another contact has on this account stays there: merging is its own act.
        for item in {_index(account.id, item): item for item in new}.values()
        if _index(account.id, item) not in taken
    )
    session.flush()
    return new


def _index(account_id: int, handle: Handle) -> str:
    return keys().mac("sender", f"{account_id}|{handle.kind}|{handle.value}")


def _phone(handle: Handle) -> str:
    """A WhatsApp id is a phone number that Meta has checked."""
    digits = handle.value
    fits = handle.kind == "wa_id" and digits.isascii() and digits.isdigit()
    return f"+{digits}" if fits and 7 <= len(digits) <= 15 else ""


def find(session: Session, account_id: int, handles: Sequence[Handle]) -> Known | None:
    """Whoever was seen under one of these addresses on this account."""
    row = session.scalar(
        select(SenderRow)
        .where(
            SenderRow.account_id == account_id,
            SenderRow.address_index.in_([_index(account_id, item) for item in handles]),
        )
        .order_by(SenderRow.id)
        .limit(1)
    )
    return None if row is None else Known(row.contact_id, row.identity_id, row.conversation_id)


def moved(session: Session, account: ChannelAccount, old: Handle, new: Handle) -> None:
    """The platform says that a sender has a new address: the conversation stays the same."""
    identities.move_address(
        session,
        unit_id=account.unit_id,
        old=Address(old.kind, old.value),
        new=Address(new.kind, new.value),
        channel=account.channel,
    )
    known = find(session, account.id, [old])
    if known is not None:
        rows = _of_contact(session, account.id, known.contact_id)
        _note_phone(session, account, known, _remember(session, account, rows, [new], known))
