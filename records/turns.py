"""What the assistant needs to answer one message, and how the turn ends without words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require
from records import sealing
from records.models import Conversation, Message
from records.states import Assignee, Author, Outcome, Status
from runtime.errors import NotFound

HISTORY = 12
"""Earlier messages a turn is given."""

SAID = (Status.RECEIVED, Status.QUEUED, Status.SENDING, Status.SENT, Status.DELIVERED, Status.READ)
"""How messages stand that the other side knows of, or will."""


@dataclass(frozen=True, slots=True)
class Line:
    """One earlier message: by the contact, or by our side."""

    by_contact: bool
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A contact's message (with the earlier ones of its burst) that waits for an answer."""

    message_id: int
    conversation_id: int
    unit_id: int
    contact_id: int
    texts: tuple[str, ...]
    """What was written since our side last spoke, in the platform's order of time."""
    content_types: frozenset[str]
    history: tuple[Line, ...]
    language: str | None
    disclosed: bool
    assistant_turns: int
    flagged: bool = False
    """Whether this conversation has looked like an attempt to steer the assistant."""
    clarified: bool = False
    """Whether the assistant's last words asked the contact to put the question otherwise."""

    said: str = ""
    """What kind of thing the assistant said last: the kind of its verdict."""

    @property
    def text(self) -> str:
        """All of the burst, a message a line."""
        return "\n".join(self.texts)


def assistant_of(session: Session, message_id: int) -> int | None:
    """Which assistant works on the conversation of this message."""
    return session.scalar(
        select(Conversation.assistant_id)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(Message.id == message_id)
    )


def conversation_of(session: Session, message_id: int) -> int:
    """Which conversation a message belongs to. Raises `NotFound`."""
    found = session.scalar(select(Message.conversation_id).where(Message.id == message_id))
    if found is None:
        raise NotFound("no such message")
    return found


def begin(session: Session, assistant: Principal, message_id: int) -> Turn | None:
    """The turn of this message, or None when nothing is left to say.

    None when it has an outcome already, was taken back, or people own the conversation. When
    the contact has written more by now, this message is joined to the newer one.
    """
    require(assistant, Permission.CONVERSATION_READ)
    message = session.scalar(select(Message).where(Message.id == message_id))
    if message is None:
        raise NotFound("no such message")
    conversation = session.scalar(
        select(Conversation).where(Conversation.id == message.conversation_id).with_for_update()
    )
    if conversation is None or message.outcome is not None:
        return None
    if conversation.assignee is not Assignee.ASSISTANT:
        message.outcome = Outcome.HANDED_OVER
        return None
    waiting = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.author == Author.CONTACT,
            Message.outcome.is_(None),
        )
        .order_by(Message.occurred_at, Message.id)
    ).all()
    if any(other.id > message.id for other in waiting):
        message.outcome = Outcome.JOINED
        return None
    if all(
        row.deleted for row in waiting
    ):  # the contact has taken all of it back: there is nothing to answer
        for row in waiting:
            row.outcome = Outcome.JOINED
        return None
    ledger.record(
        session,
        assistant.id,
        Permission.CONVERSATION_READ,
        f"conversation/{conversation.id}",
        unit_id=conversation.unit_id,
        message=message.id,
    )
    return _turn(session, conversation, message, _burst(session, conversation))


def heard(session: Session, contact_id: int, since: datetime) -> int:
    """How many messages a contact has written since then, in all conversations."""
    counted = session.scalar(
        select(func.count())
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.contact_id == contact_id,
            Message.author == Author.CONTACT,
            Message.created_at >= since,
        )
    )
    return counted or 0


def _burst(session: Session, conversation: Conversation) -> list[Message]:
    """What the contact wrote since our side last spoke: the earlier messages of a burst are
    joined to the last one by their own jobs, and must be heard all the same.
    """
    spoke = session.scalar(
        select(func.max(Message.id)).where(
            Message.conversation_id == conversation.id,
            Message.author.in_((Author.ASSISTANT, Author.USER)),
            Message.status.in_(SAID),
        )
    )
    rows = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.author == Author.CONTACT,
            or_(Message.outcome.is_(None), Message.outcome == Outcome.JOINED),
            Message.deleted.is_(False),
            Message.id > (spoke or 0),
        )
        .order_by(Message.occurred_at.desc(), Message.id.desc())
        .limit(HISTORY)
    ).all()
    return list(reversed(rows))


def _turn(
    session: Session, conversation: Conversation, message: Message, burst: list[Message]
) -> Turn:
    key = sealing.data_key(session, conversation.contact_id)
    earlier = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.content_type != "note",
            Message.status.in_(SAID),
            Message.deleted.is_(False),
            Message.id.not_in([row.id for row in burst]),
        )
        .order_by(Message.id.desc())
        .limit(HISTORY)
    ).all()
    last = next(
        (
            str((row.verdict or {}).get("kind", ""))
            for row in earlier
            if row.author == Author.ASSISTANT
        ),
        "",
    )
    return Turn(
        message.id,
        conversation.id,
        conversation.unit_id,
        conversation.contact_id,
        tuple(text for row in burst if (text := sealing.unseal(key, row, "body").strip())),
        frozenset(row.content_type for row in burst),
        tuple(
            Line(row.author == Author.CONTACT, sealing.unseal(key, row, "body"))
            for row in reversed(earlier)
        ),
        conversation.language,
        conversation.disclosed,
        conversation.assistant_turns,
        conversation.flagged,
        last == "clarify",
        last,
    )
