"""What a contact does to its own messages afterwards: edits and deletions."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from records import commitments, sealing
from records.messages import clean, lane
from records.models import Conversation, Message
from runtime.errors import NotFound
from runtime.nudges import nudge


def edit(session: Session, account_id: int, external_id: str, text: str) -> bool:
    """Show a contact's message as edited, keeping the earlier text; False when it is not here."""
    message = _by_external(session, account_id, external_id)
    if message is None:
        return False
    key = _key_of(session, message)
    extra = sealing.unseal_json(key, message, "extra")
    extra.setdefault("versions", []).append(sealing.unseal(key, message, "body"))
    message.extra_sealed = sealing.seal(key, message, "extra", json.dumps(extra))
    message.body_sealed = sealing.seal(key, message, "body", clean(text))
    _changed(
        session,
        message,
        "message:edit",
        commit=commitments.of(session, _owner(session, message), message),
    )
    return True


def delete(session: Session, account_id: int, external_id: str) -> bool:
    """Hide a message that its author has taken back; False when it is not here."""
    message = _by_external(session, account_id, external_id)
    if message is None:
        return False
    message.deleted = True
    _changed(session, message, "message:delete")
    return True


def _changed(session: Session, message: Message, action: str, **detail: Any) -> None:
    ledger.record(
        session,
        message.author_id,
        action,
        f"conversation/{message.conversation_id}",
        unit_id=message.unit_id,
        message=message.id,
        **detail,
    )
    nudge(session, message.unit_id, lane(message.conversation_id))


def _by_external(session: Session, account_id: int, external_id: str) -> Message | None:
    index = sealing.external_index(account_id, external_id)
    return session.scalar(select(Message).where(Message.external_index == index))


def _key_of(session: Session, message: Message) -> bytes:
    return sealing.data_key(session, _owner(session, message))


def _owner(session: Session, message: Message) -> int:
    contact_id = session.scalar(
        select(Conversation.contact_id).where(Conversation.id == message.conversation_id)
    )
    if contact_id is None:
        raise NotFound("no such conversation")
    return contact_id
