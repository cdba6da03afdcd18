"""A second opinion on what the output gate let through: numbers, dates, prices, names, literally.

It shares no code with the gate, knows no windows and no languages but English, and forgives
nothing: what it wants must stand in the cited source, letter for letter or as the same number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_SMALL = tuple(
    word
    for line in (
        "zero one two three four five six seven eight nine ten",
        "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    )
    for word in line.split()
)
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_WORDS = {word: n for n, word in enumerate(_SMALL)} | _TENS | {"hundred": 100, "thousand": 1000}
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_DIGITS = re.compile(r"\d[\d,.]*\d|\d")
_LISTED = re.compile(r"^\s*\d{1,2}[.)]\s+")
"""The number of an item in a list, which states nothing."""
_TOKEN = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’-]*")
_PRICE = re.compile(
    r"([$€£])\s?(\d[\d,.]*\d|\d)|(\d[\d,.]*\d|\d)\s?(?:([$€£])|(dollars|euros|pounds))"
)
_SIGNS = {"dollars": "$", "euros": "€", "pounds": "£"}


def vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """Words that are written small somewhere: these are no names when they open a sentence."""
    return frozenset(word for text in texts for word in re.findall(r"\b[a-z'’]{2,}\b", text))


def missing(statement: str, source: str, common: Collection[str]) -> list[str]:
    """Numbers, dates, prices and names of a statement that the source does not have."""
    statement = _LISTED.sub("", statement)
    found = [f"number {n}" for n in _numbers(statement) - _numbers(source)]
    found += [f"price {sign}{n}" for sign, n in _prices(statement) - _prices(source)]
    there = {word.lower() for word in _plain(source)}
    inside = source.lower()
    for month in _MONTHS:
        if re.search(rf"\b{month.capitalize()}\b", statement) and month not in inside:
            found.append(f"date {month}")
    for name in _names(statement, common):
        forms = {name.lower(), name.lower().rstrip("s"), name.lower() + "s"}
        if not forms & there:
            found.append(f"name {name}")
    return found


def _numbers(text: str) -> set[str]:
    found = {_plain_number(number) for number in _DIGITS.findall(text)}
    words = [word.lower() for word in re.findall(r"[A-Za-z]+", text)]
    for place, word in enumerate(words):
        if word in _WORDS and word not in ("one", "zero"):
            value = _WORDS[word]
            following = words[place + 1] if place + 1 < len(words) else ""
            if word in _TENS and following in _SMALL[1:10]:
                value += _WORDS[following]
            found.add(str(value))
    return found


def _plain_number(number: str) -> str:
    number = number.rstrip(".,")
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    if "." in number and number.count(".") == 1:
        number = number.rstrip("0").rstrip(".")
    return number.lstrip("0") or "0"


def _prices(text: str) -> set[tuple[str, str]]:
    return {
        (one[0] or one[3] or _SIGNS[one[4].lower()], _plain_number(one[1] or one[2]))
        for one in _PRICE.findall(text)
    }


def _plain(text: str) -> list[str]:
    return [
        part for word in _TOKEN.findall(text) for part in (word, *re.split(r"['’-]", word)) if part
    ]


def _names(statement: str, common: Collection[str]) -> list[str]:
    found = []
    for match in _TOKEN.finditer(statement):
        word = re.sub(r"['’]s?\Z", "", match[0])
        if len(word) < 2 or not word[0].isupper() or word in ("I'm", "I'll", "I've", "I'd"):
            continue
        before = statement[: match.start()].rstrip(" \"'“(*")
        opens = not before or before[-1] in ".!?:;\n-•"
        if opens and word.lower() in common:
            continue
        found += [part for part in re.split(r"['’-]", word) if part[:1].isupper() and len(part) > 1]
    return found
