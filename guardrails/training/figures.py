"""How well a tagger does on labelled sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from guardrails.detectors.tagger import found_by
from guardrails.detectors.tagger_model import Model
from guardrails.policy import DEFAULT
from guardrails.training.labelled import Sentence

_HIDDEN = ("PERSON", "ADDRESS")


def figures(model: Model, sentences: Iterable[Sentence]) -> dict[str, dict[str, float]]:
    """By language: in percent, how many names and addresses are hidden to the last letter, and
    how much of what is hidden is a name or an address. A part of the latter which is mostly
    on a place or a company counts neither way, as in the scorer of masking."""
    total, hit = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    good, bad = Counter[str](), Counter[str]()
    for sentence in sentences:
        text, language = sentence.text, sentence.language
        found = found_by(model, text, DEFAULT.name_threshold)
        hidden = {place for span in found for place in range(span.start, span.end)}
        for span in sentence.spans:
            if span.kind in _HIDDEN:
                places = [p for p in range(span.start, span.end) if text[p].isalnum()]
                total[language, span.kind] += 1
                hit[language, span.kind] += hidden.issuperset(places)
        gold = {p for s in sentence.spans if s.kind in _HIDDEN for p in range(s.start, s.end)}
        other = {p for s in sentence.spans if s.kind not in _HIDDEN for p in range(s.start, s.end)}
        for span in found:
            places = [p for p in range(span.start, span.end) if text[p].isalnum()]
            right = sum(place in gold for place in places)
            if right * 2 >= len(places):
                good[language] += 1
            elif (right + sum(place in other for place in places)) * 2 < len(places):
                bad[language] += 1
    return {
        language: {
            **{
                f"{kind.lower()}_recall": round(
                    100 * hit[language, kind] / total[language, kind], 1
                )
                for kind in _HIDDEN
                if total[language, kind]
            },
            "precision": round(100 * good[language] / max(1, good[language] + bad[language]), 1),
        }
        for language in sorted({language for language, _ in total})
    }
