"""Units and teams as those see them who set them up; a unit moves only with a second person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import ledger
from access import approvals, people, tree
from access.models import Team, TeamMember, Unit, User, UserUnit
from access.policy import Permission, Principal, require, within
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound
from runtime.jobs import Job, fenced_session, handles

MOVE = approvals.needs_two("unit:move", asks=Permission.UNIT_WRITE, job="unit.move")
LONGEST = 60


@dataclass(frozen=True, slots=True)
class TeamOf:
    """A team with the numbers of its users."""

    id: int
    name: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A unit in the tree. `parent_id` is None at the top of what the principal sees."""

    id: int
    name: str
    title: str
    parent_id: int | None
    languages: tuple[str, ...]
    teams: tuple[TeamOf, ...]


def nodes(session: Session, principal: Principal) -> list[Node]:
    """The principal's units with their teams. Raises `Denied`."""
    require(principal, Permission.UNIT_WRITE)
    rows = session.scalars(select(Unit).where(Unit.id.in_(principal.units)).order_by(Unit.id))
    teams = session.scalars(
        select(Team).where(Team.unit_id.in_(principal.units)).order_by(Team.id)
    ).all()
    members: dict[int, list[int]] = {}
    for row in session.execute(
        select(TeamMember.team_id, TeamMember.user_id)
        .where(TeamMember.team_id.in_([team.id for team in teams]))
        .order_by(TeamMember.user_id)
    ):
        members.setdefault(row.team_id, []).append(row.user_id)
    return [
        Node(
            row.id,
            row.name,
            row.title,
            row.parent_id if row.parent_id in principal.units else None,
            tuple(row.languages),
            tuple(
                TeamOf(team.id, team.name, tuple(members.get(team.id, ())))
                for team in teams
                if team.unit_id == row.id
            ),
        )
        for row in rows
    ]


def create(
    session: Session,
    principal: Principal,
    *,
    name: str,
    title: str,
    parent_id: int,
    languages: Sequence[str],
) -> int:
    """Make an empty unit below one of the principal's; who sees that one sees it at once.

    Raises `Denied`, `NotFound` for a parent of others, `Conflict`, `BadInput`.
    """
    require(principal, Permission.UNIT_WRITE)
    within(principal, parent_id)
    plain = _name(name)
    made = people.add_unit(session, plain, title=title.strip(), languages=languages or ["en"])
    row = _row(session, made)
    row.parent_id = parent_id
    session.flush()
    people.team_of_unit(session, made)
    ledger.record(
        session, principal.id, "unit:add", f"unit/{made}", unit_id=parent_id, parent=parent_id
    )
    return made


def _name(name: str) -> str:
    plain = name.strip()
    if not plain or len(plain) > LONGEST:
        raise BadInput(f"name: give a name of at most {LONGEST} characters")
    return plain


def change(
    session: Session, principal: Principal, unit_id: int, *, title: str, languages: Sequence[str]
) -> None:
    """Change what a unit is called and speaks. Raises `Denied`, `NotFound`, `BadInput`."""
    require(principal, Permission.UNIT_WRITE)
    within(principal, unit_id)
    if not title.strip():
        raise BadInput("title: give the unit a title")
    if not languages:
        raise BadInput("languages: name at least one")
    row = _row(session, unit_id)
    row.title, row.languages = title.strip(), list(languages)
    ledger.record(
        session, principal.id, "unit:change", f"unit/{unit_id}", unit_id=unit_id,
        fields=["languages", "title"],
    )  # fmt: skip


def add_team(session: Session, principal: Principal, unit_id: int, name: str) -> int:
    """Make a team. Raises `Denied`, `NotFound`, `Conflict`, `BadInput`."""
    require(principal, Permission.UNIT_WRITE)
    within(principal, unit_id)
    plain = _name(name)
    if session.scalar(select(Team.id).where(Team.unit_id == unit_id, Team.name == plain)):
        raise Conflict(f"name: there is a team named {plain} in this unit already")
    team = Team(unit_id=unit_id, name=plain)
    session.add(team)
    session.flush()
    ledger.record(session, principal.id, "team:create", f"team/{team.id}", unit_id=unit_id)
    return team.id


