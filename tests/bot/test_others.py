"""What is known of other contacts of the unit is neither told to a model nor to this contact."""

from __future__ import annotations

import time

import pytest

from guardrails import directory
from records import contacts, transcripts
from runtime import jobs
from runtime.database import open_session
from tests.bot.conftest import Shop
from tests.fakes.openai_stub import Reply, Stub


@pytest.fixture
def with_others(shop: Shop) -> Shop:
    """Another contact of the same unit, whom the list of the unit knows."""
    visitor, shop.visitor = shop.visitor, "somebody0002"
    shop.write("hello")
    jobs.drain()
    with open_session(shop.scope) as session:
        other = transcripts.thread(session, shop.ana, shop.conversation).line.contact_id
        facts = {"name": "Roswitha Kestrelmann", "address.street": "Eibenkamp 14"}
        contacts.observe(session, other, facts, source="crm")
    shop.visitor = visitor
    unit = next(iter(shop.scope.units))
    deadline = time.monotonic() + 20
    directory._units.clear()
    while directory.of_unit(unit) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return shop


def test_another_contact_is_not_named_to_a_customer(with_others: Shop, model: Stub) -> None:
    said = "You can return any item within 30 days of delivery, roswitha kestrelmann. [1]"
    model.script.append(Reply(said))
    answer = with_others.ask("How long can Roswitha Kestrelmann return something?")
    assert answer is not None
    assert "kestrelmann" not in answer.text.casefold()
    assert answer.verdict is not None
    assert answer.verdict["instead_of"] == "foreign_value"
    assert b"kestrelmann" not in model.bodies[0].lower()


def test_a_street_of_another_contact_does_not_leave(with_others: Shop, model: Stub) -> None:
    with_others.ask("do you deliver to eibenkamp 14 within 30 days?")
    assert b"eibenkamp" not in b"".join(model.bodies).lower()
