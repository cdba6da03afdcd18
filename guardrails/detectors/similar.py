"""Known names written slightly wrong: one letter missing, added, changed or swapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from rapidfuzz.distance import OSA

from guardrails.detectors import tagger_model
from guardrails.detectors.record import PARTICLES, WORDS
from guardrails.spans import Span
from guardrails.text import plain_stream, view, word_set

_WORD = re.compile(r"[^\W\d_]{4,40}")
_SHORTEST = 5
"""Letters below which a similar word is as likely another word."""
_LONG = 9
"""Letters from which two differences still mean the same word."""
_PLAIN_STREETS = frozenset(
    map(
        plain_stream,
        word_set(
            "street avenue road lane drive boulevard court place square terrace strasse straße "
            "platz avenida carrera straat plaza piazza corso viale vicolo travessa camino paseo "
            "chemin appartement apartment suite floor etage piso interior north south east west"
        ),
    )
)


class _Placed(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Similar:
    """Words of known names and streets, found again with a slip of the pen (optimal string
    alignment distance 1, from nine letters 2)."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[str, int]] = {}

    def add(self, kind: str, value: str, entity: int) -> None:
        """Know the longer words of a person's name or of an address."""
        if kind not in ("PERSON", "ADDRESS"):
            return
        for word in _WORD.findall(view(value).text):
            flat = plain_stream(word)
            usual = flat in WORDS or flat in PARTICLES or flat in _PLAIN_STREETS
            if len(flat) >= _SHORTEST and flat.isascii() and not usual:
                self._words.setdefault(flat, (kind, entity))

    def find(self, text: str, exact: Sequence[_Placed]) -> Iterator[tuple[Span, int]]:
        """Similar words in a view's text, outside of what was found exactly."""
        if not self._words:
            return
        cased = not text.islower()
        for found in _WORD.finditer(text):
            if cased and not found[0][0].isupper():
                continue
            if any(one.start < found.end() and found.start() < one.end for one in exact):
                continue
            flat = plain_stream(found[0])
            if len(flat) < _SHORTEST or flat in WORDS:
                continue
            for word, (kind, entity) in self._words.items():
                if _alike(flat, word) and not is_ordinary(found[0]):
                    yield Span(*found.span(), kind), entity
                    break


def _alike(one: str, other: str) -> bool:
    allowed = 2 if min(len(one), len(other)) >= _LONG else 1
    if one == other or abs(len(one) - len(other)) > allowed:
        return False
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def is_ordinary(word: str) -> bool:
    """Whether the word lists know it as a word of the language more than as a name."""
    code = tagger_model.loaded().words.code(word.lower())
    return code[3] > "0" and code[3] >= code[0]
