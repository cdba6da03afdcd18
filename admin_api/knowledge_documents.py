"""Documents: written as drafts, read with their versions, removed by a release or at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from access import Permission, within
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.schemas import Body, Number, Out
from knowledge import articles, ingest, releases
from knowledge.states import Audience, SourceKind

router = APIRouter(prefix="/api/v1/knowledge", tags=["knowledge"])

Page = Annotated[int, Query(ge=1, le=200)]
Reach = Literal["public", "customers", "team"]


class EditIn(Body):
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=1_000_000)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    audience: Reach = "public"
    valid_from: date | None = Field(default=None, strict=False)
    valid_until: date | None = Field(default=None, strict=False)
    url: str | None = Field(default=None, max_length=2000, pattern=r"^https?://")

    def edit(self) -> articles.Edit:
        return articles.Edit(
            title=self.title,
            text=self.text,
            language=self.language,
            audience=Audience(self.audience),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            url=self.url,
        )


class DocumentIn(EditIn):
    unit_id: Number
    source: str = Field(min_length=1, max_length=120)
    name: str = Field(min_length=1, max_length=200)


class ReportOut(Out):
    path: str
    state: str
    chunks: int
    reason: str | None
    signs: list[str]
    """Why somebody should read it: parts of it seem to give orders to the assistant."""


class StoredOut(Out):
    state: str
    document_id: int
    version: int
    chunks: int


class RowOut(Out):
    id: int
    unit_id: int
    source_id: int
    source: str
    name: str
    title: str
    language: str
    audience: str
    valid_from: date | None
    valid_until: date | None
    url: str | None
    state: str
    head: int
    live: int | None
    signs: list[str]
    author: str
    updated_at: datetime


class VersionOut(Out):
    number: int
    title: str
    author: str
    created_at: datetime
    live: bool
    since: int | None


class ArticleOut(Out):
    row: RowOut
    number: int
    text: str
    versions: list[VersionOut]


class DiffLineOut(Out):
    change: str
    text: str


class ReasonIn(Body):
    reason: str = Field(min_length=3, max_length=300)


@router.get("/documents", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def list_documents(
    principal: CurrentPrincipal,
    session: CurrentSession,
    unit_id: RowNumber,
    q: Annotated[str, Query(max_length=200)] = "",
    state: articles.State | None = None,
    source_id: RowNumber | None = None,
    after: RowNumber | None = None,
    limit: Page = 50,
) -> dict[str, list[RowOut]]:
    """Documents of a unit by id; go on with `after`, the last id of the piece before."""
    found = articles.listed(
        session, principal, unit_id, text=q, state=state, source_id=source_id, after=after,
        limit=limit,
    )  # fmt: skip
    return {"items": [RowOut.model_validate(row) for row in found]}


@router.post("/documents", status_code=201, dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def add_document(body: DocumentIn, principal: CurrentPrincipal) -> ReportOut:
    """Add or replace one Markdown document, as a draft: a release serves it."""
    within(principal, body.unit_id)
    edit = body.edit()
    report = ingest.ingest_text(
        body.unit_id,
        source=body.source,
        name=body.name,
        title=edit.title,
        text=edit.text,
        language=edit.language,
        principal=principal,
        url=edit.url,
        audience=edit.audience,
        valid_from=edit.valid_from,
        valid_until=edit.valid_until,
        kind=SourceKind.ARTICLES,
    )
    return ReportOut.model_validate(report)


@router.get("/documents/{document_id}", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def read_document(
    document_id: RowId,
    principal: CurrentPrincipal,
    session: CurrentSession,
    version: RowNumber | None = None,
) -> ArticleOut:
    """A document with the text of its newest version, or of the one that is asked for."""
    return ArticleOut.model_validate(articles.read(session, principal, document_id, version))


@router.put("/documents/{document_id}", dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def save_document(document_id: RowId, body: EditIn, principal: CurrentPrincipal) -> StoredOut:
    """Keep an edit as the document's newest draft."""
    return StoredOut.model_validate(articles.save(principal, document_id, body.edit()))


@router.delete(
    "/documents/{document_id}",
    status_code=204,
    dependencies=[needs(Permission.KNOWLEDGE_WRITE)],
)
def remove_document(
    document_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Have the next release leave a document out; a draft that was never served goes at once."""
    articles.remove(session, principal, document_id)


@router.post(
    "/documents/{document_id}/discard",
    status_code=204,
    dependencies=[needs(Permission.KNOWLEDGE_WRITE)],
)
def discard_draft(document_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Forget what was drafted, or marked for removal, since the document was released."""
    articles.discard(session, principal, document_id)


@router.post(
    "/documents/{document_id}/withdraw", dependencies=[needs(Permission.KNOWLEDGE_RELEASE)]
)
def withdraw_document(
    document_id: RowId, body: ReasonIn, principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, int | None]:
    """Stop serving a document from the next question on; rolling back undoes it."""
    made = releases.withdraw(session, principal, document_id, note=body.reason)
    return {"release": made.number}


@router.delete(
    "/documents/{document_id}/forever",
    status_code=204,
    dependencies=[needs(Permission.KNOWLEDGE_RELEASE)],
)
def delete_document(
    document_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Delete a document with all its versions, for good."""
    releases.delete_document(session, principal, document_id)


@router.get("/documents/{document_id}/diff", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def difference(
    document_id: RowId,
    principal: CurrentPrincipal,
    session: CurrentSession,
    before: RowNumber | None = None,
    after: RowNumber | None = None,
) -> dict[str, list[DiffLineOut]]:
    """Two versions line by line: "=" in both, "-" and "+" in one, "…" where lines are left out."""
    lines = articles.difference(session, principal, document_id, before=before, after=after)
    return {"items": [DiffLineOut.model_validate(line) for line in lines]}
