"""Whose conversations they are, for the ledger: an entry about a conversation is about somebody."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import entries
from records.models import Conversation


def contacts_of(session: Session, conversation_ids: Collection[int]) -> dict[int, int]:
    """The contacts of these conversations, as far as they lie in the session's scope."""
    query = select(Conversation.id, Conversation.contact_id)
    rows = session.execute(query.where(Conversation.id.in_(conversation_ids)))
    return {row.id: row.contact_id for row in rows}


entries.conversations_are_of(contacts_of)
