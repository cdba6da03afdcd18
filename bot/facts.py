"""Figures of a text in one form, whatever language and spelling: read with the guards' own eyes."""

from __future__ import annotations

import regex

from guardrails import figures, grounding
from guardrails.text import fold, view
from knowledge.facts import Fact

_DENSE = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
)
"""Scripts whose words have no spaces or carry endings: part of a word is found in them, too."""
_WORD = regex.compile(r"[\p{L}\p{M}]+")


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
    shown = list(view(wanted).text)
    for one in asked:
        shown[one.start : one.end] = " " * (one.end - one.start)
    rest = _WORD.findall("".join(shown))
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


def _is_unit(word: str) -> bool:
    """Whether a word is a unit, which may be spelled otherwise ("EUR", "€", "euro")."""
    return any(one.unit for one in figures.read(f"2 {word}"))
