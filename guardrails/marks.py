"""Citations in a reply: "[1]" behind a sentence names the passage it rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARK = re.compile(r"\s*\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")


@dataclass(frozen=True, slots=True)
class Marks:
    """Citations "[1]" of a reply: (character before which one stood, number from 1)."""

    text: str
    places: tuple[tuple[int, int], ...]


def without_marks(reply: str) -> Marks:
    """Take the citations out of a reply and remember where they stood."""
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    length = end = 0
    for match in _MARK.finditer(reply):
        parts.append(reply[end : match.start()])
        length += match.start() - end
        places += [(length, int(number)) for number in re.findall(r"\d+", match[1])]
        end = match.end()
    return Marks("".join(parts) + reply[end:], tuple(places))


def cited_by(
    spans: Sequence[tuple[int, int]], marks: Sequence[tuple[int, int]], chunks: Sequence[int]
) -> list[tuple[int, ...]]:
    """Which passages each sentence cites: a mark belongs to the sentence it stands in or after."""
    found: list[list[int]] = [[] for _ in spans]
    for place, number in marks:
        before = [at for at, (start, _) in enumerate(spans) if start < place]
        if before and 1 <= number <= len(chunks):
            found[before[-1]].append(chunks[number - 1])
    return [tuple(dict.fromkeys(one)) for one in found]
