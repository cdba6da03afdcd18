"""Numbers, dates, times, sums and measures of a text in one form, whatever their spelling.

"3 March 2026", "2026-03-03" and "03.03.2026" are one date; "1,000" and "1.000" one number;
"7 p.m." and "19:00" one time; "thirty days" and "30 days" one measure. Nothing is computed: two
weeks are not fourteen days.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from guardrails.dates import Moment, dates, level, times
from guardrails.numerals import guess, spelled
from guardrails.text import word_set

_UNITS = {
    "EUR": "€ eur euro euros",
    "USD": "$ usd dollar dollars dolares dolar us$",
    "GBP": "£ gbp",
    "pound": "pound pounds pfund lb lbs livres libras",
    "JPY": "¥ jpy yen 円",
    "CNY": "cny rmb yuan 元 人民币",
    "INR": "₹ inr rupees rupee",
    "RUB": "₽ rub рублей рубля рубль",
    "KRW": "₩ krw won 원",
    "TRY": "₺ try lira",
    "PLN": "pln zl zloty zlotych",
    "CHF": "chf franken francs",
    "BRL": "r$ brl reais real",
    "%": "% percent prozent procent procents porcento percento процентов процента",
    "‰": "‰",
    "second": "second seconds sekunde sekunden seconde secondes segundo segundos secondi 秒",
    "minute": "minute minutes minuten minuto minutos minuti minuut min 分钟 分間 минут минуты",
    "hour": "hour hours hrs hr stunde stunden heure heures hora horas ora ore uur uren h 小时 時間 "
    "часов часа 시간",
    "day": "day days tag tage tagen tagig tagige tagigen jour jours dia dias giorno giorni dag "
    "dagen 天 日 일 дней дня dni gun يوم days'",
    "workday": "workday workdays werktag werktage werktagen arbeitstag arbeitstage arbeitstagen "
    "werkdag werkdagen 工作日 営業日",
    "week": "week weeks woche wochen wochig wochige wochigen semaine semaines semana semanas "
    "settimana settimane weken 周 週間 недель недели",
    "month": "month months monat monate monaten monatig monatige monatigen mois mes meses mese "
    "mesi maand maanden 个月 か月 ヶ月 개월 месяцев месяца",
    "year": "year years jahr jahre jahren jahrig jahrige jahrigen an ans annee annees ano anos "
    "anno anni jaar 年 년 лет года let yil",
    "kg": "kg kilo kilos kilogram kilograms kilogramm 公斤",
    "g": "g gram grams gramm grammes gramos grammi",
    "km": "km kilometer kilometers kilometre kilometres kilometern",
    "m": "m meter meters metre metres metern metros metri",
    "cm": "cm zentimeter centimeter centimeters centimetre centimetres",
    "mm": "mm millimeter millimeters",
    "mile": "mile miles mi",
    "inch": "inch inches zoll",
    "litre": "l liter liters litre litres litern litros litri",
}
_UNIT = {name: unit for unit, names in _UNITS.items() for name in names.split()}
MONEY = word_set("EUR USD GBP pound JPY CNY INR RUB KRW TRY PLN CHF BRL % ‰")
"""Units of sums and shares: these must stand with the number, or at least in its passage."""
_WORKING = word_set(
    "working business werk arbeits ouvres ouvrables habiles laborables uteis lavorativi"
)
_LARGE = {
    "thousand": 3, "tausend": 3, "million": 6, "millions": 6, "millionen": 6, "mio": 6, "mln": 6,
    "millones": 6, "millon": 6, "milhoes": 6, "milioni": 6, "miljoen": 6, "billion": 9,
    "billions": 9, "milliarde": 9, "milliarden": 9, "milliards": 9, "mrd": 9, "miljard": 9,
    "万": 4, "億": 8, "亿": 8,
}  # fmt: skip

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE = re.compile(
    r"(r\$|us\$|[€$£¥₹₽₩₺]|(?<![^\W\d_])(?:eur|usd|gbp|chf|brl|jpy|cny|rmb|inr|pln))\s?\Z"
)
_AFTER = re.compile(r"\s?(%|‰|[€$£¥₹₽₩₺円元원]|r\$)")
_NEXT = re.compile(r"[\s\u2011-]?([^\W\d_]+(?:[.'][^\W\d_])?)")
_DENSE = re.compile(
    r"\s?(小时|工作日|分钟|分間|时间|時間|営業日|週間|个月|か月|ヶ月|人民币|公斤|개월|시간|[天日秒周年일년])"
)
_CENT = re.compile(r"\s?(?:per cent|pour cent|por ciento|por cento|per cento)(?![^\W\d_])")
_AT_LEAST = re.compile(
    r"(?:at least|more than|no less than|not less than|minimum(?: of)?|over|mindestens|mehr als|"
    r"au moins|plus de|al menos|como minimo|mas de|pelo menos|no minimo|mais de|almeno|piu di|"
    r"minstens|meer dan)\s+(?:\w+\s)?\W?\Z"
)
_AT_MOST = re.compile(
    r"(?:at most|up to|no more than|not more than|less than|maximum(?: of)?|under|hochstens|"
    r"maximal|bis zu|weniger als|au plus|jusqu'a|moins de|como maximo|hasta|menos de|no maximo|"
    r"ate|al massimo|fino a|meno di|hoogstens|maximaal|tot|minder dan)\s+(?:\w+\s)?\W?\Z"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """Something to be copied exactly. `start:end` is where it stands in the text that was read.

    `value` is a plain decimal for numbers, "2026-03-03" with gaps for dates ("-03-03", "2026-03-"),
    "19:00" for times, the letters and digits for a code such as "X200".
    """

    kind: Literal["number", "date", "time"]
    value: str
    unit: str
    bound: str
    start: int
    end: int
    spelled: bool = False

    @property
    def is_sum(self) -> bool:
        """Money or a share of it."""
        return self.unit in MONEY


def read(text: str, language: str = "") -> tuple[Figure, ...]:
    """All figures of a text, in order; `text` is a view. Dates also give their day and year."""
    flat = level(text)
    found: list[Figure] = []
    taken = [False] * len(text)

    def free(start: int, end: int) -> bool:
        return not any(taken[start:end])

    moments: list[tuple[Literal["date", "time"], Moment]] = [
        *(("date", one) for one in dates(text, flat)),
        *(("time", one) for one in times(flat)),
    ]
    for kind, one in moments:
        if free(one.start, one.end):
            unit = "day" if kind == "time" and one.sure else ""
            found.append(Figure(kind, one.value, unit, "", one.start, one.end))
            taken[one.start : one.end] = [True] * (one.end - one.start)
    found += [
        _number(flat, canonical(match[0]), match.start(), match.end())
        for match in _NUMBER.finditer(flat)
        if free(match.start(), match.end())
    ]
    words = _WORD.findall(flat)
    spoken = language or guess(words) or "en"
    for value, start, end in spelled(flat, spoken):
        if free(start, end):
            found.append(_number(flat, str(value), start, end, spelled=True))
    return tuple(sorted(found, key=lambda one: one.start))


def canonical(number: str) -> str:
    """A number in a form in which 1,000 and 1.000 and 1000 are the same."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number):
        return re.sub(r"\D", "", number)
    decimal = re.fullmatch(r"(\d[\d.,]*)[.,](\d{1,2})", number)
    if decimal:
        whole, cents = re.sub(r"\D", "", decimal[1]), decimal[2].rstrip("0")
        whole = whole.lstrip("0") or "0"
        return f"{whole}.{cents}" if cents else whole
    return number.lstrip("0") or "0"


