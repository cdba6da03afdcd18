"""Reading conversations: queues, threads and transcripts, each reading in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, people, require
from records import sealing
from records.contacts import display_name
from records.models import Conversation, Message
from records.states import Assignee, Author, Status
from runtime.errors import NotFound

Queue = Literal["mine", "team", "assistant", "all", "closed"]

PREVIEW = 120


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """A conversation in a list."""

    id: int
    unit_id: int
    contact_id: int
    contact_name: str
    channel: str
    account: str
    assignee: str
    assignee_name: str
    reason: str | None
    language: str | None
    preview: str
    last_author: str | None
    last_message_id: int
    touched_at: datetime
    closed: bool


@dataclass(frozen=True, slots=True)
class MessageView:
    """One line of a thread."""

    id: int
    author: str
    author_name: str
    content_type: str
    text: str
    event: dict[str, Any] | None
    sources: list[dict[str, Any]]
    verdict: dict[str, Any] | None
    status: str
    error: str | None
    outcome: str | None
    answers: int | None
    edited: bool
    deleted: bool
    attachments: list[dict[str, Any]]
    at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with everything that was said and done in it."""

    line: ConversationLine
    messages: tuple[MessageView, ...]
    window_expires_at: datetime | None


def list_conversations(
    session: Session,
    principal: Principal,
    queue: Queue,
    *,
    before: datetime | None = None,
    limit: int = 50,
) -> list[ConversationLine]:
    """The newest conversations of a queue; the reading is recorded once per unit."""
    require(principal, Permission.CONVERSATION_READ)
    query = _queue(select(Conversation), principal, queue)
    if before is not None:
        query = query.where(Conversation.touched_at < before)
    rows = session.scalars(query.order_by(Conversation.touched_at.desc()).limit(limit)).all()
    lines = [_line(session, principal, row) for row in rows]
    for unit in {row.unit_id for row in rows}:
        ledger.record(
            session,
            principal.id,
            "conversation:list",
            f"unit/{unit}",
            unit_id=unit,
            concerns=[row.contact_id for row in rows if row.unit_id == unit],
            conversations=[row.id for row in rows if row.unit_id == unit],
        )
    return lines


def _queue(query: Select[Conversation], principal: Principal, queue: Queue) -> Select[Conversation]:
    if queue == "closed":
        return query.where(Conversation.closed_at.is_not(None))
    query = query.where(Conversation.closed_at.is_(None))
    if queue == "mine":
        return query.where(
            Conversation.assignee == Assignee.USER, Conversation.user_id == principal.number
        )
    if queue in ("team", "assistant"):
        return query.where(Conversation.assignee == Assignee(queue))
    return query


def count_queues(session: Session, principal: Principal) -> dict[str, int]:
    """How many conversations each queue holds; nothing personal is read."""
    require(principal, Permission.CONVERSATION_READ)
    queues: tuple[Queue, ...] = ("mine", "team", "assistant", "all", "closed")
    found: dict[str, int] = {}
    for queue in queues:
        matching = _queue(select(Conversation), principal, queue)
        found[queue] = session.scalar(matching.with_only_columns(func.count())) or 0
    return found


