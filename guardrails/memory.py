"""What this process remembers of texts it has looked at, and how to forget it."""

from __future__ import annotations

from guardrails import directory, grounding, injection, text


def forget(unit_id: int) -> None:
    """Let go of everything that may hold words of a contact of the unit: one was erased."""
    directory.forget(unit_id)
    for remembered in (text.view, injection.remembered, injection.readings, grounding.source,
                       grounding.parts_of):  # fmt: skip
        remembered.cache_clear()
