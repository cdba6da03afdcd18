"""Keyed hashes of the words of what is encrypted, kept in the transaction that writes it.

The key is the unit's, and the field is hashed with the word: a word in one field says nothing of
the same word in another, and a search never asks about a field its principal may not see. Fields
of class sensitive are not in the index at all. Rows go with their contact or message.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from access import SENSITIVE
from records import sealing, terms
from records.models import Attribute, Contact, Conversation, Identity, Message
from records.record_models import ContactNote, ContactTerm, IndexedField, MessageTerm
from runtime import secrets
from runtime.database import insert_all_new, insert_new

MESSAGE = "message"
NOTES = "notes"
_WITH_SINGLE_SIGNS = frozenset({"name", "company"})
"""Names may be one sign long in scripts without spaces."""


def hashed(unit_id: int, field: str, term: str) -> int:
    """The 64 bits under which a term of a field is kept in this unit."""
    key = secrets.keys().derived(f"search/{unit_id}")
    digest = hmac.digest(key, f"{field}\x00{term}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big", signed=True)


def whole(value: str) -> str:
    """The term of a whole value: what segments compare with."""
    return f"v:{terms.folded(' '.join(value.split()))}"


def put_field(
    session: Session, unit_id: int, contact_id: int, name: str, values: Sequence[str]
) -> None:
    """Make the index hold what the field holds now: these values, or nothing."""
    if name.startswith(SENSITIVE):
        return
    field_id = _field(session, unit_id, name)
    session.execute(
        delete(ContactTerm)
        .where(ContactTerm.contact_id == contact_id, ContactTerm.field_id == field_id)
        .execution_options(synchronize_session=False)
    )
    single = name in _WITH_SINGLE_SIGNS
    found = {term for value in values if value for term in terms.of_text(value, single=single)}
    found |= {whole(value) for value in values if value}
    rows = [
        {"term": number, "contact_id": contact_id, "field_id": field_id, "unit_id": unit_id}
        for number in {hashed(unit_id, name, term) for term in found}
    ]
    session.flush()
    insert_all_new(session, ContactTerm, ["term", "contact_id", "field_id"], rows)


def _field(session: Session, unit_id: int, name: str) -> int:
    known: dict[tuple[int, str], int] = session.info.setdefault("indexed_fields", {})
    if (unit_id, name) not in known:
        same = (IndexedField.unit_id == unit_id, IndexedField.name == name)
        number = session.scalar(select(IndexedField.id).where(*same))
        if number is None:
            number = insert_new(
                session, IndexedField, ["unit_id", "name"], unit_id=unit_id, name=name
            ) or session.scalar(select(IndexedField.id).where(*same))
        known[unit_id, name] = int(number or 0)
    return known[unit_id, name]


def put_message(session: Session, message: Message, text: str) -> None:
    """Make the index hold the words of a message that has its number already."""
    drop_message(session, message.id)
    numbers = {hashed(message.unit_id, MESSAGE, term) for term in terms.of_text(text)}
    insert_all_new(
        session,
        MessageTerm,
        ["term", "message_id"],
        [
            {"term": number, "message_id": message.id, "unit_id": message.unit_id}
            for number in numbers
        ],
    )


def drop_message(session: Session, message_id: int) -> None:
    """Forget the words of a message."""
    session.execute(
        delete(MessageTerm)
        .where(MessageTerm.message_id == message_id)
        .execution_options(synchronize_session=False)
    )


def put_channel(session: Session, contact_id: int, kind: str) -> None:
    """Make the index hold the contact's addresses of this kind."""
    rows = session.scalars(
        select(Identity).where(Identity.contact_id == contact_id, Identity.kind == kind)
    ).all()
    if rows:
        key = sealing.data_key(session, contact_id)
        values = [sealing.unseal(key, row, "address") for row in rows]
        put_field(session, rows[0].unit_id, contact_id, f"channel.{kind}", values)


def put_notes(session: Session, unit_id: int, contact_id: int) -> None:
    """Make the index hold the words of the contact's notes."""
    key = sealing.data_key(session, contact_id)
    rows = session.scalars(select(ContactNote).where(ContactNote.contact_id == contact_id))
    put_field(
        session, unit_id, contact_id, NOTES, [sealing.unseal(key, row, "body") for row in rows]
    )


def newest(rows: Iterable[Attribute]) -> dict[str, Attribute]:
    """The newest row of every field; rows come oldest first."""
    return {row.name: row for row in rows}


def renew_contact(session: Session, contact_id: int) -> int:
    """Index a contact anew with everything that was said; return how many messages that were.

    For what was there before the index, after a merge, and after the keys have changed.
    """
    contact = session.scalar(select(Contact).where(Contact.id == contact_id))
    if contact is None:
        return 0
    session.execute(
        delete(ContactTerm)
        .where(ContactTerm.contact_id == contact_id)
        .execution_options(synchronize_session=False)
    )
    key = sealing.data_key(session, contact_id)
    rows = session.scalars(
        select(Attribute)
        .where(Attribute.contact_id == contact_id)
        .order_by(Attribute.observed_at, Attribute.id)
    )
    for name, row in newest(rows).items():
        put_field(session, contact.unit_id, contact_id, name, [sealing.unseal(key, row, "value")])
    kinds = session.scalars(
        select(Identity.kind).where(Identity.contact_id == contact_id).distinct()
    ).all()
    for kind in kinds:
        put_channel(session, contact_id, kind)
    put_notes(session, contact.unit_id, contact_id)
    return _renew_messages(session, contact_id, key)


def _renew_messages(session: Session, contact_id: int, key: bytes) -> int:
    found = session.scalars(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.contact_id == contact_id,
            Message.body_sealed.is_not(None),
            Message.deleted.is_(False),
        )
    ).all()
    for row in found:
        put_message(session, row, sealing.unseal(key, row, "body"))
    return len(found)


def renew_after(session: Session, unit_id: int, after: int, limit: int) -> tuple[int, int | None]:
    """Index the next contacts of a unit; return how many, and where to go on (None at the end)."""
    ids = session.scalars(
        select(Contact.id)
        .where(Contact.unit_id == unit_id, Contact.id > after)
        .order_by(Contact.id)
        .limit(limit)
    ).all()
    for contact_id in ids:
        renew_contact(session, contact_id)
    return len(ids), ids[-1] if len(ids) == limit else None
