"""Untrusted text on its way into a prompt: JSON data between marks that nobody can guess."""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from guardrails.injection import defused
from guardrails.mask import walk

LENGTH = 8
"""Letters of a fence: 26**8 are more than anybody tries. No digits, which would be hidden."""


def new_fence() -> str:
    """A word for one request; what was written before it was made cannot hold it."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(LENGTH))


def data(value: Any) -> str:
    """A value as JSON, without what only a machine sees in its texts."""
    return json.dumps(walk(value, defused), ensure_ascii=False)


def fenced(fence: str, origin: str, value: Any) -> str:
    """Data for a message: JSON between two lines with the request's fence."""
    return f"<{fence} {origin}>\n{data(value)}\n</{fence}>"


def returned(fence: str, origin: str, value: Any) -> str:
    """Data as a tool returns it: all of it JSON, for it is hidden by its fields."""
    return json.dumps(
        {"fence": fence, "origin": origin, "data": walk(value, defused)}, ensure_ascii=False
    )
