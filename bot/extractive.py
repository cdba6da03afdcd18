"""Answering without a model: the best sentences of a released source, word for word."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from guardrails.outbound import screen_outbound
from guardrails.statements import stored
from knowledge.quoting import quote
from knowledge.retrieval import Found, Passage

ENOUGH = 0.5
"""The calibrated probability that the knowledge holds the answer, below which people answer."""


@dataclass(frozen=True, slots=True)
class Quoted:
    text: str
    sources: tuple[dict[str, Any], ...]
    verdict: dict[str, Any]


def quoted(question: str, found: Found, link_hosts: Collection[str]) -> Quoted | None:
    """Quote the passages that answer the question; None when the evidence is weak."""
    if found.state != "ok" or found.answerable < ENOUGH:
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
    return Quoted(
        gate.text,
        (citation(best.passage, best.text),),
        {
            "kind": "quoted",
            "answerable": round(found.answerable, 3),
            "removed": list(gate.removed),
            "characters": len(gate.text),
            "statements": stored(gate.statements),
        },
    )


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
