"""Acts that need a second person: what waits, and the decision on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from access import Permission, approvals
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, needs
from admin_api.schemas import Body, Out

router = APIRouter(prefix="/api/v1/approvals", tags=["approvals"])


class ApprovalOut(Out):
    id: int
    unit_id: int
    act: str
    subject: str
    plan: dict[str, Any]
    plan_hash: str
    reason: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    state: str


class DecisionIn(Body):
    approve: bool
    plan_hash: str = Field(min_length=64, max_length=64)
    """The hash of the plan that was shown to the one who decides."""


@router.get("", dependencies=[needs(Permission.APPROVAL_READ)])
def list_approvals(
    principal: CurrentPrincipal, session: CurrentSession, everything: bool = False
) -> dict[str, list[ApprovalOut]]:
    """The requests of the caller's units that wait; with `everything` also those of before."""
    found = approvals.waiting(session, principal, everything=everything)
    return {"items": [ApprovalOut.model_validate(item) for item in found]}


@router.get("/{approval_id}", dependencies=[needs(Permission.APPROVAL_READ)])
def read_approval(
    approval_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> ApprovalOut:
    """One request with its plan."""
    return ApprovalOut.model_validate(approvals.find(session, principal, approval_id))


@router.post(
    "/{approval_id}/decision",
    status_code=204,
    dependencies=[needs(Permission.APPROVAL_DECIDE)],
)
def decide(
    approval_id: RowId, body: DecisionIn, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Approve or refuse what somebody else asked for; what is approved is carried out at once."""
    approvals.decide(session, principal, approval_id, approve=body.approve, seen=body.plan_hash)
