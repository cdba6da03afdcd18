from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from guardrails.evaluation import mask_rows
from guardrails.mask import KnownValue, Mask
from tests.guardrails.conftest import shared


def rows_of(name: str) -> Iterator[dict[str, Any]]:
    with shared("pii", name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def left_in_clear(row: dict[str, Any], spans: list[list[Any]], wanted: set[str]) -> list[str]:
    covered = {place for start, end, *_ in spans for place in range(start, end)}
    return [
        span["type"]
        for span in row["spans"]
        if span["type"] != "CITY"
        and not span["type"].startswith("N_")
        and (span.get("source") == "customer" or row["text"][span["start"] : span["end"]] in wanted)
        and any(
            row["text"][place].isalnum() and place not in covered
            for place in range(span["start"], span["end"])
        )
    ]


def test_predictions_have_the_scorers_form() -> None:
    rows = [
        {"id": "1", "lang": "en", "text": "I am Ana Lima, a@mail.example"},
        {"id": "2", "lang": "en", "text": "nothing", "known": [{"type": "PERSON", "value": "x y"}]},
        {"id": "3", "lang": "en", "text": "to Ana", "conversation": "c"},
    ]
    records = {"c": [{"type": "PERSON", "value": "Ana Lima"}, {"type": "CITY", "value": "to"}]}
    assert list(mask_rows(rows, records)) == [
        {"id": "1", "spans": [[5, 13, "PERSON"], [15, 29, "EMAIL"]]},
        {"id": "2", "spans": []},
        {"id": "3", "spans": [[3, 6, "PERSON"]]},
    ]


def test_no_value_of_a_customers_record_is_left_in_chat_messages_of_ten_languages() -> None:
    rows = list(rows_of("chat_multilingual.jsonl"))[::2]
    leaks = [
        (row["id"], kinds)
        for row, found in zip(rows, mask_rows(rows, {}), strict=True)
        if (kinds := left_in_clear(row, found["spans"], set()))
    ]
    assert leaks == []


def test_no_value_of_a_customers_record_is_left_in_conversations_and_tool_results() -> None:
    records = {row["conversation"]: row["known"] for row in rows_of("tau_customer_records.jsonl")}
    rows = list(rows_of("tau_conversations.jsonl"))[:1200]
    leaks = []
    for row, found in zip(rows, mask_rows(rows, records), strict=True):
        known = records.get(row["conversation"], ())
        wanted = {one["value"] for one in known if one["type"] != "CITY"}
        if kinds := left_in_clear(row, found["spans"], wanted):
            leaks.append((row["id"], kinds))
    assert leaks == []


def test_tool_results_are_hidden_without_residue_and_come_back_whole() -> None:
    records = {row["conversation"]: row["known"] for row in rows_of("tau_customer_records.jsonl")}
    for row in [row for row in rows_of("tau_conversations.jsonl") if row["role"] == "tool"][::5]:
        known = [
            KnownValue(one["type"], one["value"])
            for one in records.get(row["conversation"], ())
            if one["type"] not in ("CITY", "PERSON")
        ]
        mask = Mask(known)
        hidden = mask.hide_result(row["text"])
        assert mask.residue(json.dumps({"messages": [{"content": hidden}]})) == ()
        try:
            assert mask.restore_nested(json.loads(hidden)).keys() == json.loads(row["text"]).keys()
        except (ValueError, AttributeError):
            continue
