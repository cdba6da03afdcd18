"""Dates in many spellings, for finding a known date of birth again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from guardrails.spans import Span
from guardrails.text import fold

Date = tuple[int, int, int]

_MONTHS = (
    "january jan januar janvier janv enero ene gennaio gen janeiro januari styczen ocak يناير",
    "february feb februar fevrier fevr febrero febbraio fevereiro fev februari luty subat فبراير",
    "march mar marz maerz mrz mars marzo marco maart mrt marzec mart مارس",
    "april apr avril avr abril abr aprile kwiecien nisan أبريل ابريل",
    "may mai mayo maggio mag maio mei maj mayis مايو",
    "june jun juni juin junio giugno giu junho czerwiec haziran يونيو",
    "july jul juli juillet juil julio luglio lug julho lipiec temmuz يوليو",
    "august aug aout agosto ago augustus sierpien agustos أغسطس اغسطس",
    "september sep sept septembre septiembre settembre set setembro wrzesien eylul سبتمبر",
    "october oct oktober okt octobre octubre ottobre ott outubro pazdziernik ekim أكتوبر اكتوبر",
    "november nov novembre noviembre novembro listopad kasim نوفمبر",
    "december dec dezember dez decembre diciembre dic dicembre dezembro grudzien aralik ديسمبر",
)
_MONTH = {fold(name): number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NAMED = "|".join(sorted(map(re.escape, _MONTH), key=len, reverse=True))

_NUMERIC = re.compile(
    r"(?<!\d)(\d{4}|\d{1,2})\s?[-./年년 ]\s?(\d{1,2})\s?[-./月월 ]\s?(\d{4}|\d{1,2})"
    r"(?:\s?[日일])?(?!\d)"
)
_SOLID = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)|(?<!\d)(\d{2})(\d{2})(\d{4})(?!\d)")
_DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|\.|º|°)?\s?(?:of |de |di )?({_NAMED})\b\.?,?\s?"
    rf"(?:de |of |del )?(\d{{4}}|\d{{2}})(?!\d)"
)
_MONTH_FIRST = re.compile(
    rf"(?<![^\W_])({_NAMED})\.?\s?(\d{{1,2}})(?:st|nd|rd|th)?,?\s(\d{{4}}|\d{{2}})(?!\d)"
)


def _possible(first: int, second: int, third: int) -> Iterable[Date]:
    """Every date three numbers can mean."""
    orders = ((first, second, third), (third, second, first), (third, first, second))
    for year, month, day in orders:
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield _century(year), month, day


def _century(year: int) -> int:
    if year >= 100:
        return year
    return year + (2000 if year <= 30 else 1900)


@lru_cache(maxsize=256)
def find(viewed: str) -> tuple[tuple[Span, frozenset[Date]], ...]:
    """Dates in a text, each with everything it can mean."""
    if not any(char.isdigit() for char in viewed):
        return ()
    folded = viewed.lower()
    lowered = fold(viewed)
    # Folding may change the length (ß, combining marks): then only lower case is safe to index.
    searched = lowered if len(lowered) == len(viewed) else folded
    found = [
        (Span(*match.span(), "DOB"), frozenset(_possible(*map(int, match.groups()))))
        for match in _NUMERIC.finditer(viewed)
    ]
    for match in _SOLID.finditer(viewed):
        numbers = [int(group) for group in match.groups() if group]
        found.append((Span(*match.span(), "DOB"), frozenset(_possible(*numbers))))
    for match in _DAY_FIRST.finditer(searched):
        meaning = (_century(int(match[3])), _MONTH[match[2]], int(match[1]))
        found.append((Span(*match.span(), "DOB"), frozenset({meaning})))
    for match in _MONTH_FIRST.finditer(searched):
        meaning = (_century(int(match[3])), _MONTH[match[1]], int(match[2]))
        found.append((Span(*match.span(), "DOB"), frozenset({meaning})))
    return tuple(found)


def meanings(value: str) -> frozenset[Date]:
    """What a stored date can mean."""
    return frozenset().union(*(dates for _, dates in find(value))) if find(value) else frozenset()
