"""Calibrations of units: fitted on a unit's own questions, kept beside its knowledge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from knowledge import index, models
from knowledge.calibration import Calibration


def keep(
    session: Session, principal: Principal, unit_id: int, content: str | Mapping[str, Any]
) -> Calibration:
    """Use a calibration for a unit from the next question on.

    Raises `BadInput` with the field that is wrong, `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_RELEASE)
    within(principal, unit_id)
    chosen = Calibration.load(content)
    _drop(session, unit_id, chosen.setting)
    session.add(
        models.Calibration(
            unit_id=unit_id,
            setting=chosen.setting,
            content=chosen.content(),
            author=principal.id,
        )
    )
    _told(session, principal, unit_id, chosen.setting, own=True)
    return chosen


def drop(session: Session, principal: Principal, unit_id: int, setting: str) -> None:
    """Go back to the calibration that ships. Raises `Denied`, `NotFound`."""
    require(principal, Permission.KNOWLEDGE_RELEASE)
    within(principal, unit_id)
    _drop(session, unit_id, setting)
    _told(session, principal, unit_id, setting, own=False)


def _drop(session: Session, unit_id: int, setting: str) -> None:
    session.execute(
        delete(models.Calibration).where(
            models.Calibration.unit_id == unit_id, models.Calibration.setting == setting
        )
    )


def _told(session: Session, principal: Principal, unit_id: int, setting: str, *, own: bool) -> None:
    index.touch(session, unit_id)
    ledger.record(
        session,
        principal.id,
        "knowledge:calibrate",
        f"calibration/{setting}",
        unit_id=unit_id,
        own=own,
    )
