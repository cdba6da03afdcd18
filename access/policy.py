"""Roles are lists of grants; a principal is a subject holding grants in some units."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Literal

from runtime.errors import BadInput, NotAllowed, NotFound
from runtime.scope import Scope


class Permission(StrEnum):
    """resource:action. Keep the list sorted."""

    ASSISTANT_READ = "assistant:read"
    CHANNEL_READ = "channel:read"
    CHANNEL_WRITE = "channel:write"
    CONTACT_LIST = "contact:list"
    CONTACT_READ = "contact:read"
    CONTACT_WRITE = "contact:write"
    CONVERSATION_ASSIGN = "conversation:assign"
    CONVERSATION_CLOSE = "conversation:close"
    CONVERSATION_NOTE = "conversation:note"
    CONVERSATION_READ = "conversation:read"
    CONVERSATION_REPLY = "conversation:reply"
    GUARDRAILS_READ = "guardrails:read"
    GUARDRAILS_RELEASE = "guardrails:release"
    GUARDRAILS_WRITE = "guardrails:write"
    INBOX_READ = "inbox:read"
    JOB_READ = "job:read"
    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_RELEASE = "knowledge:release"
    KNOWLEDGE_WRITE = "knowledge:write"
    LEDGER_READ = "ledger:read"
    RECEIPT_READ = "receipt:read"
    ROLE_READ = "role:read"
    STATISTICS_READ = "statistics:read"
    TOKEN_WRITE = "token:write"  # noqa: S105 - a permission, not a secret
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


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, an assistant or the system, acting with one role in some units."""

    id: str
    kind: Literal["user", "assistant", "system"]
    role: Role
    units: frozenset[int] = field(default_factory=frozenset)
    teams: frozenset[int] = field(default_factory=frozenset)
    name: str = ""

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
