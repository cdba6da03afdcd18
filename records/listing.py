"""Contacts in a list: found by words, narrowed by label and segment, as far as the role sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require
from records import follow_ups, labels, opening, reaching, searching, segments
from records.contacts import display_name
from records.follow_ups import FollowUpView
from records.labels import LabelView
from records.models import Contact, Conversation, Identity
from records.record_models import ContactLabel

MOST_FOUND = 200
"""Contacts that a search brings into a list."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list is narrowed by."""

    query: str = ""
    label_id: int | None = None
    segment_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact in a list. Labels and follow-up are empty where the role does not open them."""

    contact_id: int
    unit_id: int
    name: str
    channels: tuple[str, ...]
    labels: tuple[LabelView, ...]
    follow_up: FollowUpView | None
    active_at: datetime | None
    """When something was last said or done in one of its conversations."""


def find(
    session: Session,
    principal: Principal,
    narrowed: Narrowed,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[ContactRow]:
    """The newest contacts the principal reaches; the reading is recorded once per unit.

    Raises `Denied`; `NotFound` for a label or segment the principal may not see.
    """
    require(principal, Permission.CONTACT_LIST)
    query = (
        select(Contact)
        .where(reaching.contacts(principal, Permission.CONTACT_LIST))
        .order_by(Contact.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Contact.id < before)
    if narrowed.unit_id is not None:
        query = query.where(Contact.unit_id == narrowed.unit_id)
    if narrowed.label_id is not None:
        query = query.where(
            segments.seeing(principal, opening.LABELS),
            Contact.id.in_(
                select(ContactLabel.contact_id).where(ContactLabel.label_id == narrowed.label_id)
            ),
        )
    if narrowed.segment_id is not None:
        query = query.where(*segments.of_segment(session, principal, narrowed.segment_id))
    if narrowed.query.strip():
        found = searching.matching(session, principal, narrowed.query, MOST_FOUND)
        query = query.where(Contact.id.in_(found))
    rows = session.scalars(query).all()
    lines = _lines(session, principal, rows)
    _record(session, principal, narrowed, lines)
    return lines


def _lines(session: Session, principal: Principal, rows: Sequence[Contact]) -> list[ContactRow]:
    ids = [row.id for row in rows]
    asked = (opening.LABELS, opening.FOLLOW_UP)
    seen = {row.id: opening.of(session, principal, row).sees(asked) for row in rows}
    marked = labels.of_contacts(session, [one for one in ids if opening.LABELS in seen[one]])
    due = follow_ups.of_contacts(session, [one for one in ids if opening.FOLLOW_UP in seen[one]])
    channels: dict[int, set[str]] = {}
    for contact_id, channel in session.execute(
        select(Identity.contact_id, Identity.channel).where(Identity.contact_id.in_(ids))
    ):
        channels.setdefault(contact_id, set()).add(channel)
    spoken = session.execute(
        select(Conversation.contact_id, func.max(Conversation.touched_at))
        .where(Conversation.contact_id.in_(ids))
        .group_by(Conversation.contact_id)
    )
    active = {row[0]: row[1] for row in spoken}
    return [
        ContactRow(
            row.id,
            row.unit_id,
            display_name(session, principal, row.id),
            tuple(sorted(channels.get(row.id, ()))),
            tuple(marked.get(row.id, ())),
            due.get(row.id),
            active.get(row.id),
        )
        for row in rows
    ]


def _record(
    session: Session, principal: Principal, narrowed: Narrowed, lines: Sequence[ContactRow]
) -> None:
    """One entry for each unit: the fields that were shown, and what the list was narrowed by."""
    names = ["name"] if principal.may_see(Permission.CONTACT_READ, "name") else []
    for unit_id in sorted({line.unit_id for line in lines}):
        here = [line for line in lines if line.unit_id == unit_id]
        shown = [*names]
        shown += [opening.LABELS] if any(line.labels for line in here) else []
        shown += [opening.FOLLOW_UP] if any(line.follow_up for line in here) else []
        by: dict[str, object] = {"label": narrowed.label_id, "segment": narrowed.segment_id}
        if narrowed.query.strip():
            by["query"] = searching.query_hash(unit_id, narrowed.query)
        ledger.record(
            session,
            principal.id,
            Permission.CONTACT_LIST,
            f"unit/{unit_id}",
            unit_id=unit_id,
            contacts=[line.contact_id for line in here],
            fields=sorted(shown),
            purpose="list",
            **{name: value for name, value in by.items() if value is not None},
        )
