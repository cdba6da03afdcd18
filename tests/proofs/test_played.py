"""The wire proof: what was played through the whole product, and what stood in the bytes.

Some rows by default; `FRONTDESK_PROOF=all` plays all of them (a quarter of an hour) and prints the
table: `FRONTDESK_PROOF=all .venv/bin/python -m pytest tests/proofs -n 0 -s`.
"""

from __future__ import annotations

import os
from itertools import groupby
from typing import Any

import pytest

from bot import tools
from connectors import web
from tests.bot.conftest import Shop
from tests.fakes.openai_stub import Stub
from tests.guardrails.conftest import shared
from tests.proofs.played import Report, Told, play, rows_of

ALL = os.environ.get("FRONTDESK_PROOF") == "all"
pytestmark = pytest.mark.timeout(3600 if ALL else 120)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    from langchain_core.tools import tool

    current = Told()

    @tool
    def look_up_account() -> str:
        """Look up the customer's account."""
        return current.result

    ours = tools.tools(proposals=False)
    monkeypatch.setattr("bot.generative.tools", lambda **_: (*ours, look_up_account))
    for limit in ("PER_MINUTE", "NEW_PER_MINUTE_AND_SOURCE", "PER_MINUTE_AND_SOURCE"):
        monkeypatch.setattr(web, limit, 10**9)
    return current


def conversations(rows: list[dict[str, Any]], some: int) -> list[dict[str, Any]]:
    whole = [
        list(lines)
        for _, lines in groupby(rows, key=lambda row: row.get("conversation", row["id"]))
    ]
    chosen = whole if ALL else whole[:: max(1, len(whole) // some)][:some]
    return [row for lines in chosen for row in lines]


def tau() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    rows = conversations(rows_of(shared("pii", "tau_conversations.jsonl")), some=3)
    records = rows_of(shared("pii", "tau_customer_records.jsonl"))
    return rows, {record["conversation"]: record["known"] for record in records}


def chat() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    rows = conversations(rows_of(shared("pii", "chat_multilingual.jsonl")), some=30)
    rows = [row for row in rows if row["variant"] != "decoy"]
    return rows, {row["id"]: row["known"] for row in rows}


@pytest.mark.parametrize(("data", "most"), [(tau, 0.0), (chat, 1.0)])
def test_nothing_of_a_known_customer_reaches_a_model(
    shop: Shop, model: Stub, told: Told, data: Any, most: float
) -> None:
    rows, records = data()
    report = play(shop, model, rows, known=records, told=told)
    show(f"{data.__name__}, record known", report)
    assert sum(report.requests.values()) > len(rows) / 2
    assert report.requests["embeddings"]
    assert report.known_values > 10
    assert report.known_leaks == []
    assert report.receipts == sum(report.requests.values())
    assert report.different == 0
    if ALL:
        assert report.leak <= most


@pytest.mark.parametrize(("data", "most"), [(tau, 2.0), (chat, 8.0)])
def test_little_of_an_unknown_customer_reaches_a_model(
    shop: Shop, model: Stub, told: Told, data: Any, most: float
) -> None:
    rows, _ = data()
    report = play(shop, model, rows, known={}, told=told)
    show(f"{data.__name__}, record unknown", report)
    assert report.requests["embeddings"]
    assert report.receipts == sum(report.requests.values())
    assert report.different == 0
    if ALL:
        assert report.leak <= most


def show(title: str, report: Report) -> None:
    print(  # noqa: T201 - counts and kinds, for whoever runs the proof
        f"\n{title}: turns {dict(report.turns)}, requests {dict(report.requests)}, "
        f"receipts {report.receipts}, different {report.different}, own values "
        f"{report.known_values}, of them left {len(report.known_leaks)}, rows with a value "
        f"{report.with_values}, leaking {report.leaking} ({report.leak:.2f} %), "
        f"kinds {dict(report.kinds)}, handed over {dict(report.failed)}"
    )
