"""Names and addresses that no rule knows, found by a tagger trained for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from guardrails.detectors import gazetteer, tagger_model
from guardrails.detectors.tagger_text import Token, tokens
from guardrails.policy import DEFAULT
from guardrails.spans import Span

_LETTER = re.compile(r"[^\W\d_]")
_LONGEST = 400
"""Tokens tagged at once: a longer text is cut, with an overlap, so that memory stays small."""
_OVERLAP = 20
_JOINS = {
    # What may stand between two hidden tokens of one name, and of one address.
    "PERSON": re.compile(r"[ \u00a0]?[-‐.'’·・＝=]?[ \u00a0]?\Z"),
    "ADDRESS": re.compile(r"[\s,.;:/#()'’\-–、，‐]{0,4}\Z"),
}


class Tagger:
    """Names of people and postal addresses in ten languages (see docs/model-cards/tagger.md)."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        """Raises `MaskingFailed` when the model cannot be read."""
        return self.find_above(text, DEFAULT.name_threshold)

    def find_above(self, text: str, threshold: float) -> Iterable[Span]:
        """Names and addresses made of tokens that are personal with at least this probability.

        Raises `MaskingFailed` when the model cannot be read.
        """
        if not _LETTER.search(text):
            return []
        return found_by(tagger_model.loaded(), text, threshold)


def found_by(model: tagger_model.Model, text: str, threshold: float) -> list[Span]:
    """What a model finds; see `Tagger.find_above`."""
    return list(_joined(text, _personal(model, text, threshold)))


def warm_up() -> None:
    """Read the model now instead of at the first message. Raises `MaskingFailed`."""
    Tagger().find_above("warm up", DEFAULT.name_threshold)


def _personal(model: tagger_model.Model, text: str, threshold: float) -> Iterator[Span]:
    """Each token that is personal."""
    person = [place for place, label in enumerate(model.labels) if label.endswith("PERSON")]
    address = [place for place, label in enumerate(model.labels) if label.endswith("ADDRESS")]
    for part, skipped in _parts(tokens(text)):
        codes = gazetteer.codes(part, model.words.code)
        probable = model.probabilities(text, part, codes)
        names, places = probable[:, person].sum(axis=1), probable[:, address].sum(axis=1)
        hidden = names + places >= threshold
        hidden[:skipped] = False
        for at in map(int, np.flatnonzero(hidden)):
            kind = "PERSON" if names[at] >= places[at] else "ADDRESS"
            yield Span(part[at].start, part[at].end, kind)


def _parts(found: Sequence[Token]) -> Iterator[tuple[Sequence[Token], int]]:
    """Pieces of at most `_LONGEST` tokens, and how many at their beginning were in the last."""
    for start in range(0, max(len(found), 1), _LONGEST - _OVERLAP):
        part = found[start : start + _LONGEST]
        if part and (start == 0 or len(part) > _OVERLAP):
            yield part, _OVERLAP if start else 0


def _joined(text: str, found: Iterable[Span]) -> Iterator[Span]:
    """Neighbouring tokens of one kind as one span, without punctuation at its ends."""
    current: Span | None = None
    for span in found:
        if not any(char.isalnum() for char in text[span.start : span.end]):
            continue
        if current and current.kind == span.kind:
            between = text[current.end : span.start]
            if not between or _JOINS[span.kind].match(between):
                current = current._replace(end=span.end)
                continue
        if current:
            yield current
        current = span
    if current:
        yield current
