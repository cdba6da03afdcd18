"""Who may do what: roles are lists of grants, and `decide` is the one place that reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from access.permissions import Permission
from runtime.database import now
from runtime.errors import NotAllowed, NotFound
from runtime.scope import Scope

__all__ = [
    "Condition", "Decision", "Denied", "Grant", "Permission", "Principal", "Reach",
    "ReauthRequired", "Resource", "Role", "Why", "decide", "fresh", "require", "rules", "within",
]  # fmt: skip

EVERYTHING = frozenset({"*"})


class Reach(StrEnum):
    """Which objects of the principal's units a grant is about."""

    ASSIGNED = "assigned"
    """Those that are the principal's own work."""
    TEAM = "team"
    """Those, and what belongs to the principal's teams."""
    UNIT = "unit"
    """Everything in all units the principal works in."""


class Condition(StrEnum):
    """What has to be true of an object for a grant to hold."""

    VERIFIED = "verified"
    """The customer has proved who is writing."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission, and what narrows it. A grant with `deny` wins over every other.

    `fields` are patterns with `*`; `topics`, where there are any, are the only ones the grant is
    for. What cannot be judged (nobody says whether the customer is verified) counts against an
    allowing grant and for a denying one.
    """

    permission: Permission
    fields: frozenset[str] = EVERYTHING
    needs_approval: bool = False
    reach: Reach = Reach.UNIT
    deny: bool = False
    conditions: frozenset[Condition] = frozenset()
    topics: frozenset[str] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether it holds for every object of the units."""
        return self.reach is Reach.UNIT and not self.conditions and not self.topics


@dataclass(frozen=True, slots=True)
class Rules:
    """The grants of one role for one permission, with their places in the role."""

    allows: tuple[tuple[int, Grant], ...]
    denies: tuple[tuple[int, Grant], ...]


@dataclass(frozen=True, slots=True)
class Role:
    """A named list of grants."""

    name: str
    grants: tuple[Grant, ...]
    _rules: dict[Permission, Rules] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def rules(self, permission: Permission) -> Rules:
        """Its grants for a permission, sorted out once."""
        found = self._rules.get(permission)
        if found is None:
            mine = [(n, g) for n, g in enumerate(self.grants) if g.permission is permission]
            found = Rules(
                tuple(each for each in mine if not each[1].deny),
                tuple(each for each in mine if each[1].deny),
            )
            self._rules[permission] = found
        return found


@dataclass(frozen=True, slots=True)
class Resource:
    """The object of a request, as far as grants look at it."""

    kind: str
    """contact or conversation."""
    unit_id: int
    team_ids: frozenset[int] = frozenset()
    owners: frozenset[str] = frozenset()
    """Ids of the principals whose work it is."""
    contact_id: int | None = None
    verified: bool | None = None
    """Whether the customer is known to be who they say; None where nobody can tell."""
    topics: frozenset[str] | None = None
    """What the request is about; None where nobody can tell."""


class Why(StrEnum):
    """What decided."""

    GRANTED = "granted"
    NO_GRANT = "no_grant"
    OUTSIDE_UNIT = "outside_unit"
    DENIED = "denied"
    NEEDS_APPROVAL = "needs_approval"
    NOT_ASSIGNED = "not_assigned"
    NOT_IN_TEAM = "not_in_team"
    NOT_VERIFIED = "not_verified"
    OTHER_TOPIC = "other_topic"
    NOT_SURE = "not_sure"
    """A denying grant that is for some objects only, and no object is named."""


_WORDS = {
    Why.GRANTED: "the role {role} allows {permission}",
    Why.NO_GRANT: "the role {role} does not have {permission}, and what is not granted is refused",
    Why.OUTSIDE_UNIT: "it belongs to a unit that this principal does not work in",
    Why.DENIED: "the role {role} forbids {permission} here, and a prohibition wins",
    Why.NEEDS_APPROVAL: "the role {role} allows {permission} only through an approval",
    Why.NOT_ASSIGNED: "the role {role} allows {permission} only for what is assigned to oneself",
    Why.NOT_IN_TEAM: "the role {role} allows {permission} only for what is one's team's or own",
    Why.NOT_VERIFIED: "the role {role} allows {permission} only while the customer is verified",
    Why.OTHER_TOPIC: "the role {role} allows {permission} only for topics that this is not about",
    Why.NOT_SURE: "the role {role} forbids {permission} for some objects",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by which rule. `seen` and `withheld` part the fields that were asked for.

    `rule` is the role, the permission and the place of the grant in the role ("service
    contact:read [4]"), or the reason where no grant is the cause.
    """

    allowed: bool
    why: Why
    role: str
    permission: Permission
    place: int | None = None
    seen: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()

    @property
    def rule(self) -> str:
        if self.place is None:
            return str(self.why)
        return f"{self.role} {self.permission} [{self.place}]"

    @property
    def reason(self) -> str:
        return _WORDS[self.why].format(role=self.role, permission=self.permission)


