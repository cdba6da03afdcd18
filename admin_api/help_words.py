"""What the help centre says around the articles, in the languages of the assistant's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

NAMES = {
    "ar": "العربية", "bg": "български", "ca": "català", "cs": "čeština", "da": "dansk",
    "de": "Deutsch", "el": "ελληνικά", "en": "English", "es": "español", "et": "eesti",
    "fa": "فارسی", "fi": "suomi", "fr": "français", "he": "עברית", "hi": "हिन्दी", "hr": "hrvatski",
    "hu": "magyar", "id": "Bahasa Indonesia", "it": "italiano", "ja": "日本語", "ko": "한국어",
    "lt": "lietuvių", "lv": "latviešu", "nl": "Nederlands", "no": "norsk", "pl": "polski",
    "pt": "português", "ro": "română", "ru": "русский", "sk": "slovenčina", "sl": "slovenščina",
    "sr": "српски", "sv": "svenska", "th": "ไทย", "tr": "Türkçe", "uk": "українська", "ur": "اردو",
    "vi": "Tiếng Việt", "zh": "中文",
}  # fmt: skip
"""Languages by their own names."""


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of one language; `code` is theirs: English, for a language without any."""

    code: str
    phrases: Mapping[str, str]

    def say(self, phrase: str, **values: object) -> str:
        """The phrase with its values filled in."""
        return self.phrases[phrase].format(**values)


@cache
def words(language: str) -> Words:
    """The words of a language (`pt-BR` counts as `pt`), else the English ones."""
    known = _all()
    short = language.partition("-")[0].lower()
    code = short if short in known else "en"
    return Words(code, known[code])


def languages() -> tuple[str, ...]:
    """The languages there are words in."""
    return tuple(_all())


def direction(language: str) -> str:
    """How a language is written: "ltr" or "rtl"."""
    return "rtl" if language.partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def name_of(language: str) -> str:
    """A language's own name, else its code."""
    return NAMES.get(language) or NAMES.get(language.partition("-")[0].lower()) or language


def wished(accept: str, there: Sequence[str]) -> str:
    """The language of `there` that an Accept-Language header likes best, else the first."""
    wishes: list[tuple[float, str]] = []
    for part in accept[:200].split(","):
        code, _, rest = part.partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest.strip() else 1.0
        except ValueError:
            continue
        wishes.append((-weight, code.strip().lower()))
    for weight, code in sorted(wishes):
        for each in there:
            if weight < 0 and code.partition("-")[0] == each.lower().partition("-")[0]:
                return each
    return there[0] if there else "en"


@cache
def _all() -> dict[str, dict[str, str]]:
    text = files("admin_api").joinpath("help_words.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = json.loads(text)
    return found
