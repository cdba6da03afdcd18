"""Reading what a platform sent without ever trusting its shape."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

LONGEST_ID = 512
FIRST_MILLISECOND_STAMP = 100_000_000_000
"""Seconds would lie in the year 5138: anything from here on is milliseconds."""
LAST_STAMP = 32_503_680_000


class Unreadable(ValueError):
    """A delivery that is no JSON object. The message is a code: not_json, not_an_object."""


def read_object(body: bytes) -> dict[str, Any]:
    """Raises `Unreadable`."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        # ValueError: bad syntax, bad encoding, and whole numbers of more than 4300 digits
        raise Unreadable("not_json") from None
    if not isinstance(found, dict):
        raise Unreadable("not_an_object")
    return found


def fault(body: bytes) -> str:
    """Why a body gave no event: a code."""
    try:
        read_object(body)
    except Unreadable as error:
        return str(error)
    return "no_events"


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value whatever the case of its name; empty when it is missing."""
    for key, value in headers.items():
        if key.lower() == name:
            return value or ""
    return ""


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def objects(value: object) -> Iterable[dict[str, Any]]:
    """The objects of a list; what is no object is left out."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def text(value: object) -> str:
    """A string that can be encoded (no lone surrogates), or the empty one."""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def ident(value: object) -> str:
    """An id given as a string or a whole number; empty when it is neither, or absurdly long."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else ""
    found = text(value)
    return found if len(found) <= LONGEST_ID else ""


def figure(value: object) -> str:
    """A number as a string, e.g. a coordinate; empty when it is none."""
    return str(value) if isinstance(value, (int, float)) and abs(value) < 10**12 else ""


def size(value: object) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
    return value if fits and isinstance(value, int) else None


def moment(value: object) -> datetime | None:
    """A time stamp in seconds or milliseconds, as a number or a string of digits."""
    given = ident(value)
    if not given.isascii() or not given.isdigit() or len(given) > 15:
        return None
    stamp = int(given) / 1000 if int(given) >= FIRST_MILLISECOND_STAMP else int(given)
    return datetime.fromtimestamp(stamp, UTC) if 0 < stamp < LAST_STAMP else None


def facts(**given: object) -> dict[str, str]:
    """The strings and numbers that are there, by name."""
    found = {name: text(value) or figure(value) for name, value in given.items()}
    return {name: value for name, value in found.items() if value}