CUSTOM = "custom."
"""How the names of fields begin that a unit has added to its record."""
SENSITIVE = "custom.sensitive."
"""Those that hold health, belief, origin and the like: no assistant sees them."""


class Denied(NotAllowed):
    """The principal's role has no such grant."""

    def __init__(self, principal: Principal, permission: Permission) -> None:
        super().__init__(f"your role does not allow {permission}")
        self.principal = principal
        self.permission = permission


class ReauthRequired(NotAllowed):
    """The act asks for a fresh proof of who is acting (OWASP ASVS 7.5.1)."""

    def __init__(self) -> None:
        super().__init__("prove once more who you are: this act asks for a fresh sign-in")


FRESH = timedelta(minutes=15)
"""How long a proof of who is acting holds for acts that ask for one."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, an assistant or the system, acting with one role in some units."""

    id: str
    kind: Literal["user", "assistant", "system"]
    role: Role
    units: frozenset[int] = field(default_factory=frozenset)
    teams: frozenset[int] = field(default_factory=frozenset)
    name: str = ""
    proved_at: datetime | None = field(default=None, compare=False)
    """When the person last proved who is acting; None for programs."""

    @property
    def scope(self) -> Scope:
        return Scope(self.units)

    @property
    def number(self) -> int:
        """The row number within its kind: 3 of `user/3`."""
        return int(self.id.partition("/")[2])

    def may(self, permission: Permission) -> bool:
        """Whether there is anything that the principal may do this to."""
        return decide(self, permission).allowed

    def may_see(self, permission: Permission, name: str, resource: Resource | None = None) -> bool:
        """Whether this field of the resource is open to the principal."""
        return name in decide(self, permission, resource, (name,)).seen


def within(principal: Principal, unit_id: int) -> None:
    """Raise `NotFound` for a unit outside the principal's: it does not exist for him."""
    if unit_id not in principal.units:
        raise NotFound("unit_id: no such unit")


def fresh(principal: Principal) -> None:
    """Raise `ReauthRequired` unless the person proved who is acting in the last 15 minutes.

    The installation itself passes; a program by its token cannot prove anything, and does not.
    """
    if principal.kind == "system":
        return
    if principal.proved_at is None or principal.proved_at < now() - FRESH:
        raise ReauthRequired()


