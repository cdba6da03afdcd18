"""Everything that can be added from outside, and ours, comes in through one door."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Any

from runtime.errors import Misconfigured

GROUPS = {
    "frontdesk.after_restore": "what has to happen after a restore, before anything is served",
    "frontdesk.channels": "channel adapters",
    "frontdesk.jobs": "modules that register job handlers",
    "frontdesk.models": "chat model factories",
    "frontdesk.embeddings": "embedding engines",
    "frontdesk.recognizers": "personal-data recognisers",
    "frontdesk.tables": "modules that declare tables",
}


@cache
def load(group: str) -> dict[str, Any]:
    """Return the named objects of a group.

    Raises `Misconfigured` when two installed packages offer the same name.
    """
    found: dict[str, Any] = {}
    for point in entry_points(group=group):
        if point.name in found:
            raise Misconfigured(f"{group} has two plugins named {point.name}: remove one package")
        found[point.name] = point.load()
    return found
