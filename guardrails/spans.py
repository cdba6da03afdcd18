"""What a recogniser says: from where to where, and what it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol


class Span(NamedTuple):
    """Characters `start` (inclusive) to `end` (exclusive) of a text are of this kind."""

    start: int
    end: int
    kind: str


class Recognizer(Protocol):
    """Finds personal data in normalised text (see `guardrails.text.View`)."""

    languages: frozenset[str]
    """Languages it knows, empty for all."""

    def find(self, text: str, language: str) -> Iterable[Span]: ...


KINDS = (
    "PERSON",
    "EMAIL",
    "PHONE",
    "ADDRESS",
    "ZIP",
    "CITY",
    "DOB",
    "USER_ID",
    "ORDER_ID",
    "IBAN",
    "CARD",
    "NATIONAL_ID",
    "IP",
    "NUMBER",
    "LITERAL",
    "OTHER",
)
"""Every kind a placeholder can have. NUMBER is any long run of digits, LITERAL is text of a
customer that only looks like a placeholder."""
