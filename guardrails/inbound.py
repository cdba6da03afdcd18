"""What a customer's message asks for before anybody answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from guardrails import injection
from guardrails.phrases import ABUSE, EMERGENCY, OPT_OUT, PERSON, compiled
from guardrails.policy import DEFAULT, Policy, Topic
from guardrails.text import fold, script, view

TOGETHER = 3
"""Earlier messages of the contact that are read together with the new ones."""
_NOT_ASKED = re.compile(
    r"\b(?:how many|for (?:one|two|three|four|five|six|\d+)) (?:people|persons?|adults)\b"
    r"|\b(?:agent|broker|agency) (?:fee|commission|price)s?\b"
    r"|\bper person\b|\bpro person\b|\bpor persona\b|\bpar personne\b|\ba persona\b|\bper persoon\b"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a message. `reason` is a code: emergency, opt_out, wants_person, abuse,
    topic, too_long, or empty.

    `score` 0..1 is how much it looks like an attempt to steer the assistant; `flags` names the
    signs where it reaches the policy's threshold. Flags narrow a turn and never block a customer.
    """

    act: Literal["allow", "hand_over", "opt_out"]
    reason: str
    score: float
    flags: tuple[str, ...]


def screen_inbound(text: str, language: str = "en", policy: Policy = DEFAULT) -> Verdict:
    """Say whether a message wants a person, wants no more messages, or needs one at once.

    Phrases of all languages are tried, for people mix them; `language` only comes first.
    """
    return screen_turn((text,), language=language, policy=policy)


def screen_turn(
    texts: Sequence[str],
    *,
    earlier: Sequence[str] = (),
    language: str = "en",
    policy: Policy = DEFAULT,
) -> Verdict:
    """The verdict on the messages of one turn: each by itself, and all together.

    Who asks for a person and then says "hello?" still wants one. `earlier` are the contact's
    messages before, oldest first: an attempt may be split over turns.
    """
    found = injection.measure(texts, earlier[-TOGETHER:])
    flags = (found.signs or ("model",)) if found.score >= policy.injection_threshold else ()
    act, reason = _asked(texts, language, policy)
    return Verdict(act, reason, found.score, flags)


def _asked(
    texts: Sequence[str], language: str, policy: Policy
) -> tuple[Literal["allow", "hand_over", "opt_out"], str]:
    if sum(map(len, texts)) > policy.limits.characters_per_message:
        return "hand_over", "too_long"
    for text in dict.fromkeys(("\n".join(texts), *texts)):
        folded = fold(view(text).text).replace("’", "'")
        if _any(EMERGENCY, folded):
            return "hand_over", "emergency"
        if _any(OPT_OUT, folded):
            return "opt_out", "opt_out"
        if wants_person(folded, language):
            return "hand_over", "wants_person"
        if _any(ABUSE, folded):
            return "hand_over", "abuse"
        if any(pattern.search(folded) for pattern in _topics(policy.topics)):
            return "hand_over", "topic"
    return "allow", ""


def wants_person(folded: str, language: str = "en") -> bool:
    """Whether folded text asks for a human being."""
    plain = _NOT_ASKED.sub(" ", folded)
    first = PERSON.get(language[:2], ())
    return _any(first, plain) or any(_any(patterns, plain) for patterns in PERSON.values())


def _any(patterns: tuple[str, ...], folded: str) -> bool:
    return any(pattern.search(folded) for pattern in compiled(patterns))


@lru_cache(maxsize=64)
def _topics(topics: tuple[Topic, ...]) -> tuple[re.Pattern[str], ...]:
    """One pattern a topic: its phrases as whole words, where the script has spaces."""
    return tuple(
        re.compile("|".join(_phrase(fold(view(phrase).text)) for phrase in topic.phrases))
        for topic in topics
    )


def _phrase(folded: str) -> str:
    words = r"\W+".join(re.escape(word) for word in folded.split())
    start = "" if script(folded[0]) == "c" else r"(?<!\w)"
    end = "" if script(folded[-1]) == "c" else r"(?!\w)"
    return f"{start}{words}{end}"
