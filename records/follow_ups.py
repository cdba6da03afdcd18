"""What is still to be done for a contact: open, waiting or done, by whom and until when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from access import Principal, people
from records import opening, sealing
from records.messages import clean
from records.models import new_ref
from records.record_models import FollowUp
from records.states import FollowUpState
from runtime.database import now
from runtime.errors import BadInput
from runtime.nudges import nudge

LONGEST = 500


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """Where the follow-up of a contact stands."""

    contact_id: int
    state: str
    due_on: date | None
    owner_id: int | None
    owner_name: str
    note: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. Without a state there is nothing to follow up."""

    state: FollowUpState
    due_on: date | None = None
    owner_id: int | None = None
    note: str = ""


def set_follow_up(
    session: Session, principal: Principal, contact_id: int, plan: Plan | None
) -> None:
    """Say what is to be done; None for nothing. Raises `Denied`, `NotFound`, `BadInput`."""
    opened = opening.to_change(session, principal, contact_id)
    opened.must_change(opening.FOLLOW_UP)
    row = session.scalar(select(FollowUp).where(FollowUp.contact_id == contact_id))
    if plan is None:
        if row is not None:
            session.delete(row)
            session.flush()
            opened.record(session, "contact:follow_up", [opening.FOLLOW_UP], state="none")
        return
    _check(session, opened.contact.unit_id, plan)
    if row is None:
        row = FollowUp(unit_id=opened.contact.unit_id, contact_id=contact_id, ref=new_ref())
        session.add(row)
    row.state, row.due_on, row.owner_id = plan.state, plan.due_on, plan.owner_id
    row.changed_by, row.changed_at = principal.id, now()
    text = clean(plan.note).strip()
    key = sealing.data_key(session, contact_id)
    row.note_sealed = sealing.seal(key, row, "note", text) if text else None
    session.flush()
    opened.record(
        session,
        "contact:follow_up",
        [opening.FOLLOW_UP],
        state=str(plan.state),
        due_on=plan.due_on.isoformat() if plan.due_on else None,
        owner=f"user/{plan.owner_id}" if plan.owner_id else None,
    )
    nudge(session, opened.contact.unit_id, f"contact/{contact_id}")


def _check(session: Session, unit_id: int, plan: Plan) -> None:
    if len(plan.note) > LONGEST:
        raise BadInput(f"note: at most {LONGEST} characters")
    if plan.due_on is not None and not 2000 <= plan.due_on.year <= 2200:
        raise BadInput("due_on: give a day between 2000 and 2200")
    if plan.owner_id is None:
        return
    owner = people.principal_of(session, plan.owner_id)
    if owner is None or unit_id not in owner.units:
        raise BadInput("owner_id: no such colleague in this unit")


def of_contacts(session: Session, contact_ids: Collection[int]) -> dict[int, FollowUpView]:
    """The follow-ups of these contacts; the caller has checked and records the reading."""
    rows = session.scalars(select(FollowUp).where(FollowUp.contact_id.in_(contact_ids))).all()
    known = people.names(session, {f"user/{row.owner_id}" for row in rows if row.owner_id})
    return {
        row.contact_id: FollowUpView(
            row.contact_id,
            str(row.state),
            row.due_on,
            row.owner_id,
            known.get(f"user/{row.owner_id}", ""),
            sealing.unseal(sealing.data_key(session, row.contact_id), row, "note"),
            row.changed_at,
        )
        for row in rows
    }
