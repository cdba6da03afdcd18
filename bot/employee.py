"""Who answers, and what it may know: fixed before the model is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guardrails.policy import DEFAULT, Policy
from records.verification import Code, Level


@dataclass(frozen=True, slots=True)
class Employee:
    """The assistant of this turn, and what it may use."""

    actor: str
    name: str
    languages: tuple[str, ...]
    instructions: str
    units: frozenset[int]
    link_hosts: tuple[str, ...]
    policy: Policy = DEFAULT
    policy_version: str = "policy/0"
    """Its label, for receipts; empty when it could not be read: then people answer."""


@dataclass(frozen=True, slots=True)
class Customer:
    """What the assistant may see of the contact, and what a mask must hide."""

    attributes: Mapping[str, str]
    hidden: tuple[tuple[str, str], ...]
    level: Level = Level.CHANNEL
    """How well it is proven who writes."""
    code: Code = Code.NONE
    """How the newest one-time code of the conversation stands."""
    reachable: tuple[str, ...] = ()
    """The kinds of addresses that a one-time code can be sent to from here."""

    @property
    def closed(self) -> tuple[str, ...]:
        """Values of the record that nobody may hear of before it is proven whose they are."""
        if self.level.opens_account:
            return ()
        known = set(self.attributes.values())
        return tuple(value for _, value in self.hidden if value and value not in known)
