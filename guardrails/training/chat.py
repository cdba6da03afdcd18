"""Made chat messages: carriers of ten languages with invented people, streets and things."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from zlib import crc32

from guardrails.spans import Span
from guardrails.training.addresses import Addresses
from guardrails.training.labelled import Sentence
from guardrails.training.values import People, lists

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "zh", "ja", "ar")
_SLOT = re.compile(r"\{(\w+)\}")
_KINDS = {
    "n": "PERSON", "f": "PERSON", "l": "PERSON", "r": "PERSON",
    "n2": "PERSON", "f2": "PERSON", "l2": "PERSON",
    "a": "ADDRESS", "s": "ADDRESS", "s2": "ADDRESS", "c": "LOC", "co": "ORG",
}  # fmt: skip
_BETWEEN = {"zh": ("，", "。", "！", " ", "\n"), "ja": ("。", "、", "。", " ", "\n")}
_HELD_OUT = 10
"""One carrier in so many is never trained with: its messages show how well others are read."""


@cache
def carriers(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines that name people or addresses, and lines that name none."""
    folder = files(__package__) / "chat"
    both = []
    for name in (language, f"{language}-none"):
        lines = (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        both.append(tuple(line.replace("\\n", "\n") for line in lines if line))
    return both[0], both[1]


def public_carriers(path: Path, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines of a `chat_templates.json`."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return tuple(data["messages"].get(language, ())), tuple(data["no_pii"].get(language, ()))


def is_held_out(line: str) -> bool:
    return crc32(line.encode()) % _HELD_OUT == 0


class Messages:
    """Makes messages, the same ones for the same seed."""

    def __init__(self, people: People, rng: random.Random, templates: Path | None = None) -> None:
        self._people, self._rng = people, rng
        self._addresses = Addresses(rng)
        self._things = lists("things")
        self._templates = templates

    def make(self, language: str, count: int, *, held_out: bool = False) -> Iterator[Sentence]:
        """So many messages on trained-with carriers, or on held-out ones."""
        naming, none = carriers(language)
        naming = tuple(line for line in naming if is_held_out(line) == held_out)
        none = tuple(line for line in none if is_held_out(line) == held_out)
        if self._templates and not held_out:
            public = public_carriers(self._templates, language)
            naming, none = naming + public[0], none + public[1]
        for _ in range(count):
            lines = [self._rng.choice(naming if self._rng.random() < 0.68 else none)]
            while self._rng.random() < 0.35 and len(lines) < 4:
                lines.append(self._rng.choice(naming if self._rng.random() < 0.5 else none))
            yield self._message(language, lines)

    def _message(self, language: str, lines: list[str]) -> Sentence:
        between = _BETWEEN.get(language, (". ", ", ", " ", "\n", "! ", " - "))
        text, spans = "", []
        manner = self._rng.random()
        for number, line in enumerate(lines):
            if number:
                text += self._rng.choice(between)
            end = 0
            for slot in _SLOT.finditer(line):
                text += line[end : slot.start()]
                value = self._value(language, slot[1])
                if slot[1] in _KINDS:
                    if 0.36 < manner < 0.44:
                        value = value.lower()
                    spans.append(Span(len(text), len(text) + len(value), _KINDS[slot[1]]))
                text += value
                end = slot.end()
            text += line[end:]
        lower = text.lower()
        if manner < 0.36 and len(lower) == len(text):
            text = lower
        elif manner > 0.97 and len(text.upper()) == len(text):
            text = text.upper()
        return Sentence(text, tuple(spans), language, "made", tuple(lines))

    def _value(self, language: str, slot: str) -> str:
        slot = slot.rstrip("2")
        rng = self._rng
        match slot:
            case "n" | "f" | "l":
                return self._people.name(language)["nfl".index(slot)]
            case "r":
                return self._people.foreign(language)
            case "a" | "s":
                name = self._people.name(language)[1:]
                called = (name[0], name[1])
                if slot == "a":
                    return self._addresses.whole(language, called)
                return self._addresses.street(language, called)
            case "c":
                return self._addresses.city(language)
            case "co":
                return rng.choice(self._things["brands"])
            case "b":
                special = f"products_{language}"
                own = special in self._things and rng.random() < 0.7
                key = special if own else rng.choice(("products", "brands"))
                return rng.choice(self._things[key])
            case "y":
                return str(rng.randint(1890, 2026))
            case "m":
                sign, point = rng.choice(("", "", "€", "$")), rng.choice((",", "."))
                return f"{sign}{rng.randint(1, 999)}{point}{rng.randint(10, 99)}"
            case "d":
                return self._date()
            case "z":
                return str(rng.randint(1000, 99999))
            case "p":
                groups = " ".join(str(rng.randint(10, 999)) for _ in range(4))
                return rng.choice(("+", "0", "00")) + groups
            case "i":
                bank = "".join(rng.choices("ABCDEFGH0123456789", k=4))
                parts = [
                    f"{rng.choice(('DE', 'GB', 'FR', 'NL', 'IT', 'ES', 'PT'))}{rng.randint(10, 99)}"
                ]
                parts += [bank, *(str(rng.randint(1000, 9999)) for _ in range(3))]
                return rng.choice(("", " ", "-")).join(parts)
            case "k":
                fours = [str(rng.randint(1000, 9999)) for _ in range(4)]
                return rng.choice(("", " ", "-")).join(fours)
            case "t":
                number = str(rng.randint(10**7, 10**11))
                return rng.choice(
                    (number, f"{number[:3]}-{number[3:5]}-{number[5:]}", f"Z{number}K")
                )
            case "u":
                return self._login(language)
            case "e":
                host = rng.choice(("web", "mail", "post", "inbox"))
                return f"{self._login(language)}@{host}.{rng.choice(('com', 'de', 'fr', 'org'))}"
        return rng.choice(
            (
                f"{rng.choice('ABWTKR')}{rng.randint(1000, 999999)}",
                f"#{rng.choice('WA')}{rng.randint(1000000, 9999999)}",
                f"ORD-{rng.randint(2020, 2027)}-{rng.randint(1000, 99999)}",
                str(rng.randint(100000, 9999999999)),
            )
        )

    def _date(self) -> str:
        day, month = self._rng.randint(1, 28), self._rng.randint(1, 12)
        year = self._rng.randint(1940, 2026)
        return self._rng.choice(
            (
                f"{day}.{month}.{year}",
                f"{year}-{month:02}-{day:02}",
                f"{day}/{month}/{year}",
                f"{day}/{month}",
            )
        )

    def _login(self, language: str) -> str:
        _, first, last = self._people.latin(language)
        start = self._rng.choice((first, last, first[0] + last))
        end = self._rng.choice((str(self._rng.randint(1, 9999)), last))
        word = start + self._rng.choice(("", ".", "_")) + end
        return re.sub(r"[^\w.]", "", word).lower()
