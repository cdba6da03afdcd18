"""A small house for tests of people: who works in it, and how somebody comes to act."""

from __future__ import annotations

from dataclasses import replace

from access import Principal, approvals, people
from runtime import jobs
from runtime.database import now, open_session
from runtime.scope import NOBODY, Scope

PASSWORD = "wears-a-blue-hat"
BOTH = Scope.of(1, 2)


def settle(people_of: dict[str, tuple[str, tuple[int, ...]]]) -> dict[str, int]:
    """Two units, and people: name to role and units."""
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        for name in ("eu", "jp"):
            people.team_of_unit(session, people.add_unit(session, name))
        return {
            name: people.add_user(
                session, "system/0", email=f"{name}@desk.example", name=name.title(),
                password=PASSWORD, role=role, units=units,
            )
            for name, (role, units) in people_of.items()
        }  # fmt: skip


def acting(number: int) -> Principal:
    """The user as one who has just proved who is acting."""
    with open_session(NOBODY) as session:
        found = people.principal_of(session, number)
    assert found is not None
    return replace(found, proved_at=now())


def decide(who: Principal, approval_id: int, *, approve: bool = True) -> None:
    """Decide as the screen does: with the hash of the plan that was shown; then carry out."""
    with open_session(who.scope) as session:
        shown = approvals.find(session, who, approval_id)
        approvals.decide(session, who, approval_id, approve=approve, seen=shown.plan_hash)
    jobs.drain()
