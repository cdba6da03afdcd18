"""The record's own part of the data map: what it keeps about contacts, and how they see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.orm import Session

from records import sealing
from records.models import Attribute, Contact, Conversation, Identity, Message
from records.privacy_models import (
    Consent,
    ContactExport,
    PrivacyRequest,
    ProcessingLimit,
)
from records.states import Author
from runtime.jobs import JobRow
from runtime.stores import Category, NotAboutContacts, Store, Subject, pieces

PURPOSES = {"marketing": ("marketing.",), "sales": ("deal.",), "security": ("risk.",)}
"""Purposes of facts by how their names begin; all others are kept for the service."""


class _Jobs(Store):
    """Work on the contact's conversations: numbers only, but it must not go on."""

    def clauses(self, subject: Subject) -> Iterator[ColumnElement[bool]]:
        lanes = [f"conversation/{number}" for number in subject.conversations]
        for piece in pieces([*lanes, *(f"{lane}/out" for lane in lanes)]):
            yield JobRow.lane.in_(piece)


class _Facts(Store):
    """Facts grow old from the day on which the contact was last heard of."""

    def aged(self, session: Session, unit_id: int, purpose: str, before: datetime) -> Any:
        rows = session.execute(
            select(Attribute.id)
            .where(
                Attribute.unit_id == unit_id,
                Attribute.observed_at < before,
                _of_purpose(purpose),
                not_(_heard_since(Attribute.contact_id, before)),
            )
            .order_by(Attribute.id)
        )
        return [tuple(row) for row in rows]


class _Contacts(Store):
    """A contact of whom nothing was heard or learned since."""

    def aged(self, session: Session, unit_id: int, purpose: str, before: datetime) -> Any:
        if purpose not in self.purposes:
            return []
        learned = exists().where(
            Attribute.contact_id == Contact.id, Attribute.observed_at >= before
        )
        rows = session.execute(
            select(Contact.id)
            .where(
                Contact.unit_id == unit_id,
                Contact.created_at < before,
                not_(_heard_since(Contact.id, before)),
                not_(learned),
            )
            .order_by(Contact.id)
        )
        return [tuple(row) for row in rows]


def _of_purpose(purpose: str) -> ColumnElement[bool]:
    if purpose in PURPOSES:
        return or_(*(Attribute.name.startswith(start) for start in PURPOSES[purpose]))
    known = [start for starts in PURPOSES.values() for start in starts]
    return and_(*(not_(Attribute.name.startswith(start)) for start in known))


def _heard_since(contact: Any, before: datetime) -> ColumnElement[bool]:
    return exists().where(Conversation.contact_id == contact, Conversation.touched_at >= before)


def _fact(session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    key = sealing.data_key(session, row.contact_id)
    return {
        "name": row.name, "value": sealing.unseal(key, row, "value"), "source": row.source,
        "observed_at": row.observed_at,
    }  # fmt: skip


def _identity(session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    key = sealing.data_key(session, row.contact_id)
    return {
        "channel": row.channel, "kind": row.kind, "address": sealing.unseal(key, row, "address"),
        "strength": str(row.strength), "since": row.created_at,
    }  # fmt: skip


def _contact(_session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    return {"since": row.created_at}


def _conversation(_session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    return {
        "number": row.id, "channel": row.channel, "account": row.account_name,
        "language": row.language, "opened_at": row.opened_at, "closed_at": row.closed_at,
        "handed_over_because": row.reason, "told_that_an_ai_answers": row.disclosed,
        "flagged": row.flagged,
    }  # fmt: skip


def _message(session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    owner = select(Conversation.contact_id).where(Conversation.id == row.conversation_id)
    key = sealing.data_key(session, session.scalars(owner).one())
    extra = sealing.unseal(key, row, "extra")
    return {
        "conversation": row.conversation_id, "at": row.occurred_at, "author": by_role(row),
        "kind": row.content_type, "text": sealing.unseal(key, row, "body"),
        "channel_facts": json.loads(extra) if extra else {}, "status": str(row.status),
        "taken_back": row.deleted, "sources": [each.get("title", "") for each in row.sources],
        "event": _plain_event(row.event), "internal": row.seq is None,
    }  # fmt: skip


def by_role(row: Any) -> str:
    """Who wrote a message, without the name of a colleague."""
    names = {
        Author.CONTACT: "you", Author.ASSISTANT: "our AI assistant", Author.USER: "a colleague",
        Author.SYSTEM: "the system",
    }  # fmt: skip
    return names[row.author]


def _plain_event(event: dict[str, Any] | None) -> dict[str, Any] | None:
    """An event without who of us it was."""
    return {name: value for name, value in event.items() if name != "to"} if event else None


def _columns(*names: str) -> Any:
    def show(_session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
        return {name: getattr(row, name) for name in names}

    return show


STORES: list[Store | NotAboutContacts] = [
    _Jobs(JobRow, Category.WORK, "Work that waits on the conversations", at=JobRow.finished_at),
    Store(
        ContactExport,
        Category.EXPORTS,
        "Copies of all this that were made for the contact",
        contact=ContactExport.contact_id,
        at=ContactExport.requested_at,
        show=_columns("requested_at", "ready_at", "expires_at", "fetched_at", "size", "sha256"),
    ),
    Store(
        Consent,
        Category.PROFILE,
        "Consent given and withdrawn",
        contact=Consent.contact_id,
        show=_columns(
            "purpose", "given", "basis", "text_sha256", "language", "channel", "evidence", "at"
        ),
    ),
    Store(
        ProcessingLimit,
        Category.PROFILE,
        "Restrictions, objections and opt-outs",
        contact=ProcessingLimit.contact_id,
        show=_columns("kind", "source", "set_at", "lifted_at"),
    ),
    Store(
        Message,
        Category.CONVERSATIONS,
        "What was said, noted and done in conversations",
        conversation=Message.conversation_id,
        message=Message.id,
        at=Message.created_at,
        show=_message,
    ),
    Store(
        Conversation,
        Category.CONVERSATIONS,
        "Conversations: channel, times, who answered next",
        contact=Conversation.contact_id,
        conversation=Conversation.id,
        at=Conversation.touched_at,
        show=_conversation,
    ),
    _Facts(
        Attribute,
        Category.PROFILE,
        "Facts about the contact, with where and when they were learned",
        contact=Attribute.contact_id,
        at=Attribute.observed_at,
        show=_fact,
        purposes=("service", *PURPOSES),
    ),
    Store(
        Identity,
        Category.CONTACTS,
        "Addresses on channels",
        contact=Identity.contact_id,
        show=_identity,
    ),
    _Contacts(
        Contact,
        Category.CONTACTS,
        "The contact itself, with the key under which all of this is encrypted",
        contact=Contact.id,
        at=Contact.created_at,
        show=_contact,
    ),
    Store(
        PrivacyRequest,
        Category.REQUESTS,
        "What was asked of us by law, and when it was answered",
        contact=PrivacyRequest.contact_id,
        at=PrivacyRequest.closed_at,
        show=_columns(
            "kind", "law", "state", "received_at", "due_on", "verified", "outcome", "closed_at"
        ),
        stays="it proves that a right was exercised and answered: numbers, dates and codes",
    ),
    NotAboutContacts("erasure", "the proof that a contact was erased: numbers and counts"),
    NotAboutContacts("legal_hold", "why something may not be deleted: numbers and a code"),
]
