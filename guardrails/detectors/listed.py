"""Many phrases looked for at once (Aho and Corasick, 1975): terms of a policy, known contacts."""

from __future__ import annotations

import re
from collections.abc import Iterable

import ahocorasick

from guardrails.detectors.record import WORDS, between, border
from guardrails.spans import KINDS, Span
from guardrails.text import plain_stream, stream, view

_GAP = re.compile(r"[\W_]{1,4}\Z")
_KIND = {kind: number for number, kind in enumerate(KINDS)}
_LENGTHS, _GAPS, _CAPITAL = 1 << 8, 1 << 20, 1 << 28
"""A phrase is kept as one number: its kind, its length, its gaps, whether it needs a capital."""


class Listed:
    """Phrases with their kinds, found whole, in any case, accents, width and grouping."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        self._phrases = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for kind, value in values:
            text = view(value).text
            places = stream(text).places
            flat = stream(text).text
            if len(flat) < 2:
                continue
            gaps = sum(bool(between(text, places, number)) for number in range(1, len(places)))
            words = [plain_stream(word) for word in text.split()]
            capital = kind == "PERSON" and all(word in WORDS for word in words)
            self._phrases.add_word(
                flat,
                _KIND[kind]
                + _LENGTHS * min(len(flat), 4095)
                + _GAPS * min(gaps, 255)
                + _CAPITAL * capital,
            )
        self._empty = len(self._phrases) == 0
        if not self._empty:
            self._phrases.make_automaton()

    def __len__(self) -> int:
        return len(self._phrases)

    def find(self, text: str) -> list[Span]:
        """Where the phrases stand in a view's text."""
        if self._empty:
            return []
        flat = stream(text)
        found = []
        for last, packed in self._phrases.iter(flat.text):
            length = packed // _LENGTHS % (_GAPS // _LENGTHS)
            places = flat.places[last + 1 - length : last + 1]
            if packed >= _CAPITAL and not text[places[0]].isupper():
                continue
            if _whole(text, places, packed // _GAPS % (_CAPITAL // _GAPS)):
                found.append(Span(places[0], places[-1] + 1, KINDS[packed % _LENGTHS]))
        return found


def _whole(text: str, places: tuple[int, ...], most: int) -> bool:
    """Whether a phrase has borders at both ends and no more gaps than it was listed with."""
    if not (border(text, places[0] - 1, places[0]) and border(text, places[-1] + 1, places[-1])):
        return False
    gaps = [gap for n in range(1, len(places)) if (gap := between(text, places, n))]
    if not all(map(_GAP.match, gaps)):
        return False
    spelled = len(gaps) == len(places) - 1 and len(set(gaps)) == 1
    return spelled or len(gaps) <= most
