"""What is said in a conversation: appended, answered, noted, changed and withdrawn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require
from records import hearing, sealing
from records.models import Conversation, Message, new_ref
from records.states import Assignee, Author, Outcome, Status
from runtime import jobs
from runtime.database import now
from runtime.errors import BadInput, Conflict, NotFound
from runtime.nudges import nudge

TAKEN_BACK = "taken_back"
"""The error of a message that people took back while it was being sent."""
SLOWED = 4
"""How many times longer a contact waits who seems to steer the assistant."""
LONGEST = 20_000
"""Characters of one message; what is longer is cut, and the raw delivery keeps the rest."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A contact's message as a channel delivered it."""

    external_id: str
    text: str
    content_type: str = "text"
    occurred_at: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Channel facts to keep: attachments, location, the message replied to."""


def lane(conversation_id: int) -> str:
    """The lane in which a conversation's turns are worked on."""
    return f"conversation/{conversation_id}"


def append_inbound(
    session: Session,
    conversation_id: int,
    incoming: Incoming,
    *,
    delay: timedelta = timedelta(),
    window: timedelta | None = None,
) -> int | None:
    """Add a contact's message once; None when it is there already.

    If the assistant owns the conversation its answer is enqueued after `delay`, so that a burst
    of messages is answered as one; otherwise the message is handed over to people by its arrival.
    `window` is how long the channel takes free text after this message.
    """
    conversation = locked(session, conversation_id)
    if has_arrived(session, conversation.account_id, incoming.external_id):
        return None
    message = _new(conversation, Author.CONTACT, f"contact/{conversation.contact_id}")
    message.content_type, message.status = incoming.content_type, Status.RECEIVED
    message.external_index = sealing.external_index(conversation.account_id, incoming.external_id)
    message.occurred_at = incoming.occurred_at or now()
    key = sealing.data_key(session, conversation.contact_id)
    said = hearing.heard(session, conversation, clean(incoming.text))
    message.body_sealed = sealing.seal(key, message, "body", said)
    extra = {**incoming.extra, "platform_id": incoming.external_id}
    message.extra_sealed = sealing.seal(key, message, "extra", json.dumps(extra))
    if conversation.flagged:
        delay *= SLOWED
    owned = conversation.assignee is Assignee.ASSISTANT
    message.outcome = None if owned else Outcome.HANDED_OVER
    show(conversation, message)
    session.add(message)
    session.flush()
    conversation.touched_at = now()
    if window is not None:
        conversation.window_expires_at = now() + window
    if owned:
        jobs.enqueue(
            session,
            "bot.answer",
            unit_id=conversation.unit_id,
            lane=lane(conversation.id),
            delay=delay,
            message_id=message.id,
        )
    ledger.record(
        session,
        message.author_id,
        "message:receive",
        f"conversation/{conversation.id}",
        unit_id=conversation.unit_id,
        message=message.id,
    )
    nudge(session, conversation.unit_id, lane(conversation.id))
    return message.id


def has_arrived(session: Session, account_id: int, external_id: str) -> bool:
    """Whether this message of the platform is in a conversation already."""
    index = sealing.external_index(account_id, external_id)
    return session.scalar(select(Message.id).where(Message.external_index == index)) is not None


def clean(text: str) -> str:
    """Text that every database takes: no lone surrogates, no NUL, at most `LONGEST` characters."""
    valid = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return valid[:LONGEST]


