"""Who answers, and what it may know: fixed before the model is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guardrails.policy import DEFAULT, Policy


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
