"""A contact's message, and what our people answered to it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require
from records import sealing
from records.models import Conversation, Message
from records.states import Author
from runtime.errors import NotFound

MOST_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class Exchange:
    """`answers` are what people wrote before the contact wrote again, oldest first."""

    message_id: int
    conversation_id: int
    unit_id: int
    contact_id: int
    language: str | None
    question: str
    answers: tuple[str, ...]


def read(session: Session, principal: Principal, message_id: int, *, purpose: str) -> Exchange:
    """A contact's message with the answers of people; the reading goes to the ledger.

    Raises `NotFound` when there is no such message of a contact, or it was taken back; `Denied`.
    """
    require(principal, Permission.CONVERSATION_READ)
    found = session.execute(
        select(Message, Conversation)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.id == message_id,
            Message.author == Author.CONTACT,
            Message.deleted.is_(False),
        )
    ).one_or_none()
    if found is None or found[1].unit_id not in principal.units:
        raise NotFound("no such message of a contact")
    message, conversation = found
    key = sealing.data_key(session, conversation.contact_id)
    ledger.record(
        session,
        principal.id,
        Permission.CONVERSATION_READ,
        f"conversation/{conversation.id}",
        unit_id=conversation.unit_id,
        concerns=conversation.contact_id,
        message=message.id,
        purpose=purpose,
    )
    return Exchange(
        message_id=message.id,
        conversation_id=conversation.id,
        unit_id=conversation.unit_id,
        contact_id=conversation.contact_id,
        language=conversation.language,
        question=sealing.unseal(key, message, "body").strip(),
        answers=tuple(
            sealing.unseal(key, row, "body") for row in _answers(session, conversation, message)
        ),
    )


def _answers(session: Session, conversation: Conversation, message: Message) -> list[Message]:
    """What people said after the message, up to the contact's next turn."""
    first = session.scalar(
        select(func.min(Message.id)).where(
            Message.conversation_id == conversation.id,
            Message.author == Author.USER,
            Message.content_type != "note",
            Message.deleted.is_(False),
            Message.id > message.id,
        )
    )
    if first is None:
        return []
    again = session.scalar(
        select(func.min(Message.id)).where(
            Message.conversation_id == conversation.id,
            Message.author == Author.CONTACT,
            Message.id > first,
        )
    )
    query = select(Message).where(
        Message.conversation_id == conversation.id,
        Message.author == Author.USER,
        Message.content_type != "note",
        Message.deleted.is_(False),
        Message.id >= first,
    )
    if again is not None:
        query = query.where(Message.id < again)
    return list(session.scalars(query.order_by(Message.id).limit(MOST_ANSWERS)))