def set_members(
    session: Session, principal: Principal, team_id: int, users: Collection[int]
) -> None:
    """Say who is in a team: colleagues who see its unit.

    Raises `Denied`, `NotFound` for a team of others, `BadInput` for somebody who cannot see it.
    """
    require(principal, Permission.UNIT_WRITE)
    team = session.scalar(select(Team).where(Team.id == team_id))
    if team is None or team.unit_id not in principal.units:
        raise NotFound("no such team")
    wanted = set(users)
    if not wanted <= _who_sees(session, tree.above(session, team.unit_id)):
        raise BadInput("users: each of them has to be a colleague of this unit")
    before = set(session.scalars(select(TeamMember.user_id).where(TeamMember.team_id == team_id)))
    session.execute(
        delete(TeamMember).where(
            TeamMember.team_id == team_id, TeamMember.user_id.in_(before - wanted)
        )
    )
    session.add_all(TeamMember(user_id=each, team_id=team_id) for each in sorted(wanted - before))
    session.flush()
    ledger.record(
        session, principal.id, "team:members", f"team/{team_id}", unit_id=team.unit_id,
        came=sorted(wanted - before), left=sorted(before - wanted),
    )  # fmt: skip


def _who_sees(session: Session, units: Collection[int]) -> set[int]:
    """The active users who belong to any of these units."""
    rows = session.scalars(
        select(UserUnit.user_id)
        .join(User, User.id == UserUnit.user_id)
        .where(UserUnit.unit_id.in_(units), User.active.is_(True))
    )
    return set(rows)


def ask_move(
    session: Session, principal: Principal, unit_id: int, *, parent_id: int | None, reason: str
) -> int:
    """Ask that a unit with all below it lie below another one (None: at the top).

    Returns the request's id; the plan names who would gain and lose the sight of it. Raises
    `Denied`, `NotFound` where unit, old or new place are not the principal's, `BadInput` for a
    circle, and what `approvals.ask` raises.
    """
    require(principal, Permission.UNIT_WRITE)
    within(principal, unit_id)
    plan = _plan(session, unit_id, parent_id)
    for place in (plan["from"], plan["to"]):
        if place is not None and place not in principal.units:
            raise NotFound("parent_id: no such unit")
    return approvals.ask(
        session, principal, MOVE.name, f"unit/{unit_id}", unit_id=unit_id, plan=plan, reason=reason
    )


def _plan(session: Session, unit_id: int, parent_id: int | None) -> dict[str, Any]:
    row = _row(session, unit_id)
    if parent_id is not None and parent_id in tree.below(session, [unit_id]):
        raise BadInput("parent_id: a unit cannot lie below itself")
    if parent_id == row.parent_id:
        raise BadInput("parent_id: it lies there already")
    if parent_id is not None:
        _row(session, parent_id)
    before = _who_sees(session, tree.above(session, unit_id))
    higher = tree.above(session, parent_id) if parent_id is not None else frozenset[int]()
    after = _who_sees(session, higher | {unit_id})
    return {
        "unit": unit_id,
        "from": row.parent_id,
        "to": parent_id,
        "gain": sorted(after - before),
        "lose": sorted(before - after),
    }


def _row(session: Session, unit_id: int) -> Unit:
    row = session.scalar(select(Unit).where(Unit.id == unit_id))
    if row is None:
        raise NotFound("unit_id: no such unit")
    return row


@handles("unit.move", attempts=3)
def move(job: Job) -> None:
    """Carry out an approved move, if it is still the one that was approved."""
    with fenced_session(job, last=True) as session:
        # One move at a time: two that are right alone could make a circle together.
        session.scalars(select(Unit).order_by(Unit.id).with_for_update()).all()
        asked = approvals.plan_of(session, job.args["approval_id"])
        unit_id, to = asked.plan["unit"], asked.plan["to"]
        used = approvals.use(session, asked.id, MOVE.name, _plan(session, unit_id, to))
        places = {unit_id, used.plan["from"], to} - {None}
        for who in (used.requested_by, used.decided_by or ""):
            _require_sight(session, who, places)
        _row(session, unit_id).parent_id = to
        session.flush()
        for place in sorted(places):
            ledger.record(
                session, used.requested_by, MOVE.name, f"unit/{unit_id}", unit_id=place,
                approval=used.id, approved_by=used.decided_by, was=used.plan["from"], to=to,
            )  # fmt: skip


def _require_sight(session: Session, who: str, places: Collection[int]) -> None:
    """Both persons have to see where the unit comes from and where it goes."""
    kind, _, number = who.partition("/")
    if kind == "system":
        return
    found = people.principal_of(session, int(number)) if kind == "user" else None
    if found is None or not set(places) <= found.units:
        raise NotAllowed(f"{who} does not see both places: ask somebody above both")
