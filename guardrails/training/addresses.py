"""Invented postal addresses in the forms of ten languages (see `values/forms.txt`)."""

from __future__ import annotations

import random
import re
import string

from guardrails.training.values import lists

_SLOT = re.compile(r"\{(\w+)\}")
_LATIN = ("en", "de", "fr", "es", "pt", "it", "nl")
_DENSE = ("zh", "ja")


class Addresses:
    """Streets, and whole addresses with town and postal code."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._own = {**lists("places"), **lists("forms")}

    def city(self, language: str) -> str:
        """A real town, of a country where the language is spoken or of any."""
        if language not in _LATIN:
            town = self._rng.choice(self._own[f"cities_{language}"])
            return town.removesuffix("市") if self._chance(0.6) else town
        return self._rng.choice(
            self._own[f"city_{language if self._chance(0.7) else self._rng.choice(_LATIN)}"]
        )

    def street(self, language: str, people: tuple[str, str]) -> str:
        """Street and number. `people` are the first and last name a street may bear."""
        return self._made("street", language, people)

    def whole(self, language: str, people: tuple[str, str]) -> str:
        """Street, town and postal code, as they are written where the language is spoken."""
        if language == "en" and self._chance(0.3):
            return self._made(
                self._rng.choice(("indian_whole", "form_whole", "military")), language, people
            )
        if language not in _DENSE and self._chance(0.08):
            return self._made("form_whole", language, people)
        if language in _LATIN and self._chance(0.08):
            language = self._rng.choice(_LATIN)
        return self._made("whole", language, people)

    def _chance(self, share: float) -> bool:
        return self._rng.random() < share

    def _made(self, key: str, language: str, people: tuple[str, str]) -> str:
        forms = self._own.get(f"{key}_{language}") or self._own[key]
        # A list that names its language means it, also for the lists inside.
        language = key.rpartition("_")[2] if key.rpartition("_")[2] in _LATIN else language
        form = self._rng.choice(forms)
        if key.startswith("code"):
            return re.sub("[0A]", self._digit_or_letter, form)
        made = _SLOT.sub(lambda slot: self._slot(slot[1], language, people), form)
        return made.replace("\\n", "\n")

    def _slot(self, key: str, language: str, people: tuple[str, str]) -> str:
        if key.isdecimal():
            number = str(self._rng.randint(1, int(key)))
            return number + self._rng.choice("abcABC") if self._chance(0.05) else number
        if key in ("first", "last"):
            return people[key == "last"]
        return self._made(key, language, people)

    def _digit_or_letter(self, sign: re.Match[str]) -> str:
        return self._rng.choice(string.digits if sign[0] == "0" else string.ascii_uppercase)
