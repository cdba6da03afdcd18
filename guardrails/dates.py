"""Dates and times of day in any spelling: "3 March 2026", "2026-03-03", "am 03.03.", "7 p.m."."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from guardrails.text import fold, word_set

_MONTHS = """
jan january januar januari janvier janv enero ene janeiro gennaio gen styczen stycznia leden ledna
  ocak ianuarie januari январь января янв січень січня يناير
feb february februar februari fevrier fevr febrero fevereiro fev febbraio luty lutego unor unora
  subat februarie февраль февраля лютии лютого فبراير
mar march marz maart mars marzo marco marzec marca brezen brezna mart martie март марта березень
  березня مارس
apr april avril avr abril abr aprile kwiecien kwietnia duben dubna nisan aprilie апрель апреля
  квітень квітня ابريل
may mai mei mayo maio maggio mag maj maja kveten kvetna mayis май мая маи травень травня مايو
jun june juni juin junio junho giugno giu czerwiec czerwca cerven cervna haziran iunie июнь июня
  червень червня يونيو
jul july juli juillet juil julio julho luglio lug lipiec lipca cervenec cervence temmuz iulie
  июль июля липень липня يوليو
aug august augustus augusti aout agosto ago sierpien sierpnia srpen srpna agustos август августа
  серпень серпня اغسطس
sep sept september septembre septiembre setiembre setembro settembre set wrzesien wrzesnia zari
  eylul septembrie сентябрь сентября вересень вересня سبتمبر
oct october oktober octobre octubre outubro out ottobre ott pazdziernik pazdziernika rijen rijna
  ekim octombrie октябрь октября жовтень жовтня اكتوبر
nov november novembre noviembre novembro listopad listopada kasim noiembrie ноябрь ноября
  نوفمبر
dec december dezember dez decembre diciembre dic dezembro dicembre grudzien grudnia prosinec
  prosince aralik decembrie декабрь декабря грудень грудня ديسمبر
"""
_MONTH = {
    name: number
    for number, line in enumerate(re.sub(r"\n ", " ", _MONTHS).strip().split("\n"), start=1)
    for name in line.split()
}
_MONTH_TOO = word_set("mar may mai set out ago gen mag jun sep dec dez dic giu lug maj nov")
"""Month names that are other words as well: these need a capital, a year or a connecting word."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date ("2026-03-03", with gaps "-03-03", "2026-03-") or a time ("19:00") in a text."""

    value: str
    sure: bool
    start: int
    end: int


def level(text: str) -> str:
    """Lower case without accents, as long as the text itself."""
    if text.isascii():
        return text.lower()
    return "".join(map(_leveled, text))


@cache
def _leveled(char: str) -> str:
    if "\uac00" <= char <= "\ud7af":
        return char  # Korean syllables are not letters with accents
    folded = fold(char)
    return folded[0] if folded else char


def is_month(word: str) -> bool:
    """Whether a word names a month, in any of the languages known here."""
    return level(word) in _MONTH


