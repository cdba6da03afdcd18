"""Roles as data: read with everything checked, written in one form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from access.policy import Condition, Grant, Permission, Reach, Role
from access.topics import TOPICS
from runtime.errors import BadInput

CONVERSATION_FIELDS = ("attachments", "body", "notes", "sources", "verdict")
"""What of a conversation a role can withhold; the rest is its frame: who, where, since when.

`body` is what was said, in threads and in the previews of lists.
"""

FIELDED = {
    Permission.CONTACT_READ: None,
    Permission.CONTACT_WRITE: None,
    Permission.CONVERSATION_READ: frozenset(CONVERSATION_FIELDS),
}
"""Permissions that are decided field by field, and the fields where the list is closed."""

REACHED = frozenset(
    {
        Permission.CONTACT_LIST,
        Permission.CONTACT_READ,
        Permission.CONTACT_WRITE,
        Permission.CONVERSATION_ASSIGN,
        Permission.CONVERSATION_CLOSE,
        Permission.CONVERSATION_NOTE,
        Permission.CONVERSATION_READ,
        Permission.CONVERSATION_REPLY,
        Permission.RECEIPT_READ,
    }
)
"""Permissions that are decided object by object. Elsewhere a reach would be a promise unkept."""

_W = TypeVar("_W", bound=StrEnum)
_KEYS = {"permission", "fields", "needs_approval", "reach", "deny", "conditions", "topics"}
_PATTERN = re.compile(r"[\w.:-]*\*?[\w.:-]*|\*")
MOST_GRANTS = 200


def role_from(name: str, grants: Sequence[Any]) -> Role:
    """Read a role as it is stored. Raises `BadInput` naming the place of what is wrong in it."""
    if len(grants) > MOST_GRANTS:
        raise BadInput(f"grants of role {name}: at most {MOST_GRANTS}")
    return Role(name, tuple(_grant(name, n, grant) for n, grant in enumerate(grants)))


def _grant(role: str, number: int, data: Any) -> Grant:
    place = f"grants[{number}]"
    if not isinstance(data, dict):
        raise BadInput(f"{place} of role {role} must be an object with a permission")
    unknown = sorted(str(key) for key in set(data) - _KEYS)
    if unknown:
        raise BadInput(f"{place}.{unknown[0][:40]} of role {role} means nothing: leave it out")
    try:
        permission = Permission(data["permission"])
    except (KeyError, ValueError):
        raise BadInput(f"{place}.permission of role {role} is not a permission") from None
    grant = Grant(
        permission,
        frozenset(_words(role, f"{place}.fields", data.get("fields", ["*"]))),
        _flag(role, f"{place}.needs_approval", data.get("needs_approval", False)),
        _one(Reach, role, f"{place}.reach", data.get("reach", "unit")),
        _flag(role, f"{place}.deny", data.get("deny", False)),
        frozenset(
            _one(Condition, role, f"{place}.conditions", word)
            for word in _words(role, f"{place}.conditions", data.get("conditions", []))
        ),
        frozenset(_words(role, f"{place}.topics", data.get("topics", []))),
    )
    _check(role, place, grant)
    return grant


def _check(role: str, place: str, grant: Grant) -> None:
    """Refuse what no code would hold to."""
    what = grant.permission
    if not grant.fields:
        raise BadInput(f"{place}.fields of role {role} is empty: name a field, or write *")
    bad = sorted(p for p in grant.fields if not p or len(p) > 80 or not _PATTERN.fullmatch(p))
    if bad:
        raise BadInput(
            f"{place}.fields of role {role}: a pattern is a field's name with at most one *"
        )
    if what not in FIELDED and grant.fields != {"*"}:
        raise BadInput(f"{place}.fields of role {role}: {what} has no fields, write *")
    closed = FIELDED.get(what)
    strange = sorted(grant.fields - {"*"} - closed) if closed is not None else []
    if strange and closed is not None:
        raise BadInput(
            f"{place}.fields of role {role}: {what} has the fields {', '.join(sorted(closed))}"
        )
    if what not in REACHED and not grant.plain:
        raise BadInput(
            f"{place} of role {role}: {what} is not decided object by object, so it takes no "
            "reach, conditions or topics"
        )
    topics = sorted(grant.topics - set(TOPICS))
    if topics:
        raise BadInput(f"{place}.topics of role {role}: choose among {', '.join(TOPICS)}")


def _words(role: str, place: str, given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        raise BadInput(f"{place} of role {role} must be a list of texts")
    return given


def _flag(role: str, place: str, given: Any) -> bool:
    if not isinstance(given, bool):
        raise BadInput(f"{place} of role {role} must be true or false")
    return given


def _one(words: type[_W], role: str, place: str, given: Any) -> _W:
    try:
        return words(given)
    except ValueError:
        raise BadInput(f"{place} of role {role}: choose among {', '.join(words)}") from None


def role_as_data(role: Role) -> list[dict[str, Any]]:
    """A role as it is stored and shown; what is as usual is left out."""
    return [grant_as_data(grant) for grant in role.grants]


def grant_as_data(grant: Grant) -> dict[str, Any]:
    """One grant in the form `role_from` reads."""
    data: dict[str, Any] = {
        "permission": str(grant.permission),
        "fields": sorted(grant.fields),
        "needs_approval": grant.needs_approval,
    }
    if grant.reach is not Reach.UNIT:
        data["reach"] = str(grant.reach)
    if grant.deny:
        data["deny"] = True
    _listed(data, "conditions", grant.conditions)
    _listed(data, "topics", grant.topics)
    return data


def _listed(data: dict[str, Any], name: str, words: Iterable[str]) -> None:
    found = sorted(str(word) for word in words)
    if found:
        data[name] = found
