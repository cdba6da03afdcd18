"""What a new version of a document says otherwise than the one before, sentence by sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.contradictions import Statement, similar
from knowledge.facts import Fact, missing

ALIKE = 0.3
"""Share of their words that a sentence and the one that took its place have in common at least."""
SAME = 0.6
"""The same for two sentences that say the same, if their figures agree."""
_SAME_FIGURES = 0.3
_SAME_HEADING = 0.1


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a document below its heading."""

    heading: str
    said: Statement


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A sentence and what took its place; `now` is None where nothing did."""

    was: Line
    now: Line | None

    @property
    def before(self) -> tuple[Fact, ...]:
        """The figures that are not said any more."""
        return missing(self.was.said.facts, self.now.said.facts if self.now else ())

    @property
    def after(self) -> tuple[Fact, ...]:
        """The figures that were not said before."""
        return missing(self.now.said.facts, self.was.said.facts) if self.now else ()

    @property
    def denial(self) -> bool:
        """Whether one denies what the other says."""
        if self.now is None or self.was.said.denies == self.now.said.denies:
            return False
        return similar(self.was.said, self.now.said) >= SAME


def rewritten(old: Sequence[Line], new: Sequence[Line]) -> list[Rewritten]:
    """The sentences of the old version that the new one does not have, each with its successor."""
    there = Counter(_plain(line) for line in new)
    left_old = [line for line in old if not _taken(there, line)]
    known = Counter(_plain(line) for line in old)
    left_new = [line for line in new if not _taken(known, line)]
    ranked = sorted(
        (
            (-score, a, b)
            for a, was in enumerate(left_old)
            for b, now in enumerate(left_new)
            if (score := _succeeds(was, now)) >= ALIKE
        ),
    )
    successor: dict[int, int] = {}
    taken: set[int] = set()
    for _, a, b in ranked:
        if a not in successor and b not in taken:
            successor[a] = b
            taken.add(b)
    return [
        Rewritten(was, left_new[successor[a]] if a in successor else None)
        for a, was in enumerate(left_old)
    ]


def told(said: Statement, lines: Iterable[Statement]) -> bool:
    """Whether one of these sentences says the same, in about the same words."""
    return any(
        similar(said, other) >= SAME
        and said.denies == other.denies
        and not missing(said.facts, other.facts)
        for other in lines
    )


def _succeeds(was: Line, now: Line) -> float:
    score = similar(was.said, now.said)
    if was.said.facts and not missing(was.said.facts, now.said.facts):
        score += _SAME_FIGURES
    return score + (_SAME_HEADING if was.heading == now.heading else 0.0)


def _plain(line: Line) -> str:
    return " ".join(line.said.text.split())


def _taken(counted: Counter[str], line: Line) -> bool:
    """Whether the other version has this sentence, too; each of its copies counts once."""
    plain = _plain(line)
    if not counted[plain]:
        return False
    counted[plain] -= 1
    return True
