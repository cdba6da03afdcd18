"""What a customer's message asks for before anybody answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from guardrails.phrases import (
    ABUSE,
    EMERGENCY,
    INJECTION,
    INJECTION_HINTS,
    OPT_OUT,
    PERSON,
    compiled,
)
from guardrails.text import fold, view

_NOT_ASKED = re.compile(
    r"\b(?:how many|for (?:one|two|three|four|five|six|\d+)) (?:people|persons?|adults)\b"
    r"|\b(?:agent|broker|agency) (?:fee|commission|price)s?\b"
    r"|\bper person\b|\bpro person\b|\bpor persona\b|\bpar personne\b|\ba persona\b|\bper persoon\b"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a message. `reason` is a code; `score` 0..1 is how much it looks like an
    attempt to steer the assistant, which raises a flag and never blocks a customer."""

    act: Literal["allow", "hand_over", "opt_out", "refuse"]
    reason: str
    score: float
    flags: tuple[str, ...]


def screen_inbound(text: str, language: str = "en") -> Verdict:
    """Say whether a message wants a person, wants no more messages, or needs one at once.

    Phrases of all languages are tried, for people mix them; `language` only comes first.
    """
    folded = fold(view(text).text).replace("’", "'")
    score = _injection_score(text, folded)
    flags = ("injection_suspected",) if score >= 0.5 else ()
    if _any(EMERGENCY, folded):
        return Verdict("hand_over", "emergency", score, flags)
    if _any(OPT_OUT, folded):
        return Verdict("opt_out", "opt_out", score, flags)
    if wants_person(folded, language):
        return Verdict("hand_over", "wants_person", score, flags)
    if _any(ABUSE, folded):
        return Verdict("hand_over", "abuse", score, flags)
    return Verdict("allow", "", score, flags)


def wants_person(folded: str, language: str = "en") -> bool:
    """Whether folded text asks for a human being."""
    plain = _NOT_ASKED.sub(" ", folded)
    first = PERSON.get(language[:2], ())
    return _any(first, plain) or any(_any(patterns, plain) for patterns in PERSON.values())


def _any(patterns: tuple[str, ...], folded: str) -> bool:
    return any(pattern.search(folded) for pattern in compiled(patterns))


def _injection_score(text: str, folded: str) -> float:
    """0..1. Each kind of sign counts once; invisible tag characters are a sign, too."""
    signs = sum(1 for pattern in compiled(INJECTION) if pattern.search(folded))
    hints = sum(1 for pattern in compiled(INJECTION_HINTS) if pattern.search(folded))
    hidden = any(0xE0000 <= ord(char) <= 0xE007F for char in text)
    return min(1.0, 0.5 * signs + 0.25 * hints + 0.5 * hidden)
