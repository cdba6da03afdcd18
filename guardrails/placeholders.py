"""The form of a placeholder, and the mangled forms in which models give it back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import regex

from guardrails.spans import KINDS

_KIND = "|".join(sorted(KINDS, key=len, reverse=True)).replace("_", r"(?:\\?[_ -])")
_OPEN = r"(?:\\?[\[<{(［【〔「《＜{]){1,3}"
_BRACKETS = r"(?:\\?[\[<{(［【〔「《＜{]){1,3}?"
_CLOSE = r"(?:\\?[\]>})］】〕」》＞}]){1,3}"
_SEPARATOR = r"\\?[_ \-–‑]?"
_STARS = r"(?:\*\*|__|`)?"

EXACT = re.compile(rf"\[(?:{'|'.join(KINDS)})_\d+\]")
"""A placeholder exactly as we write it."""

LONGEST = 24
"""Characters of the longest mangled form that counts as one placeholder; a stream never holds
back more than this."""

_ANY = (
    # As we wrote it: what stands around it was there before.
    rf"\[(?P<k0>{_KIND})_(?P<n0>\d{{1,4}})\]"
    rf"|(?!{_BRACKETS}\[(?:{_KIND})_\d{{1,4}}\]){_OPEN}\s?{_STARS}(?P<k1>{_KIND}){_SEPARATOR}(?P<n1>\d{{1,4}})(?!\d){_STARS}\s?(?:{_CLOSE})?"
    rf"|(?<![^\W_])(?P<k2>{_KIND}){_SEPARATOR}(?P<n2>\d{{1,4}})(?!\d){_CLOSE}"
    rf"|(?<![^\W_])(?P<k3>{_KIND})\\?[_‑–-](?P<n3>\d{{1,4}})(?![^\W_])"
)
ANY = re.compile(_ANY, re.IGNORECASE)
"""Anything that reads like a placeholder. The last form, without any bracket, may also be part
of an ordinary text ("order-id-7"), so it counts only where it is known or written in capitals."""

_PARTLY = regex.compile(_ANY, regex.IGNORECASE)
"""The same for a text whose end has not arrived yet."""

_DIGIT = re.compile(r"\d")
_MAY_CLOSE = re.compile(r"[\s*_`\\\]>})］】〕」》＞-]*\Z")
"""What may still turn out to be the end of a placeholder."""


def write(kind: str, number: int) -> str:
    return f"[{kind}_{number}]"


def _certain(found: re.Match[str]) -> bool:
    """Whether this can be nothing else: "(number 12)" in a sentence could be."""
    if found["k0"] is not None:
        return True
    if found["k1"] is not None:
        return found["k1"].isupper() or found[0].lstrip("\\")[0] not in "("
    if found["k2"] is not None:
        return found["k2"].isupper()
    return found["k3"].isupper() and "_" in found[0]


class Restorer:
    """Puts values in place of placeholders in a text that arrives in pieces of any size.

    The result does not depend on where the text was cut. `value_of` gives the value of a
    placeholder in its exact form; one without a value becomes what `unknown` says.
    """

    def __init__(self, value_of: Callable[[str], str | None], unknown: Callable[[], str]) -> None:
        self._value_of = value_of
        self._unknown = unknown
        self._text = ""
        self._at = 0  # what is before it was put out; one character of it is kept as context

    def feed(self, piece: str) -> str:
        """The next part of the text that is certain; at most `LONGEST` characters are kept."""
        self._text += piece
        restored = "".join(self._certain_part(ended=False))
        kept = max(0, self._at - 1)
        self._text, self._at = self._text[kept:], self._at - kept
        return restored

    def finish(self) -> str:
        """What was kept, now that nothing follows."""
        restored = "".join(self._certain_part(ended=True))
        self._text, self._at = "", 0
        return restored

    def _certain_part(self, *, ended: bool) -> Iterator[str]:
        limit = len(self._text) if ended else self._undecided(self._at)
        while (found := self._next(limit)) is not None:
            yield self._text[self._at : found.start()]
            yield self._restored(found)
            self._at = found.end()
            if not ended:
                limit = max(self._at, self._undecided(self._at))
        yield self._text[self._at : limit]
        self._at = max(self._at, limit)

    def _next(self, limit: int) -> re.Match[str] | None:
        """The next placeholder that begins before `limit`, at most `LONGEST` characters long."""
        place = self._at
        while (found := ANY.search(self._text, place)) is not None and found.start() < limit:
            if found.end() - found.start() <= LONGEST:
                return found
            short = ANY.match(self._text, found.start(), found.start() + LONGEST)
            if short is not None:
                return short
            place = found.start() + 1
        return None

    def _undecided(self, since: int) -> int:
        """The first place at which what follows could still make a placeholder, or a longer one."""
        size = len(self._text)
        for place in range(max(since, size - LONGEST + 1), size):
            found = _PARTLY.match(self._text, place, partial=True)
            if found is not None and (found.partial or _MAY_CLOSE.match(self._text, found.end())):
                return place
        return size

    def _restored(self, found: re.Match[str]) -> str:
        value = self._value_of(_exact(found))
        if value is not None:
            return value
        return self._unknown() if _certain(found) else found[0]


def _exact(found: re.Match[str]) -> str:
    kind = found["k0"] or found["k1"] or found["k2"] or found["k3"]
    number = found["n0"] or found["n1"] or found["n2"] or found["n3"]
    return write(re.sub(r"\\?[_ -]", "_", kind).upper(), int(number))


def looks_like_one(text: str) -> list[tuple[int, int]]:
    """Where a text holds something a model or a `Restorer` could take for a placeholder."""
    if _DIGIT.search(text) is None:
        return []
    return [found.span() for found in ANY.finditer(text)]


def left_over(text: str) -> bool:
    """Whether a text for a customer still shows a placeholder."""
    return any(map(_certain, ANY.finditer(text)))


def blanked(text: str) -> str:
    """The same text, as long, with every placeholder of ours turned into a barrier."""
    return EXACT.sub(lambda found: "\ufffc" * len(found[0]), text)
