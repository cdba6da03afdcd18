"""Breaking the glass: access beyond the role, taken at once in an emergency, for a short while.

It ends by itself, has entries of its own in the ledger (`glass:*`), and raises an alarm in the
moment it is taken. What needs a second person still needs one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import alarms
from access.models import BrokenGlass
from access.people import sharing
from access.policy import Denied, Permission, Principal, fresh, require
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotFound
from runtime.scope import Scope

LONGEST = 60
"""Minutes."""
NEVER = frozenset(
    {
        Permission.APPROVAL_DECIDE,
        Permission.ROLE_WRITE,
        Permission.TOKEN_WRITE,
        Permission.UNIT_WRITE,
        Permission.USER_WRITE,
    }
)
"""What would let one person become two, or stay."""


def take(
    session: Session,
    principal: Principal,
    *,
    permissions: Iterable[str],
    reason: str,
    minutes: int = 30,
) -> datetime:
    """Open more than the role allows, for people who decide on others' requests; until when.

    Raises `Denied` for everybody else, `BadInput` naming the field, `ReauthRequired`, `Conflict`
    while the glass is broken already.
    """
    require(principal, Permission.APPROVAL_DECIDE)
    chosen = sorted(set(permissions))
    unknown = [item for item in chosen if item not in set(Permission)]
    if unknown or not chosen:
        raise BadInput("permissions: name what is needed, as in the list of permissions")
    for item in chosen:
        if Permission(item) in NEVER:
            raise Denied(principal, Permission(item))
    if not reason.strip() or len(reason) > 500:
        raise BadInput("reason: say why, in at most 500 characters")
    if not 1 <= minutes <= LONGEST:
        raise BadInput(f"minutes: choose between 1 and {LONGEST}")
    fresh(principal)
    if principal.glass_until is not None:
        raise Conflict("you have broken the glass already: end that first")
    until = now() + timedelta(minutes=minutes)
    row = BrokenGlass(
        user_id=principal.number, permissions=chosen, reason=reason.strip(), ends_at=until
    )
    session.add(row)
    session.flush()
    for unit in sorted(principal.units):
        ledger.record(
            session, principal.id, "glass:break", f"glass/{row.id}", unit_id=unit,
            permissions=chosen, minutes=minutes,
        )  # fmt: skip
        alarms.raise_one(
            session, unit, "glass", principal.id, {"glass": row.id, "minutes": minutes}
        )
    return until


def end(session: Session, principal: Principal) -> None:
    """Give back what was taken; ending what is over is fine."""
    rows = session.scalars(
        select(BrokenGlass).where(
            BrokenGlass.user_id == principal.number,
            BrokenGlass.ended_at.is_(None),
            BrokenGlass.ends_at > now(),
        )
    ).all()
    for row in rows:
        row.ended_at = now()
        for unit in sorted(principal.units):
            ledger.record(session, principal.id, "glass:end", f"glass/{row.id}", unit_id=unit)


def reason_of(session: Session, principal: Principal, glass_id: int) -> str:
    """Why it was taken, for who looks at the alarm. Raises `Denied`."""
    require(principal, Permission.RISK_READ)
    row = session.scalar(select(BrokenGlass).where(BrokenGlass.id == glass_id))
    if row is None:
        raise NotFound("no such emergency")
    sharing(session, principal, row.user_id)
    return row.reason


def note_use(principal: Principal, permission: Permission) -> None:
    """Write that something was done which only the broken glass allows."""
    with open_session(Scope(principal.units)) as session:
        for unit in sorted(principal.units):
            ledger.record(
                session, principal.id, "glass:use", principal.id, unit_id=unit,
                permission=str(permission),
            )  # fmt: skip
