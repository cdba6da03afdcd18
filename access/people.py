"""Users, assistants, teams, units and roles: who exists, and as whom they act."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import ledger
from access import tree
from access.models import Assistant, RoleRow, Team, TeamMember, Unit, User, UserUnit
from access.passwords import check_strength, hash_password
from access.policy import Permission, Principal, Role, require, role_as_data, role_from
from access.roles import SEED, SYSTEM
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound


@dataclass(frozen=True, slots=True)
class UnitView:
    id: int
    name: str
    title: str
    languages: tuple[str, ...]
    link_hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UserView:
    """A colleague, as the desk shows one."""

    id: int
    name: str
    email: str
    role: str
    units: tuple[int, ...]
    teams: tuple[int, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class AssistantView:
    id: int
    name: str
    languages: tuple[str, ...]
    instructions: str
    principal: Principal


@dataclass(frozen=True, slots=True)
class TeamView:
    id: int
    unit_id: int
    name: str


def system(*units: int) -> Principal:
    """The installation itself, acting in these units."""
    return Principal("system/0", "system", SYSTEM, frozenset(units), name="system")


def seed_roles(session: Session) -> None:
    """Add the roles a new installation starts with; existing ones stay as they are."""
    known = set(session.scalars(select(RoleRow.name)))
    for role in SEED:
        if role.name not in known:
            session.add(RoleRow(name=role.name, grants=role_as_data(role)))
    session.flush()


def roles(session: Session, principal: Principal) -> list[Role]:
    """Every role there is. Raises `Denied`."""
    require(principal, Permission.ROLE_READ)
    return [role_from(row.name, row.grants) for row in session.scalars(select(RoleRow))]


def add_unit(
    session: Session,
    name: str,
    *,
    title: str = "",
    languages: Collection[str] = ("en",),
    link_hosts: Collection[str] = (),
    demo: bool = False,
) -> int:
    """Create a unit. Raises `Conflict` when the name is taken."""
    if session.scalar(select(Unit.id).where(Unit.name == name)):
        raise Conflict(f"there is a unit named {name} already")
    unit = Unit(
        name=name,
        title=title or name,
        languages=list(languages),
        link_hosts=list(link_hosts),
        demo=demo,
    )
    session.add(unit)
    session.flush()
    ledger.record(session, "system/0", "unit:create", f"unit/{unit.id}", unit_id=unit.id)
    return unit.id


def units(session: Session, among: Collection[int] | None = None) -> list[UnitView]:
    query = select(Unit).order_by(Unit.id)
    if among is not None:
        query = query.where(Unit.id.in_(among))
    return [_unit(row) for row in session.scalars(query)]


def unit_named(session: Session, name: str) -> UnitView:
    """Raises `NotFound`, listing the names there are."""
    row = session.scalar(select(Unit).where(Unit.name == name))
    if row is None:
        names = ", ".join(session.scalars(select(Unit.name).order_by(Unit.name))) or "none yet"
        raise NotFound(f"no unit is named {name} (there are: {names})")
    return _unit(row)


def _unit(row: Unit) -> UnitView:
    return UnitView(row.id, row.name, row.title, tuple(row.languages), tuple(row.link_hosts))


def add_team(session: Session, unit_id: int, name: str) -> int:
    team = Team(unit_id=unit_id, name=name)
    session.add(team)
    session.flush()
    ledger.record(session, "system/0", "team:create", f"team/{team.id}", unit_id=unit_id)
    return team.id


def teams(session: Session, units: Collection[int]) -> list[TeamView]:
    rows = session.scalars(select(Team).where(Team.unit_id.in_(units)).order_by(Team.id))
    return [TeamView(row.id, row.unit_id, row.name) for row in rows]


def team_of_unit(session: Session, unit_id: int) -> int:
    """The team that hand-offs of a unit go to, made on first use."""
    found = session.scalar(select(Team.id).where(Team.unit_id == unit_id).order_by(Team.id))
    return found or add_team(session, unit_id, "Support")


_KEYS_OF_THE_HOUSE = frozenset(
    {
        Permission.CHANNEL_WRITE,
        Permission.KNOWLEDGE_RELEASE,
        Permission.KNOWLEDGE_WRITE,
        Permission.TOKEN_WRITE,
        Permission.USER_WRITE,
    }
)
"""Who holds these can get the others: only their holders give them away."""


def invite(
    session: Session,
    principal: Principal,
    *,
    email: str,
    name: str,
    password: str,
    role: str,
    units: Iterable[int],
) -> int:
    """Create a colleague in units of the principal.

    Raises `Denied` also for a role that could change the house where the principal may not,
    `NotAllowed` for other units, and what `add_user` raises.
    """
    require(principal, Permission.USER_WRITE)
    wanted = set(units)
    if not wanted or not wanted <= principal.units:
        raise NotAllowed("units: you can only add colleagues to your own units")
    given = session.scalar(select(RoleRow).where(RoleRow.name == role))
    for grant in role_from(role, given.grants).grants if given else ():
        if grant.permission in _KEYS_OF_THE_HOUSE:
            require(principal, grant.permission)
    return add_user(
        session,
        principal.id,
        email=email,
        name=name,
        password=password,
        role=role,
        units=wanted,
    )


def add_user(
    session: Session,
    actor: str,
    *,
    email: str,
    name: str,
    password: str,
    role: str,
    units: Iterable[int],
    teams: Iterable[int] = (),
    demo: bool = False,
) -> int:
    """Create a user. Raises `BadInput` naming the field, `Conflict` when the e-mail is taken."""
    address = email.strip().casefold()
    if "@" not in address:
        raise BadInput("email: give an address with an @")
    check_strength(password, context=(address, name))
    if session.scalar(select(User.id).where(User.email == address)):
        raise Conflict("email: this address has an account already")
    user = User(
        email=address,
        name=name,
        password_hash=hash_password(password),
        role_id=_role_id(session, role),
        demo=demo,
    )
    session.add(user)
    session.flush()
    members = sorted(set(units))
    session.add_all(UserUnit(user_id=user.id, unit_id=unit) for unit in members)
    session.add_all(TeamMember(user_id=user.id, team_id=team) for team in teams)
    session.flush()
    for unit in members:
        ledger.record(session, actor, "user:create", f"user/{user.id}", unit_id=unit, role=role)
    return user.id


def _role_id(session: Session, name: str) -> int:
    found = session.scalar(select(RoleRow.id).where(RoleRow.name == name))
    if found is None:
        names = ", ".join(session.scalars(select(RoleRow.name).order_by(RoleRow.name)))
        raise BadInput(f"role: no role is named {name} (there are: {names})")
    return found


def add_assistant(
    session: Session,
    *,
    name: str,
    units: Collection[int],
    languages: Collection[str],
    role: str = "assistant",
    instructions: str = "",
    demo: bool = False,
) -> int:
    """Hire an AI employee."""
    row = Assistant(
        name=name,
        role_id=_role_id(session, role),
        units=sorted(units),
        languages=list(languages),
        instructions=instructions,
        demo=demo,
    )
    session.add(row)
    session.flush()
    for unit in row.units:
        ledger.record(
            session, "system/0", "assistant:create", f"assistant/{row.id}", unit_id=unit, role=role
        )
    return row.id


def principal_of(session: Session, user_id: int) -> Principal | None:
    """A user as one who acts, read afresh: role changes hold from the next request on."""
    found = session.execute(
        select(User, RoleRow)
        .join(RoleRow, RoleRow.id == User.role_id)
        .where(User.id == user_id, User.active.is_(True))
    ).one_or_none()
    if found is None:
        return None
    user, role = found
    own = session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == user.id))
    return Principal(
        f"user/{user.id}",
        "user",
        role_from(role.name, role.grants),
        tree.below(session, own),
        frozenset(session.scalars(select(TeamMember.team_id).where(TeamMember.user_id == user.id))),
        user.name,
    )


def assistant(session: Session, assistant_id: int) -> AssistantView:
    """Raises `NotFound` when it is gone or switched off."""
    found = session.execute(
        select(Assistant, RoleRow)
        .join(RoleRow, RoleRow.id == Assistant.role_id)
        .where(Assistant.id == assistant_id, Assistant.active.is_(True))
    ).one_or_none()
    if found is None:
        raise NotFound("no such assistant")
    return _assistant(*found)


def assistants(session: Session, units: Collection[int]) -> list[AssistantView]:
    rows = session.execute(
        select(Assistant, RoleRow)
        .join(RoleRow, RoleRow.id == Assistant.role_id)
        .where(Assistant.active.is_(True))
        .order_by(Assistant.id)
    )
    return [_assistant(row, role) for row, role in rows if set(row.units) & set(units)]


def assistant_of_unit(session: Session, unit_id: int) -> int | None:
    """The assistant that answers in a unit, or None: then people do."""
    found = assistants(session, {unit_id})
    return found[0].principal.number if found else None


def assistants_of(session: Session, principal: Principal) -> list[AssistantView]:
    """The AI employees of the principal's units. Raises `Denied`."""
    require(principal, Permission.ASSISTANT_READ)
    return assistants(session, principal.units)


