"""Merges and un-merges: nothing moves, so nothing is lost; the walk through all orders."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from access import people
from records import contacts, conversations, identities, merging, messages, same_person
from records.conversations import Place
from records.identities import Address
from records.identity_models import ContactMerge
from records.messages import Incoming
from records.models import Contact
from runtime import database
from runtime.database import Base, open_session
from runtime.errors import Misconfigured, NotFound
from runtime.scope import NOBODY, Scope
from runtime.secrets import keys

ABOUT_MERGES = {"contact_merge", "merge_suggestion", "ledger_entry", "ledger_head", "job"}
"""What merging itself writes: everything else has to stay as it was, byte for byte."""


def _rows() -> dict[str, list[tuple[object, ...]]]:
    with database.engine().connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in ABOUT_MERGES
        }


def _empty() -> None:
    with database.engine().begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


class Merges(RuleBasedStateMachine):
    """Random people, merged and parted in any order; a second bookkeeping says who is whom."""

    persons = Bundle("persons")

    def __init__(self) -> None:
        super().__init__()
        _empty()
        with open_session(NOBODY) as session:
            people.seed_roles(session)
            self.unit = people.add_unit(session, "europe")
        self.scope = Scope.of(self.unit)
        self.system = people.system(self.unit)
        self.rows: dict[str, list[tuple[object, ...]]] = _rows()
        self.values: dict[int, set[tuple[str, str]]] = {}
        self.edges: dict[int, tuple[int, int]] = {}
        self.count = 0

    @rule(
        target=persons,
        kind=st.sampled_from(["wa_id", "telegram", "visitor"]),
        facts=st.integers(0, 3),
    )
    def arrives(self, kind: str, facts: int) -> int:
        self.count += 1
        address = f"4930{self.count:07}" if kind == "wa_id" else f"id-{self.count}"
        channel = {"wa_id": "whatsapp", "telegram": "telegram", "visitor": "web"}[kind]
        with open_session(self.scope) as session:
            found = identities.resolve(
                session, unit_id=self.unit, channel=channel, addresses=[Address(kind, address)]
            )
            self.values[found.contact_id] = {(f"channel.{kind}", address)}
            place = Place(self.unit, channel, 1, channel, None)
            conversation = conversations.open_conversation(
                session, place, contact_id=found.contact_id, identity_id=found.identity_id
            )
            messages.append_inbound(session, conversation, Incoming(f"{self.count}", "Hello"))
        self._learn(found.contact_id, facts)
        return found.contact_id

    @rule(person=persons, facts=st.integers(1, 2))
    def is_learned_about(self, person: int, facts: int) -> None:
        """Also while merged: what comes in lies with the part at whose address it came in."""
        self._learn(person, facts)

    def _learn(self, person: int, facts: int) -> None:
        with open_session(self.scope) as session:
            for number in range(facts):
                self.count += 1
                name = f"note.{person}.{number}.{self.count}"
                contacts.observe(session, person, {name: f"v{self.count}"}, source="crm")
                self.values[person].add((name, f"v{self.count}"))
        self.rows = _rows()

    @rule(first=persons, second=persons, keep_second=st.booleans())
    def are_merged(self, first: int, second: int, keep_second: bool) -> None:
        with open_session(self.scope) as session:
            keep = second if keep_second else None
            made = merging.join(session, "user/1", first, second, how="person", keep=keep)
            apart = self._group(first) != self._group(second)
            assert (made is not None) == apart
            if made is not None:
                row = session.scalar(select(ContactMerge).where(ContactMerge.id == made))
                self.edges[made] = (row.winner_id, row.loser_id)
        self._check(first, second)

    @precondition(lambda self: self.edges)
    @rule(data=st.data())
    def is_undone(self, data: st.DataObject) -> None:
        merge = data.draw(st.sampled_from(sorted(self.edges)))
        with open_session(self.scope) as session:
            same_person.undo(session, self.system, merge)
        self._check(*self.edges.pop(merge))

    def _group(self, person: int) -> frozenset[int]:
        found, grew = {person}, True
        while grew:
            more = {one for edge in self.edges.values() if found & set(edge) for one in edge}
            grew = not more <= found
            found |= more
        return frozenset(found)

    def _check(self, *persons: int) -> None:
        """Every row is as it was, and each is read with exactly its parts."""
        assert _rows() == self.rows
        with open_session(self.scope, read_only=True) as session:
            for person in persons:
                group = self._group(person)
                assert set(merging.parts(session, person)) == group
                assert merging.root(session, person) in group
                expected = set().union(*(self.values[one] for one in group))
                assert set(contacts.values_to_hide(session, person)) == expected

    def teardown(self) -> None:
        """Undo all that stands: everybody is alone, and every key still opens its own."""
        with open_session(self.scope) as session:
            for merge in sorted(self.edges, reverse=True):
                same_person.undo(session, self.system, merge)
        assert _rows() == self.rows
        with open_session(self.scope) as session:
            for person, values in self.values.items():
                assert merging.parts(session, person) == (person,)
                profile = contacts.read_profile(session, self.system, person)
                assert {(fact.name, fact.value) for fact in profile.facts} == values


def test_random_merges_and_unmerges_leave_every_row_as_it_was(db):
    run_state_machine_as_test(
        Merges,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _person(house, kind: str, value: str, **facts: str) -> int:
    channel = {"wa_id": "whatsapp", "visitor": "web"}.get(kind, kind)
    with open_session(house.scope) as session:
        found = identities.resolve(
            session, unit_id=house.unit, channel=channel, addresses=[Address(kind, value)]
        )
        contacts.observe(session, found.contact_id, facts, source="crm")
    return found.contact_id


def test_the_old_id_leads_to_the_one_record_and_unknown_and_foreign_are_the_same(house):
    first = _person(house, "telegram", "1", email="nora@mail.example")
    second = _person(house, "visitor", "v1", country="DE")
    with open_session(house.scope) as session:
        merging.join(session, "user/1", first, second, how="person")
        system = people.system(house.unit)
        by_old = contacts.read_profile(session, system, second)
        assert by_old == contacts.read_profile(session, system, first)
        assert by_old.contact_id == first
        assert by_old.attributes["email"] == "nora@mail.example"
        assert by_old.attributes["country"] == "DE"
        listed = [line.contact_id for line in contacts.list_contacts(session, system)]
        assert first in listed
        assert second not in listed
    answers = set()
    for scope, number in ((Scope.of(house.unit + 1), second), (house.scope, 9_999)):
        with open_session(scope) as session:
            with pytest.raises(NotFound) as refused:
                contacts.read_profile(session, people.system(*scope.units), number)
            answers.add(str(refused.value))
    assert answers == {"no such contact"}


def test_what_comes_in_while_merged_stays_with_whose_address_it_came_in_at(house):
    first = _person(house, "telegram", "1")
    second = _person(house, "visitor", "v1")
    with open_session(house.scope) as session:
        merge = merging.join(session, "user/1", first, second, how="person")
    again = _person(house, "visitor", "v1", city="Ghent")
    assert again == second
    with open_session(house.scope) as session:
        system = people.system(house.unit)
        assert contacts.read_profile(session, system, first).attributes["city"] == "Ghent"
        same_person.undo(session, system, merge)
        assert "city" not in contacts.read_profile(session, system, first).attributes
        assert contacts.read_profile(session, system, second).attributes["city"] == "Ghent"


def test_destroying_the_keys_of_all_parts_leaves_nothing_that_can_be_read(house):
    first = _person(house, "telegram", "1", email="nora@mail.example")
    second = _person(house, "visitor", "v1", city="Ghent")
    with open_session(house.scope) as session:
        merging.join(session, "user/1", first, second, how="person")
        whole = merging.parts(session, second)
        assert set(whole) == {first, second}
        for row in session.scalars(select(Contact).where(Contact.id.in_(whole))):
            row.data_key = keys().new_data_key(row.key_context)  # another one: theirs is gone
    for person in (first, second):
        with open_session(house.scope) as session, pytest.raises(Misconfigured):
            contacts.values_to_hide(session, person)
