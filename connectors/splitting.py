"""Cutting a text into messages a platform takes."""

from __future__ import annotations

import regex

_CLUSTER = regex.compile(r"\X")
_BREAKS = (
    regex.compile(r"\n[ \t]*\n\s*"),
    regex.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n\s*"),
    regex.compile(r"\s+"),
)
"""Paragraph, sentence, word: the first kind found in the last two thirds of a part is used."""


def units(text: str) -> int:
    """The length in UTF-16 units, which is what platforms count."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str, most: int) -> list[str]:
    """Parts of at most `most` UTF-16 units, cut at a paragraph, else a sentence, else a word.

    Never inside a grapheme cluster, unless one alone is longer than a whole part.
    """
    parts = []
    rest = text.strip()
    while units(rest) > most:
        end = _fitting(rest, most)
        cut = _cut(rest, end)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        parts.append(rest)
    return [part for part in parts if part]


def _fitting(text: str, most: int) -> int:
    """How many characters fit, counting whole clusters."""
    used = 0
    for cluster in _CLUSTER.finditer(text, concurrent=False):
        used += units(cluster.group())
        if used > most:
            return cluster.start() or _fitting_characters(text, most)
    return len(text)


def _fitting_characters(text: str, most: int) -> int:
    used = 0
    for place, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > most:
            return max(1, place)
    return len(text)


def _cut(text: str, end: int) -> int:
    for kind in _BREAKS:
        found = [match.end() for match in kind.finditer(text, endpos=end + 1)]
        good = [place for place in found if end // 3 < place <= end]
        if good:
            return int(good[-1])
    return end
