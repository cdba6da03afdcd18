"""Sources, and a look at what a question finds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi import Body as RawBody
from pydantic import Field

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.knowledge_documents import ReportOut
from admin_api.schemas import Body, Number, Out
from knowledge import crawling, ingest, retrieval, sources
from knowledge.states import Audience
from runtime.database import open_session
from runtime.errors import NotFound

router = APIRouter(prefix="/api/v1/knowledge", tags=["knowledge"])


class SourceOut(Out):
    id: int
    unit_id: int
    name: str
    kind: str
    documents: int
    chunks: int
    language: str | None
    state: str
    error: str | None
    done: int
    total: int
    reports: list[dict[str, Any]]
    settings: dict[str, Any]
    due_at: datetime | None
    updated_at: datetime


class SiteIn(Body):
    unit_id: Number
    name: str = Field(min_length=1, max_length=120)
    url: str = Field(min_length=8, max_length=2000, pattern=r"^https?://")
    prefix: str | None = Field(default=None, max_length=500, pattern=r"^/")
    pages: int = Field(default=500, ge=1, le=crawling.MOST_PAGES)
    every_hours: int = Field(default=24, ge=0, le=24 * 365)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    audience: Literal["public", "customers", "team"] = "public"


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


@router.put("/sources/files", dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def upload_file(
    principal: CurrentPrincipal,
    content: Annotated[bytes, RawBody(media_type="application/octet-stream")],
    unit_id: RowNumber,
    source: Annotated[str, Query(min_length=1, max_length=120)],
    name: Annotated[str, Query(min_length=1, max_length=200)],
    language: Annotated[str | None, Query(pattern=r"^[a-z]{2,3}$")] = None,
) -> dict[str, list[ReportOut]]:
    """Take in one file as drafts: Markdown, text, HTML, PDF, DOCX, CSV of questions.

    Its ending says what it is. What is wrong with it is the report's `reason`.
    """
    reports = ingest.ingest_file(
        unit_id, source=source, name=name, content=content, principal=principal, language=language
    )
    return {"items": [ReportOut.model_validate(report) for report in reports]}


@router.post("/sources/website", status_code=201, dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def add_site(body: SiteIn, principal: CurrentPrincipal, session: CurrentSession) -> dict[str, int]:
    """Make a web site a source; it is read in the background, and again as often as asked for."""
    site = crawling.Site(
        url=body.url,
        prefix=body.prefix,
        pages=body.pages,
        every_hours=body.every_hours,
        language=body.language,
        audience=Audience(body.audience),
    )
    made = crawling.add_site(session, principal, body.unit_id, name=body.name, site=site)
    return {"id": made}


@router.post(
    "/sources/{source_id}/run", status_code=202, dependencies=[needs(Permission.KNOWLEDGE_WRITE)]
)
def read_again(source_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Have a web site read now."""
    crawling.read_again(session, principal, source_id)


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
