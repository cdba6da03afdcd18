"""Sources, and a look at what a question finds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.schemas import Out
from knowledge import retrieval, sources
from runtime.database import open_session
from runtime.errors import NotFound

router = APIRouter(prefix="/api/v1/knowledge", tags=["knowledge"])


class SourceOut(Out):
    id: int
    unit_id: int
    name: str
    documents: int
    chunks: int
    language: str | None
    state: str
    error: str | None
    updated_at: datetime


class PassageOut(Out):
    chunk_id: int
    document_id: int
    source: str
    title: str
    heading: str
    text: str
    language: str
    version: int
    start: int
    end: int
    url: str | None
    score: float
    cosine: float
    coverage: float


class FoundOut(Out):
    passages: list[PassageOut]
    query_language: str
    answerable: float
    state: str


@router.get("/sources", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def list_sources(
    principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, list[SourceOut]]:
    """The sources of the caller's units, with their state."""
    found = sources.list_sources(session, principal)
    return {"items": [SourceOut.model_validate(item) for item in found]}


@router.delete(
    "/sources/{source_id}", status_code=204, dependencies=[needs(Permission.KNOWLEDGE_RELEASE)]
)
def delete_source(source_id: RowId, principal: CurrentPrincipal) -> None:
    """Delete a source with its documents: unanswerable from the next question on."""
    with open_session(principal.scope, read_only=True) as session:
        known = sources.list_sources(session, principal)
    found = next((item for item in known if item.id == source_id), None)
    if found is None:
        raise NotFound("no such source")
    sources.delete_source(found.unit_id, source_id, principal)


@router.get("/search", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def search(
    principal: CurrentPrincipal,
    q: Annotated[str, Query(min_length=1, max_length=1000)],
    unit_id: RowNumber | None = None,
    language: str | None = None,
) -> FoundOut:
    """What a question finds in the caller's units, with scores."""
    units = principal.units if unit_id is None else principal.units & {unit_id}
    return FoundOut.model_validate(retrieval.search(units, q, language=language))
