"""What this package keeps about contacts: deliveries, events, senders, halted deliveries.

Raw deliveries and events are sealed under the installation's key, since who they are about is
only known once they were read: they are opened and searched for the contact's addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors import halted, inbox
from connectors.models import (
    EventRow,
    EventState,
    HaltedRow,
    InboxRow,
    InboxState,
    SenderRow,
)
from records import deliveries
from runtime.secrets import keys
from runtime.stores import Category, NotAboutContacts, Store, Subject, pieces

ERASED = "erased"
_SHORT = 5
"""Characters of an address below which only a whole value is taken for it."""


class _Deliveries(Store):
    """Deliveries whose body is kept and names the contact. The body goes, the fact stays."""

    def keys(self, session: Session, subject: Subject) -> list[tuple[Any, ...]]:
        return [(row.id,) for row, _ in self._about(session, subject)]

    def _about(self, session: Session, subject: Subject) -> Iterator[tuple[InboxRow, bytes]]:
        needles = _needles(subject)
        if not needles:
            return
        query = select(InboxRow.id).where(
            InboxRow.unit_id == subject.unit_id, InboxRow.body_sealed.is_not(None)
        )
        for piece in pieces(session.scalars(query.order_by(InboxRow.id)).all()):
            for row in session.scalars(select(InboxRow).where(InboxRow.id.in_(piece))):
                body = inbox.body_of(row)
                if _mentions(body, needles):
                    yield row, body

    def exported(self, session: Session, subject: Subject) -> list[dict[str, Any]]:
        needles = _needles(subject)
        return [
            {"at": row.received_at, "size": row.size, "content": _part(body, needles)}
            for row, body in self._about(session, subject)
        ]

    def drop(self, session: Session, keys: Sequence[tuple[Any, ...]]) -> int:
        for piece in pieces(keys):
            session.execute(
                update(InboxRow)
                .where(InboxRow.id.in_([key[0] for key in piece]))
                .values(body_sealed=None, headers={}, state=InboxState.PARSED, reason=ERASED)
            )
        return len(keys)


class _Events(Store):
    """Events whose payload is kept (they wait, or failed) and names the contact."""

    def keys(self, session: Session, subject: Subject) -> list[tuple[Any, ...]]:
        return [(row.id,) for row, _ in self._about(session, subject)]

    def _about(self, session: Session, subject: Subject) -> Iterator[tuple[EventRow, bytes]]:
        needles = _needles(subject)
        if not needles:
            return
        query = select(EventRow.id).where(
            EventRow.unit_id == subject.unit_id, EventRow.payload_sealed.is_not(None)
        )
        for piece in pieces(session.scalars(query.order_by(EventRow.id)).all()):
            for row in session.scalars(select(EventRow).where(EventRow.id.in_(piece))):
                sealed = row.payload_sealed or b""
                text = keys().open(sealed, context=f"inbound_event|{row.dedup_key}").encode()
                if _mentions(text, needles):
                    yield row, text

    def exported(self, session: Session, subject: Subject) -> list[dict[str, Any]]:
        needles = _needles(subject)
        return [
            {"at": row.received_at, "kind": row.kind, "content": _part(text, needles)}
            for row, text in self._about(session, subject)
        ]

    def drop(self, session: Session, keys: Sequence[tuple[Any, ...]]) -> int:
        for piece in pieces(keys):
            session.execute(
                update(EventRow)
                .where(EventRow.id.in_([key[0] for key in piece]))
                .values(
                    payload_sealed=None, state=EventState.DONE, reason=ERASED, waits_for=None
                )
            )  # fmt: skip
        return len(keys)


def _needles(subject: Subject) -> tuple[str, ...]:
    return tuple(sorted({value.lstrip("+") for _, _, value in subject.addresses if value}))


def _mentions(body: bytes, needles: Sequence[str]) -> bool:
    """Whether a raw text names one of the addresses: rather one too many than one too few."""
    text = body.decode("utf-8", "replace")
    return any(
        needle in text if len(needle) >= _SHORT else f'"{needle}"' in text or f":{needle}" in text
        for needle in needles
    )


def _part(body: bytes, needles: Sequence[str]) -> Any:
    """What of a delivery is about the contact: of every list the elements that name it."""
    try:
        found = json.loads(body)
    except ValueError:
        # It may be about others, too, and nobody can tell which part.
        return "withheld: it cannot be read by a program; ask for it to be read by a person"
    return _only(found, needles)


def _only(value: Any, needles: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {name: _only(part, needles) for name, part in value.items()}
    if isinstance(value, list):
        return [
            _only(part, needles)
            for part in value
            if _mentions(json.dumps(part, ensure_ascii=False).encode(), needles)
        ]
    return value


def _sender(_session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    return {"conversation": row.conversation_id}


def _halted(session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    message = deliveries.outgoing(session, row.message_id)
    return {
        "message": row.message_id, "tries": row.tries, "parts": row.parts,
        "first_part": halted.progress(session, message).first_id,
    }  # fmt: skip


STORES: list[Store | NotAboutContacts] = [
    _Deliveries(
        InboxRow,
        Category.DELIVERIES,
        "Messages as the platform delivered them, kept where they could not be read as a whole",
        at=InboxRow.received_at,
        show=_sender,
    ),
    _Events(
        EventRow,
        Category.DELIVERIES,
        "Single events of such deliveries that wait for their effect",
        at=EventRow.received_at,
        show=_sender,
    ),
    Store(
        HaltedRow,
        Category.WORK,
        "How far the sending of a message came that could not be finished in one go",
        message=HaltedRow.message_id,
        show=_halted,
    ),
    Store(
        SenderRow,
        Category.CONVERSATIONS,
        "Which of our accounts the contact's addresses wrote to (as keyed hashes)",
        contact=SenderRow.contact_id,
        conversation=SenderRow.conversation_id,
        identity=SenderRow.identity_id,
        show=_sender,
    ),
    NotAboutContacts("channel_account", "our own accounts and their secrets"),
]
