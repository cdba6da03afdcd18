"""Routes of the customer record."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.record_schemas import (
    ChangedOut,
    ChangesIn,
    ContactRowOut,
    ExtrasOut,
    FollowUpIn,
    LabelsIn,
    PastValueOut,
    ReadingOut,
    TimelineOut,
)
from admin_api.schemas import Created, FactOut, NoteIn, ProfileOut
from records import contacts, editing, extras, follow_ups, labels, listing, notes, seen, timeline
from records.editing import Change
from records.follow_ups import Plan
from records.listing import Narrowed
from records.states import FollowUpState
from runtime.errors import BadInput

router = APIRouter(prefix="/api/v1/contacts", tags=["contacts"])


@router.get("", dependencies=[needs(Permission.CONTACT_LIST)])
def list_contacts(
    principal: CurrentPrincipal,
    session: CurrentSession,
    q: Annotated[str, Query(max_length=200)] = "",
    unit_id: RowNumber | None = None,
    label_id: RowNumber | None = None,
    segment_id: RowNumber | None = None,
    before: RowNumber | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, list[ContactRowOut]]:
    """The newest contacts of the caller's units, narrowed by words, label or segment."""
    narrowed = Narrowed(q, label_id, segment_id, unit_id)
    found = listing.find(session, principal, narrowed, before=before, limit=limit)
    return {"items": [ContactRowOut.model_validate(row) for row in found]}


@router.get("/{contact_id}", dependencies=[needs(Permission.CONTACT_READ)])
def read_contact(
    contact_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> ProfileOut:
    """Read a contact. Every reading is written to the ledger."""
    profile = contacts.read_profile(session, principal, contact_id, purpose="desk")
    return ProfileOut(
        contact_id=profile.contact_id,
        attributes=[FactOut.model_validate(fact) for fact in profile.facts],
        withheld=profile.withheld,
    )


@router.get("/{contact_id}/extras", dependencies=[needs(Permission.CONTACT_READ)])
def read_extras(
    contact_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> ExtrasOut:
    """Labels, notes and follow-up of a contact, and what the caller may change."""
    return ExtrasOut.model_validate(extras.read_extras(session, principal, contact_id))


@router.get("/{contact_id}/timeline", dependencies=[needs(Permission.CONTACT_READ)])
def read_timeline(
    contact_id: RowId,
    principal: CurrentPrincipal,
    session: CurrentSession,
    mark: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> TimelineOut:
    """A contact's story over all channels, newest first."""
    found = timeline.read_timeline(session, principal, contact_id, mark=mark, limit=limit)
    return TimelineOut.model_validate(found)


@router.get("/{contact_id}/history", dependencies=[needs(Permission.CONTACT_READ)])
def read_history(
    contact_id: RowId,
    principal: CurrentPrincipal,
    session: CurrentSession,
    field: Annotated[str, Query(max_length=80)],
) -> dict[str, list[PastValueOut]]:
    """Every value a field had, newest first."""
    found = editing.history(session, principal, contact_id, field)
    return {"items": [PastValueOut.model_validate(one) for one in found]}


@router.get("/{contact_id}/seen-by", dependencies=[needs(Permission.LEDGER_READ)])
def read_seen_by(
    contact_id: RowId,
    principal: CurrentPrincipal,
    session: CurrentSession,
    before: RowNumber | None = None,
) -> dict[str, list[ReadingOut]]:
    """Who read what of a contact, from the ledger."""
    found = seen.seen_by(session, principal, contact_id, before=before)
    return {"items": [ReadingOut.model_validate(one) for one in found]}


@router.patch("/{contact_id}/attributes", dependencies=[needs(Permission.CONTACT_WRITE)])
def change_attributes(
    contact_id: RowId, body: ChangesIn, principal: CurrentPrincipal, session: CurrentSession
) -> ChangedOut:
    """Change fields; 409 where one was changed since the value `seen` was read."""
    changes = [Change(one.name, one.value, one.seen) for one in body.changes]
    return ChangedOut(changed=editing.edit(session, principal, contact_id, changes))


@router.post("/{contact_id}/notes", status_code=201, dependencies=[needs(Permission.CONTACT_WRITE)])
def add_note(
    contact_id: RowId, body: NoteIn, principal: CurrentPrincipal, session: CurrentSession
) -> Created:
    """Leave a note on a contact for colleagues."""
    return Created(id=notes.add_note(session, principal, contact_id, body.text))


@router.delete(
    "/{contact_id}/notes/{note_id}",
    status_code=204,
    dependencies=[needs(Permission.CONTACT_WRITE)],
)
def remove_note(
    contact_id: RowId, note_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Delete a note of one's own."""
    notes.remove_note(session, principal, contact_id, note_id)


@router.put("/{contact_id}/labels", status_code=204, dependencies=[needs(Permission.CONTACT_WRITE)])
def set_labels(
    contact_id: RowId, body: LabelsIn, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Give a contact exactly these labels."""
    labels.set_labels(session, principal, contact_id, body.labels)


@router.put(
    "/{contact_id}/follow-up", status_code=204, dependencies=[needs(Permission.CONTACT_WRITE)]
)
def set_follow_up(
    contact_id: RowId, body: FollowUpIn, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Say what is to be done for a contact, by whom and until when."""
    plan = None
    if body.state is not None:
        plan = Plan(FollowUpState(body.state), _day(body.due_on), body.owner_id, body.note)
    follow_ups.set_follow_up(session, principal, contact_id, plan)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("due_on: write the day as year-month-day") from None
