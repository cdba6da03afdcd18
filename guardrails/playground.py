"""Look at what the guardrails do with a text. Nothing of it is stored, logged or sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from guardrails import placeholders
from guardrails.finding import finder
from guardrails.inbound import Verdict, screen_inbound
from guardrails.known import Known, KnownValue
from guardrails.mask import Mask, Phrasebook
from guardrails.outbound import Gate, screen_outbound
from guardrails.policy import DEFAULT, Policy
from guardrails.spans import Span
from guardrails.text import view


@dataclass(frozen=True, slots=True)
class Explained:
    """Characters `start` to `end` were found as `kind`, by these rules."""

    start: int
    end: int
    kind: str
    rules: tuple[str, ...]
    placeholder: str


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in a text, what a model would see, and what comes back.

    `restored` is the masked text with the values put back; `exact` says whether it is the text
    again: a known person's other spelling comes back as the record spells it.
    """

    found: tuple[Explained, ...]
    hidden: str
    restored: str
    exact: bool
    inbound: Verdict


def look(
    text: str,
    *,
    known: Iterable[KnownValue] = (),
    earlier: Sequence[str] = (),
    language: str = "en",
    policy: Policy = DEFAULT,
    others: Phrasebook | None = None,
) -> Look:
    """Put a text through finding, hiding, restoring and the inbound screening.

    `known` is the customer's record, `earlier` are texts before it in the conversation, `others`
    finds what is known of the unit's other contacts. Raises `MaskingFailed`.
    """
    record = list(known)
    mask = Mask(record, language, policy, others)
    for before in (*earlier, text):
        mask.learn(before)
    spans = mask.find(text)
    hidden = mask.hide(text)
    restored = mask.restore(hidden)
    by_rule = [*_by_rule(text, record, language, policy), *_by_others(text, others)]
    names = placeholders.EXACT.findall(hidden)
    named = names if len(names) == len(spans) else [""] * len(spans)
    return Look(
        tuple(
            Explained(*span, _rules_at(span, by_rule), name)
            for span, name in zip(spans, named, strict=True)
        ),
        hidden,
        restored,
        restored == text,
        screened(text, language=language, policy=policy),
    )


def _by_rule(
    text: str, record: Sequence[KnownValue], language: str, policy: Policy
) -> Iterator[tuple[str, Span]]:
    """What the record, each recogniser and each rule of the policy finds by itself."""
    viewed = view(text)
    for found in Known(record).find(viewed.text):
        yield "record", Span(*viewed.origin(found.start, found.end), found.kind)
    for start, end, kind, rule in finder(policy).find(viewed.text, language, running=True):
        yield rule, Span(*viewed.origin(start, end), kind)


def _by_others(text: str, others: Phrasebook | None) -> Iterator[tuple[str, Span]]:
    if others is not None:
        viewed = view(text)
        for span in others.find(viewed.text):
            yield "directory", Span(*viewed.origin(span.start, span.end), span.kind)


def _rules_at(span: Span, by_rule: Iterable[tuple[str, Span]]) -> tuple[str, ...]:
    """The rules that see something there; what none sees was shown by the conversation."""
    if span.kind == "LITERAL":
        return ("literal",)
    rules = [rule for rule, one in by_rule if one.start < span.end and span.start < one.end]
    return tuple(dict.fromkeys(rules)) or ("conversation",)


def covered(text: str, *, language: str, policy: Policy) -> frozenset[int]:
    """Which characters of a text by a stranger are hidden. Raises `MaskingFailed`."""
    spans = Mask((), language, policy).find(text)
    return frozenset(place for span in spans for place in range(span.start, span.end))


def screened(text: str, *, language: str, policy: Policy) -> Verdict:
    """What the inbound screening says."""
    return screen_inbound(text, language, policy)


def judged(
    reply: str,
    passages: Sequence[str],
    *,
    question: str = "",
    policy: Policy = DEFAULT,
    allowed_hosts: Collection[str] = (),
    record_values: Collection[str] = (),
) -> Gate:
    """What the output gate says about a reply, statement by statement; passages count from 1."""
    return screen_outbound(
        reply,
        list(enumerate(passages, start=1)),
        allowed_hosts=allowed_hosts,
        record={f"value {n}": value for n, value in enumerate(record_values, start=1)},
        question=question,
        policy=policy,
    )
