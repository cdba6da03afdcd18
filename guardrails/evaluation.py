"""What masking and the output gate say of rows in files, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from guardrails.mask import KnownValue, Mask
from guardrails.outbound import screen_outbound
from guardrails.statements import stored


def mask_rows(
    rows: Iterable[dict[str, Any]],
    records: Mapping[str, Iterable[Mapping[str, str]]],
    *,
    unknown: bool = False,
) -> Iterator[dict[str, Any]]:
    """Yield `{"id", "spans": [[start, end, type], ...]}` for every row.

    A row's record is its own `known`, or the one of its `conversation` in `records`
    (conversation -> `[{"type", "value"}, ...]`). Rows of one conversation share a mask.
    With `unknown` no record is used: everybody is a stranger.
    """
    masks: dict[str, Mask] = {}
    for row in rows:
        conversation = row.get("conversation")
        if conversation is None:
            known = _known(() if unknown else row.get("known", ()))
            mask = Mask(known, row.get("lang", "en"))
        else:
            if conversation not in masks:
                known = _known(() if unknown else records.get(conversation, ()))
                masks[conversation] = Mask(known, row.get("lang", "en"))
            mask = masks[conversation]
        structured = row.get("role") == "tool"
        spans = mask.find_structured(row["text"]) if structured else mask.find(row["text"])
        yield {"id": row["id"], "spans": [list(span) for span in spans]}


def gate_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield `{"id", "verdict", "reason", "text", "statements"}` for every row.

    A row is `{"id", "text", "source"}`: a reply and the passage it was written from. It may have
    a "question", a "title" of the source and "hosts" that links may lead to.
    """
    for row in rows:
        gate = screen_outbound(
            row["text"],
            [(1, row["source"])],
            allowed_hosts=row.get("hosts") or (),
            question=row.get("question") or "",
            titles={1: row.get("title") or ""},
        )
        yield {
            "id": row["id"],
            "verdict": gate.verdict,
            "reason": gate.reason,
            "text": gate.text,
            "statements": stored(gate.statements),
        }


def _known(values: Iterable[Mapping[str, str]]) -> list[KnownValue]:
    kinds = {"PERSON_FIRST": "PERSON", "PERSON_LAST": "PERSON"}
    return [
        KnownValue(kinds.get(value["type"], value["type"]), value["value"])
        for value in values
        if value["type"] != "CITY"
    ]
