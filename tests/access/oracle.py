"""What the table of a role means, written a second time and as plainly as possible.

Nothing here is shared with `access.policy`: it reads the data of a role, not the parsed one, and
matches patterns by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def like(name: str, pattern: str) -> bool:
    """Whether `pattern` (at most one `*`) covers `name`."""
    head, star, tail = pattern.partition("*")
    if not star:
        return name == pattern
    return len(name) >= len(head) + len(tail) and name.startswith(head) and name.endswith(tail)


def holds(grant: Mapping[str, Any], who: Mapping[str, Any], what: Mapping[str, Any]) -> bool:
    """Whether a grant is about this object."""
    denies = grant.get("deny", False)
    if grant.get("needs_approval") and not denies:
        return False
    own = who["id"] in what["owners"]
    teams = any(team in what["teams"] for team in who["teams"])
    reach = grant.get("reach", "unit")
    if reach == "assigned" and not own:
        return False
    if reach == "team" and not (own or teams):
        return False
    if "verified" in grant.get("conditions", []):
        known = what["verified"]
        if known is False or (known is None and not denies):
            return False
    topics = grant.get("topics", [])
    if topics:
        about = what["topics"]
        if about is None:
            return bool(denies)
        if not any(topic in about for topic in topics):
            return False
    return True


def allowed(
    grants: Sequence[Mapping[str, Any]],
    who: Mapping[str, Any],
    permission: str,
    what: Mapping[str, Any],
) -> bool:
    """Whether the act is allowed at all."""
    if what["unit"] not in who["units"]:
        return False
    mine = [g for g in grants if g["permission"] == permission and holds(g, who, what)]
    if any(g.get("deny") and "*" in g.get("fields", ["*"]) for g in mine):
        return False
    return any(not g.get("deny") for g in mine)


def open_field(
    grants: Sequence[Mapping[str, Any]],
    who: Mapping[str, Any],
    permission: str,
    what: Mapping[str, Any],
    field: str,
) -> bool:
    """Whether one field of the object is open."""
    if not allowed(grants, who, permission, what):
        return False
    mine = [g for g in grants if g["permission"] == permission and holds(g, who, what)]
    covering = [g for g in mine if any(like(field, p) for p in g.get("fields", ["*"]))]
    return any(not g.get("deny") for g in covering) and not any(g.get("deny") for g in covering)