@cache
def _date_patterns() -> tuple[re.Pattern[str], ...]:
    month = "|".join(sorted(_MONTH, key=len, reverse=True))
    of = r"(?:de |del |di |of )?"
    day = r"(?<![\d.,:])(?P<d>\d{1,2})(?:st|nd|rd|th|er|\.|º|ª)?"
    return (
        re.compile(
            rf"{day}[\s-]?\s?(?:of |de |di )?(?P<name>{month})(?![^\W\d_])\.?"
            rf"(?:[\s,-]{{1,2}}{of}(?P<y>\d{{4}})(?!\d))?"
        ),
        re.compile(
            rf"(?<![^\W\d_])(?P<name>{month})\.?\s+(?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?"
            rf"(?![\d:])(?![.,]\d)(?:,?\s+(?P<y>\d{{4}})(?!\d))?"
        ),
        re.compile(rf"(?<![^\W\d_])(?P<name>{month})\.?,?[\s-]+{of}(?P<y>\d{{4}})(?!\d)"),
        re.compile(r"(?<![\d.,/-])(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?![\d/-])"),
        re.compile(
            r"(?<![\d.,])(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d{2})(?![\d.,]\d|\d)"
        ),
        re.compile(
            r"(?:(?<=am )|(?<=bis )|(?<=vom )|(?<=zum )|(?<=ab )|(?<=den )|(?<=seit ))"
            r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?!\s?\d)"
        ),
        re.compile(r"(?<![\d.,])(?P<d>\d{2})\.(?P<m>\d{2})\.(?=\s?[^\W\d_A-Z])"),
        re.compile(
            r"(?<![\d/-])(?P<a>\d{1,2})(?P<s>[/-])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4})(?![\d/-])"
        ),
        re.compile(
            r"(?:(?P<y>\d{4})\s?[年년]\s?)?(?P<m>\d{1,2})\s?[月월](?:\s?(?P<d>\d{1,2})\s?[日号號일])?"
        ),
        re.compile(r"(?P<y>\d{4})\s?[年년]"),
    )


def dates(text: str, flat: str) -> Iterator[Moment]:
    """The dates of a text; `flat` is its `level`."""
    if not any(map(str.isdigit, flat)):
        return
    for pattern in _date_patterns():
        for match in pattern.finditer(flat):
            value = _date(text, match)
            if value:
                yield Moment(value, True, match.start(), match.end())


def _date(text: str, match: re.Match[str]) -> str:
    parts = match.groupdict()
    year, name = parts.get("y") or "", parts.get("name")
    if len(year) == 2:
        year = f"20{year}"
    if parts.get("a"):
        first, second = int(parts["a"] or 0), int(parts["b"] or 0)
        if first == second or second > 12:
            day, month = second, first
        elif first > 12:
            day, month = first, second
        else:  # nobody can know which of them is the month: only the same spelling is the same
            return f"{year}-{first:02}/{second:02}"
    else:
        day = int(parts.get("d") or 0)
        month = _MONTH[name] if name else int(parts.get("m") or 0)
    if day > 31 or month > 12 or (parts.get("m") and month < 1) or (parts.get("d") and day < 1):
        return ""
    doubtful = name in _MONTH_TOO and not year and not re.search(r" d[ei] ", match[0])
    if doubtful and not text[match.start("name")].isupper():
        return ""
    return f"{year}-{month:02}-{day:02}".replace("-00", "-")


_CLOCK = re.compile(
    r"(?<![\d.,:])(?P<h>\d{1,2})(?:(?P<s>[:.h])(?P<m>\d{2}))?"
    r"(?:\s?(?P<half>a\.?m|p\.?m|uhr|o'clock)(?![^\W\d_]))?(?!\d|[:.,]\d)"
)


def times(flat: str) -> Iterator[Moment]:
    """The times of day; `sure` are those of which nobody has to ask whether a.m. or p.m."""
    seen: list[tuple[int, int, bool, re.Match[str]]] = []
    for match in _CLOCK.finditer(flat):
        hour, minute = int(match["h"]), int(match["m"] or 0)
        half = (match["half"] or "").replace(".", "")
        colon = match["s"] in (":", "h")
        if hour > 24 or minute > 59 or not (half or colon):
            continue
        known = half in ("am", "pm", "uhr") or hour > 12 or hour == 0
        if half in ("am", "pm"):
            if hour > 12:
                continue
            hour = hour % 12 + (12 if half == "pm" else 0)
        seen.append((hour, minute, known, match))
    # Where one time is beyond twelve, the others count from midnight, too.
    whole_day = any(known and int(match["h"]) > 12 for _, _, known, match in seen)
    for hour, minute, known, match in seen:
        known = known or whole_day
        yield Moment(f"{hour:02}:{minute:02}", known, match.start(), match.end())
