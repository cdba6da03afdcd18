"""Who has read what of a contact, from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from access import Permission, Principal, people, require
from ledger import entries
from records.models import Contact, Conversation
from runtime.errors import NotFound

READING = (
    "contact:export",
    "contact:read",
    "conversation:export",
    "conversation:read",
    "model:call",
    "receipt:read",
)
MOST_CONVERSATIONS = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a contact, or of a conversation of its."""

    id: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject: str
    fields: tuple[str, ...]
    purpose: str


def seen_by(
    session: Session,
    principal: Principal,
    contact_id: int,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[Reading]:
    """Who read what of a contact, newest first: people, assistants and models alike.

    Lists and searches in which the contact was one of many lines are in the ledger of the unit,
    not here. Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.LEDGER_READ)
    unit_id = session.scalar(select(Contact.unit_id).where(Contact.id == contact_id))
    if unit_id is None:
        raise NotFound("no such contact")
    talks = session.scalars(
        select(Conversation.id)
        .where(Conversation.contact_id == contact_id)
        .order_by(Conversation.id.desc())
        .limit(MOST_CONVERSATIONS)
    ).all()
    subjects = [f"contact/{contact_id}", *(f"conversation/{one}" for one in talks)]
    found = entries.about(session, [unit_id], subjects, READING, before=before, limit=limit)
    known = people.names(
        session, {row.actor for row in found if row.actor.startswith(("user/", "assistant/"))}
    )
    return [
        Reading(
            row.id,
            row.at,
            row.actor,
            known.get(row.actor, ""),
            row.action,
            row.subject,
            tuple(row.detail.get("fields", ())),
            str(row.detail.get("purpose", "")),
        )
        for row in found
    ]
