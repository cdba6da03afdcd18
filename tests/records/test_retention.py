"""What is over age goes, what is on hold stays, and the dry run had named the same rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from records import data_map, erasing, holds, retention
from runtime import jobs
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict
from runtime.stores import Category
from tests.records.privacy_world import (
    UNIT,
    Trace,
    World,
    act_again,
    build,
    decide,
    leave_traces,
    work,
)

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=True) as moved:
        yield moved


@pytest.fixture
def world(clock, migrated) -> World:
    jobs.load_handlers()
    return build()


def _everything() -> dict[str, set[tuple]]:
    """All rows of all stores of the unit."""
    found = {}
    with open_session(UNIT, read_only=True) as session:
        for store in data_map.complete_map():
            unit = store.model.unit_id
            found[store.name] = {
                tuple(row) for row in session.execute(select(*store._key).where(unit == 1))
            }
    return found


def _over_age() -> dict[str, list]:
    """Rows older than their rule says, asked of the map itself."""
    found: dict[str, list] = {}
    with open_session(UNIT, read_only=True) as session:
        for rule in retention._rules(session, 1):
            before = now() - timedelta(days=rule.days)
            for store in data_map.complete_map():
                if store.category is rule.category:
                    keys = store.aged(session, 1, rule.purpose, before)
                    found.setdefault(store.name, []).extend(keys)
    return {name: keys for name, keys in found.items() if keys}


def _named(world: World) -> dict[str, set[tuple]]:
    with open_session(UNIT, read_only=True) as session:
        return {due.store: set(due.keys) for due in retention.dry_run(session, world.asks, 1)}


def _hold(world: World, contact: int | None, categories: tuple[str, ...] = ()) -> int:
    with open_session(UNIT) as session:
        return holds.place(
            session, world.asks, 1, contact_id=contact, categories=categories,
            reason="litigation", until=now() + timedelta(days=3000),
        ).id  # fmt: skip


def test_after_400_days_nothing_over_age_is_left_but_what_is_held(world, clock):
    going, held = leave_traces(world, 1), leave_traces(world, 2)
    _hold(world, held.contact)
    with open_session(UNIT, read_only=True) as session:
        subject = data_map.subject_of(session, held.contact, addresses=True)
        kept = {store.name: set(store.keys(session, subject)) for store in data_map.complete_map()}
    assert _named(world) == {}
    clock.shift(timedelta(days=400))
    young = leave_traces(world, 3)
    before, named = _everything(), _named(world)
    assert sum(map(len, named.values())) > 60
    retention.run(1)
    after = _everything()
    # Requests are kept without their text: they are over age once, and not deleted.
    deleted = {name: before[name] - after[name] for name in before if before[name] - after[name]}
    assert deleted == {name: keys for name, keys in named.items() if name != "approval"}
    assert _named(world) == {}
    for name, keys in _over_age().items():
        assert set(keys) <= kept[name], name
    with open_session(UNIT, read_only=True) as session:
        with pytest.raises(Exception, match="no such contact"):
            data_map.subject_of(session, going.contact)
        assert data_map.subject_of(session, young.contact).messages
        assert data_map.counts(session, data_map.subject_of(session, held.contact))["message"] > 20


def test_rules_change_with_a_second_person_and_only_as_they_were_asked_for(world, clock):
    trace = leave_traces(world, 1)
    with open_session(UNIT) as session:
        asked = retention.ask_to_change(
            session, world.asks, 1, {"profile/marketing": 10}, reason="less is enough"
        )
    clock.shift(timedelta(days=9))
    assert _named(world) == {}
    world.decides = act_again(world.decides)
    with pytest.raises(Conflict):
        decide(world, asked)  # a day has passed
    with open_session(UNIT) as session:
        asked = retention.ask_to_change(
            session, act_again(world.asks), 1, {"profile/marketing": 5}, reason="less is enough"
        )
    decide(world, asked)
    work()
    clock.shift(timedelta(minutes=1))
    # The contact was heard of nine days ago, and five is the rule.
    assert len(_named(world)["attribute"]) == 2
    with open_session(UNIT) as session, pytest.raises(BadInput, match="none of"):
        retention.ask_to_change(session, act_again(world.asks), 1, {"souls/service": 5}, reason="x")
    assert trace.contact


def test_a_hold_keeps_what_it_needs_of_an_erased_contact_until_it_ends(world):
    trace = leave_traces(world, 1)
    hold = _hold(world, trace.contact, (Category.MODEL_CALLS,))
    with open_session(UNIT) as session:
        asked = erasing.request(session, world.asks, trace.contact, reason="Art. 17")
    decide(world, asked)
    work()
    with open_session(UNIT, read_only=True) as session:
        left = data_map.counts(session, data_map.subject_of(session, trace.contact))
    assert set(left) == {"model_receipt", "usage", "contact", "identity"}
    with open_session(UNIT) as session:
        holds.release(session, world.asks, hold)
    with open_session(UNIT) as session:
        assert erasing.finish_held(session, 1) == 1
    work()
    with open_session(UNIT, read_only=True) as session, pytest.raises(Exception, match="no such"):
        data_map.subject_of(session, trace.contact)


def test_a_hold_that_comes_between_asking_and_doing_stops_it(world):
    trace: Trace = leave_traces(world, 1)
    with open_session(UNIT) as session:
        asked = erasing.request(session, world.asks, trace.contact, reason="Art. 17")
    _hold(world, trace.contact)
    decide(world, asked)
    from runtime.jobs import JobRow, claim, run

    with open_session(UNIT) as session:
        number = session.scalar(select(JobRow.id).where(JobRow.kind == "records.erase"))
    claimed = claim(number)
    assert claimed is not None
    run(claimed)
    with open_session(UNIT, read_only=True) as session:
        assert data_map.subject_of(session, trace.contact).messages
        assert session.scalar(select(JobRow.error).where(JobRow.id == number)) == "Conflict"
