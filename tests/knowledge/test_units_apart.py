"""Whoever works in several units releases one of them at a time."""

from __future__ import annotations

import pytest

from access import people
from knowledge import ingest, proposals, releases, retrieval
from runtime.database import open_session
from runtime.scope import NOBODY, Scope
from tests.conftest import serve


def write(unit: int, text: str) -> None:
    ingest.ingest_text(
        unit,
        source="shop",
        name="prices.md",
        title="Prices",
        text=text,
        language="en",
        principal=people.system(unit),
    )


def told(unit: int) -> str:
    return retrieval.search([unit], "What does a lamp cost?").passages[0].text


@pytest.fixture
def units(db) -> tuple[int, int]:
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        found = people.add_unit(session, "north"), people.add_unit(session, "south")
    for unit in found:
        write(unit, "A lamp costs EUR 10.")
        serve(unit)
        write(unit, "A lamp costs EUR 20.")
    return found


def test_a_proposal_and_its_trial_hold_one_units_documents(units):
    both = people.system(*units)
    with open_session(Scope.of(*units)) as session:
        assert len(proposals.drafts(session, both, units[0])) == 1
        made = proposals.propose(session, both, units[0], note="dearer")
        assert len(made.changes) == 1
        assert len(proposals.trial(session, made.id).versions or ()) == 1


def test_a_way_back_takes_no_other_unit_with_it(units):
    both = people.system(*units)
    for unit in units:
        serve(unit)
    assert [told(unit) for unit in units] == ["A lamp costs EUR 20."] * 2
    with open_session(Scope.of(*units)) as session:
        made = releases.rollback(session, both, units[1], 1)
        assert (made.unit_id, len(made.changes)) == (units[1], 1)
    assert [told(unit) for unit in units] == ["A lamp costs EUR 20.", "A lamp costs EUR 10."]
