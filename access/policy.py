"""Roles are lists of grants; a principal is a subject holding grants in some units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Literal

from runtime.database import now
from runtime.errors import BadInput, NotAllowed, NotFound
from runtime.scope import Scope


class Permission(StrEnum):
    """resource:action. Keep the list sorted."""

    APPROVAL_DECIDE = "approval:decide"
    APPROVAL_READ = "approval:read"
    ASSISTANT_READ = "assistant:read"
    CHANNEL_READ = "channel:read"
    CHANNEL_WRITE = "channel:write"
    CONTACT_ERASE = "contact:erase"
    CONTACT_EXPORT = "contact:export"
    CONTACT_IMPORT = "contact:import"
    CONTACT_LIST = "contact:list"
    CONTACT_MERGE = "contact:merge"
    CONTACT_READ = "contact:read"
    CONTACT_SHARE = "contact:share"
    CONTACT_WRITE = "contact:write"
    CONVERSATION_ASSIGN = "conversation:assign"
    CONVERSATION_CLOSE = "conversation:close"
    CONVERSATION_EXPORT = "conversation:export"
    CONVERSATION_NOTE = "conversation:note"
    CONVERSATION_READ = "conversation:read"
    CONVERSATION_REPLY = "conversation:reply"
    FIELD_WRITE = "field:write"
    GUARDRAILS_READ = "guardrails:read"
    GUARDRAILS_RELEASE = "guardrails:release"
    GUARDRAILS_WRITE = "guardrails:write"
    INBOX_READ = "inbox:read"
    JOB_READ = "job:read"
    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_RELEASE = "knowledge:release"
    KNOWLEDGE_WRITE = "knowledge:write"
    LEDGER_READ = "ledger:read"
    PRIVACY_READ = "privacy:read"
    PRIVACY_WRITE = "privacy:write"
    RECEIPT_READ = "receipt:read"
    RETENTION_READ = "retention:read"
    RETENTION_WRITE = "retention:write"
    RISK_READ = "risk:read"
    ROLE_READ = "role:read"
    ROLE_WRITE = "role:write"
    SEGMENT_WRITE = "segment:write"
    STATISTICS_READ = "statistics:read"
    TOKEN_WRITE = "token:write"  # noqa: S105 - a permission, not a secret
    UNIT_WRITE = "unit:write"
    USER_READ = "user:read"
    USER_WRITE = "user:write"


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission; `fields` narrows what of the resource it opens."""

    permission: Permission
    fields: frozenset[str] = frozenset({"*"})
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """A named list of grants."""

    name: str
    grants: tuple[Grant, ...]


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
    glass: frozenset[Permission] = field(default_factory=frozenset, compare=False)
    """What is open beyond the role for a while: see `access.glass`."""
    glass_until: datetime | None = field(default=None, compare=False)

    @property
    def scope(self) -> Scope:
        return Scope(self.units)

    @property
    def number(self) -> int:
        """The row number within its kind: 3 of `user/3`."""
        return int(self.id.partition("/")[2])

    def grant(self, permission: Permission) -> Grant | None:
        return next((grant for grant in self.role.grants if grant.permission is permission), None)

    def may(self, permission: Permission) -> bool:
        return self.grant(permission) is not None

    def may_see(self, permission: Permission, name: str) -> bool:
        """Whether this field of the resource is open to the principal."""
        grant = self.grant(permission)
        return grant is not None and any(fnmatchcase(name, pattern) for pattern in grant.fields)


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


def require(principal: Principal, permission: Permission) -> Grant:
    """Return the grant that allows this. Raises `Denied`."""
    grant = principal.grant(permission)
    if grant is None or grant.needs_approval:
        raise Denied(principal, permission)
    return grant


def role_from(name: str, grants: list[dict[str, Any]]) -> Role:
    """Read a role as it is stored. Raises `BadInput` naming what is wrong in it."""
    found = []
    for position, grant in enumerate(grants):
        try:
            permission = Permission(grant["permission"])
        except (KeyError, ValueError):
            raise BadInput(
                f"grants[{position}].permission of role {name} is not a permission"
            ) from None
        fields = grant.get("fields", ["*"])
        if not isinstance(fields, list) or not all(isinstance(item, str) for item in fields):
            raise BadInput(f"grants[{position}].fields of role {name} must be a list of patterns")
        found.append(Grant(permission, frozenset(fields), bool(grant.get("needs_approval", False))))
    return Role(name, tuple(found))


def role_as_data(role: Role) -> list[dict[str, Any]]:
    """A role as it is stored and shown."""
    return [
        {
            "permission": str(grant.permission),
            "fields": sorted(grant.fields),
            "needs_approval": grant.needs_approval,
        }
        for grant in role.grants
    ]