def _line(session: Session, principal: Principal, row: Conversation) -> ConversationLine:
    last = session.scalar(
        select(Message)
        .where(
            Message.conversation_id == row.id,
            Message.content_type.not_in(("event", "note")),
            Message.status != Status.WITHDRAWN,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    key = sealing.data_key(session, row.contact_id)
    return ConversationLine(
        row.id,
        row.unit_id,
        row.contact_id,
        display_name(session, principal, row.contact_id),
        row.channel,
        row.account_name,
        str(row.assignee),
        _owner(session, row),
        row.reason,
        row.language,
        _preview(key, last),
        str(last.author) if last else None,
        last.id if last else 0,
        row.touched_at,
        row.closed_at is not None,
    )


def _preview(key: bytes, last: Message | None) -> str:
    if last is None or last.deleted:
        return ""
    body = sealing.unseal(key, last, "body")
    if last.author == Author.ASSISTANT:
        # Its first message begins with a paragraph that says who is writing.
        body = body.partition("\n\n")[2] or body
    text = " ".join(body.split()) or f"[{last.content_type}]"
    return text if len(text) <= PREVIEW else text[: PREVIEW - 1] + "…"


def _owner(session: Session, row: Conversation) -> str:
    if row.assignee == Assignee.USER:
        return people.names(session, [f"user/{row.user_id}"]).get(f"user/{row.user_id}", "")
    if row.assignee == Assignee.ASSISTANT and row.assistant_id:
        actor = f"assistant/{row.assistant_id}"
        return people.names(session, [actor]).get(actor, "")
    teams = {team.id: team.name for team in people.teams(session, [row.unit_id])}
    return teams.get(row.team_id, "")


def thread(session: Session, principal: Principal, conversation_id: int) -> Thread:
    """Everything said and done in a conversation. Raises `Denied`, `NotFound`."""
    require(principal, Permission.CONVERSATION_READ)
    row = session.scalar(select(Conversation).where(Conversation.id == conversation_id))
    if row is None:
        raise NotFound("no such conversation")
    found = session.scalars(
        select(Message).where(Message.conversation_id == row.id).order_by(Message.id)
    ).all()
    ledger.record(
        session,
        principal.id,
        Permission.CONVERSATION_READ,
        f"conversation/{row.id}",
        unit_id=row.unit_id,
        concerns=row.contact_id,
        messages=len(found),
    )
    return whole(session, principal, row, found)


def whole(
    session: Session, principal: Principal, row: Conversation, found: Sequence[Message]
) -> Thread:
    """These lines as a thread; the caller has asked for the right and records the reading."""
    known = people.names(session, {message.author_id for message in found})
    contact = display_name(session, principal, row.contact_id)
    key = sealing.data_key(session, row.contact_id)
    return Thread(
        _line(session, principal, row),
        tuple(_view(key, message, known, contact) for message in found),
        row.window_expires_at,
    )


def _view(key: bytes, row: Message, known: dict[str, str], contact: str) -> MessageView:
    extra = sealing.unseal_json(key, row, "extra")
    by_contact = row.author == Author.CONTACT
    return MessageView(
        row.id,
        str(row.author),
        contact if by_contact else known.get(row.author_id, ""),
        row.content_type,
        "" if row.deleted else sealing.unseal(key, row, "body"),
        row.event,
        row.sources,
        row.verdict,
        str(row.status),
        row.error,
        str(row.outcome) if row.outcome else None,
        row.answers,
        "versions" in extra,
        row.deleted,
        list(extra.get("attachments", [])),
        row.occurred_at,
    )


@dataclass(frozen=True, slots=True)
class ContactsState:
    """Who answers the contact, as the contact may know it."""

    assignee: str
    assignee_name: str
    closed: bool
    waiting: bool
    """Whether a message of the contact still waits for its answer."""


def contacts_state(session: Session, conversation_id: int) -> ContactsState:
    """Raises `NotFound`."""
    row = session.scalar(select(Conversation).where(Conversation.id == conversation_id))
    if row is None:
        raise NotFound("no such conversation")
    waiting = session.scalar(
        select(Message.id)
        .where(
            Message.conversation_id == row.id,
            Message.author == Author.CONTACT,
            Message.outcome.is_(None),
        )
        .limit(1)
    )
    return ContactsState(
        str(row.assignee), _owner(session, row), row.closed_at is not None, waiting is not None
    )


@dataclass(frozen=True, slots=True)
class WidgetMessage:
    """A message as its contact sees it; `seq` counts in the order of becoming visible."""

    id: int
    seq: int
    author: str
    author_name: str
    text: str
    sources: list[dict[str, Any]]
    status: str
    client_id: str | None
    at: datetime


_CITED = ("title", "heading", "url", "release", "document_id", "version", "start", "end")
"""What a contact may know of a passage it was answered from."""


def contacts_view(
    session: Session, conversation_id: int, *, after: int = 0, limit: int = 200
) -> list[WidgetMessage]:
    """What the contact may see of its own conversation: no notes, no events, nothing unsent."""
    row = session.scalar(select(Conversation).where(Conversation.id == conversation_id))
    if row is None:
        raise NotFound("no such conversation")
    shown = (Status.RECEIVED, Status.SENT, Status.DELIVERED, Status.READ)
    found = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == row.id,
            Message.seq > after,
            Message.status.in_(shown),
            Message.deleted.is_(False),
        )
        .order_by(Message.seq)
        .limit(limit)
    ).all()
    known = people.names(session, {message.author_id for message in found})
    key = sealing.data_key(session, row.contact_id)
    return [
        WidgetMessage(
            message.id,
            message.seq or 0,
            str(message.author),
            known.get(message.author_id, ""),
            sealing.unseal(key, message, "body"),
            [{k: s[k] for k in _CITED if s.get(k) is not None} for s in message.sources],
            str(message.status),
            sealing.unseal_json(key, message, "extra").get("client_id"),
            message.occurred_at,
        )
        for message in found
    ]
