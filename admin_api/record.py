"""Routes of a unit's record: its own fields, labels, segments, and the search."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.record_schemas import (
    FieldChangeIn,
    FieldIn,
    FieldOut,
    LabelIn,
    LabelOut,
    ResultsOut,
    SegmentIn,
    SegmentOut,
)
from records import fields, labels, searching, segments
from records.fields import NewField
from records.segments import Equals, Rule
from records.states import Colour, DataClass, FieldType, FollowUpState
from runtime.errors import BadInput

router = APIRouter(prefix="/api/v1", tags=["record"])

_W = TypeVar("_W", bound=StrEnum)


def _word(words: type[_W], name: str, given: str) -> _W:
    try:
        return words(given)
    except ValueError:
        raise BadInput(f"{name}: choose among {', '.join(words)}") from None


@router.get("/search", dependencies=[needs(Permission.CONTACT_LIST)])
def search(
    principal: CurrentPrincipal,
    session: CurrentSession,
    q: Annotated[str, Query(max_length=searching.LONGEST_QUERY)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> ResultsOut:
    """Contacts and conversations by words, beginnings and identifiers. It is recorded."""
    return ResultsOut.model_validate(searching.search(session, principal, q, limit=limit))


@router.get("/fields", dependencies=[needs(Permission.CONTACT_LIST)])
def list_fields(
    principal: CurrentPrincipal, session: CurrentSession, unit_id: RowNumber
) -> dict[str, list[FieldOut]]:
    """The unit's own fields, as far as the role may know of them."""
    found = fields.list_fields(session, principal, unit_id)
    return {"items": [FieldOut.model_validate(one) for one in found]}


@router.post("/fields", status_code=201, dependencies=[needs(Permission.FIELD_WRITE)])
def add_field(body: FieldIn, principal: CurrentPrincipal, session: CurrentSession) -> FieldOut:
    """Add a field. Nobody sees it until a role's grant names it."""
    new = NewField(
        body.name,
        body.label,
        _word(FieldType, "type", body.type),
        _word(DataClass, "data_class", body.data_class),
        tuple(body.choices),
    )
    return FieldOut.model_validate(fields.add_field(session, principal, body.unit_id, new))


@router.patch("/fields/{field_id}", dependencies=[needs(Permission.FIELD_WRITE)])
def change_field(
    field_id: RowId, body: FieldChangeIn, principal: CurrentPrincipal, session: CurrentSession
) -> FieldOut:
    """Change label, choices or class of a field, or retire it."""
    found = fields.change_field(
        session,
        principal,
        field_id,
        label=body.label,
        choices=body.choices,
        data_class=_word(DataClass, "data_class", body.data_class) if body.data_class else None,
        retired=body.retired,
    )
    return FieldOut.model_validate(found)


@router.get("/labels", dependencies=[needs(Permission.CONTACT_LIST)])
def list_labels(
    principal: CurrentPrincipal, session: CurrentSession, unit_id: RowNumber
) -> dict[str, list[LabelOut]]:
    """The unit's labels."""
    found = labels.list_labels(session, principal, unit_id)
    return {"items": [LabelOut.model_validate(one) for one in found]}


@router.post("/labels", status_code=201, dependencies=[needs(Permission.FIELD_WRITE)])
def add_label(body: LabelIn, principal: CurrentPrincipal, session: CurrentSession) -> LabelOut:
    """Set up a label."""
    colour = _word(Colour, "colour", body.colour)
    found = labels.add_label(session, principal, body.unit_id, name=body.name, colour=colour)
    return LabelOut.model_validate(found)


@router.delete("/labels/{label_id}", status_code=204, dependencies=[needs(Permission.FIELD_WRITE)])
def remove_label(label_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Take a label away, from every contact."""
    labels.remove_label(session, principal, label_id)


@router.get("/segments", dependencies=[needs(Permission.CONTACT_LIST)])
def list_segments(
    principal: CurrentPrincipal, session: CurrentSession, unit_id: RowNumber
) -> dict[str, list[SegmentOut]]:
    """The unit's segments and how many contacts each holds for the caller."""
    found = segments.list_segments(session, principal, unit_id)
    return {"items": [SegmentOut.model_validate(one) for one in found]}


@router.post("/segments", status_code=201, dependencies=[needs(Permission.SEGMENT_WRITE)])
def add_segment(
    body: SegmentIn, principal: CurrentPrincipal, session: CurrentSession
) -> SegmentOut:
    """Save a filter over contacts. Values it compares with are kept as keyed hashes."""
    given = body.rule
    rule = Rule(
        tuple(given.labels),
        given.labels_match,
        tuple(given.has),
        tuple(given.lacks),
        tuple(Equals(one.field, one.value) for one in given.equals),
        tuple(given.channels),
        tuple(given.languages),
        given.active_within,
        given.silent_for,
        tuple(FollowUpState(word) for word in given.follow_up),
        given.due_within,
    )
    found = segments.add_segment(session, principal, body.unit_id, body.name, rule)
    return SegmentOut.model_validate(found)


@router.delete(
    "/segments/{segment_id}", status_code=204, dependencies=[needs(Permission.SEGMENT_WRITE)]
)
def remove_segment(segment_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Forget a filter."""
    segments.remove_segment(session, principal, segment_id)
