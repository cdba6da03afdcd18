"""What ties a message to its ledger entry without telling anybody what it says.

The entry holds HMAC-SHA-256 of the message under a key of its own, which is derived from the
contact's data key. Who is shown a message and its key can recompute the commitment, of this message
alone; when the contact's data key is destroyed, the commitments are numbers that fit nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from sqlalchemy.orm import Session

from ledger import tree
from records import sealing
from records.models import Message


def of(session: Session, contact_id: int, message: Message) -> str:
    """The commitment to a message as it is now (hexadecimal). It must have been flushed."""
    key = sealing.data_key(session, contact_id)
    return commit(key_of(key, message), content(message, sealing.unseal(key, message, "body")))


def of_all(session: Session, contact_id: int, messages: Sequence[Message]) -> dict[str, str]:
    """The commitments to several messages, by the messages' numbers as JSON has them."""
    return {str(message.id): of(session, contact_id, message) for message in messages}


def content(message: Message, text: str) -> dict[str, Any]:
    """What is committed to: what was said, by what kind of author, when, on what grounds."""
    return {
        "at": message.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "author": str(message.author),
        "content_type": message.content_type,
        "sources": message.sources,
        "text": text,
        "verdict": message.verdict,
    }


def key_of(data_key: bytes, message: Message) -> bytes:
    """The key of one message's commitment: it opens nothing, and tells nothing of other keys."""
    ours = hmac.digest(data_key, b"frontdesk/commitment", hashlib.sha256)
    return hmac.digest(ours, message.ref.encode(), hashlib.sha256)


def commit(key: bytes, said: dict[str, Any]) -> str:
    return hmac.new(key, tree.canonical_json(said), hashlib.sha256).hexdigest()