def reply(
    session: Session,
    principal: Principal,
    conversation_id: int,
    text: str,
    *,
    answers: int | None = None,
    sources: Sequence[Mapping[str, Any]] = (),
    verdict: Mapping[str, Any] | None = None,
    disclosing: bool = False,
    seen: int | None = None,
) -> int:
    """Queue a message to the contact; the delivery is part of this transaction.

    The assistant may only speak while it owns the conversation, and answers one message (and
    with it the earlier ones of its burst) once. A user becomes the owner by replying only if
    nobody else is. `seen` is the newest message the writer has read: an answer of a colleague
    after it is a `Conflict`. Raises `BadInput`, `Conflict`, `NotFound`, `Denied`.
    """
    require(principal, Permission.CONVERSATION_REPLY)
    if not text.strip():
        raise BadInput("text: write something to send")
    conversation = locked(session, conversation_id)
    if conversation.closed_at:
        raise Conflict("this conversation is closed")
    if principal.kind == "assistant":
        _assistant_may_answer(session, conversation, answers)
    else:
        _user_may_reply(session, conversation, principal, seen)
    message = queue(
        session, conversation, principal, text, answers=answers, sources=sources, verdict=verdict
    )
    if answers is not None:
        _settle_answered(session, conversation, answers)
        conversation.assistant_turns += 1
        conversation.disclosed = conversation.disclosed or disclosing
    ledger.record(
        session,
        principal.id,
        Permission.CONVERSATION_REPLY,
        f"conversation/{conversation.id}",
        unit_id=conversation.unit_id,
        message=message.id,
        sources=[source["chunk_id"] for source in sources if "chunk_id" in source],
    )
    return message.id


def _assistant_may_answer(
    session: Session, conversation: Conversation, answers: int | None
) -> None:
    if conversation.assignee is not Assignee.ASSISTANT:
        raise Conflict("a colleague has taken over")
    asked = session.scalar(
        select(Message).where(Message.id == answers, Message.conversation_id == conversation.id)
    )
    if asked is None:
        raise BadInput("answers: the assistant answers a message of this conversation")
    if asked.outcome is not None:
        raise Conflict("already answered")
    newer = session.scalar(
        select(Message.id).where(
            Message.conversation_id == conversation.id,
            Message.author == Author.CONTACT,
            Message.id > asked.id,
            Message.outcome.is_(None),
        )
    )
    if newer is not None:
        raise Conflict("the contact has written more by now")


def _user_may_reply(
    session: Session, conversation: Conversation, principal: Principal, seen: int | None
) -> None:
    if conversation.assignee is not Assignee.USER:
        raise Conflict("take the conversation over first")
    if conversation.user_id != principal.number:
        raise Conflict("a colleague owns this conversation")
    if seen is None:
        return
    newer = session.scalar(
        select(Message.id).where(
            Message.conversation_id == conversation.id,
            Message.id > seen,
            Message.author.in_((Author.USER, Author.ASSISTANT)),
            Message.author_id != principal.id,
            Message.status != Status.INTERNAL,
        )
    )
    if newer is not None:
        raise Conflict("somebody else has replied meanwhile: read it before you send")


def queue(
    session: Session,
    conversation: Conversation,
    principal: Principal,
    text: str,
    *,
    answers: int | None = None,
    sources: Sequence[Mapping[str, Any]] = (),
    verdict: Mapping[str, Any] | None = None,
) -> Message:
    """Add an outgoing message and its delivery. The caller holds the conversation's lock."""
    author = Author.ASSISTANT if principal.kind == "assistant" else Author.USER
    message = _new(conversation, author, principal.id)
    message.status, message.answers = Status.QUEUED, answers
    message.sources, message.verdict = [dict(source) for source in sources], _plain(verdict)
    key = sealing.data_key(session, conversation.contact_id)
    message.body_sealed = sealing.seal(key, message, "body", clean(text))
    session.add(message)
    session.flush()
    conversation.touched_at = now()
    jobs.enqueue(
        session,
        "connectors.deliver",
        unit_id=conversation.unit_id,
        lane=f"{lane(conversation.id)}/out",
        message_id=message.id,
    )
    nudge(session, conversation.unit_id, lane(conversation.id))
    return message


