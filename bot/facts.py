"""Figures of a text in one form, whatever language and spelling: read with the guards' own eyes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import regex

from guardrails import figures, grounding
from guardrails.figures import Figure
from guardrails.text import fold, view
from knowledge.facts import Fact

_DENSE = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
)
"""Scripts whose words have no spaces or carry endings: part of a word is found in them, too."""
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_COUNTED = regex.compile(r"(?:[\p{L}\p{M}]+\s?)?0+(?:[\s-]?[\p{L}\p{M}]+){0,2}")
"""A figure, marked, with the words beside it that may be its unit."""


class Reader:
    """Reads figures and denials out of texts, for the findings of a rehearsal."""

    def facts(self, text: str, language: str = "") -> tuple[Fact, ...]:
        """The figures of a text, in order."""
        return tuple(
            Fact(one.kind, one.value, one.unit, one.bound)
            for one in grounding.all_figures(text, language)
        )

    def denies(self, text: str) -> bool:
        """Whether a sentence denies something."""
        return grounding.denies(text)

    def without_figures(self, text: str, language: str = "") -> str:
        """The text without its figures and their units."""
        marked = _blanked(text, grounding.all_figures(text, language), mark="0")
        return _COUNTED.sub(lambda found: _WORD.sub(_unless_unit, found[0]), marked).replace(
            "0", " "
        )


def holds(answer: str, wanted: str) -> bool:
    """Whether an answer says what a case wants to hear: figures in any spelling, words as words."""
    if says(answer, wanted):
        return True
    asked = grounding.all_figures(wanted, "")
    if not asked:
        return False
    have = figures.collect(grounding.all_figures(answer, ""))
    if not all(figures.held(one, have) for one in asked):
        return False
    rest = _WORD.findall(_blanked(wanted, asked))
    return all(_is_unit(word) or says(answer, word) for word in rest)


def says(answer: str, wanted: str) -> bool:
    """Whether an answer has these words, whatever their case and accents."""
    inside, sought = (" ".join(fold(text).split()) for text in (answer, wanted))
    if not sought:
        return False
    # "30" is not in "300" nor "4.90" in "14.90", but "4.90" is in "4.90."
    before = "" if _DENSE.match(sought[0]) else r"(?<![\p{L}\p{M}\p{N}])(?<!\p{N}[.,:])"
    after = "" if _DENSE.match(sought[-1]) else r"(?![\p{L}\p{M}\p{N}])(?![.,:]\p{N})"
    return regex.search(before + regex.escape(sought) + after, inside) is not None


def _blanked(text: str, found: Sequence[Figure], mark: str = " ") -> str:
    shown = list(view(text).text)
    for one in found:
        shown[one.start : one.end] = mark * (one.end - one.start)
    return "".join(shown)


def _unless_unit(word: regex.Match[str]) -> str:
    return "" if _is_unit(word[0]) else word[0]


@lru_cache(maxsize=10_000)
def _is_unit(word: str) -> bool:
    """Whether a word is a unit, which may be spelled otherwise ("EUR", "€", "euro")."""
    return any(one.unit for one in figures.read(f"2 {word}"))
