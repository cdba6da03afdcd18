"""Everything that happened with one contact, over all channels, newest first.

Five sources (messages and events, values of fields, notes, acts in the ledger, beginnings of
conversations) are merged by time; a page ends with a mark from which the next one goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from access import Permission, Principal, people
from ledger import entries
from records import opening, reaching, sealing
from records.lenses import lens
from records.models import Attribute, Conversation, Message
from records.opening import Opened
from records.record_models import ContactNote
from records.states import Author
from runtime.errors import BadInput

ACTS = {
    "contact:label": opening.LABELS,
    "contact:follow_up": opening.FOLLOW_UP,
    "contact:merge": "",
    "contact:unmerge": "",
    "contact:share": "",
}
"""Acts in the ledger that belong to a contact's story, and the field that opens them."""

MOST_AT_ONCE = 20
"""Acts on one contact in one millisecond, at most."""

# In which order moments of the same time are shown; also the parts of a mark.
_MESSAGE, _ATTRIBUTE, _NOTE, _ACT, _CONVERSATION = range(5)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `kind`: message, event, note, field, conversation, or an act."""

    kind: str
    id: int
    at: datetime
    actor: str
    actor_name: str
    conversation_id: int | None = None
    channel: str | None = None
    text: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page. `mark` goes on where it ends; None at the beginning of the story."""

    contact_id: int
    moments: tuple[Moment, ...]
    withheld: int
    """Changes on this page of fields that the role does not open."""
    mark: str | None


@dataclass(frozen=True, slots=True)
class _At:
    """A place in the order: time, source, number."""

    at: datetime
    rank: int
    id: int

    @property
    def order(self) -> tuple[datetime, int, int]:
        return (self.at, -self.rank, self.id)


_Found = tuple[_At, Moment | None]
"""None is a moment that the role does not open."""


def read_timeline(
    session: Session,
    principal: Principal,
    contact_id: int,
    *,
    mark: str | None = None,
    limit: int = 50,
) -> Timeline:
    """A page of a contact's story, as far as the role reaches; the reading is recorded.

    Messages are there for who may read the conversation, values for who may see the field.
    Raises `Denied`, `NotFound`, `BadInput` for a mark that is none.
    """
    opened = opening.to_read(session, principal, contact_id)
    after = None if mark is None else _parsed(mark)
    found: list[_Found] = []
    for source in (_messages, _attributes, _notes, _acts, _conversations):
        found += source(session, opened, after, limit + 1)
    found.sort(key=lambda one: one[0].order, reverse=True)
    page = found[:limit]
    moments = _named(session, [moment for _, moment in page if moment is not None])
    _record(session, opened, moments)
    goes_on = len(found) > limit
    return Timeline(
        contact_id,
        tuple(moments),
        withheld=sum(moment is None for _, moment in page),
        mark=_written(page[-1][0]) if goes_on else None,
    )


def _written(at: _At) -> str:
    return f"{int(at.at.timestamp() * 1_000_000)}.{at.rank}.{at.id}"


def _parsed(mark: str) -> _At:
    try:
        moment, rank, number = (int(part) for part in mark.split("."))
        return _At(datetime.fromtimestamp(moment / 1_000_000, UTC), rank, number)
    except (ValueError, OverflowError, OSError):
        raise BadInput("mark: take the mark of the page before") from None


def _older(at: Any, number: Any, rank: int, after: _At | None) -> Iterable[ColumnElement[bool]]:
    """What lies after the mark in the order of the timeline, for a source of this rank."""
    if after is None:
        return []
    if rank > after.rank:
        return [at <= after.at]
    if rank < after.rank:
        return [at < after.at]
    return [or_(at < after.at, and_(at == after.at, number < after.id))]


def _reached(opened: Opened) -> ColumnElement[bool]:
    return and_(
        Conversation.contact_id == opened.contact.id,
        reaching.conversations(opened.principal, Permission.CONVERSATION_READ),
    )


def _messages(session: Session, opened: Opened, after: _At | None, limit: int) -> list[_Found]:
    if not opened.principal.may(Permission.CONVERSATION_READ):
        return []
    rows = session.execute(
        select(Message, Conversation)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(_reached(opened), *_older(Message.occurred_at, Message.id, _MESSAGE, after))
        .order_by(Message.occurred_at.desc(), Message.id.desc())
        .limit(limit)
    ).all()
    key = sealing.data_key(session, opened.contact.id)
    through = lens(session, opened.principal, opened.contact.id)
    seen: dict[int, frozenset[str]] = {}
    found: list[_Found] = []
    for message, conversation in rows:
        if conversation.id not in seen:
            seen[conversation.id] = reaching.seen_of_conversation(
                session, opened.principal, conversation, ("body", "notes")
            )
        place = _At(message.occurred_at, _MESSAGE, message.id)
        moment = _message(key, message, conversation, seen[conversation.id])
        shown = moment and replace(moment, text=through.text(moment.text))
        found.append((place, shown))
    return found


