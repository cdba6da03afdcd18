"""Search over encrypted text: by word, beginning and identifier, within what the role opens.

The index is asked only about fields the principal may see: a hit in any other does not exist,
neither as a line nor as a count. What it leads to is decrypted and compared once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, decide, require
from records import indexing, reaching, sealing, terms
from records.lenses import lens
from records.models import Attribute, Contact, Conversation, Identity, Message
from records.record_models import ContactNote, ContactTerm, IndexedField, MessageTerm
from records.terms import Wanted
from runtime import secrets
from runtime.errors import BadInput

LONGEST_QUERY = 200
_WINDOW = 100
_WINDOWS = 10
"""At most so many times so many candidates are decrypted for one search."""
_AROUND = 60
"""Characters of a message that are shown on either side of what was found."""


@dataclass(frozen=True, slots=True)
class ContactHit:
    """A contact that was found, and in which of the fields the role opens."""

    contact_id: int
    unit_id: int
    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConversationHit:
    """A conversation with the newest of its messages that was found."""

    conversation_id: int
    unit_id: int
    contact_id: int
    contact_name: str
    channel: str
    message_id: int
    author: str
    excerpt: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Results:
    contacts: tuple[ContactHit, ...]
    conversations: tuple[ConversationHit, ...]


def search(session: Session, principal: Principal, query: str, *, limit: int = 20) -> Results:
    """Contacts and conversations that hold all words of the query, newest first.

    The reading is recorded in each unit with a keyed hash of the query, never its text. Raises
    `Denied`, and `BadInput` where nothing can be looked for.
    """
    require(principal, Permission.CONTACT_LIST)
    if len(query) > LONGEST_QUERY:
        raise BadInput(f"q: at most {LONGEST_QUERY} characters")
    wanted = terms.of_query(query)
    if not wanted:
        raise BadInput("q: write a word, a number or an address to look for")
    contacts = _contacts(session, principal, wanted, limit)
    conversations = _conversations(session, principal, wanted, limit)
    _record(session, principal, query, contacts, conversations)
    return Results(tuple(contacts), tuple(conversations))


def matching(session: Session, principal: Principal, query: str, limit: int) -> list[int]:
    """Numbers of the contacts whose open fields hold the query, newest first; for lists."""
    wanted = terms.of_query(query)
    return [hit.contact_id for hit in _contacts(session, principal, wanted, limit)]


def open_fields(session: Session, principal: Principal) -> dict[int, list[tuple[int, str]]]:
    """Per unit, number and name of the indexed fields that the principal may see."""
    found: dict[int, list[tuple[int, str]]] = {}
    for row in session.scalars(select(IndexedField)):
        if principal.may_see(Permission.CONTACT_READ, row.name):
            found.setdefault(row.unit_id, []).append((row.id, row.name))
    return found


def _contacts(
    session: Session, principal: Principal, wanted: Sequence[Wanted], limit: int
) -> list[ContactHit]:
    if not wanted or not principal.may(Permission.CONTACT_READ):
        return []
    fields = open_fields(session, principal)
    if not fields:
        return []
    found: list[ContactHit] = []
    for contact in _candidates(session, principal, fields, wanted):
        names = _open(session, principal, contact, fields)
        through = lens(session, principal, contact.id)
        texts = [(name, through.text(text)) for name, text in _texts(session, contact, names)]
        matched = _matched(texts, wanted)
        if matched:
            found.append(ContactHit(contact.id, contact.unit_id, through.name, tuple(matched)))
        if len(found) >= limit:
            break
    return found


def _open(
    session: Session,
    principal: Principal,
    contact: Contact,
    fields: dict[int, list[tuple[int, str]]],
) -> list[str]:
    """The fields of this very contact: a grant may hold for verified or own contacts only."""
    names = [name for _, name in fields.get(contact.unit_id, [])]
    resource = reaching.of_contact(session, contact)
    return sorted(decide(principal, Permission.CONTACT_READ, resource, names).seen)


def _candidates(
    session: Session,
    principal: Principal,
    fields: dict[int, list[tuple[int, str]]],
    wanted: Sequence[Wanted],
) -> Iterator[Contact]:
    """Contacts to which the index leads, newest first, a window at a time."""
    query = select(Contact).where(
        reaching.contacts(principal, Permission.CONTACT_READ),
        reaching.contacts(principal, Permission.CONTACT_LIST),
    )
    for one in wanted:
        query = query.where(Contact.id.in_(_having(fields, one)))
    before: int | None = None
    for _ in range(_WINDOWS):
        window = query if before is None else query.where(Contact.id < before)
        rows = session.scalars(window.order_by(Contact.id.desc()).limit(_WINDOW)).all()
        yield from rows
        if len(rows) < _WINDOW:
            return
        before = rows[-1].id


def _having(fields: dict[int, list[tuple[int, str]]], wanted: Wanted) -> Select[int]:
    numbers = {
        indexing.hashed(unit_id, name, term)
        for unit_id, known in fields.items()
        for _, name in known
        for term in wanted.terms
    }
    return select(ContactTerm.contact_id).where(ContactTerm.term.in_(numbers))


def _matched(texts: Sequence[tuple[str, str]], wanted: Sequence[Wanted]) -> list[str]:
    """The open fields that hold a part of the query, if together they hold all of it."""
    found: set[str] = set()
    for one in wanted:
        here = {name for name, text in texts if terms.holds(text, one)}
        if not here:
            return []
        found |= here
    return sorted(found)


def _texts(session: Session, contact: Contact, names: Sequence[str]) -> list[tuple[str, str]]:
    key = sealing.data_key(session, contact.id)
    rows = session.scalars(
        select(Attribute)
        .where(Attribute.contact_id == contact.id, Attribute.name.in_(names))
        .order_by(Attribute.observed_at, Attribute.id)
    )
    found = [
        (name, sealing.unseal(key, row, "value")) for name, row in indexing.newest(rows).items()
    ]
    kinds = [name.removeprefix("channel.") for name in names if name.startswith("channel.")]
    if kinds:
        addresses = session.scalars(
            select(Identity).where(Identity.contact_id == contact.id, Identity.kind.in_(kinds))
        )
        found += [(f"channel.{row.kind}", sealing.unseal(key, row, "address")) for row in addresses]
    if indexing.NOTES in names:
        notes = session.scalars(select(ContactNote).where(ContactNote.contact_id == contact.id))
        found += [(indexing.NOTES, sealing.unseal(key, row, "body")) for row in notes]
    return found


def _conversations(
    session: Session, principal: Principal, wanted: Sequence[Wanted], limit: int
) -> list[ConversationHit]:
    if not principal.may(Permission.CONVERSATION_READ):
        return []
    query = select(Message, Conversation).join(
        Conversation, Conversation.id == Message.conversation_id
    )
    query = query.where(
        Message.deleted.is_(False), reaching.conversations(principal, Permission.CONVERSATION_READ)
    )
    for one in wanted:
        query = query.where(Message.id.in_(_saying(principal, one)))
    found: dict[int, ConversationHit] = {}
    before: int | None = None
    for _ in range(_WINDOWS):
        window = query if before is None else query.where(Message.id < before)
        rows = session.execute(window.order_by(Message.id.desc()).limit(_WINDOW)).all()
        for message, conversation in rows:
            if not _may_read(session, principal, message, conversation):
                continue
            hit = _hit(session, principal, message, conversation, wanted)
            if hit is not None and conversation.id not in found:
                found[conversation.id] = hit
            if len(found) >= limit:
                return list(found.values())
        if len(rows) < _WINDOW:
            break
        before = rows[-1][0].id
    return list(found.values())


def _may_read(
    session: Session, principal: Principal, message: Message, conversation: Conversation
) -> bool:
    what = "notes" if message.content_type == "note" else "body"
    return what in reaching.seen_of_conversation(session, principal, conversation, (what,))


def _saying(principal: Principal, wanted: Wanted) -> Select[int]:
    numbers = {
        indexing.hashed(unit_id, indexing.MESSAGE, term)
        for unit_id in principal.units
        for term in wanted.terms
    }
    within: ColumnElement[bool] = MessageTerm.term.in_(numbers)
    return select(MessageTerm.message_id).where(within)


def _hit(
    session: Session,
    principal: Principal,
    message: Message,
    conversation: Conversation,
    wanted: Sequence[Wanted],
) -> ConversationHit | None:
    body = sealing.unseal(sealing.data_key(session, conversation.contact_id), message, "body")
    # A number that is hidden in its own field is not found in what was said either.
    through = lens(session, principal, conversation.contact_id)
    body = through.text(body)
    if not all(terms.holds(body, one) for one in wanted):
        return None
    return ConversationHit(
        conversation.id,
        conversation.unit_id,
        conversation.contact_id,
        through.name,
        conversation.channel,
        message.id,
        str(message.author),
        excerpt(body, wanted),
        message.occurred_at,
    )


def excerpt(body: str, wanted: Sequence[Wanted]) -> str:
    """The part of a text around what was found in it."""
    flat = " ".join(body.split())
    lower = flat.casefold()
    places = [at for one in wanted if (at := lower.find(one.text)) >= 0]
    start = max(0, min(places, default=0) - _AROUND)
    end = start + 2 * _AROUND
    return f"{'…' if start else ''}{flat[start:end]}{'…' if end < len(flat) else ''}"


def _record(
    session: Session,
    principal: Principal,
    query: str,
    contacts: Sequence[ContactHit],
    conversations: Sequence[ConversationHit],
) -> None:
    shows_names = principal.may_see(Permission.CONTACT_READ, "name")
    for unit_id in sorted(principal.units):
        here = [hit for hit in contacts if hit.unit_id == unit_id]
        said = [hit for hit in conversations if hit.unit_id == unit_id]
        names = {name for hit in here for name in hit.fields}
        if shows_names and (here or said):
            names.add("name")
        ledger.record(
            session,
            principal.id,
            "contact:search",
            f"unit/{unit_id}",
            unit_id=unit_id,
            query=query_hash(unit_id, query),
            contacts=sorted({hit.contact_id for hit in here} | {hit.contact_id for hit in said}),
            conversations=[hit.conversation_id for hit in said],
            fields=sorted(names),
            purpose="search",
        )


def query_hash(unit_id: int, query: str) -> str:
    """What the ledger keeps of a query: the same for the same words, readable by nobody."""
    plain = " ".join(terms.folded(query).split())
    return secrets.keys().mac("query", f"{unit_id}|{plain}")[:32]