def _plain(verdict: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if verdict is None else dict(verdict)


def note(session: Session, principal: Principal, conversation_id: int, text: str) -> int:
    """Add a note for colleagues; the contact and the model never see it."""
    require(principal, Permission.CONVERSATION_NOTE)
    if not text.strip():
        raise BadInput("text: write something to note")
    conversation = locked(session, conversation_id)
    message = _new(conversation, Author.USER, principal.id)
    message.content_type, message.status = "note", Status.INTERNAL
    key = sealing.data_key(session, conversation.contact_id)
    message.body_sealed = sealing.seal(key, message, "body", clean(text))
    session.add(message)
    session.flush()
    ledger.record(
        session,
        principal.id,
        Permission.CONVERSATION_NOTE,
        f"conversation/{conversation.id}",
        unit_id=conversation.unit_id,
        message=message.id,
    )
    nudge(session, conversation.unit_id, lane(conversation.id))
    return message.id


def add_echo(
    session: Session,
    conversation: Conversation,
    text: str,
    *,
    external_id: str,
    at: datetime,
) -> None:
    """Keep what one of us wrote in the platform's own app; nothing is sent."""
    index = sealing.external_index(conversation.account_id, external_id)
    if session.scalar(select(Message.id).where(Message.external_index == index)) is not None:
        return
    message = _new(conversation, Author.USER, "user/0")
    message.status, message.external_index, message.occurred_at = Status.SENT, index, at
    message.sent_at = at
    show(conversation, message)
    key = sealing.data_key(session, conversation.contact_id)
    message.body_sealed = sealing.seal(key, message, "body", clean(text))
    session.add(message)
    session.flush()
    nudge(session, conversation.unit_id, lane(conversation.id))


def show(conversation: Conversation, message: Message) -> None:
    """Give a message its place among what the contact is shown. The caller holds the lock."""
    if message.seq is None:
        conversation.seq += 1
        message.seq = conversation.seq


def settle_waiting(session: Session, conversation: Conversation, outcome: Outcome) -> None:
    """Give every message that still waits for an answer this outcome."""
    session.execute(
        update(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.author == Author.CONTACT,
            Message.outcome.is_(None),
        )
        .values(outcome=outcome)
    )


def _settle_answered(session: Session, conversation: Conversation, answers: int) -> None:
    waiting = update(Message).where(
        Message.conversation_id == conversation.id,
        Message.author == Author.CONTACT,
        Message.outcome.is_(None),
    )
    session.execute(waiting.where(Message.id < answers).values(outcome=Outcome.JOINED))
    session.execute(waiting.where(Message.id == answers).values(outcome=Outcome.ANSWERED))


def withdraw_assistants(session: Session, conversation: Conversation) -> None:
    """Take back what the assistant said but no channel was given yet.

    What is on its way right now may arrive; if the channel does not take it, it is not sent again.
    """
    unsent = session.scalars(
        select(Message).where(
            Message.conversation_id == conversation.id,
            Message.author == Author.ASSISTANT,
            Message.status.in_((Status.QUEUED, Status.SENDING)),
        )
    ).all()
    for message in unsent:
        if message.status == Status.SENDING:
            message.error = TAKEN_BACK
        else:
            withdraw(session, message)


def withdraw(session: Session, message: Message) -> None:
    """Never send this message; what it answers is for people. The caller holds the lock."""
    message.status = Status.WITHDRAWN
    if message.answers is not None:
        session.execute(
            update(Message).where(Message.id == message.answers).values(outcome=Outcome.HANDED_OVER)
        )


def _new(conversation: Conversation, author: Author, author_id: str) -> Message:
    return Message(
        unit_id=conversation.unit_id,
        conversation_id=conversation.id,
        ref=new_ref(),
        author=author,
        author_id=author_id,
        content_type="text",
        sources=[],
    )


def locked(session: Session, conversation_id: int) -> Conversation:
    """The conversation, for this transaction alone. Raises `NotFound`."""
    conversation = session.scalar(
        select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    )
    if conversation is None:
        raise NotFound("no such conversation")
    return conversation
