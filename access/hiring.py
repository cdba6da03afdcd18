"""People come, change and come back: asked for by one person, decided by another.

Whoever could let people in alone could be two people, and nothing that needs two would need them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import ledger
from access import approvals, entering, factors, leaving, people, sessions, tokens
from access.approvals import ApprovalView
from access.models import Approval, ExternalIdentity, RoleRow, Team, TeamMember, User, UserUnit
from access.policy import Permission, Principal, require, role_from
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound
from runtime.secrets import keys

INVITE = approvals.needs_two("user:invite", asks=Permission.USER_WRITE, job="access.invite")
CHANGE = approvals.needs_two("user:change", asks=Permission.USER_WRITE, job="access.change")
RESET = approvals.needs_two("user:reset", asks=Permission.USER_WRITE, job="access.reset")

_KEYS_OF_THE_HOUSE = frozenset(
    {
        Permission.APPROVAL_DECIDE,
        Permission.CHANNEL_WRITE,
        Permission.KNOWLEDGE_RELEASE,
        Permission.KNOWLEDGE_WRITE,
        Permission.ROLE_WRITE,
        Permission.TOKEN_WRITE,
        Permission.USER_WRITE,
    }
)
"""Who holds these can get the others: only their holders give them away."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Who somebody is at an OpenID provider: issuer and subject, never an e-mail address."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: the account it is about, and the request that somebody decides on."""

    user_id: int
    approval_id: int


def invite(
    session: Session,
    principal: Principal,
    *,
    email: str,
    name: str,
    role: str,
    units: Iterable[int],
    teams: Iterable[int] = (),
    reason: str,
    elsewhere: Elsewhere | None = None,
) -> Asked:
    """Ask for a new colleague in units of the principal.

    Raises `Denied` also for a role with keys of the house that the principal lacks, `NotAllowed`
    for other units, `BadInput`, `Conflict` for a known address, `ReauthRequired`.
    """
    require(principal, Permission.USER_WRITE)
    wanted = frozenset(units)
    _may_give(session, principal, role, wanted)
    address = people.new_address(session, email)
    user = User(
        email=address, name=name.strip(), password_hash="", active=False,
        role_id=people.role_id(session, role),
    )  # fmt: skip
    session.add(user)
    session.flush()
    plan = {
        **_wanted(session, role, wanted, frozenset(teams)),
        "user": user.id,
        "person": _person(user),
        "elsewhere": _elsewhere(elsewhere),
    }
    number = approvals.ask(
        session, principal, INVITE.name, f"user/{user.id}", unit_id=min(wanted), plan=plan,
        reason=reason,
    )  # fmt: skip
    return Asked(user.id, number)


def change(
    session: Session,
    principal: Principal,
    user_id: int,
    *,
    role: str | None = None,
    units: Iterable[int] | None = None,
    teams: Iterable[int] | None = None,
    active: bool = False,
    elsewhere: Elsewhere | None = None,
    reason: str,
) -> Asked:
    """Ask for another role, other units or teams, a link to a provider, or (`active`) to let
    somebody come back.

    Units that the principal does not share stay as they are. Raises as `invite` does, and
    `NotFound` for somebody of other units.
    """
    require(principal, Permission.USER_WRITE)
    user = people.sharing(session, principal, user_id)
    before = _now(session, user)
    given = frozenset(before["units"]) & principal.units
    kept = frozenset(before["units"]) - principal.units
    wanted = given if units is None else frozenset(units)
    role = role or before["role"]
    _may_give(session, principal, role, wanted)
    chosen = frozenset(before["teams"]) if teams is None else frozenset(teams)
    if teams is None:
        chosen = _teams_in(session, chosen, wanted | kept)
    plan = {
        **_wanted(session, role, wanted | kept, chosen),
        "user": user.id,
        "before": before,
        "active": active or before["active"],
        "elsewhere": _elsewhere(elsewhere),
    }
    number = approvals.ask(
        session, principal, CHANGE.name, f"user/{user.id}", unit_id=min(given or wanted),
        plan=plan, reason=reason,
    )  # fmt: skip
    return Asked(user.id, number)


def reset(session: Session, principal: Principal, user_id: int, *, reason: str) -> Asked:
    """Ask for a new way in for somebody who has lost password or second factor.

    Raises `Denied`, `NotFound`, `BadInput`, `ReauthRequired`.
    """
    require(principal, Permission.USER_WRITE)
    user = people.sharing(session, principal, user_id)
    if not user.active:
        raise Conflict("this account is switched off: ask to let the person come back")
    unit = min(set(_units_of(session, user.id)) & principal.units)
    number = approvals.ask(
        session, principal, RESET.name, f"user/{user.id}", unit_id=unit,
        plan=_reset_plan(session, user), reason=reason,
    )  # fmt: skip
    return Asked(user.id, number)


def _may_give(session: Session, principal: Principal, role: str, units: Collection[int]) -> None:
    if not units or not set(units) <= principal.units:
        raise NotAllowed("units: you can only add colleagues to your own units")
    given = session.scalar(select(RoleRow).where(RoleRow.name == role))
    for grant in role_from(role, given.grants).grants if given else ():
        if grant.permission in _KEYS_OF_THE_HOUSE:
            require(principal, grant.permission)


def _wanted(
    session: Session, role: str, units: frozenset[int], teams: frozenset[int]
) -> dict[str, Any]:
    """The part of a plan that says what somebody will be; with what the role allows today."""
    row = session.scalar(select(RoleRow).where(RoleRow.id == people.role_id(session, role)))
    if row is None or teams != _teams_in(session, teams, units):
        raise BadInput("teams: each one has to be of one of the units")
    return {
        "role": role,
        "grants": approvals.plan_hash({"grants": row.grants}),
        "units": sorted(units),
        "teams": sorted(teams),
    }


def _teams_in(session: Session, teams: Collection[int], units: Collection[int]) -> frozenset[int]:
    found = select(Team.id).where(Team.id.in_(teams), Team.unit_id.in_(units))
    return frozenset(session.scalars(found))


def _elsewhere(given: Elsewhere | None) -> dict[str, str] | None:
    if given is None:
        return None
    if not given.issuer.startswith("https://") and "//127.0.0.1" not in given.issuer:
        raise BadInput("issuer: give the provider's address, beginning with https://")
    if not 1 <= len(given.subject) <= 255:
        raise BadInput("subject: give the person's identifier at the provider")
    return {"issuer": given.issuer.rstrip("/"), "subject": given.subject}


def _person(user: User) -> str:
    """What ties a plan to name and address without holding them."""
    return keys().mac("person", f"{user.email}|{user.name}")


def _units_of(session: Session, user_id: int) -> list[int]:
    return sorted(session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == user_id)))


def _now(session: Session, user: User) -> dict[str, Any]:
    role = session.scalar(select(RoleRow.name).where(RoleRow.id == user.role_id))
    teams = session.scalars(select(TeamMember.team_id).where(TeamMember.user_id == user.id))
    return {
        "role": role,
        "units": _units_of(session, user.id),
        "teams": sorted(teams),
        "active": user.active,
    }


def _reset_plan(session: Session, user: User) -> dict[str, Any]:
    return {
        "user": user.id,
        "password": keys().mac("password", user.password_hash)[:16],
        "factors": [factor.id for factor in factors.of_user(session, user.id)],
    }


def carry_out_invite(session: Session, approval_id: int) -> None:
    """Make an approved account: in its units, with a way in that two people pass on."""
    asked = approvals.plan_of(session, approval_id)
    plan = asked.plan
    user = _user(session, plan["user"])
    again = {
        **_wanted(session, plan["role"], frozenset(plan["units"]), frozenset(plan["teams"])),
        "user": user.id,
        "person": _person(user),
        "elsewhere": plan["elsewhere"],
    }
    used = approvals.use(session, approval_id, INVITE.name, again)
    _decided_for_all(session, used, plan["units"])
    user.active = True
    _put(session, user, plan)
    for unit in plan["units"]:
        ledger.record(
            session, used.requested_by, "user:create", f"user/{user.id}", unit_id=unit,
            role=plan["role"], approved_by=used.decided_by,
        )  # fmt: skip
    _link(session, user.id, plan["elsewhere"])
    if plan["elsewhere"] is None:
        entering.open_link(session, user.id, used)


def carry_out_change(session: Session, approval_id: int) -> None:
    """Give somebody the approved role, units and teams; what is left behind is handed over."""
    asked = approvals.plan_of(session, approval_id)
    plan = asked.plan
    user = _user(session, plan["user"])
    again = {
        **_wanted(session, plan["role"], frozenset(plan["units"]), frozenset(plan["teams"])),
        "user": user.id,
        "before": _now(session, user),
        "active": plan["active"],
        "elsewhere": plan["elsewhere"],
    }
    used = approvals.use(session, approval_id, CHANGE.name, again)
    before, units = plan["before"], set(plan["units"])
    _decided_for_all(session, used, units ^ set(before["units"]))
    back = plan["active"] and not before["active"]
    if not back:
        leaving.somebody_stays(session, user, role=plan["role"], units=units)
    _put(session, user, plan)
    session.flush()
    left = frozenset(before["units"]) - units
    if left:
        leaving.hand_over(session, people.system(*left), user.id, successor=None, units=left)
    for unit in sorted(units | left):
        ledger.record(
            session, used.requested_by, "user:change", f"user/{user.id}", unit_id=unit,
            role=plan["role"], approved_by=used.decided_by,
        )  # fmt: skip
    _link(session, user.id, plan["elsewhere"])
    if back:
        user.active, user.left_at, user.password_hash = True, None, ""
        entering.open_link(session, user.id, used)


def carry_out_reset(session: Session, approval_id: int) -> None:
    """Take password and factors away, and open a way to set new ones."""
    asked = approvals.plan_of(session, approval_id)
    user = _user(session, asked.plan["user"])
    used = approvals.use(session, approval_id, RESET.name, _reset_plan(session, user))
    user.password_hash = ""
    factors.remove_all(session, used.requested_by, user.id)
    tokens.end_all(session, used.requested_by, user.id)
    sessions.note(session, f"user/{user.id}", "user:reset", _units_of(session, user.id))
    entering.open_link(session, user.id, used)


def _decided_for_all(session: Session, used: ApprovalView, units: Collection[int]) -> None:
    """Who asked and who decided have to be of every unit that it is about."""
    for who in (used.requested_by, used.decided_by or ""):
        acting = people.principal_of(session, int(who.partition("/")[2]))
        if acting is None or not set(units) <= acting.units:
            raise NotAllowed(f"{who} is not of every unit that this is about")


def _put(session: Session, user: User, plan: dict[str, Any]) -> None:
    user.role_id = people.role_id(session, plan["role"])
    session.execute(delete(UserUnit).where(UserUnit.user_id == user.id))
    session.execute(delete(TeamMember).where(TeamMember.user_id == user.id))
    session.add_all(UserUnit(user_id=user.id, unit_id=unit) for unit in plan["units"])
    session.add_all(TeamMember(user_id=user.id, team_id=team) for team in plan["teams"])


def _link(session: Session, user_id: int, elsewhere: dict[str, str] | None) -> None:
    if elsewhere is None:
        return
    known = session.scalar(
        select(ExternalIdentity.user_id).where(
            ExternalIdentity.issuer == elsewhere["issuer"],
            ExternalIdentity.subject == elsewhere["subject"],
        )
    )
    if known is not None:
        raise Conflict("this person at the provider has an account already")
    session.add(ExternalIdentity(user_id=user_id, **elsewhere))


def _user(session: Session, user_id: int) -> User:
    found = session.scalar(select(User).where(User.id == user_id).with_for_update())
    if found is None:
        raise NotFound("no such user")
    return found


@dataclass(frozen=True, slots=True)
class WaitingView:
    """Somebody who was asked for, as those see it who decide."""

    approval_id: int
    user_id: int
    name: str
    email: str


def waiting(session: Session, principal: Principal) -> list[WaitingView]:
    """Whom the open invitations of the principal's units are about. Raises `Denied`."""
    require(principal, Permission.APPROVAL_READ)
    rows = session.scalars(
        select(Approval).where(
            Approval.act == INVITE.name,
            Approval.unit_id.in_(principal.units),
            Approval.used_at.is_(None),
        )
    ).all()
    named = {row.plan["user"]: row.id for row in rows}
    users = session.scalars(select(User).where(User.id.in_(named)).order_by(User.id))
    return [WaitingView(named[user.id], user.id, user.name, user.email) for user in users]
