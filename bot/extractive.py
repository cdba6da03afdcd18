"""Answering without a model: the best sentences of a released source, word for word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from bot.words import say
from guardrails.outbound import screen_outbound
from guardrails.statements import stored
from knowledge.quoting import quote
from knowledge.retrieval import Found, Passage


@dataclass(frozen=True, slots=True)
class Quoted:
    text: str
    sources: tuple[dict[str, Any], ...]
    verdict: dict[str, Any]


def quoted(
    question: str, found: Found, link_hosts: Collection[str], language: str
) -> Quoted | None:
    """Quote the passages that answer the question; None when the evidence is weak.

    A quote stays in the language of its source; where that is not the customer's `language`, a
    sentence in the customer's says so.
    """
    if found.state != "ok" or not found.decision.answers:
        return None
    best = quote(question, found)
    if best is None:
        return None
    gate = screen_outbound(
        best.text,
        [(best.passage.chunk_id, best.passage.text)],
        allowed_hosts=link_hosts,
        verbatim=True,
    )
    if gate.verdict == "refuse":
        return None
    answer = Quoted(
        gate.text,
        (citation(best.passage, best.text),),
        {
            "kind": "quoted",
            "answerable": round(found.answerable, 3),
            "release": best.passage.release,
            "removed": list(gate.removed),
            "characters": len(gate.text),
            "statements": stored(gate.statements),
        },
    )
    if best.passage.language.partition("-")[0] == language.partition("-")[0]:
        return answer
    return _led(f"{say('elsewhere', language)}\n", answer)


def together(answers: Sequence[Quoted]) -> Quoted:
    """The answers to several questions of one message as one text, in their order.

    A passage that answers two of them is quoted once.
    """
    parts: list[Quoted] = []
    for answer in answers:
        if all(answer.sources != known.sources for known in parts):
            parts.append(answer)
    if len(parts) == 1:
        return parts[0]
    text = ""
    statements: list[dict[str, Any]] = []
    for part in parts:
        text += "\n\n" if text else ""
        statements += _moved(part.verdict["statements"], len(text))
        text += part.text
    verdict = {
        **parts[0].verdict,
        "answerable": min(part.verdict["answerable"] for part in parts),
        "questions": len(answers),
        "removed": [each for part in parts for each in part.verdict["removed"]],
        "characters": len(text),
        "statements": statements,
    }
    return Quoted(text, tuple(source for part in parts for source in part.sources), verdict)


def _led(lead: str, answer: Quoted) -> Quoted:
    verdict = {
        **answer.verdict,
        "characters": len(lead) + len(answer.text),
        "statements": _moved(answer.verdict["statements"], len(lead)),
    }
    return Quoted(lead + answer.text, answer.sources, verdict)


def _moved(statements: Sequence[dict[str, Any]], by: int) -> list[dict[str, Any]]:
    """Statements that begin so many characters later."""
    return [{**one, "said": [place + by for place in one["said"]]} for one in statements]


def citation(passage: Passage, text: str) -> dict[str, Any]:
    """A citation as it is stored with the message: source, version and place."""
    return {
        "chunk_id": passage.chunk_id,
        "document_id": passage.document_id,
        "source": passage.source,
        "title": passage.title,
        "heading": passage.heading,
        "version": passage.version,
        "release": passage.release,
        "start": passage.start,
        "end": passage.end,
        "url": passage.url,
        "quote": text,
    }
