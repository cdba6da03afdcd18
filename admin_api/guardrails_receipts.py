"""Receipts: what models were told, and whether that can be proven."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, Moment, RowId, RowNumber, needs
from admin_api.schemas import Out
from guardrails import proof, receipts

router = APIRouter(prefix="/api/v1/guardrails/receipts", tags=["guardrails"])


class LineOut(Out):
    """A receipt without the body that was sent."""

    id: int
    unit_id: int
    conversation_id: int | None
    message_id: int | None
    at: datetime
    url_host: str
    model: str
    body_sha256: str
    counts: dict[str, int]
    policy_version: str
    prompt_tokens: int | None
    completion_tokens: int | None
    ms: int | None
    status: str


class BodyOut(LineOut):
    body: str
    """Empty once its contact was erased; the hash stays."""


class ProvedOut(Out):
    receipt_id: int
    ok: bool
    faults: list[str]
    erased: bool
    standing: str
    entry_id: int | None
    position: int | None
    size: int | None
    root: str | None


@router.get("", dependencies=[needs(Permission.RECEIPT_READ)])
def list_receipts(
    principal: CurrentPrincipal,
    session: CurrentSession,
    unit_id: RowNumber | None = None,
    conversation_id: RowNumber | None = None,
    model: Annotated[str | None, Query(max_length=120)] = None,
    status: Annotated[str | None, Query(max_length=40)] = None,
    since: Moment | None = None,
    until: Moment | None = None,
    before: RowNumber | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, list[LineOut]]:
    """Requests to models in the caller's units, newest first."""
    found = receipts.page(
        session,
        principal,
        unit_id=unit_id,
        conversation_id=conversation_id,
        model=model,
        status=status,
        since=since,
        until=until,
        before=before,
        limit=limit,
    )
    return {"items": [LineOut.model_validate(item) for item in found]}


@router.get("/{receipt_id}", dependencies=[needs(Permission.RECEIPT_READ)])
def read_receipt(
    receipt_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> BodyOut:
    """One request, masked, exactly as it left."""
    return BodyOut.model_validate(receipts.one(session, principal, receipt_id))


@router.get("/{receipt_id}/verify", dependencies=[needs(Permission.RECEIPT_READ)])
def verify_receipt(
    receipt_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> ProvedOut:
    """Recompute the hash, and hold it against the receipt, its ledger entry and a signed root."""
    return ProvedOut.model_validate(proof.one(session, principal, receipt_id))
