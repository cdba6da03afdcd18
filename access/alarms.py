"""Alarms about what somebody does: raised once, seen by management, settled by another person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access.models import Alarm
from access.policy import Permission, Principal, require
from runtime.database import insert_new, now
from runtime.errors import Conflict, NotAllowed, NotFound


class Verdict(StrEnum):
    """What somebody found who looked into an alarm."""

    EXPECTED = "expected"
    ACTED = "acted"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class AlarmView:
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


def raise_one(
    session: Session,
    unit_id: int,
    kind: str,
    actor: str,
    detail: Mapping[str, Any],
    *,
    hour: datetime | None = None,
) -> bool:
    """Raise an alarm unless there is one of this kind and time; `detail` holds counts and codes."""
    at = hour or now()
    made = insert_new(
        session, Alarm, ["unit_id", "kind", "actor", "hour"], unit_id=unit_id, kind=kind,
        actor=actor, hour=at, detail=dict(detail), raised_at=now(),
    )  # fmt: skip
    if made is None:
        return False
    ledger.record(
        session, "system/0", "risk:alarm", f"alarm/{made}", unit_id=unit_id, kind=kind, about=actor
    )
    return True


def alarms(
    session: Session, principal: Principal, *, everything: bool = False, limit: int = 200
) -> list[AlarmView]:
    """The alarms of the principal's units, newest first; without `everything` the open ones.

    Raises `Denied`.
    """
    require(principal, Permission.RISK_READ)
    query = select(Alarm).where(Alarm.unit_id.in_(principal.units))
    if not everything:
        query = query.where(Alarm.settled_at.is_(None))
    rows = session.scalars(query.order_by(Alarm.id.desc()).limit(limit))
    return [
        AlarmView(
            row.id, row.unit_id, row.kind, row.actor, row.hour, row.detail, row.raised_at,
            row.settled_at, row.settled_by, row.verdict,
        )
        for row in rows
    ]  # fmt: skip


def settle(session: Session, principal: Principal, alarm_id: int, verdict: Verdict) -> None:
    """Say what an alarm was about. Nobody settles one about themselves.

    Raises `Denied`, `NotFound`, `NotAllowed`, `Conflict` when it is settled.
    """
    require(principal, Permission.RISK_READ)
    row = session.scalar(
        select(Alarm)
        .where(Alarm.id == alarm_id, Alarm.unit_id.in_(principal.units))
        .with_for_update()
    )
    if row is None:
        raise NotFound("no such alarm")
    if row.actor == principal.id:
        raise NotAllowed("this alarm is about you: somebody else has to settle it")
    if row.settled_at is not None:
        raise Conflict("this alarm is settled already")
    row.settled_at, row.settled_by, row.verdict = now(), principal.id, str(verdict)
    session.flush()
    ledger.record(
        session, principal.id, "risk:settle", f"alarm/{row.id}", unit_id=row.unit_id,
        verdict=str(verdict),
    )  # fmt: skip
