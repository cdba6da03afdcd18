"""What changes from one policy to another, field by field, as a reviewer reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from guardrails.policy import Policy


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. `item` names the entry of a list; `before` or `after` is None for
    what was added or removed."""

    field: str
    item: str
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any


_NAMED = {"hide": "value", "patterns": "name", "topics": "name"}
"""Lists whose entries have a name of their own, by which they are compared."""


def changes(before: Policy, after: Policy) -> tuple[Change, ...]:
    """Every difference, in the order of the policy's fields; entries of lists by their names."""
    found: list[Change] = []
    _compare(found, "", before.model_dump(mode="json"), after.model_dump(mode="json"))
    return tuple(found)


def _compare(found: list[Change], path: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    for name, value in new.items():
        field = f"{path}{name}"
        if isinstance(value, dict):
            _compare(found, f"{field}.", old[name], value)
        elif isinstance(value, list):
            _compare_lists(found, field, old[name], value)
        elif old[name] != value:
            found.append(Change(field, "", "changed", old[name], value))


def _compare_lists(found: list[Change], field: str, old: list[Any], new: list[Any]) -> None:
    was, is_now = _by_name(field, old), _by_name(field, new)
    for item in (*was, *(name for name in is_now if name not in was)):
        if item not in is_now:
            found.append(Change(field, item, "removed", was[item], None))
        elif item not in was:
            found.append(Change(field, item, "added", None, is_now[item]))
        elif was[item] != is_now[item]:
            found.append(Change(field, item, "changed", was[item], is_now[item]))


def _by_name(field: str, entries: list[Any]) -> dict[str, Any]:
    key = _NAMED.get(field)
    return {str(entry[key]) if key else str(entry): entry for entry in entries}