def _message(
    key: bytes, message: Message, conversation: Conversation, seen: frozenset[str]
) -> Moment | None:
    kind = message.content_type if message.content_type in ("note", "event") else "message"
    if {"note": "notes", "message": "body"}.get(kind, "") not in {"", *seen}:
        return None
    return Moment(
        kind,
        message.id,
        message.occurred_at,
        message.author_id if message.author is not Author.CONTACT else "contact",
        "",
        conversation.id,
        conversation.channel,
        "" if message.deleted else sealing.unseal(key, message, "body"),
        {
            "author": str(message.author),
            "content_type": message.content_type,
            "status": str(message.status),
            "deleted": message.deleted,
            **({"event": message.event} if message.event else {}),
        },
    )


def _attributes(session: Session, opened: Opened, after: _At | None, limit: int) -> list[_Found]:
    rows = session.scalars(
        select(Attribute)
        .where(
            Attribute.contact_id == opened.contact.id,
            *_older(Attribute.observed_at, Attribute.id, _ATTRIBUTE, after),
        )
        .order_by(Attribute.observed_at.desc(), Attribute.id.desc())
        .limit(limit)
    ).all()
    key = sealing.data_key(session, opened.contact.id)
    seen = opened.sees(sorted({row.name for row in rows}))
    return [
        (
            _At(row.observed_at, _ATTRIBUTE, row.id),
            Moment(
                "field",
                row.id,
                row.observed_at,
                row.source,
                "",
                text=sealing.unseal(key, row, "value"),
                detail={"field": row.name},
            )
            if row.name in seen
            else None,
        )
        for row in rows
    ]


def _notes(session: Session, opened: Opened, after: _At | None, limit: int) -> list[_Found]:
    if not opened.sees((opening.NOTES,)):
        return []
    rows = session.scalars(
        select(ContactNote)
        .where(
            ContactNote.contact_id == opened.contact.id,
            *_older(ContactNote.created_at, ContactNote.id, _NOTE, after),
        )
        .order_by(ContactNote.created_at.desc(), ContactNote.id.desc())
        .limit(limit)
    ).all()
    key = sealing.data_key(session, opened.contact.id)
    through = lens(session, opened.principal, opened.contact.id)
    return [
        (
            _At(row.created_at, _NOTE, row.id),
            Moment(
                "note",
                row.id,
                row.created_at,
                row.author,
                "",
                text=through.text(sealing.unseal(key, row, "body")),
            ),
        )
        for row in rows
    ]


def _acts(session: Session, opened: Opened, after: _At | None, limit: int) -> list[_Found]:
    wanted = [name for name, part in ACTS.items() if not part or opened.sees((part,))]
    contact = opened.contact
    rows = entries.about(
        session,
        [contact.unit_id],
        [f"contact/{contact.id}"],
        wanted,
        until=after.at if after else None,
        limit=limit + MOST_AT_ONCE,
    )
    found: list[_Found] = [
        (
            _At(row.at, _ACT, row.id),
            Moment(row.action, row.id, row.at, row.actor, "", detail=dict(row.detail)),
        )
        for row in rows
    ]
    return [one for one in found if after is None or one[0].order < after.order]


def _conversations(session: Session, opened: Opened, after: _At | None, limit: int) -> list[_Found]:
    if not opened.principal.may(Permission.CONVERSATION_READ):
        return []
    rows = session.scalars(
        select(Conversation)
        .where(
            _reached(opened),
            *_older(Conversation.opened_at, Conversation.id, _CONVERSATION, after),
        )
        .order_by(Conversation.opened_at.desc(), Conversation.id.desc())
        .limit(limit)
    ).all()
    return [
        (
            _At(row.opened_at, _CONVERSATION, row.id),
            Moment(
                "conversation",
                row.id,
                row.opened_at,
                "contact",
                "",
                row.id,
                row.channel,
                detail={"account": row.account_name, "closed": row.closed_at is not None},
            ),
        )
        for row in rows
    ]


def _named(session: Session, moments: Sequence[Moment]) -> list[Moment]:
    ids = {one.actor for one in moments if one.actor.partition("/")[0] in ("user", "assistant")}
    known = people.names(session, ids)
    return [replace(moment, actor_name=known.get(moment.actor, "")) for moment in moments]


def _record(session: Session, opened: Opened, moments: Sequence[Moment]) -> None:
    names = {str(one.detail["field"]) for one in moments if one.kind == "field"}
    names |= {
        opening.NOTES for one in moments if one.kind == "note" and one.conversation_id is None
    }
    names |= {ACTS[one.kind] for one in moments if ACTS.get(one.kind)}
    opened.record(
        session,
        Permission.CONTACT_READ,
        names,
        purpose="timeline",
        conversations=sorted({one.conversation_id for one in moments if one.conversation_id}),
        messages=sum(one.kind == "message" for one in moments),
    )
