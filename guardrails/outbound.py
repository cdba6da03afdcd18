"""What a model says is not trusted either: look at it before a customer sees it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from guardrails import grounding, placeholders
from guardrails.detectors.structured import Emails, plain_email
from guardrails.links import cleaned
from guardrails.mask import UNKNOWN
from guardrails.phrases import COURTESY, PROMISES, compiled
from guardrails.text import fold, plain_stream, view


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a reply and what it rests on."""

    text: str
    supported: bool
    chunk_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a reply may go out, and how: `text` is cleaned, `removed` names what was taken out.

    `reason` is a code: placeholder, canary, foreign_value, foreign_address, promise, empty,
    number, entity, coverage.
    """

    verdict: Literal["allow", "refuse"]
    text: str
    reason: str
    statements: tuple[Statement, ...]
    removed: tuple[str, ...]


_KEPT = "\n\t"
_JOINERS = "\u200c\u200d\ufe0f"
_HANDLE = re.compile(r"(?<![\w@])@[^\W\d_]\w{2,}")
"""A name that messengers turn into a link to an account."""


def screen_outbound(
    reply: str,
    passages: Sequence[tuple[int, str]],
    *,
    allowed_hosts: Collection[str],
    record_values: Collection[str] = (),
    question: str = "",
    foreign_values: Collection[str] = (),
    canaries: Collection[str] = (),
    verbatim: bool = False,
) -> Gate:
    """Clean a reply and say whether it may be sent.

    `passages` are (chunk id, text). With `verbatim` the reply quotes reviewed text: only
    form is checked. A refused reply is to be replaced by a quotation or a hand-off.
    """
    shown = visible(reply)
    compatible = unicodedata.normalize("NFKC", shown)
    text, removed = cleaned(compatible, allowed_hosts)
    if not removed and text == compatible:
        text = shown  # full-width punctuation and the like are somebody's spelling
    flat = plain_stream(compatible)
    if placeholders.left_over(compatible) or (
        not verbatim and UNKNOWN in shown and UNKNOWN not in _known(passages, question)
    ):
        return Gate("refuse", text, "placeholder", (), tuple(removed))
    if _contains(flat, canaries):
        return Gate("refuse", text, "canary", (), tuple(removed))
    if _contains(flat, foreign_values):
        return Gate("refuse", text, "foreign_value", (), tuple(removed))
    if not _addresses(text) <= _addresses(" ".join([*record_values, *dict(passages).values()])):
        return Gate("refuse", text, "foreign_address", (), tuple(removed))
    if not text.strip():
        return Gate("refuse", "", "empty", (), tuple(removed))
    if verbatim:
        return Gate("allow", text, "", (), tuple(removed))
    if any(pattern.search(fold(text).replace("’", "'")) for pattern in compiled(PROMISES)):
        return Gate("refuse", text, "promise", (), tuple(removed))
    statements = check_statements(text, passages, record_values, question)
    failed = next((one for one in statements if not one.supported), None)
    if failed is not None:
        return Gate("refuse", text, failed.reason, statements, tuple(removed))
    return Gate("allow", text, "", statements, tuple(removed))


def visible(text: str) -> str:
    """The text without invisible and control characters: what is there is what is read.

    Joiners stay where a script or an emoji is written with them.
    """
    return "".join(
        char
        for place, char in enumerate(text)
        if char in _KEPT
        or not (
            unicodedata.category(char) in ("Cf", "Cc", "Co", "Cn", "Cs")
            or 0xFE00 <= ord(char) <= 0xFE0F
            or 0xE0100 <= ord(char) <= 0xE01EF
        )
        or (char in _JOINERS and _joins(text[place - 1 : place], text[place + 1 : place + 2]))
    )


def _joins(before: str, after: str) -> bool:
    """Whether a joiner stands where Arabic, Indic scripts or emoji need one."""
    if before and after and all(0x0600 <= ord(char) <= 0x0DFF for char in (before, after)):
        return True
    return bool(before) and (unicodedata.category(before) == "So" or before == "\ufe0f")


def check_statements(
    text: str,
    passages: Sequence[tuple[int, str]],
    record_values: Collection[str],
    question: str,
) -> tuple[Statement, ...]:
    """Hold every sentence against the passages, the record and the question.

    From the question come names and plain numbers, never a sum and never a statement: whoever
    asks "you owe me 500 EUR, right?" must not be agreed with.
    """
    sources = [grounding.source(chunk_id, passage) for chunk_id, passage in passages]
    record = " \n".join(record_values)
    comparable = grounding.same_script(text, sources)
    texts = [record, question, *(passage for _, passage in passages)]
    known = _Known(
        record=frozenset(grounding.words(record)),
        numbers=frozenset(grounding.numbers(record)),
        asked=frozenset(grounding.numbers(question)),
        everything=fold(view(" ".join(texts)).text),
        comparable=comparable,
        named=comparable and not grounding.writes_nouns_large(sources),
    )
    return tuple(_checked(one, sources, known) for one in grounding.sentences(text))


@dataclass(frozen=True, slots=True)
class _Known:
    """What a sentence may say although no passage does, and how passages can be compared."""

    record: frozenset[str]
    numbers: frozenset[str]
    asked: frozenset[str]
    everything: str
    comparable: bool
    named: bool


def _checked(sentence: str, sources: Sequence[grounding.Source], known: _Known) -> Statement:
    share, chunk_id, window = grounding.best_window(sentence, sources)
    sums = grounding.sums(sentence)
    excused = known.numbers | (known.asked - sums)
    wanted = [number for number in grounding.numbers(sentence) if number not in excused]
    if wanted:
        # Numbers stand together in one window, or the sentence mixes facts up.
        fitting = [
            (one.chunk_id, text)
            for one in sources
            for text, have in zip(one.windows, one.numbers, strict=True)
            if have.issuperset(wanted)
        ]
        if not fitting:
            return Statement(sentence, False, chunk_id, "number")
        if all(text != window for _, text in fitting):
            if known.comparable and share >= grounding.COVERAGE and chunk_id is not None:
                return Statement(sentence, False, chunk_id, "number")
            chunk_id = fitting[0][0]
    for name in grounding.entities(sentence):
        if known.named and fold(name) not in known.everything:
            return Statement(sentence, False, chunk_id, "entity")
    meant = grounding.words(sentence)
    unexplained = [word for word in meant if word not in known.record]
    if known.comparable and unexplained and share < grounding.COVERAGE:
        # Two words state little ("Of course."): they may stand beside a statement, unsourced.
        spoken = len(meant) < 3 or _courtesy(sentence)
        return Statement(sentence, spoken, None if spoken else chunk_id, "coverage")
    return Statement(sentence, True, chunk_id, "")


def _courtesy(sentence: str) -> bool:
    """Greetings state nothing. Anything with a number in it does."""
    folded = fold(sentence).replace("’", "'")
    return (
        any(pattern.match(folded) for pattern in compiled(COURTESY))
        and len(sentence) <= 90
        and not re.search(r"\d", sentence)
    )


def _addresses(text: str) -> set[str]:
    """Mail addresses and account names in a text: where it sends people to."""
    viewed = view(text).text
    mails = {plain_email(viewed[span.start : span.end]) for span in Emails().find(viewed, "")}
    return {fold(found) for found in (*mails, *_HANDLE.findall(viewed))}


def _contains(flat: str, values: Collection[str]) -> bool:
    return any(
        len(wanted) >= 4 and wanted in flat for wanted in (plain_stream(value) for value in values)
    )


def _known(passages: Sequence[tuple[int, str]], question: str) -> str:
    return question + "".join(text for _, text in passages)
