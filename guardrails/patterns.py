"""A company's own patterns: tried on their own examples and on hostile texts before they count."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import regex

from guardrails.policy import Pattern
from guardrails.text import view
from runtime.errors import BadInput

LENGTH = 8_000
"""Characters of a hostile text: the longest message that a model reads by default."""
SLOW = 0.02
"""Seconds of CPU that one pattern may take for a text of that length, three messages' whole
budget. What grows with the square of the length takes more."""
HARD = 0.5
"""Seconds after which a search ends whatever it is doing, in a test and in production."""

_BOUND = r"bound every repeat, as in \d{1,20} instead of \d+"


@lru_cache(maxsize=2_000)
def compiled(expression: str) -> regex.Pattern[str]:
    """The pattern as it is searched for: any case, Unicode, sets with operations.

    Raises `regex.error`.
    """
    return regex.compile(expression, regex.IGNORECASE | regex.VERSION1)


def places(expression: str, text: str) -> list[tuple[int, int]]:
    """Where a pattern stands in normalised text (`guardrails.text.view`), empty matches left out.

    Raises `TimeoutError` after `HARD` seconds.
    """
    found = compiled(expression).finditer(text, timeout=HARD)
    return [match.span() for match in found if match.end() > match.start()]


def check(pattern: Pattern, field: str) -> None:
    """Raise `BadInput`, naming the field and the fix, for a pattern that cannot be used.

    It must compile, find something in each of `finds` and nothing in `spares`, and be quick on
    long texts made of what it looks for.
    """
    try:
        compiled(pattern.regex)
    except regex.error as error:
        raise BadInput(f"{field}.regex: cannot be read: {error}") from None
    if _nested(pattern.regex):
        raise BadInput(f"{field}.regex: a repeat within a repeat can take forever: {_BOUND}")
    try:
        _tried(pattern, field)
        slow = any(_slow(pattern, text) for text in hostile(pattern))
    except TimeoutError:
        slow = True
    if slow:
        raise BadInput(f"{field}.regex: is slow on long texts of what it looks for: {_BOUND}")


def _tried(pattern: Pattern, field: str) -> None:
    for number, text in enumerate(pattern.finds):
        if not places(pattern.regex, view(text).text):
            raise BadInput(f"{field}.finds[{number}]: nothing is found in it")
    for number, text in enumerate(pattern.spares):
        if places(pattern.regex, view(text).text):
            raise BadInput(f"{field}.spares[{number}]: something is found in it")


def _slow(pattern: Pattern, text: str) -> bool:
    """Whether a search takes too much CPU; the better of two runs, for others run here, too."""
    taken = []
    for _ in range(2):
        begun = time.thread_time()
        places(pattern.regex, text)
        taken.append(time.thread_time() - begun)
        if taken[-1] <= SLOW:
            return False
    return min(taken) > SLOW


def hostile(pattern: Pattern) -> Iterator[str]:
    """Long texts that make a backtracking search work: repeats of what the pattern is about.

    Single characters, pairs, whole examples and their beginnings, taken from the examples and
    from the letters of the expression itself. Some end so, some are broken off by what fits
    nowhere; behind some of these stands an example, since a search gives up at once where a
    letter it needs is nowhere.
    """
    ends = ("", "\x01", f"\x01{pattern.finds[0]}")
    for part in dict.fromkeys(_parts(pattern)):
        repeated = (part * (LENGTH // len(part) + 1))[:LENGTH]
        yield from (repeated + end for end in ends)
    for example in pattern.finds[:5]:
        for head in (example[:-1], example[: len(example) // 2]):
            for char in dict.fromkeys((example[0], example[-1], *head[-1:])):
                yield from ((head + char * LENGTH)[:LENGTH] + end for end in ends)


def _parts(pattern: Pattern) -> Iterator[str]:
    plain = regex.sub(r"\\[pPN]\{[^}]*\}|\\.|\(\?[a-zA-Z<!=:>]*", "", pattern.regex)
    own = Counter("".join(pattern.finds) + "".join(char for char in plain if char.isalnum()))
    usual = [char for char, _ in own.most_common(8)]
    yield from (*usual, *"aA0 -._@/\n", "é", "字")
    yield from (first + second for first in usual[:5] for second in usual[:5] if first != second)
    for example in pattern.finds[:5]:
        yield from (example, f"{example} ", example[:-1] or example)
        yield from (example[: max(1, len(example) // share)] for share in (4, 2))


def _nested(expression: str) -> bool:
    """Whether a group that holds an unbounded repeat is itself repeated without bound."""
    inside = [False]
    """For each open group, whether an unbounded repeat stands in it."""
    closed = False
    """Whether what ends here is a group that holds one."""
    place = 0
    while place < len(expression):
        char = expression[place]
        if char == "\\":
            closed, place = False, place + 2
            continue
        if char == "[":
            closed, place = False, _after_set(expression, place)
            continue
        if char == "(":
            inside.append(False)
            closed = False
        elif char == ")" and len(inside) > 1:
            closed = inside.pop()
            inside[-1] |= closed
        elif unbounded := regex.match(r"[*+]|\{\d*,\}", expression[place:]):
            if closed:
                return True
            inside[-1] = True
            place += unbounded.end()
            continue
        elif bounded := regex.match(r"\?|\{\d+(?:,\d+)?\}", expression[place:]):
            place += bounded.end()
            continue
        else:
            closed = False
        place += 1
    return False


def _after_set(expression: str, place: int) -> int:
    """Where a set of characters ends; sets may hold sets."""
    depth = 0
    start = place
    while place < len(expression):
        char = expression[place]
        if char == "\\":
            place += 1
        elif char == "[":
            depth += 1
            start = place
        elif char == "]" and place > start + 1 + (expression[start + 1] == "^"):
            depth -= 1
            if depth == 0:
                return place + 1
        place += 1
    return place
