"""Same person? Suggestions, merges and their undoing; and how well a conversation is proven."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.schemas import Body, Number, Out
from records import same_person, verification

router = APIRouter(prefix="/api/v1", tags=["identities"])


class PersonOut(Out):
    contact_id: int
    name: str
    channels: list[str]
    verified: bool
    conversations: int


class SuggestionOut(Out):
    id: int
    unit_id: int
    first: PersonOut
    second: PersonOut
    evidence: list[dict[str, Any]]
    needs_second_person: bool
    approval_id: int | None
    created_at: datetime


class MergeOut(Out):
    id: int
    unit_id: int
    winner: PersonOut
    loser: PersonOut
    how: str
    evidence: list[dict[str, Any]]
    merged_by: str
    merged_at: datetime
    undone_by: str | None
    undone_at: datetime | None


class DecidedOut(Out):
    merge_id: int | None
    approval_id: int | None


class ReasonIn(Body):
    reason: str = Field(min_length=1, max_length=500)


class MergeIn(ReasonIn):
    first: Number
    """The contact that stays."""
    second: Number


class StandingOut(Out):
    level: str
    until: datetime | None
    code: str
    claimed: list[str]


@router.get("/merge-suggestions", dependencies=[needs(Permission.CONTACT_MERGE)])
def list_suggestions(
    principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, list[SuggestionOut]]:
    """Contacts that may be one person, with what speaks for it."""
    found = same_person.suggestions(session, principal)
    return {"items": [SuggestionOut.model_validate(item) for item in found]}


@router.post(
    "/merge-suggestions/{suggestion_id}/accept", dependencies=[needs(Permission.CONTACT_MERGE)]
)
def accept(
    suggestion_id: RowId, body: ReasonIn, principal: CurrentPrincipal, session: CurrentSession
) -> DecidedOut:
    """They are one person: merged, or asked of a second person where both are proven."""
    done = same_person.accept(session, principal, suggestion_id, reason=body.reason)
    return DecidedOut.model_validate(done)


@router.post(
    "/merge-suggestions/{suggestion_id}/dismiss",
    status_code=204,
    dependencies=[needs(Permission.CONTACT_MERGE)],
)
def dismiss(suggestion_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """They are two people."""
    same_person.dismiss(session, principal, suggestion_id)


@router.get("/merges", dependencies=[needs(Permission.CONTACT_MERGE)])
def list_merges(
    principal: CurrentPrincipal, session: CurrentSession, contact_id: RowNumber | None = None
) -> dict[str, list[MergeOut]]:
    """What was merged, and undone; of one contact, where one is named."""
    found = same_person.history(session, principal, contact_id=contact_id)
    return {"items": [MergeOut.model_validate(item) for item in found]}


@router.post("/merges", status_code=201, dependencies=[needs(Permission.CONTACT_MERGE)])
def merge(body: MergeIn, principal: CurrentPrincipal, session: CurrentSession) -> DecidedOut:
    """Merge two contacts that nobody suggested."""
    done = same_person.propose(session, principal, body.first, body.second, reason=body.reason)
    return DecidedOut.model_validate(done)


@router.delete(
    "/merges/{merge_id}", status_code=204, dependencies=[needs(Permission.CONTACT_MERGE)]
)
def undo(merge_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Part what was merged: the record is as before."""
    same_person.undo(session, principal, merge_id)


@router.get(
    "/conversations/{conversation_id}/verification",
    dependencies=[needs(Permission.CONVERSATION_READ)],
)
def verification_of(
    conversation_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> StandingOut:
    """How well it is proven who writes in a conversation."""
    return StandingOut.model_validate(verification.shown(session, principal, conversation_id))
