from __future__ import annotations

import time

import pytest

from access import people
from guardrails import directory
from guardrails.mask import Mask
from guardrails.text import view
from records import contacts, identities
from records.identities import Address
from records.models import Contact
from runtime.database import open_session
from runtime.scope import NOBODY, Scope


def unit_with_contacts(*people_of_unit: dict[str, str], name: str = "europe") -> int:
    with open_session(NOBODY) as session:
        unit = people.add_unit(session, name)
    with open_session(Scope.of(unit)) as session:
        for number, facts in enumerate(people_of_unit):
            sender = identities.resolve(
                session,
                unit_id=unit,
                channel="telegram",
                addresses=[Address("telegram", f"47{number}")],
                name="",
            )
            contacts.observe(session, sender.contact_id, facts, source="crm")
    return unit


@pytest.fixture
def unit(db) -> int:
    return unit_with_contacts(
        {"name": "Ilka Brandwein", "street": "Quittengasse 14", "email": "ilka@mail.example"},
        {"name": "Will May", "phone": "+49 151 12340009"},
        {"name": "欧阳明月", "city": "Hamburg"},
    )


def listed(unit: int) -> directory.Listed:
    """The unit's list, once the background has made it."""
    deadline = time.monotonic() + 20
    while (found := directory.of_unit(unit)) is None:
        assert time.monotonic() < deadline
    return found


@pytest.mark.parametrize(
    "text",
    [
        "is ilka  BRANDWEIN there?", "it went to Quittengasse 14", "quittengasse１４",
        "请找欧阳明月谈",
        "I\u200blka Brand\u00adwein called", "Will May signed",
    ],
)  # fmt: skip
def test_what_other_contacts_are_called_is_hidden_from_the_first_message_on(unit, text) -> None:
    known = listed(unit)
    assert known.find(seen(text))


@pytest.mark.parametrize(
    "text", ["Ilka is a nice name", "I will may be later", "the gasse 14", "Brandwein is spirit"]
)
def test_parts_of_names_and_ordinary_words_are_not(unit, text) -> None:
    assert listed(unit).find(seen(text)) == []


def test_a_mask_goes_on_without_the_list(unit) -> None:
    text = "where is will may's parcel and WILL MAY'S refund"
    assert Mask(others=None).hide("no names in here") == "no names in here"
    assert "WILL MAY" not in Mask(others=listed(unit)).hide(text)


def test_who_is_erased_leaves_the_list(unit, monkeypatch) -> None:
    assert listed(unit).find("Ilka Brandwein")
    with open_session(Scope.of(unit)) as session:
        session.delete(session.query(Contact).order_by(Contact.id).first())
    monkeypatch.setattr(directory, "FRESH", 0.0)
    deadline = time.monotonic() + 20
    while directory.of_unit(unit).find("Ilka Brandwein"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert directory.of_unit(unit).find("Will May")


def test_who_is_new_joins_it(unit, monkeypatch) -> None:
    assert not listed(unit).find("Nora Feldhaus")
    with open_session(Scope.of(unit)) as session:
        contact = session.query(Contact).first().id
        contacts.observe(session, contact, {"name": "Nora Feldhaus"}, source="crm")
    monkeypatch.setattr(directory, "FRESH", 0.0)
    deadline = time.monotonic() + 20
    while not directory.of_unit(unit).find("Nora Feldhaus"):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_other_units_see_nothing_of_it(unit) -> None:
    other = unit_with_contacts({"name": "Paul Winterberg"}, name="japan")
    assert not listed(other).find("Ilka Brandwein")
    assert listed(other).find("Paul Winterberg")


def test_a_database_that_is_away_costs_the_list_and_nothing_else(unit, monkeypatch) -> None:
    def away(*_: object) -> None:
        raise RuntimeError("away")

    monkeypatch.setattr(contacts, "directory_version", away)
    assert directory.of_unit(unit + 1000) is None


def seen(text: str) -> str:
    return view(text).text
