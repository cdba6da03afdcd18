"""Predictions for the scorer of masking: what would be hidden in rows of labelled text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from guardrails.mask import KnownValue, Mask


def mask_rows(
    rows: Iterable[dict[str, Any]], records: Mapping[str, Iterable[Mapping[str, str]]]
) -> Iterator[dict[str, Any]]:
    """Yield `{"id", "spans": [[start, end, type], ...]}` for every row.

    A row's record is its own `known`, or the one of its `conversation` in `records`
    (conversation -> `[{"type", "value"}, ...]`). Rows of one conversation share a mask.
    """
    masks: dict[str, Mask] = {}
    for row in rows:
        conversation = row.get("conversation")
        if conversation is None:
            mask = Mask(_known(row.get("known", ())), row.get("lang", "en"))
        else:
            if conversation not in masks:
                known = _known(records.get(conversation, ()))
                masks[conversation] = Mask(known, row.get("lang", "en"))
            mask = masks[conversation]
        structured = row.get("role") == "tool"
        spans = mask.find_structured(row["text"]) if structured else mask.find(row["text"])
        yield {"id": row["id"], "spans": [list(span) for span in spans]}


def _known(values: Iterable[Mapping[str, str]]) -> list[KnownValue]:
    kinds = {"PERSON_FIRST": "PERSON", "PERSON_LAST": "PERSON"}
    return [
        KnownValue(kinds.get(value["type"], value["type"]), value["value"])
        for value in values
        if value["type"] != "CITY"
    ]
