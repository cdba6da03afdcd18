"""What a model is asked to give back: statements with the sources each one rests on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from guardrails.errors import ModelFailed

NOT_IN_SOURCES = "NOT_IN_SOURCES"
"""What a model without JSON says instead of an empty list."""

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "sources": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["text", "sources"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["statements"],
    "additionalProperties": False,
}
"""JSON Schema of an answer; no statement at all says that the sources do not have it."""

_FENCED = re.compile(r"^```(?:json)?\s*(.*?)\s*```$", re.DOTALL)
_MARK = re.compile(r"\s*\[\d{1,2}(?:\s*,\s*\d{1,2})*\]")
_LISTED = re.compile(r"(?:\d{1,2}[.)]|[-*•])\s")


def written(said: str) -> str | None:
    """The answer as one text, each statement followed by its sources like "[1]"; None for none.

    A server that knows no schema may answer in plain text with such marks: that is taken as it is.
    Raises `ModelFailed` for JSON of another shape.
    """
    fenced = _FENCED.match(said)
    plain = fenced[1] if fenced else said
    if not plain.startswith("{"):
        return None if NOT_IN_SOURCES in said else said
    try:
        statements = json.loads(plain)["statements"]
        parts = [_marked(one["text"], one["sources"]) for one in statements]
    except (ValueError, KeyError, TypeError):
        raise ModelFailed("garbage") from None
    parts = [part for part in parts if part]
    if not parts or any(NOT_IN_SOURCES in part for part in parts):
        return None
    return "".join(
        part if not at else f"{chr(10) if _LISTED.match(part) else ' '}{part}"
        for at, part in enumerate(parts)
    )


def _marked(text: str, sources: list[int]) -> str:
    """A statement and its marks; a mark inside its text would speak for a source it has not named.

    Raises `TypeError` and `ValueError` for what is no text or no number.
    """
    if not isinstance(text, str) or not isinstance(sources, list):
        raise TypeError
    numbers = [number for number in sources if isinstance(number, int) and 0 < number < 100]
    bare = _MARK.sub("", text).strip()
    marks = f" [{', '.join(map(str, dict.fromkeys(numbers)))}]" if numbers else ""
    return f"{bare}{marks}" if bare else ""
