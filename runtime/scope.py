"""The boundary a session may not cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Scope:
    """The business units a session may read and write."""

    units: frozenset[int]

    @classmethod
    def of(cls, *units: int) -> Self:
        return cls(frozenset(units))


NOBODY = Scope.of()
"""For tables that belong to no unit: the queue, people, the head of the ledger."""
