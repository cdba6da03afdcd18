"""The lists of `values/`, and the names that labelled text shows."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from guardrails.training.labelled import Sentence


@cache
def lists(name: str) -> dict[str, tuple[str, ...]]:
    """The lists of one file: `KEY = value; value` a line, of single words parted by
    spaces."""
    content = (files(__package__) / "values" / f"{name}.txt").read_text(encoding="utf-8")
    found = {}
    for line in content.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        key, _, values = line.partition(" = ")
        separator = " " if name in ("names", "words") else "; "
        parted = (value.strip() for value in values.split(separator))
        found[key.strip()] = tuple(value for value in parted if value)
    return found


def full_names(sentences: Iterable[Sentence]) -> dict[str, list[str]]:
    """By language, the people of the sentences who are called by two to four words."""
    found: dict[str, dict[str, None]] = {}
    for sentence in sentences:
        for span in sentence.spans:
            if span.kind == "PERSON":
                name = sentence.text[span.start : span.end]
                if _usable(name):
                    found.setdefault(sentence.language, {})[name] = None
    return {language: list(names) for language, names in found.items()}


def _usable(name: str) -> bool:
    words = name.split(" ")
    return (
        2 <= len(words) <= 4
        and len(name) <= 32
        and words[0][:1].isupper()
        and words[-1][:1].isupper()
        and not name.isupper()
        and all(
            len(word) > 1 and word.replace("-", "").replace("'", "").isalpha() for word in words
        )
    )


class People:
    """Invented people: first and last names, mixed anew."""

    def __init__(self, names: dict[str, list[str]], rng: random.Random) -> None:
        self._names = {language: pool for language, pool in sorted(names.items()) if len(pool) > 20}
        self._rng = rng
        self._own = lists("names")
        self._particles = [p.replace("_", " ") for p in self._own["particles"][0].split("|")]

    def name(self, language: str) -> tuple[str, str, str]:
        """A full name, and how its bearer is called by first and by last name."""
        chance = self._rng.random()
        if language == "zh" and chance < 0.7:
            return self._chinese()
        if language == "ja" and chance < 0.75:
            return self._japanese()
        if language == "ar" and chance < 0.65:
            return self._arabic()
        return self.latin(language)

    def latin(self, language: str) -> tuple[str, str, str]:
        """Somebody with a name in Latin letters: full name, first, last."""
        return self._dressed(*self._latin(language))

    def foreign(self, language: str) -> str:
        """Somebody from elsewhere, in the script of Chinese or Japanese."""
        if language == "ja":
            return "・".join(self._rng.sample(self._own["ja_foreign"], self._rng.choice((1, 2, 2))))
        parts = [self._transliterated() for _ in range(self._rng.choice((1, 2, 2)))]
        return self._rng.choice("·‧・").join(parts)

    def _pick(self, key: str) -> str:
        return self._rng.choice(self._own[key])

    def _transliterated(self) -> str:
        return "".join(
            self._rng.choices(self._own["zh_foreign"], k=self._rng.choice((2, 2, 3, 3, 4)))
        )

    def _chinese(self) -> tuple[str, str, str]:
        if self._rng.random() < 0.1:
            name = self.foreign("zh")
            return name, name, name
        last = self._pick("zh_compound" if self._rng.random() < 0.04 else "zh_surnames")
        first = "".join(self._rng.choices(self._own["zh_given"], k=self._rng.choice((1, 2, 2))))
        called = first if len(first) > 1 else self._pick("zh_nick") + first
        joined = self._rng.choice((".", "·", " ")) if self._rng.random() < 0.04 else ""
        return last + joined + first, called, last

    def _japanese(self) -> tuple[str, str, str]:
        if self._rng.random() < 0.1:
            name = self.foreign("ja")
            return name, name, name
        last, first = self._pick("ja_surnames"), self._pick("ja_given")
        joined = self._rng.choice(("", "", "", " ", " ", "　", "."))
        return last + joined + first, first, last

    def _arabic(self) -> tuple[str, str, str]:
        if self._rng.random() < 0.08:
            name = " ".join(self._rng.sample(self._own["ar_foreign"], 2))
            return name, *name.split(" ")[:2]  # type: ignore[return-value]
        first, last = self._pick("ar_first"), self._pick("ar_last")
        middle = self._rng.choice(("", "", "", "بن ", "آل ", f"{self._pick('ar_first')} "))
        return f"{first} {middle}{last}", first, middle.replace("بن ", "") + last

    def _latin(self, language: str) -> tuple[str, str]:
        chance = self._rng.random()
        if chance < 0.2:
            first, last = self._pick("latin_first"), self._pick("latin_last")
        else:
            own = self._names.get(language) if chance < 0.7 else None
            pool = own or self._names[self._rng.choice(list(self._names))]
            first, _, last = self._rng.choice(pool).partition(" ")
            if self._rng.random() < 0.5:
                last = self._rng.choice(pool).partition(" ")[2]
        if self._rng.random() < 0.2:
            # Nobody is called so: what is learned is what names look like, not which there are.
            other = self._rng.choice(self._names[self._rng.choice(list(self._names))])
            first, last = (
                _crossed(first, other.partition(" ")[0]),
                _crossed(last, other.split()[-1]),
            )
        return first, last

    def _dressed(self, first: str, last: str) -> tuple[str, str, str]:
        chance = self._rng.random()
        if chance < 0.06:
            last = f"{self._rng.choice(self._particles)} {last}"
            last = last.replace("Mc ", "Mc").replace("Mac ", "Mac").replace("O' ", "O'")
        elif chance < 0.1:
            last = f"{last}-{self._pick('latin_last')}"
        elif chance < 0.13:
            first = f"{first}-{self._pick('latin_first')}"
        elif chance < 0.16:
            return f"{first[0]}. {last}", first, last
        elif chance < 0.18:
            return f"{first} {self._rng.choice('ABCDEFGHJKLMPRSTW')}. {last}", first, last
        elif chance < 0.2:
            return f"{last}, {first}", first, last
        elif chance < 0.24:
            return f"{first} {last}".upper(), first.upper(), last.upper()
        elif chance < 0.255:
            first, last = ".".join(first), ".".join(last)
        return f"{first} {last}", first, last


def _crossed(one: str, two: str) -> str:
    """The beginning of one word and the end of another."""
    if len(one) < 4 or len(two) < 4:
        return one
    return one[: (len(one) + 1) // 2] + two[len(two) // 2 :].lower()
