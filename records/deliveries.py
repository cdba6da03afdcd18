"""The outbox: what leaves for a channel, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import people
from records import sealing
from records.conversations import Reason, hand_over
from records.messages import TAKEN_BACK, show, withdraw
from records.models import Conversation, Identity, Message
from records.states import Author, Status
from runtime.database import now
from runtime.errors import Conflict, NotFound
from runtime.nudges import nudge

UNREACHABLE = "gone"
"""The error of a message whose receiver takes none any more: people could not reach it either."""

_RANK = {
    Status.QUEUED: 0,
    Status.SENDING: 1,
    Status.UNKNOWN: 2,
    Status.SENT: 3,
    Status.DELIVERED: 4,
    Status.READ: 5,
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to a contact, as a channel needs it."""

    message_id: int
    ref: str
    conversation_id: int
    unit_id: int
    account_id: int
    identity_id: int
    addresses: dict[str, str]
    """Every address of the identity's contact on this channel, by kind."""
    text: str
    status: Status
    citations: tuple[str, ...]
    """What the text rests on, as a contact can read it: title and heading."""
    by_person: bool
    window_open: bool


def outgoing(session: Session, message_id: int) -> Outgoing:
    """Raises `NotFound`."""
    message, conversation = _both(session, message_id)
    key = sealing.data_key(session, conversation.contact_id)
    rows = session.scalars(
        select(Identity)
        .where(
            Identity.contact_id == conversation.contact_id,
            Identity.channel == conversation.channel,
        )
        # The identity that the conversation is with wins over others of the same kind.
        .order_by(Identity.id == conversation.identity_id, Identity.id)
    )
    expires = conversation.window_expires_at
    return Outgoing(
        message.id,
        message.ref,
        conversation.id,
        message.unit_id,
        conversation.account_id,
        conversation.identity_id,
        {row.kind: sealing.unseal(key, row, "address") for row in rows},
        sealing.unseal(key, message, "body"),
        Status(message.status),
        tuple(_citation(source) for source in message.sources),
        message.author == Author.USER,
        expires is None or now() < expires,
    )


def _citation(source: dict[str, Any]) -> str:
    parts = [source.get("title") or "", source.get("url") or ""]
    return " ".join(part for part in parts if part)


def begin(session: Session, message_id: int) -> bool:
    """Commit the intent to send before the network is touched; False when it was withdrawn."""
    message, _ = _both(session, message_id, lock=True)
    if message.status != Status.QUEUED:
        return False
    message.status = Status.SENDING
    return True


def settle(
    session: Session,
    message_id: int,
    status: Status,
    *,
    external_id: str | None = None,
    error: str | None = None,
) -> Status:
    """Record what the channel answered; return where the message stands.

    `QUEUED` puts it back for another try, unless people have taken it back meanwhile.
    """
    message, conversation = _both(session, message_id, lock=True)
    if status is Status.QUEUED and message.error == TAKEN_BACK:
        withdraw(session, message)
        nudge(session, message.unit_id, f"conversation/{conversation.id}")
        return Status.WITHDRAWN
    if error or status is not Status(message.status):
        message.error = error
    message.status = status
    if status is Status.SENT:
        message.sent_at = now()
        show(conversation, message)
    if external_id is not None:
        _keep_external_id(session, message, conversation, external_id)
    if status is not Status.QUEUED:
        ledger.record(
            session,
            "system/0",
            f"message:{status}",
            f"conversation/{conversation.id}",
            unit_id=message.unit_id,
            concerns=conversation.contact_id,
            message=message.id,
            **({"error": error} if error else {}),
        )
    nudge(session, message.unit_id, f"conversation/{conversation.id}")
    return status


def show_to_people(session: Session, message_id: int) -> None:
    """What the assistant could not bring to the contact is for people to see to."""
    message, conversation = _both(session, message_id)
    if message.author != Author.ASSISTANT:
        return
    try:
        hand_over(session, people.system(message.unit_id), conversation.id, Reason.ERROR)
    except Conflict:
        return  # people own it already


def _keep_external_id(
    session: Session, message: Message, conversation: Conversation, external_id: str
) -> None:
    key = sealing.data_key(session, conversation.contact_id)
    extra = sealing.unseal_json(key, message, "extra")
    extra["platform_id"] = external_id
    message.extra_sealed = sealing.seal(key, message, "extra", json.dumps(extra))
    message.external_index = sealing.external_index(conversation.account_id, external_id)


def report(
    session: Session,
    account_id: int,
    status: Status,
    *,
    external_id: str | None = None,
    ref: str | None = None,
    error: str | None = None,
) -> bool:
    """Apply a platform's delivery report; False when it is about no message of ours.

    Reports come twice and out of order: a status only ever moves forward, and `failed` counts
    only before `delivered`. `ref` finds a message whose sending ended unknown.
    """
    query = select(Message.id)
    found = session.scalar(query.where(Message.ref == ref)) if ref else None
    if found is None and external_id is not None:
        index = sealing.external_index(account_id, external_id)
        found = session.scalar(query.where(Message.external_index == index))
    if found is None:
        return False
    message, conversation = _both(session, found, lock=True)
    if conversation.account_id != account_id or message.author == Author.CONTACT:
        return False
    if external_id is not None and message.external_index is None:
        _keep_external_id(session, message, conversation, external_id)
    if not _moves_forward(Status(message.status), status):
        return True
    message.status, message.error = status, error
    if message.sent_at is None and status is not Status.FAILED:
        message.sent_at = now()
        show(conversation, message)
    nudge(session, message.unit_id, f"conversation/{conversation.id}")
    if status is Status.FAILED and error != UNREACHABLE:
        show_to_people(session, message.id)
    return True


def _moves_forward(old: Status, new: Status) -> bool:
    if new is Status.FAILED:
        return old in (Status.QUEUED, Status.SENDING, Status.SENT, Status.UNKNOWN)
    return _RANK.get(old, 9) < _RANK.get(new, -1)


def read_by_contact(session: Session, conversation_id: int, up_to: int) -> None:
    """The contact has seen our messages up to this place (web chat)."""
    rows = session.scalars(
        select(Message).where(
            Message.conversation_id == conversation_id,
            Message.seq <= up_to,
            Message.author.in_((Author.ASSISTANT, Author.USER)),
            Message.status.in_((Status.SENT, Status.DELIVERED)),
        )
    ).all()
    for row in rows:
        row.status = Status.READ
    if rows:
        nudge(session, rows[0].unit_id, f"conversation/{conversation_id}")


def _both(session: Session, message_id: int, *, lock: bool = False) -> tuple[Message, Conversation]:
    message = session.scalar(select(Message).where(Message.id == message_id))
    if message is None:
        raise NotFound("no such message")
    query = select(Conversation).where(Conversation.id == message.conversation_id)
    conversation = session.scalar(query.with_for_update() if lock else query)
    if conversation is None:
        raise NotFound("no such conversation")
    if lock:
        session.refresh(message)
    return message, conversation
