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


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join overlapping spans; the kind of the longest one wins. Sorted by start."""
    result: list[Span] = []
    longest = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if result and span.start < result[-1].end:
            last = result[-1]
            kind = span.kind if span.end - span.start > longest else last.kind
            longest = max(longest, span.end - span.start)
            result[-1] = Span(last.start, max(last.end, span.end), kind)
        elif span.end > span.start:
            result.append(span)
            longest = span.end - span.start
    return result