def decide(
    principal: Principal,
    permission: Permission,
    resource: Resource | None = None,
    fields: Iterable[str] = (),
) -> Decision:
    """Decide on one request; the only place where grants are read.

    Without a resource the question is whether there may be any object for which the answer is
    yes: what depends on the object is left open. Fields are decided one by one: seen are those
    that an allowing grant opens and no denying one closes.
    """
    asked = tuple(fields)
    role = principal.role
    rules = role.rules(permission)
    if not rules.allows:
        return _refused(Why.NO_GRANT, role, permission, asked)
    if resource is not None and resource.unit_id not in principal.units:
        return _refused(Why.OUTSIDE_UNIT, role, permission, asked)
    closed: tuple[frozenset[str], ...] = ()
    for place, grant in rules.denies:
        if fails(grant, principal, resource) is None:
            if "*" in grant.fields:
                return _refused(Why.DENIED, role, permission, asked, place)
            closed += (grant.fields,)
    opened: tuple[frozenset[str], ...] = ()
    by, missed = None, (Why.NO_GRANT, -1)
    for place, grant in rules.allows:
        failed = fails(grant, principal, resource)
        if failed is None:
            opened += (grant.fields,)
            by = place if by is None else by
        else:
            missed = (failed, place)
    if by is None:
        return _refused(missed[0], role, permission, asked, missed[1])
    seen, withheld = _parted(opened, closed, asked) if asked else (frozenset(), frozenset())
    if principal.kind == "assistant" and any(name.startswith(SENSITIVE) for name in seen):
        kept_back = frozenset(name for name in seen if name.startswith(SENSITIVE))
        seen, withheld = seen - kept_back, withheld | kept_back
    return Decision(True, Why.GRANTED, role.name, permission, by, seen, withheld)


def fails(grant: Grant, principal: Principal, resource: Resource | None) -> Why | None:
    """Why a grant is not for this object; None where it is."""
    if grant.needs_approval and not grant.deny:
        return Why.NEEDS_APPROVAL
    if resource is None:
        return Why.NOT_SURE if grant.deny and not grant.plain else None
    if grant.reach is not Reach.UNIT and principal.id not in resource.owners:
        if grant.reach is Reach.ASSIGNED:
            return Why.NOT_ASSIGNED
        if principal.teams.isdisjoint(resource.team_ids):
            return Why.NOT_IN_TEAM
    if grant.conditions and not (grant.deny if resource.verified is None else resource.verified):
        return Why.NOT_VERIFIED
    if grant.topics and not _about(grant, resource.topics):
        return Why.OTHER_TOPIC
    return None


def _about(grant: Grant, topics: frozenset[str] | None) -> bool:
    return grant.deny if topics is None else not grant.topics.isdisjoint(topics)


def _refused(
    why: Why, role: Role, permission: Permission, asked: tuple[str, ...], place: int | None = None
) -> Decision:
    return Decision(False, why, role.name, permission, place, frozenset(), frozenset(asked))


@lru_cache(maxsize=4096)
def _parted(
    opened: tuple[frozenset[str], ...], closed: tuple[frozenset[str], ...], asked: tuple[str, ...]
) -> tuple[frozenset[str], frozenset[str]]:
    """Which of these fields are seen and which are not. Lists ask the same again and again."""
    seen = frozenset(
        name
        for name in asked
        if any(opens(patterns, name) for patterns in opened)
        and not any(matches(patterns, name) for patterns in closed)
    )
    return seen, frozenset(asked) - seen


def opens(patterns: frozenset[str], name: str) -> bool:
    """Whether one of an allowing grant's patterns opens this field.

    A field that a unit adds is open to nobody until a grant names it: `*` stands for the fields
    the product knows. `custom.*` stands for a unit's own ones but the sensitive, and those open
    to `custom.sensitive.*` or their whole name. A prohibition covers them all the same.
    """
    guard = next((prefix for prefix in (SENSITIVE, CUSTOM) if name.startswith(prefix)), "")
    return matches(frozenset(one for one in patterns if one.startswith(guard)), name)


def matches(patterns: frozenset[str], name: str) -> bool:
    """Whether one of the patterns covers this field."""
    return name in patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def require(
    principal: Principal, permission: Permission, resource: Resource | None = None
) -> Decision:
    """Return the decision that allows this.

    Raises `Denied` when the role allows it for nothing, and `NotFound` when the resource is not
    among what it allows it for: then it does not exist for the principal.
    """
    decision = decide(principal, permission, resource)
    if decision.allowed:
        return decision
    if resource is None or not decide(principal, permission).allowed:
        raise Denied(principal, permission)
    raise NotFound(f"no such {resource.kind}")


def rules(principal: Principal, permission: Permission) -> Rules:
    """The grants that a query has to be narrowed by, in the way `decide` reads them."""
    return principal.role.rules(permission)
