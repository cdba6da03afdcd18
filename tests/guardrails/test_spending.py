from __future__ import annotations

import pytest

from access import people
from guardrails import spending
from guardrails.policy import Limits
from guardrails.trace import Trace
from runtime.database import open_session
from runtime.scope import NOBODY, Scope


@pytest.fixture
def unit(db) -> int:
    with open_session(NOBODY) as session:
        return people.add_unit(session, "europe")


def _spend(unit: int, contact: int, prompt: int, completion: int = 0, calls: int = 1) -> None:
    trace = Trace(unit, None, None, deadline=0.0, calls=calls)
    trace.prompt_tokens, trace.completion_tokens = prompt, completion
    spending.charge(trace, contact)


def _exhausted(unit: int, contact: int, limits: Limits, *, flagged: bool = False) -> str | None:
    with open_session(Scope.of(unit), read_only=True) as session:
        return spending.exhausted(session, unit, contact, limits, flagged=flagged)


def test_a_contact_may_use_so_many_tokens_a_day(unit: int) -> None:
    limits = Limits(tokens_per_contact_and_day=1_000)
    _spend(unit, 1, 700, 200)
    assert _exhausted(unit, 1, limits) is None
    _spend(unit, 1, 80, 20)
    assert _exhausted(unit, 1, limits) == "contact_tokens"
    assert _exhausted(unit, 2, limits) is None


def test_who_is_suspected_may_use_a_fraction(unit: int) -> None:
    limits = Limits(tokens_per_contact_and_day=1_000)
    _spend(unit, 1, 250)
    assert _exhausted(unit, 1, limits) is None
    assert _exhausted(unit, 1, limits, flagged=True) == "contact_tokens"


def test_a_unit_may_use_so_many_tokens_and_so_much_money_a_day(unit: int) -> None:
    _spend(unit, 1, 600)
    _spend(unit, 2, 1, 400)
    assert _exhausted(unit, 3, Limits(tokens_per_unit_and_day=1_000)) == "unit_tokens"
    prices = {"price_per_million_prompt_tokens": 5, "price_per_million_completion_tokens": 20}
    # 601 at 5 and 400 at 20 for a million are 0.011005.
    assert _exhausted(unit, 3, Limits(money_per_unit_and_day=0.011, **prices)) == "money"
    assert _exhausted(unit, 3, Limits(money_per_unit_and_day=0.012, **prices)) is None


def test_units_do_not_pay_for_each_other(unit: int) -> None:
    with open_session(NOBODY) as session:
        other = people.add_unit(session, "asia")
    _spend(unit, 1, 5_000)
    assert _exhausted(other, 1, Limits(tokens_per_unit_and_day=1_000)) is None


def test_yesterday_is_over(unit: int, monkeypatch) -> None:
    limits = Limits(tokens_per_contact_and_day=1_000)
    monkeypatch.setattr(spending, "_today", lambda: "2026-01-01")
    _spend(unit, 1, 5_000)
    assert _exhausted(unit, 1, limits) == "contact_tokens"
    monkeypatch.setattr(spending, "_today", lambda: "2026-01-02")
    assert _exhausted(unit, 1, limits) is None


def test_a_server_that_reports_nothing_is_not_free(unit: int) -> None:
    _spend(unit, 1, 0, calls=2)
    limits = Limits(tokens_per_contact_and_day=2 * spending.UNREPORTED)
    assert _exhausted(unit, 1, limits) == "contact_tokens"


def test_a_turn_without_a_call_costs_nothing(unit: int) -> None:
    _spend(unit, 1, 0, calls=0)
    assert _exhausted(unit, 1, Limits(tokens_per_contact_and_day=1_000)) is None
