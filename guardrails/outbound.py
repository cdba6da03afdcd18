"""What a model says is not trusted either: look at it before a customer sees it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from guardrails import grounding, placeholders
from guardrails.links import cleaned
from guardrails.phrases import compiled
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

    `reason` is a code: placeholder, canary, foreign_value, promise, empty, number, entity,
    coverage.
    """

    verdict: Literal["allow", "refuse"]
    text: str
    reason: str
    statements: tuple[Statement, ...]
    removed: tuple[str, ...]


_PROMISES = (
    r"\b(?:i|we)(?:'ll| will| have|'ve| can(?= guarantee)| am going to|'m going to| just| already)*"
    r" (?:just |already |now |personally )*(?:refund(?:ed)?|reimburse[d]?|escalate[d]?|cancel(?:l?ed)?|guarantee[d]?|promise[d]?"
    r"|compensate[d]?|credit(?:ed)?|waive[d]?|upgrade[d]?|process(?:ed)? (?:your|the) refund|issue[d]? (?:a|your|the) refund"
    r"|(?:sent|send|forward(?:ed)?|transferr?(?:ed)?) (?:this|your|you|it) (?:to|request|case)|book(?:ed)?|order(?:ed)?|chang(?:e|ed) your (?:address|order|booking)"
    r"|update[d]? your (?:address|order|account|booking|details))\b",
    r"\b(?:legally binding|binding offer|legal advice|rechtsverbindlich|juridiquement contraignant|legalmente vinculante|juridicamente vinculante|vincolante)\b",
    r"\bich (?:habe|werde)\b~\b(?:erstattet|erstatten|eskaliert|storniert|stornieren|weitergeleitet|garantiere[n]?|gutgeschrieben|veranlasst)\b|\bich (?:garantiere|verspreche)\b",
    r"\bj'ai\b~\b(?:rembourse|annule|transmis|transfere|escalade)\b|\bje (?:vais )?(?:vous )?(?:garantis|promets|rembourse[r]?)\b",
    r"\b(?:he|hemos) (?:reembolsado|cancelado|escalado|transferido)\b|\b(?:le|te) (?:garantizo|prometo|reembolsare)\b",
    r"\b(?:eu )?(?:reembolsei|cancelei|encaminhei|garanto|prometo)\b|\bvou (?:reembolsar|cancelar)\b",
    r"\bho (?:rimborsato|annullato|inoltrato)\b|\b(?:garantisco|prometto)\b",
    r"(?:返金(?:しました|いたしました|します|いたします)|キャンセル(?:しました|いたしました)|保証します|保証いたします|お約束)|我(?:们)?(?:已经?|会)(?:为您)?(?:退款|取消|升级)|我保证",
)  # fmt: skip
"""Acts the assistant cannot do and words it may not give: it reads and answers."""

_KEPT = "\n\t"


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
    text, removed = cleaned(visible(reply), allowed_hosts)
    flat = plain_stream(text)
    if placeholders.left_over(text) or ("…" in text and "…" not in _known(passages, question)):
        return Gate("refuse", text, "placeholder", (), tuple(removed))
    if _contains(flat, canaries):
        return Gate("refuse", text, "canary", (), tuple(removed))
    if _contains(flat, foreign_values):
        return Gate("refuse", text, "foreign_value", (), tuple(removed))
    if not text.strip():
        return Gate("refuse", "", "empty", (), tuple(removed))
    if verbatim:
        return Gate("allow", text, "", (), tuple(removed))
    if any(pattern.search(fold(text).replace("’", "'")) for pattern in compiled(_PROMISES)):
        return Gate("refuse", text, "promise", (), tuple(removed))
    statements = check_statements(text, passages, record_values, question)
    failed = next((one for one in statements if not one.supported), None)
    if failed is not None:
        return Gate("refuse", text, failed.reason, statements, tuple(removed))
    return Gate("allow", text, "", statements, tuple(removed))


def visible(text: str) -> str:
    """NFKC without invisible and control characters: what is read is what is there."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(
        char
        for char in normal
        if char in _KEPT
        or not (
            unicodedata.category(char) in ("Cf", "Cc", "Co", "Cn", "Cs")
            or 0xFE00 <= ord(char) <= 0xFE0F
            or 0xE0100 <= ord(char) <= 0xE01EF
        )
    )


def check_statements(
    text: str,
    passages: Sequence[tuple[int, str]],
    record_values: Collection[str],
    question: str,
) -> tuple[Statement, ...]:
    """Hold every sentence against the passages, the record and the question."""
    sources = [grounding.source(chunk_id, passage) for chunk_id, passage in passages]
    known = " \n".join([*record_values, question])
    known_numbers = set(grounding.numbers(known))
    comparable = grounding.same_script(text, sources)
    everything = fold(view(" ".join([known, *(passage for _, passage in passages)])).text)
    return tuple(
        _checked(sentence, sources, known, known_numbers, everything, comparable)
        for sentence in grounding.sentences(text)
    )


def _checked(
    sentence: str,
    sources: Sequence[grounding.Source],
    known: str,
    known_numbers: set[str],
    everything: str,
    comparable: bool,
) -> Statement:
    share, chunk_id, window = grounding.best_window(sentence, sources)
    wanted = [number for number in grounding.numbers(sentence) if number not in known_numbers]
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
            if comparable and share >= grounding.COVERAGE and chunk_id is not None:
                return Statement(sentence, False, chunk_id, "number")
            chunk_id = fitting[0][0]
    for name in grounding.entities(sentence):
        if comparable and fold(name) not in everything:
            return Statement(sentence, False, chunk_id, "entity")
    meant = grounding.words(sentence)
    spoken = set(grounding.words(known))
    unexplained = [word for word in meant if word not in spoken]
    if comparable and len(meant) >= 3 and unexplained and share < grounding.COVERAGE:
        return Statement(sentence, _courtesy(sentence), chunk_id, "coverage")
    return Statement(sentence, True, chunk_id, "")


_COURTESY = re.compile(
    fold(
        r"^(?:hello|hi|hey|thank(?:s| you)|sure|of course|you're welcome|great|sorry|i'm sorry|happy to help|"
        r"let me know|is there anything|anything else|feel free|please let|hallo|guten tag|danke|gerne|vielen dank|"
        r"melden sie|kann ich (?:ihnen )?(?:sonst|noch)|bonjour|merci|n'hesitez|avec plaisir|hola|gracias|con gusto|"
        r"claro|ola|obrigad[oa]|fico a disposicao|ciao|buongiorno|grazie|certo|hoi|dank|graag gedaan|您好|你好|谢谢|"
        r"こんにちは|ありがとう|お問い合わせ|ご不明)"
    )
)


def _courtesy(sentence: str) -> bool:
    """Greetings state nothing. Anything with a number in it does."""
    folded = fold(sentence).replace("’", "'")
    return bool(_COURTESY.match(folded)) and len(sentence) <= 90 and not re.search(r"\d", sentence)


def _contains(flat: str, values: Collection[str]) -> bool:
    return any(
        len(wanted) >= 4 and wanted in flat for wanted in (plain_stream(value) for value in values)
    )


def _known(passages: Sequence[tuple[int, str]], question: str) -> str:
    return question + "".join(text for _, text in passages)