def _assistant(row: Assistant, role: RoleRow) -> AssistantView:
    principal = Principal(
        f"assistant/{row.id}",
        "assistant",
        role_from(role.name, role.grants),
        frozenset(row.units),
        name=row.name,
    )
    return AssistantView(row.id, row.name, tuple(row.languages), row.instructions, principal)


def colleagues(session: Session, principal: Principal) -> list[UserView]:
    """The users who share a unit with the principal."""
    require(principal, Permission.USER_READ)
    shared = select(UserUnit.user_id).where(UserUnit.unit_id.in_(principal.units))
    rows = session.execute(
        select(User, RoleRow.name)
        .join(RoleRow, RoleRow.id == User.role_id)
        .where(User.id.in_(shared))
        .order_by(User.name)
    ).all()
    return [
        UserView(
            user.id,
            user.name,
            user.email,
            role,
            tuple(
                sorted(
                    set(
                        session.scalars(select(UserUnit.unit_id).where(UserUnit.user_id == user.id))
                    )
                    & principal.units
                )
            ),
            tuple(session.scalars(select(TeamMember.team_id).where(TeamMember.user_id == user.id))),
            user.active,
        )
        for user, role in rows
    ]


@dataclass(frozen=True, slots=True)
class Account:
    """What a user sees of the own account."""

    email: str
    demo: bool


