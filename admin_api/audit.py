"""The ledger, for auditors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowNumber, needs
from admin_api.schemas import Out
from ledger import checkpoints, entries
from runtime.database import open_session
from runtime.scope import NOBODY
from runtime.secrets import keys
from runtime.settings import current

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])


class EntryOut(Out):
    id: int
    position: int | None
    at: datetime
    unit_id: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    leaf: str | None


class VerdictOut(Out):
    ok: bool
    finding: str | None
    position: int | None
    checkpoints: int


@router.get("", dependencies=[needs(Permission.LEDGER_READ)])
def list_entries(
    principal: CurrentPrincipal,
    session: CurrentSession,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    before: RowNumber | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, list[EntryOut]]:
    """Entries of the caller's units, newest first."""
    found = entries.of_units(
        session,
        principal.units,
        subject=subject,
        actor=actor,
        action=action,
        before=before,
        limit=limit,
    )
    return {"items": [EntryOut.model_validate(item) for item in found]}


@router.get("/verify", dependencies=[needs(Permission.LEDGER_READ)])
def verify(_: CurrentPrincipal) -> VerdictOut:
    """Recompute the whole ledger against the signed checkpoints."""
    signed = checkpoints.read(current().checkpoints())
    with open_session(NOBODY, read_only=True) as session:
        finding = checkpoints.verify(session, signed, keys().signing.public_key())
    return VerdictOut(
        ok=finding is None,
        finding=finding.text if finding else None,
        position=finding.position if finding else None,
        checkpoints=len(signed),
    )
