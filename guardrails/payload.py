"""Look into a serialised request: what is said in it, and what is the protocol's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from guardrails.text import word_set

PROTOCOL = word_set(
    "role type model id tool_call_id name format required tool_choice finish_reason detail "
    "encoding_format $ref $schema reasoning_effort service_tier"
)
"""Keys whose values are words of the protocol or names from our own code."""


class Leaf(NamedTuple):
    """One string of a payload; `said` when people, documents or models may have written it."""

    text: str
    said: bool


def leaves(body: str) -> Iterator[Leaf]:
    """Every string of a payload, keys included; anything that is no JSON counts as said."""
    try:
        parsed = json.loads(body)
    except ValueError:
        yield Leaf(body, said=True)
        return
    yield from _walk(parsed, key="")


def _walk(value: Any, key: str) -> Iterator[Leaf]:
    match value:
        case str():
            yield Leaf(value, said=key not in PROTOCOL)
        case dict():
            for name, item in value.items():
                yield Leaf(name, said=False)
                yield from _walk(item, name if isinstance(item, str | list) else "")
        case list():
            for item in value:
                yield from _walk(item, key)
        case bool() | None:
            return
        case _:
            yield Leaf(str(value), said=False)