def _number(flat: str, value: str, start: int, end: int, *, spelled: bool = False) -> Figure:
    unit, at = _before(flat, start), end
    large = _NEXT.match(flat, end)
    if large and large[1] in _LARGE and not spelled and re.fullmatch(r"\d+(?:\.\d+)?", value):
        value = f"{(Decimal(value) * 10 ** _LARGE[large[1]]).normalize():f}"
        at = large.end()
    unit = unit or _unit(flat, at)
    return Figure("number", value, unit, _bound(flat, start), start, end, spelled)


def _before(flat: str, start: int) -> str:
    match = _BEFORE.search(flat, max(0, start - 5), start)
    return _UNIT.get(match[1], "") if match else ""


def _unit(flat: str, end: int) -> str:
    sign = _AFTER.match(flat, end) or _DENSE.match(flat, end)
    if sign:
        return _UNIT.get(sign[1], "")
    if _CENT.match(flat, end):
        return "%"
    place, working = end, False
    for _ in range(2):
        word = _NEXT.match(flat, place)
        if word is None:
            return ""
        name = word[1]
        working = working or name in _WORKING
        unit = _UNIT.get(name.rstrip(".")) or _UNIT.get(name.partition("'")[0])
        if unit:
            if unit != "day":
                return unit
            after = _NEXT.match(flat, word.end())
            return "workday" if working or (after and after[1] in _WORKING) else "day"
        if len(name) < 3:
            return ""  # "5 or 6 days": the unit belongs to the second number
        place = word.end()
    return ""


