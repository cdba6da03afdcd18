"""What a model says is not trusted either: look at it before a customer sees it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from guardrails import placeholders
from guardrails.detectors.structured import Emails, plain_email
from guardrails.errors import fails_closed
from guardrails.links import cleaned
from guardrails.marks import without_marks
from guardrails.mask import UNKNOWN
from guardrails.policy import DEFAULT, Policy
from guardrails.promises import promised
from guardrails.statements import Statement, check, located
from guardrails.text import fold, plain_stream, view

__all__ = ["Gate", "Statement", "screen_outbound", "visible"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a reply may go out, and how: `text` is cleaned, `removed` names what was taken out.

    `reason` is a code: placeholder, canary, foreign_value, foreign_address, promise, empty,
    number, entity, coverage, negation,
    link (a statement that lost its link).
    """

    verdict: Literal["allow", "refuse"]
    text: str
    reason: str
    statements: tuple[Statement, ...]
    removed: tuple[str, ...]


_KEPT = "\n\t"
_PLAIN = re.compile(r"[ -~\n\t]*\Z")
_JOINERS = "\u200c\u200d\ufe0f"
_HANDLE = re.compile(r"(?<![\w@])@[^\W\d_]\w{2,}")
"""A name that messengers turn into a link to an account."""


@fails_closed("gate")
def screen_outbound(
    reply: str,
    passages: Sequence[tuple[int, str]],
    *,
    allowed_hosts: Collection[str],
    record: Mapping[str, str] = MappingProxyType({}),
    question: str = "",
    titles: Mapping[int, str] = MappingProxyType({}),
    foreign_values: Collection[str] = (),
    canaries: Collection[str] = (),
    verbatim: bool = False,
    policy: Policy = DEFAULT,
) -> Gate:
    """Clean a reply and say whether it may be sent.

    `passages` are (chunk id, text), in the order in which the model's citations "[1]" count them;
    `titles` what they are called, by chunk id; `record` are values by the name of their field.
    With `verbatim` the reply quotes reviewed text: only form is checked. A refused reply is to be
    replaced by a quotation or a hand-off.
    """
    shown = visible(reply)
    cited: tuple[tuple[int, int], ...] = ()
    if not verbatim:
        marked = without_marks(shown)
        shown, cited = marked.text, marked.places
    compatible = unicodedata.normalize("NFKC", shown)
    text, removed = cleaned(compatible, allowed_hosts)
    if not removed and text == compatible:
        text = shown  # full-width punctuation and the like are somebody's spelling
    else:
        cited = ()  # what was taken out has moved the places of the citations

    def refuse(reason: str, statements: tuple[Statement, ...] = ()) -> Gate:
        return Gate("refuse", text if text.strip() else "", reason, statements, tuple(removed))

    reason = _form(text, shown, passages, record, question, foreign_values, canaries, verbatim)
    if reason:
        return refuse(reason)
    if verbatim:
        return Gate("allow", text, "", located(text, passages), tuple(removed))
    statements = check(text, passages, record=record, question=question, titles=titles, marks=cited)
    if {"link", "image"} & set(removed):
        statements = tuple(_whole(one, compatible) for one in statements)
    if _promises(statements, passages, policy):
        return refuse("promise", statements)
    failed = next((one for one in statements if not one.supported), None)
    if failed is not None:
        return refuse(failed.reason, statements)
    return Gate("allow", text, "", statements, tuple(removed))


def _whole(one: Statement, reply: str) -> Statement:
    """A statement that lost its link says something else now, or nothing: it does not go out."""
    if "".join(one.text.split()) in "".join(reply.split()):
        return one
    return replace(one, supported=False, reason="link")


def _form(
    text: str,
    shown: str,
    passages: Sequence[tuple[int, str]],
    record: Mapping[str, str],
    question: str,
    foreign_values: Collection[str],
    canaries: Collection[str],
    verbatim: bool,
) -> str:
    """Why a reply may not go out, whatever it states; "" when nothing is wrong with it."""
    told = [text for _, text in passages]
    if placeholders.left_over(unicodedata.normalize("NFKC", shown)):
        return "placeholder"
    if not verbatim and UNKNOWN in shown and UNKNOWN not in question + "".join(told):
        return "placeholder"
    if canaries or foreign_values:
        flat = plain_stream(shown)
        if _contains(flat, canaries):
            return "canary"
        if _contains(flat, foreign_values):
            return "foreign_value"
    sent_to = _addresses(text)
    if sent_to and not sent_to <= _addresses(" ".join([*record.values(), *told])):
        return "foreign_address"
    return "" if text.strip() else "empty"


def _promises(
    statements: Sequence[Statement], passages: Sequence[tuple[int, str]], policy: Policy
) -> bool:
    """Whether the reply commits the company beyond what a released source says word for word."""
    texts = dict(passages)
    for one in statements:
        if promised(one.text, policy.promises):
            carried = one.supported and one.place is not None and one.chunk_id in texts
            if not carried or not _word_for_word(one, texts, policy):
                return True
    return False


def _word_for_word(one: Statement, texts: Mapping[int, str], policy: Policy) -> bool:
    if one.place is None or one.chunk_id is None:
        return False
    if any(fold(phrase) in fold(one.text) for phrase in policy.promises):
        return False
    start, end = one.place
    return plain_stream(one.text) in plain_stream(texts[one.chunk_id][start:end])


def visible(text: str) -> str:
    """The text without invisible and control characters: what is there is what is read.

    Joiners stay where a script or an emoji is written with them.
    """
    if _PLAIN.match(text):
        return text
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


def _addresses(text: str) -> set[str]:
    """Mail addresses and account names in a text: where it sends people to."""
    viewed = view(text).text
    mails = {plain_email(viewed[span.start : span.end]) for span in Emails().find(viewed, "")}
    return {fold(found) for found in (*mails, *_HANDLE.findall(viewed))}


def _contains(flat: str, values: Collection[str]) -> bool:
    return any(
        len(wanted) >= 4 and wanted in flat for wanted in (plain_stream(value) for value in values)
    )
