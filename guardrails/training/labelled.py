"""Labelled sentences: read from a file, or made by `guardrails.training.chat`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from guardrails.detectors.tagger_text import Token
from guardrails.spans import Span
from runtime.errors import AppError

KINDS = ("PERSON", "ADDRESS", "LOC", "ORG")
"""LOC and ORG are never hidden: they are there so that places and companies, which look like
names, have a label of their own to go to."""
_NOT_OURS = frozenset({"Weibo NER"})
"""Its sentences follow Weibo's terms: no model that is handed on may be trained with them."""


class Sentence(NamedTuple):
    """A text, its labelled parts, and where it comes from."""

    text: str
    spans: tuple[Span, ...]
    language: str
    source: str
    carriers: tuple[str, ...] = ()
    """The lines a made message stands on; none for text that people wrote."""


def read(path: Path) -> Iterator[Sentence]:
    """Sentences of a gzipped JSON Lines file of `{"lang", "dataset", "text", "spans"}`.

    Raises `AppError` naming the line that cannot be used.
    """
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                spans = tuple(
                    Span(one["start"], one["end"], one["type"])
                    for one in row["spans"]
                    if one["type"] in KINDS
                )
                sentence = Sentence(row["text"], spans, row["lang"], row["dataset"])
            except (ValueError, KeyError, TypeError):
                raise AppError(
                    f"{path.name} line {number} is no labelled sentence: it needs lang, dataset, "
                    "text, and spans with start, end and type"
                ) from None
            if sentence.source not in _NOT_OURS:
                yield sentence


def labels(found: Sequence[Token], spans: Sequence[Span]) -> list[str]:
    """A label for every token: `O`, `LOC`, `ORG`, `B-PERSON`, `I-PERSON`, `B-ADDRESS`, …"""
    result = ["O"] * len(found)
    for span in spans:
        inside = [
            place
            for place, token in enumerate(found)
            if token.start < span.end and span.start < token.end
        ]
        for position, place in enumerate(inside):
            part = "I" if position else "B"
            personal = span.kind in ("PERSON", "ADDRESS")
            result[place] = f"{part}-{span.kind}" if personal else span.kind
    return result