def _bound(flat: str, start: int) -> str:
    lead = flat[max(0, start - 28) : start]
    # "No more than" ends in "more than": what limits from above is looked for first.
    if _AT_MOST.search(lead):
        return "<"
    return ">" if _AT_LEAST.search(lead) else ""


@dataclass(frozen=True, slots=True)
class Have:
    """The figures of a source, ready to be asked for."""

    figures: frozenset[tuple[str, str, str, str]]
    numbers: dict[str, frozenset[tuple[str, str]]]
    units: frozenset[str]


def collect(figures: Sequence[Figure], units: frozenset[str] = frozenset()) -> Have:
    """`units` are those of the whole passage: a table names the currency in its head."""
    numbers: dict[str, set[tuple[str, str]]] = {}
    for one in figures:
        if one.kind == "number":
            numbers.setdefault(one.value, set()).add((one.unit, one.bound))
        else:
            for part in re.findall(r"\d+", one.value):
                numbers.setdefault(part.lstrip("0") or "0", set()).add(("", ""))
        if one.kind == "time":
            hour = int(one.value[:2])
            numbers.setdefault(str(hour - 12 if hour > 12 else hour), set()).add(("", ""))
    return Have(
        frozenset((one.kind, one.value, one.unit, one.bound) for one in figures),
        {value: frozenset(where) for value, where in numbers.items()},
        units | {one.unit for one in figures},
    )


def held(one: Figure, have: Have) -> bool:
    """Whether a source states this figure."""
    if one.kind == "date":
        return _date_held(one.value, have)
    if one.kind == "time":
        spellings = {
            unit for kind, value, unit, _ in have.figures if (kind, value) == ("time", one.value)
        }
        return bool(spellings) and (one.unit == "" or one.unit in spellings)
    return any(_fits(one, unit, bound, have) for unit, bound in have.numbers.get(one.value, ()))


def _fits(one: Figure, unit: str, bound: str, have: Have) -> bool:
    if one.bound and bound and one.bound != bound:
        return False
    if one.unit == unit or not one.unit:
        return True
    if {one.unit, unit} == {"GBP", "pound"}:
        return True
    if unit:
        return False
    return one.unit not in MONEY or one.unit in have.units


def _date_held(value: str, have: Have) -> bool:
    wanted = _parts(value)
    for kind, other, _, _ in have.figures:
        if kind != "date":
            continue
        if other == value:
            return True
        there = _parts(other)
        if "/" in other + value:
            continue
        if all(b == a for a, b in zip(wanted[1:], there[1:], strict=True) if a) and (
            not wanted[0] or wanted[0] == there[0] or (not there[0] and wanted[0] in have.numbers)
        ):
            return True
    return False


def _parts(value: str) -> tuple[str, str, str]:
    year, _, rest = value.partition("-")
    month, _, day = rest.partition("-")
    return year, month, day


def units_named(text: str) -> frozenset[str]:
    """Currencies and the sign of percent wherever they stand: in the head of a table, say."""
    flat = level(text)
    found = {_UNIT[char] for char in "€$£¥₹₽₩₺%円" if char in flat}
    found |= {_UNIT[word] for word in _WORD.findall(flat) if _UNIT.get(word) in MONEY}
    return frozenset(found)
