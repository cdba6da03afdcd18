"""Alarms about unusual reading, and access beyond the role in an emergency."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from access import Permission, alarms, glass
from access.alarms import Verdict
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, needs
from admin_api.schemas import Body, Out
from runtime.errors import BadInput

router = APIRouter(prefix="/api/v1/risk", tags=["risk"])


class AlarmOut(Out):
    id: int
    unit_id: int
    kind: str
    actor: str
    hour: datetime
    detail: dict[str, Any]
    raised_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    verdict: str | None


@router.get("/alarms", dependencies=[needs(Permission.RISK_READ)])
def list_alarms(
    principal: CurrentPrincipal, session: CurrentSession, everything: bool = False
) -> dict[str, list[AlarmOut]]:
    """The alarms nobody has settled yet; with `everything` also those of before."""
    found = alarms.alarms(session, principal, everything=everything)
    return {"items": [AlarmOut.model_validate(item) for item in found]}


class SettleIn(Body):
    verdict: str


@router.post(
    "/alarms/{alarm_id}/settle", status_code=204, dependencies=[needs(Permission.RISK_READ)]
)
def settle(
    alarm_id: RowId, body: SettleIn, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Say what an alarm was about: expected, acted or false."""
    if body.verdict not in set(Verdict):
        raise BadInput("verdict: choose expected, acted or false")
    alarms.settle(session, principal, alarm_id, Verdict(body.verdict))


@router.get("/glass/{glass_id}", dependencies=[needs(Permission.RISK_READ)])
def reason_of(
    glass_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, str]:
    """Why somebody has broken the glass."""
    return {"reason": glass.reason_of(session, principal, glass_id)}


class GlassIn(Body):
    permissions: list[str] = Field(min_length=1, max_length=20)
    reason: str = Field(min_length=1, max_length=500)
    minutes: int = 30


@router.post("/glass", status_code=201, dependencies=[needs(Permission.APPROVAL_DECIDE)])
def break_glass(
    body: GlassIn, principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, datetime]:
    """Open more than the role allows, for a while; others are told at once."""
    until = glass.take(
        session,
        principal,
        permissions=body.permissions,
        reason=body.reason,
        minutes=body.minutes,
    )
    return {"until": until}


@router.delete("/glass", status_code=204, dependencies=[needs(Permission.APPROVAL_DECIDE)])
def end_glass(principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Give back what was taken."""
    glass.end(session, principal)
