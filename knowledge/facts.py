"""What two statements can disagree about: figures, as whoever connects the parts reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure in one form: `kind` is "number", "date" or "time", `value` "4.9", "2026-03-03" or
    "19:00", `unit` "EUR", "day", "kg" or "", `bound` "<" (at most), ">" (at least) or ""."""

    kind: str
    value: str
    unit: str = ""
    bound: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two facts the same."""
        return self.kind, self.value, self.unit

    def __str__(self) -> str:
        unit = "" if self.kind == "time" else self.unit
        return " ".join(part for part in (self.bound, self.value, unit) if part)


class Reader(Protocol):
    """Reads facts and denials out of a text."""

    def facts(self, text: str, language: str = "") -> Sequence[Fact]: ...

    def denies(self, text: str) -> bool: ...

    def without_figures(self, text: str, language: str = "") -> str:
        """The text without its figures and their units."""
        ...


def differing(
    ours: Sequence[Fact], theirs: Sequence[Fact], *, counts: bool = True
) -> list[tuple[str, str]]:
    """What two statements say differently of the same kind: pairs such as ("30 day", "14 day").

    Where one only says more than the other they do not differ. Spans of time are compared in
    days; sums in different currencies are not compared; numbers without a unit only if `counts`.
    """
    found: list[tuple[str, str]] = []
    for kind in dict.fromkeys(map(class_of, ours)):
        if kind == ("number", "") and not counts:
            continue
        mine = [one for one in ours if class_of(one) == kind]
        others = [one for one in theirs if class_of(one) == kind]
        ours_alone, theirs_alone = missing(mine, others), missing(others, mine)
        if ours_alone and theirs_alone:
            found.append((shown(ours_alone), shown(theirs_alone)))
    return found


def missing(facts: Sequence[Fact], there: Sequence[Fact]) -> tuple[Fact, ...]:
    """Those of the facts that are not among the others in any form."""
    return tuple(one for one in facts if not any(_same(one, other) for other in there))


def shown(facts: Sequence[Fact]) -> str:
    """Facts as people read them: "4.9 EUR, 30 day"."""
    return ", ".join(dict.fromkeys(map(str, facts)))


_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
"""Days of a unit; of the longer ones roughly."""


def class_of(fact: Fact) -> tuple[str, str]:
    """What a fact can be compared with: dates, times, spans of time, sums of one currency, …"""
    if fact.kind != "number":
        return fact.kind, ""
    return fact.kind, "time" if fact.unit in _DAYS else fact.unit


def _same(one: Fact, other: Fact) -> bool:
    if one.bound and other.bound and one.bound != other.bound:
        return False
    if one.key == other.key:
        return True
    if one.kind == "date":
        return _dates_fit(one.value, other.value)
    if one.kind == "time":
        # without "p.m." or an hour beyond twelve nobody knows which half of the day is meant
        sure = bool(one.unit and other.unit)
        return one.value == other.value or (not sure and _half(one.value) == _half(other.value))
    if one.unit == other.unit or one.unit not in _DAYS or other.unit not in _DAYS:
        return False
    first, second = _days(one), _days(other)
    return 0.9 <= first / second <= 1.1 if first and second else first == second


def _half(value: str) -> tuple[int, str]:
    return int(value[:2]) % 12, value[3:]


def _dates_fit(one: str, other: str) -> bool:
    """Whether "-03-03" and "2026-03-03" may be the same day."""
    parts = zip(_parts(one), _parts(other), strict=True)
    return all(mine == theirs or not mine or not theirs for mine, theirs in parts)


def _parts(value: str) -> tuple[str, str, str]:
    year, _, rest = value.partition("-")
    month, _, day = rest.partition("-")
    return year, month, day


def _days(fact: Fact) -> float:
    try:
        return float(fact.value) * _DAYS[fact.unit]
    except ValueError:
        return 0.0
