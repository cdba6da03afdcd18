"""Transcripts as files: asked for, agreed to by a second person, taken once."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import Field

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, needs
from admin_api.schemas import Body, Created, Out
from admin_api.transcript_page import page
from records import exports

router = APIRouter(prefix="/api/v1", tags=["exports"])


class ReasonIn(Body):
    reason: str = Field(min_length=1, max_length=500)


class ExportOut(Out):
    id: int
    conversation_id: int
    made_at: datetime
    expires_at: datetime


@router.post(
    "/conversations/{conversation_id}/export",
    status_code=201,
    dependencies=[needs(Permission.CONVERSATION_EXPORT)],
)
def ask(
    conversation_id: RowId, body: ReasonIn, principal: CurrentPrincipal, session: CurrentSession
) -> Created:
    """Ask for a conversation's transcript; somebody else decides. The id is the request's."""
    return Created(id=exports.ask(session, principal, conversation_id, reason=body.reason))


@router.get("/exports", dependencies=[needs(Permission.CONVERSATION_EXPORT)])
def waiting(principal: CurrentPrincipal, session: CurrentSession) -> dict[str, list[ExportOut]]:
    """The files that the caller asked for and has not taken."""
    found = exports.waiting(session, principal)
    return {"items": [ExportOut.model_validate(item) for item in found]}


@router.post("/exports/{export_id}/take", dependencies=[needs(Permission.CONVERSATION_EXPORT)])
def take(export_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> Response:
    """The file, once: JSON for the stand-alone verifier, and the same as a page to print."""
    signed = exports.take(session, principal, export_id)
    number = signed["body"]["thread"]["line"]["id"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"conversation-{number}.json", json.dumps(signed, indent=1))
        file.writestr(f"conversation-{number}.html", page(signed))
    return Response(
        packed.getvalue(),
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="conversation-{number}.zip"'},
    )
