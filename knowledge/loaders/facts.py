"""What a file says of itself, checked: language, audience, first and last day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from knowledge.loaders import AUDIENCES, Loaded, Refused

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def stated(
    title: str, text: str, given: Mapping[str, str], *, where: str, part: str = ""
) -> Loaded:
    """A document with the facts of `given`. Raises `Refused` for one that cannot be meant.

    A wrong audience or date is refused, not ignored: it would show the text to people, or on
    days, that its author has excluded.
    """
    audience = given.get("audience", "").strip().casefold() or None
    if audience is not None and audience not in AUDIENCES:
        raise Refused(f"{where} names an unknown audience: write {', '.join(AUDIENCES)}")
    first = _day(given.get("valid_from", ""), "valid_from", where)
    last = _day(given.get("valid_until", ""), "valid_until", where)
    if first and last and last < first:
        raise Refused(f"{where} has a valid_until before its valid_from: swap the dates")
    return Loaded(
        title, text, language(given.get("language", "") or given.get("lang", "")),
        web_address(given.get("url", "")), audience, first, last, part,
    )  # fmt: skip


def language(given: str) -> str | None:
    """The code's first part, lower case ("pt-BR" is "pt"); None where it is no code."""
    if not _LANGUAGE.fullmatch(given.strip()):
        return None
    return re.split("[-_]", given.strip())[0].lower()


def web_address(given: str) -> str | None:
    """An http address of a length that the database takes, else None."""
    plain = given.strip()
    safe = plain.startswith(("https://", "http://")) and len(plain) <= 2000
    return plain if safe and not re.search(r"[\s<>\"]", plain) else None


def _day(given: str, field: str, where: str) -> str | None:
    plain = given.strip()
    if not plain:
        return None
    try:
        return date.fromisoformat(plain).isoformat()
    except ValueError:
        raise Refused(f"{where} has a {field} that is no date: write it as 2026-12-31") from None
