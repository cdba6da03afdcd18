"""Releases of knowledge: what has changed, what the rehearsal says, and who lets it out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.schemas import Body, Number, Out
from knowledge import proposals, releases

router = APIRouter(prefix="/api/v1/knowledge", tags=["knowledge"])


class ChangeOut(Out):
    document_id: int | None
    name: str
    title: str
    kind: str
    before: int | None
    after: int | None
    source_id: int | None


class ReleaseOut(Out):
    id: int
    unit_id: int
    number: int | None
    kind: str
    state: str
    base: int
    author: str
    note: str
    created_at: datetime
    report: dict[str, Any] | None
    decided_by: str | None
    decided_at: datetime | None
    override: str | None
    changes: list[ChangeOut]


class ProposalIn(Body):
    unit_id: Number
    note: str = Field(min_length=1, max_length=300)
    documents: list[Number] | None = Field(default=None, max_length=10_000)
    """Only the drafts of these; without it, all."""


class ApprovalIn(Body):
    share: int | None = Field(default=None, ge=1, le=99)
    """Percent of the conversations that are answered from it first; without it, all."""
    override: str | None = Field(default=None, max_length=300)
    """Why it goes out although its rehearsal failed."""


class RollbackIn(Body):
    unit_id: Number
    number: Number


@router.get("/changes", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def list_changes(
    principal: CurrentPrincipal, session: CurrentSession, unit_id: RowNumber
) -> dict[str, list[ChangeOut]]:
    """What a release of all drafts would change."""
    found = proposals.drafts(session, principal, unit_id)
    return {"items": [ChangeOut.model_validate(change) for change in found]}


@router.get("/releases", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def list_releases(
    principal: CurrentPrincipal,
    session: CurrentSession,
    unit_id: RowNumber,
    before: RowNumber | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
) -> dict[str, list[ReleaseOut]]:
    """Releases and proposals of a unit without their changes, newest first."""
    found = proposals.releases(session, principal, unit_id, before=before, limit=limit)
    return {"items": [ReleaseOut.model_validate(release) for release in found]}


@router.post("/releases", status_code=201, dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def propose(body: ProposalIn, principal: CurrentPrincipal, session: CurrentSession) -> ReleaseOut:
    """Freeze drafts as a proposal; its rehearsal starts at once."""
    chosen = None if body.documents is None else set(body.documents)
    made = proposals.propose(session, principal, body.unit_id, note=body.note, documents=chosen)
    return ReleaseOut.model_validate(made)


@router.get("/releases/{release_id}", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def read_release(
    release_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> ReleaseOut:
    """A release with its changes and its rehearsal's report."""
    return ReleaseOut.model_validate(proposals.read(session, principal, release_id))


@router.post("/releases/{release_id}/approve", dependencies=[needs(Permission.KNOWLEDGE_RELEASE)])
def approve(
    release_id: RowId, body: ApprovalIn, principal: CurrentPrincipal, session: CurrentSession
) -> ReleaseOut:
    """Let somebody else's rehearsed proposal out, to all or to a share of the conversations."""
    made = releases.approve(
        session, principal, release_id, share=body.share, override=body.override
    )
    return ReleaseOut.model_validate(made)


@router.post("/releases/{release_id}/promote", dependencies=[needs(Permission.KNOWLEDGE_RELEASE)])
def promote(release_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> ReleaseOut:
    """Serve a release that was tried on a share of the conversations to everybody."""
    return ReleaseOut.model_validate(releases.promote(session, principal, release_id))


@router.post("/releases/{release_id}/refuse", dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def refuse(release_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> ReleaseOut:
    """Set a proposal aside, or end a trial."""
    return ReleaseOut.model_validate(releases.refuse(session, principal, release_id))


@router.post("/releases/{release_id}/rehearse", dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def rehearse(release_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> ReleaseOut:
    """Put a proposal on top of what is live by now, and rehearse it anew."""
    return ReleaseOut.model_validate(proposals.rehearse_again(session, principal, release_id))


@router.post("/releases/rollback", dependencies=[needs(Permission.KNOWLEDGE_RELEASE)])
def rollback(body: RollbackIn, principal: CurrentPrincipal, session: CurrentSession) -> ReleaseOut:
    """Serve an earlier release again, to the letter, at once."""
    return ReleaseOut.model_validate(
        releases.rollback(session, principal, body.unit_id, body.number)
    )
