"""What customers asked in vain, and what becomes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.schemas import Body, Out
from bot import learning
from knowledge import gaps

router = APIRouter(prefix="/api/v1", tags=["knowledge"])


class GapOut(Out):
    id: int
    unit_id: int
    state: str
    count: int
    language: str
    examples: list[str]
    """Masked: [PERSON_1] stands for a name."""
    first_at: datetime
    last_at: datetime


class SuggestionOut(Out):
    title: str
    text: str
    language: str
    answers: int
    open_places: list[str]


class SettledIn(Body):
    drafted: bool


@router.get("/knowledge/gaps", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def list_gaps(
    principal: CurrentPrincipal,
    session: CurrentSession,
    unit_id: RowNumber,
    state: Literal["open", "drafted", "dismissed"] = "open",
) -> dict[str, list[GapOut]]:
    """Questions that found no answer, those that ask the same together, the most frequent first."""
    found = gaps.clusters(session, principal, unit_id, state=state)
    return {"items": [GapOut.model_validate(cluster) for cluster in found]}


@router.get("/knowledge/gaps/{gap_id}/article", dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def suggest_article(gap_id: RowId, principal: CurrentPrincipal) -> SuggestionOut:
    """The beginning of an article: the question, and what colleagues answered, masked."""
    return SuggestionOut.model_validate(learning.suggest(principal, gap_id))


@router.post(
    "/knowledge/gaps/{gap_id}/settle",
    status_code=204,
    dependencies=[needs(Permission.KNOWLEDGE_WRITE)],
)
def settle_gap(
    gap_id: RowId, body: SettledIn, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Take a gap from the list: an article is drafted, or nothing is to be written."""
    gaps.settle(session, principal, gap_id, drafted=body.drafted)


@router.post(
    "/conversations/messages/{message_id}/gap",
    status_code=202,
    dependencies=[needs(Permission.CONVERSATION_READ)],
)
def report_gap(message_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Say that the knowledge lacks what this message asks; it is masked before it is kept."""
    learning.report(session, principal, message_id)