def account(session: Session, user_id: int) -> Account:
    """Raises `NotFound`."""
    row = session.scalar(select(User).where(User.id == user_id))
    if row is None:
        raise NotFound("no such user")
    return Account(row.email, row.demo)


def names(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Display names of principals by id; unknown ones are left out."""
    wanted = set(ids)
    users = {int(i.partition("/")[2]) for i in wanted if i.startswith("user/")}
    bots = {int(i.partition("/")[2]) for i in wanted if i.startswith("assistant/")}
    found: dict[str, str] = {}
    for row in session.execute(select(User.id, User.name).where(User.id.in_(users))):
        found[f"user/{row.id}"] = row.name
    for row in session.execute(select(Assistant.id, Assistant.name).where(Assistant.id.in_(bots))):
        found[f"assistant/{row.id}"] = row.name
    return found


def has_demo(session: Session) -> bool:
    """Whether this installation holds demo data."""
    return session.scalar(select(Unit.id).where(Unit.demo.is_(True)).limit(1)) is not None


def disable_demo(session: Session) -> None:
    """End the demo: its users cannot sign in, its assistants do not answer, units lose the mark.

    The rows stay, since ledger entries name them.
    """
    session.execute(update(User).where(User.demo.is_(True)).values(active=False))
    session.execute(update(Assistant).where(Assistant.demo.is_(True)).values(active=False))
    session.execute(update(Unit).where(Unit.demo.is_(True)).values(demo=False))
