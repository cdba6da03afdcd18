"""Bring in conversations that happened before: nothing is sent, nobody is asked to answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require
from records import commitments, messages, sealing
from records.conversations import Place
from records.models import Contact, Conversation, Message, new_ref
from records.states import Assignee, Author, Outcome, Status
from runtime.errors import BadInput


@dataclass(frozen=True, slots=True)
class PastLine:
    """One message or event of the past. `author_id` is a principal's id for our side."""

    author: Literal["contact", "assistant", "user", "system"]
    at: datetime
    text: str = ""
    author_id: str = ""
    sources: tuple[dict[str, Any], ...] = ()
    event: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """A conversation of the past and where it stands."""

    place: Place
    team_id: int
    contact_id: int
    identity_id: int
    language: str
    lines: Sequence[PastLine] = field(default_factory=tuple)
    assignee: Assignee = Assignee.ASSISTANT
    user_id: int | None = None
    reason: str | None = None
    closed: bool = False


def bring_in(session: Session, principal: Principal, past: Past) -> int:
    """Add a past conversation; return its id. Raises `Denied`, `BadInput` without any line."""
    require(principal, Permission.CONTACT_WRITE)
    if not past.lines:
        raise BadInput("lines: a conversation needs at least one")
    first, last = past.lines[0].at, past.lines[-1].at
    conversation = Conversation(
        unit_id=past.place.unit_id,
        contact_id=past.contact_id,
        identity_id=past.identity_id,
        channel=past.place.channel,
        account_id=past.place.account_id,
        account_name=past.place.account_name,
        assignee=past.assignee,
        assistant_id=past.place.assistant_id,
        team_id=past.team_id,
        user_id=past.user_id,
        reason=past.reason,
        language=past.language,
        disclosed=True,
        opened_at=first,
        touched_at=last,
        closed_at=last if past.closed else None,
    )
    session.add(conversation)
    session.flush()
    key = sealing.data_key(session, past.contact_id)
    rows = [_row(conversation, line, key) for line in past.lines]
    session.add_all(rows)
    session.flush()
    _outcomes(rows)
    ledger.record(
        session,
        principal.id,
        "conversation:bring_in",
        f"conversation/{conversation.id}",
        unit_id=conversation.unit_id,
        concerns=past.contact_id,
        messages=len(rows),
        commits=commitments.of_all(session, past.contact_id, rows),
    )
    return conversation.id


def _row(conversation: Conversation, line: PastLine, key: bytes) -> Message:
    author = Author(line.author)
    row = Message(
        unit_id=conversation.unit_id,
        conversation_id=conversation.id,
        ref=new_ref(),
        author=author,
        author_id=line.author_id or f"contact/{conversation.contact_id}",
        content_type="event" if line.event else "text",
        event=line.event,
        sources=list(line.sources),
        occurred_at=line.at,
        created_at=line.at,
        status=Status.INTERNAL if line.event else Status.SENT,
    )
    if line.event:
        return row
    if author is Author.CONTACT:
        row.status = Status.RECEIVED
    else:
        row.sent_at = line.at
    row.body_sealed = sealing.seal(key, row, "body", messages.clean(line.text))
    row.extra_sealed = sealing.seal(key, row, "extra", json.dumps({"imported": True}))
    messages.show(conversation, row)
    return row


def _outcomes(rows: Sequence[Message]) -> None:
    """Every message of the contact ended somehow: derive how from what followed it."""
    for position, row in enumerate(rows):
        if row.author != Author.CONTACT:
            continue
        following = next(iter(rows[position + 1 :]), None)
        if following is None or following.author in (Author.USER, Author.SYSTEM):
            row.outcome = Outcome.HANDED_OVER
        elif following.author == Author.CONTACT:
            row.outcome = Outcome.JOINED
        else:
            row.outcome, following.answers = Outcome.ANSWERED, row.id


def wipe_demo(session: Session, principal: Principal) -> int:
    """Delete the contacts that are marked as demo data, with all they said; return how many."""
    require(principal, Permission.CONTACT_WRITE)
    gone = session.scalars(select(Contact.id).where(Contact.demo.is_(True))).all()
    if gone:
        session.execute(delete(Contact).where(Contact.id.in_(gone)))
    for unit in principal.units:
        ledger.record(
            session, principal.id, "demo:wipe", f"unit/{unit}", unit_id=unit, contacts=len(gone)
        )
    return len(gone)
