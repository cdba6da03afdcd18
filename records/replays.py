"""What customers asked lately and the assistant answered, read again to rehearse a release."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

import ledger
from access import Permission, Principal, require
from records import reaching, sealing
from records.models import Conversation, Message
from records.states import Author, Outcome
from records.turns import HISTORY, SAID, Line, Turn


class Asked(NamedTuple):
    """An answered message of a contact, and its conversation."""

    message_id: int
    conversation_id: int


def answered(session: Session, unit_id: int, *, since: datetime, limit: int) -> list[Asked]:
    """The newest messages that the assistant answered from its sources, oldest first."""
    reply = aliased(Message)
    rows = session.execute(
        select(Message.id, Message.conversation_id, reply.sources)
        .join(reply, reply.answers == Message.id)
        .where(
            Message.unit_id == unit_id,
            Message.author == Author.CONTACT,
            Message.outcome == Outcome.ANSWERED,
            Message.deleted.is_(False),
            Message.created_at >= since,
            reply.author == Author.ASSISTANT,
        )
        .order_by(Message.id.desc())
        .limit(4 * limit)  # greetings and the like were answered without a source
    )
    found: list[Asked] = []
    for message_id, conversation_id, sources in rows:
        if sources:
            found.append(Asked(message_id, conversation_id))
        if len(found) == limit:
            break
    return found[::-1]


def turns(
    session: Session, principal: Principal, asked: Sequence[Asked], *, purpose: str
) -> list[Turn]:
    """These messages as the turns they were when they were answered; the reading is recorded.

    Those of contacts that are gone by now, or out of the principal's reach, are left out. Raises
    `Denied`.
    """
    require(principal, Permission.CONVERSATION_READ)
    read: dict[int, list[int]] = {}
    found: list[Turn] = []
    for message_id, conversation_id in asked:
        conversation = session.scalar(
            select(Conversation).where(Conversation.id == conversation_id)
        )
        if conversation is None or not _readable(session, principal, conversation):
            continue
        turn = _turn(session, conversation, message_id)
        if turn:
            found.append(turn)
            read.setdefault(conversation_id, []).append(message_id)
    for conversation_id, messages in read.items():
        ledger.record(
            session,
            principal.id,
            Permission.CONVERSATION_READ,
            f"conversation/{conversation_id}",
            unit_id=next(turn.unit_id for turn in found if turn.conversation_id == conversation_id),
            messages=messages,
            purpose=purpose,
        )
    return found


def _readable(session: Session, principal: Principal, row: Conversation) -> bool:
    return "body" in reaching.seen_of_conversation(session, principal, row, ("body",))


def _turn(session: Session, conversation: Conversation, message_id: int) -> Turn | None:
    """The burst that ends with a message, and what was said before it."""
    rows = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.id <= message_id,
            Message.content_type != "note",
            Message.status.in_(SAID),
            Message.deleted.is_(False),
        )
        .order_by(Message.id.desc())
        .limit(2 * HISTORY)
    ).all()
    burst: list[Message] = []
    for row in rows:
        joined = row.id == message_id or row.outcome is Outcome.JOINED
        if row.author is not Author.CONTACT or not joined or len(burst) == HISTORY:
            break
        burst.append(row)
    if not burst or burst[0].id != message_id:
        return None
    key = sealing.data_key(session, conversation.contact_id)
    ordered = sorted(burst, key=lambda row: (row.occurred_at, row.id))
    earlier = rows[len(burst) : len(burst) + HISTORY]
    return Turn(
        message_id,
        conversation.id,
        conversation.unit_id,
        conversation.contact_id,
        tuple(text for row in ordered if (text := sealing.unseal(key, row, "body").strip())),
        frozenset(row.content_type for row in burst),
        tuple(
            Line(row.author == Author.CONTACT, sealing.unseal(key, row, "body"))
            for row in reversed(earlier)
        ),
        conversation.language,
        disclosed=True,
        assistant_turns=0,
    )
