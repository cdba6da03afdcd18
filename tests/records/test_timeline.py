"""One story of a contact over all channels, as far as the role reaches, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access import Denied, Grant, Permission, Principal, Role
from ledger import entries
from records import (
    contacts,
    conversations,
    editing,
    follow_ups,
    identities,
    labels,
    messages,
    notes,
    seen,
    timeline,
    transcripts,
)
from records.conversations import Place
from records.follow_ups import Plan
from records.identities import Address
from records.messages import Incoming
from records.states import Colour, FollowUpState
from runtime.database import now, open_session
from runtime.errors import BadInput, NotFound


def story(house, who: Principal, limit: int = 50) -> list[timeline.Moment]:
    """The whole timeline, page by page."""
    found: list[timeline.Moment] = []
    mark = None
    for _ in range(200):
        with open_session(house.scope) as session:
            page = timeline.read_timeline(session, who, house.contact, mark=mark, limit=limit)
        found += page.moments
        mark = page.mark
        if mark is None:
            return found
    raise AssertionError("the timeline does not end")


@pytest.fixture
def lived(house):
    """A contact that wrote on two channels, and of whom people know something."""
    conversation = house.open()
    with open_session(house.scope) as session:
        messages.append_inbound(session, conversation, Incoming("m1", "on telegram"))
        conversations.take_over(session, house.ana, conversation)
        messages.note(session, house.ana, conversation, "a note in the thread")
        web = identities.resolve(
            session,
            unit_id=house.unit,
            channel="web",
            addresses=[Address("visitor", "v-1"), Address("telegram", "4711")],
        )
        place = Place(house.unit, "web", 2, "web-eu", house.place.assistant_id)
        other = conversations.open_conversation(
            session, place, contact_id=web.contact_id, identity_id=web.identity_id
        )
        messages.append_inbound(session, other, Incoming("m2", "on the web"))
        contacts.observe(
            session, house.contact, {"email": "n@field.example", "language": "de"}, source="crm"
        )
        notes.add_note(session, house.ana, house.contact, "a note on the customer")
        label = labels.add_label(session, house.boss, house.unit, name="VIP", colour=Colour.RED)
        labels.set_labels(session, house.ana, house.contact, [label.id])
        follow_ups.set_follow_up(session, house.ana, house.contact, Plan(FollowUpState.OPEN))
    assert web.contact_id == house.contact
    return house


def test_one_story_over_all_channels(lived):
    found = story(lived, lived.ben)
    said = {one.text: one.channel for one in found if one.kind == "message"}
    assert said == {"on telegram": "telegram", "on the web": "web"}
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    kinds = {one.kind for one in found}
    assert kinds >= {
        "message", "event", "note", "field", "conversation", "contact:label", "contact:follow_up",
    }  # fmt: skip
    noted = {one.text: one.actor_name for one in found if one.kind == "note"}
    assert noted == {"a note in the thread": "ana", "a note on the customer": "ana"}
    learned = {one.detail["field"]: one.text for one in found if one.kind == "field"}
    assert learned["email"] == "n@field.example"


def test_what_the_role_does_not_open_is_counted_and_not_named(lived):
    with open_session(lived.scope) as session:
        page = timeline.read_timeline(session, lived.ana, lived.contact)
        entry = entries.of_units(session, [lived.unit], subject=f"contact/{lived.contact}")[0]
    assert "email" not in str(page)
    assert "n@field" not in str(page)
    assert page.withheld == 1
    assert entry.action == "contact:read"
    assert entry.detail["purpose"] == "timeline"
    assert entry.detail["fields"] == ["follow_up", "labels", "language", "name", "notes"]
    assert "on telegram" not in str(entry)


def test_without_conversations_labels_and_notes_only_the_fields_are_left(lived):
    role = Role("narrow", (Grant(Permission.CONTACT_READ, frozenset({"name"})),))
    found = story(lived, replace(lived.ana, role=role))
    assert {one.kind for one in found} == {"field"}
    assert {one.detail["field"] for one in found} == {"name"}


def test_only_conversations_within_reach(lived):
    from access.policy import Reach

    role = Role(
        "own",
        (
            Grant(Permission.CONTACT_READ),
            Grant(Permission.CONVERSATION_READ, reach=Reach.ASSIGNED),
        ),
    )
    found = story(lived, replace(lived.ana, role=role))
    assert {one.text for one in found if one.kind == "message"} == {"on telegram"}
    assert {one.channel for one in found if one.kind == "conversation"} == {"telegram"}


def test_management_and_strangers_read_no_story(lived):
    with open_session(lived.scope) as session:
        with pytest.raises(Denied):
            timeline.read_timeline(session, lived.boss, lived.contact)
        with pytest.raises(NotFound):
            timeline.read_timeline(session, lived.ana, lived.contact + 99)
        for mark in ("x", "1.2", "1.2.3.4", "9" * 40 + ".1.1"):
            with pytest.raises(BadInput, match="mark"):
                timeline.read_timeline(session, lived.ana, lived.contact, mark=mark)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=st.lists(st.integers(0, 3), min_size=1, max_size=25), limit=st.integers(1, 9))
def test_pages_hold_every_moment_once_also_at_the_same_instant(house, hours, limit):
    start = now() - timedelta(days=30)
    with open_session(house.scope) as session:
        for place, hour in enumerate(hours):
            contacts.observe(
                session,
                house.contact,
                {"loyalty.points": f"{place}-{now()}"},
                source="crm",
                at=start + timedelta(hours=hour),
            )
    whole = story(house, house.ben, limit=10_000)
    paged = story(house, house.ben, limit=limit)
    assert [(one.kind, one.id) for one in paged] == [(one.kind, one.id) for one in whole]
    assert len({(one.kind, one.id) for one in paged}) == len(paged)


def test_who_has_seen_a_contact_is_told_to_auditors(lived):
    with open_session(lived.scope) as session:
        contacts.read_profile(session, lived.ben, lived.contact, purpose="desk")
        editing.history(session, lived.ben, lived.contact, "email")
        conversation = transcripts.list_conversations(session, lived.ana, "all")[0].id
        transcripts.thread(session, lived.ana, conversation)
    with open_session(lived.scope) as session:
        found = seen.seen_by(session, lived.boss, lived.contact)
        with pytest.raises(Denied):
            seen.seen_by(session, lived.ana, lived.contact)
        with pytest.raises(NotFound):
            seen.seen_by(session, lived.boss, lived.contact + 99)
    assert [(one.actor_name, one.action, one.purpose) for one in found[:3]] == [
        ("ana", "conversation:read", ""),
        ("ben", "contact:read", "history"),
        ("ben", "contact:read", "desk"),
    ]
    assert found[1].fields == ("email",)
    assert "email" in found[2].fields
