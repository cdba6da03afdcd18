"""Fields of a unit's own: closed until granted, checked, with history; labels, notes, segments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from access import Denied, Grant, Permission, Principal, Role
from access.roles import SEED
from ledger import entries
from records import contacts, editing, fields, follow_ups, labels, listing, notes, segments, values
from records.editing import Change
from records.fields import NewField
from records.follow_ups import Plan
from records.listing import Narrowed
from records.segments import Equals, Rule
from records.states import Colour, DataClass, FieldType, FollowUpState
from runtime.database import engine, now, open_session
from runtime.errors import BadInput, Conflict, NotFound

SEGMENT = NewField(
    "crm.segment", "Segment", FieldType.CHOICE, DataClass.PERSONAL, ("Gold", "Silver")
)


def granted(who: Principal, *patterns: str, kind: str = "user") -> Principal:
    """The same person with a role that reads and writes these fields."""
    grants = tuple(
        Grant(permission, frozenset(patterns))
        for permission in (Permission.CONTACT_READ, Permission.CONTACT_WRITE)
    )
    more = (Grant(Permission.CONTACT_LIST), Grant(Permission.SEGMENT_WRITE))
    return replace(who, kind=kind, role=Role("own", (*grants, *more)))


def add(house, new: NewField = SEGMENT) -> fields.FieldView:
    with open_session(house.scope) as session:
        return fields.add_field(session, house.boss, house.unit, new)


def edit(house, who: Principal, *changes: Change) -> list[str]:
    with open_session(house.scope) as session:
        return editing.edit(session, who, house.contact, changes)


def profile(house, who: Principal) -> contacts.Profile:
    with open_session(house.scope) as session:
        return contacts.read_profile(session, who, house.contact)


def test_a_new_field_is_open_to_no_role_until_one_names_it(house):
    made = add(house)
    assert made.name == "custom.crm.segment"
    edit(house, granted(house.ana, "custom.crm.*"), Change(made.name, "gold"))
    everybody = [replace(house.ana, role=role) for role in SEED]
    everybody.append(granted(house.ana, "*"))
    everybody.append(granted(house.ana, "c*", "cu*", "*segment", "crm.*"))
    for who in everybody:
        assert not who.may_see(Permission.CONTACT_READ, made.name), who.role.name
        if who.may(Permission.CONTACT_READ):
            assert made.name not in profile(house, who).attributes
    for pattern in ("custom.*", "custom.crm.*", "custom.crm.segment"):
        assert profile(house, granted(house.ana, pattern)).attributes[made.name] == "Gold"


def test_who_may_not_see_a_field_does_not_learn_of_it(house):
    made = add(house)
    with open_session(house.scope) as session:
        assert fields.list_fields(session, house.ana, house.unit) == []
        assert fields.list_fields(session, house.boss, house.unit) == [made]
    closed = granted(house.ana, "*")
    answers = []
    for name in (made.name, "custom.crm.unknown"):
        with pytest.raises(NotFound) as caught:
            edit(house, closed, Change(name, "gold"))
        answers.append(caught.value.message.replace(name, ""))
    assert len(set(answers)) == 1


def test_a_sensitive_field_opens_only_to_those_who_are_named_for_it(house):
    made = add(house, NewField("allergy", "Allergy", FieldType.TEXT, DataClass.SENSITIVE))
    assert made.name == "custom.sensitive.allergy"
    named = granted(house.ana, made.name)
    edit(house, named, Change(made.name, "peanuts"))
    assert profile(house, named).attributes[made.name] == "peanuts"
    for pattern in ("*", "custom.*", "custom.s*"):
        assert made.name not in profile(house, granted(house.ana, pattern)).attributes
    # No assistant, whatever it is granted: it would stand in a prompt.
    robot = granted(house.assistant, made.name, "custom.sensitive.*", kind="assistant")
    assert made.name not in profile(house, robot).attributes
    with open_session(house.scope) as session:
        assert (made.name, "peanuts") in contacts.values_to_hide(session, house.contact)
        with pytest.raises(BadInput, match="sensitive"):
            segments.add_segment(session, named, house.unit, "x", Rule(has=(made.name,)))
    with engine().connect() as connection:
        known = connection.execute(text("SELECT name FROM indexed_field")).scalars().all()
    assert made.name not in known


def test_masks_know_what_is_personal_and_not_what_says_nothing(house):
    who = granted(house.ana, "custom.*")
    for new, value in (
        (SEGMENT, "Gold"),
        (NewField("vip", "VIP", FieldType.YES_NO, DataClass.PERSONAL), "yes"),
        (NewField("lane", "Lane", FieldType.NUMBER, DataClass.NONE), "3"),
        (NewField("mail2", "Mail", FieldType.EMAIL, DataClass.CONTACT), "n@field.example"),
    ):
        edit(house, who, Change(add(house, new).name, value))
    with open_session(house.scope) as session:
        hidden = dict(contacts.values_to_hide(session, house.contact))
    assert hidden["custom.crm.segment"] == "Gold"
    assert hidden["custom.mail2"] == "n@field.example"
    assert not {"custom.vip", "custom.lane"} & set(hidden)


@pytest.mark.parametrize(
    ("kind", "good", "kept", "bad"),
    [
        (FieldType.TEXT, "  as it is  ", "as it is", "x" * 2001),
        (FieldType.NUMBER, "12.50", "12.5", "twelve"),
        (FieldType.DATE, "2026-03-31", "2026-03-31", "31.3.2026"),
        (FieldType.YES_NO, "TRUE", "yes", "perhaps"),
        (FieldType.CHOICE, "gold", "Gold", "bronze"),
        (FieldType.EMAIL, "Nora@Field.EXAMPLE", "Nora@field.example", "nora at field"),
        (FieldType.PHONE, "+49 (151) 2345-6789", "+4915123456789", "0151"),
        (
            FieldType.URL,
            "https://field.example/a",
            "https://field.example/a",
            "javascript:alert(1)",
        ),
        ("language", "PT-br", "pt-BR", "klingon"),
        ("country", "de", "DE", "Germany"),
    ],
)
def test_values_are_kept_in_one_spelling_and_refused_with_the_fix(kind, good, kept, bad):
    assert values.checked("f", kind, good, choices=("Gold", "Silver")) == kept
    with pytest.raises(BadInput, match="f: ") as caught:
        values.checked("f", kind, bad, choices=("Gold", "Silver"))
    assert bad not in caught.value.message


@pytest.mark.parametrize(
    ("name", "data_class"),
    [("Crm.Segment", "none"), ("a..b", "none"), ("1a", "none"), ("", "none"),
     ("a.b.c.d", "none"), ("sensitive.x", "personal"), ("a*", "none")],
)  # fmt: skip
def test_a_name_that_no_role_could_name_is_refused(house, name, data_class):
    new = NewField(name, "Label", FieldType.TEXT, DataClass(data_class))
    with pytest.raises(BadInput, match="name: "):
        add(house, new)


def test_only_who_sets_up_fields_adds_and_changes_them(house):
    made = add(house)
    with pytest.raises(Conflict, match="name: "):
        add(house)
    with open_session(house.scope) as session:
        with pytest.raises(Denied):
            fields.add_field(session, house.ana, house.unit, SEGMENT)
        with pytest.raises(NotFound, match="unit_id"):
            fields.add_field(session, house.boss, house.unit + 1, SEGMENT)
        with pytest.raises(BadInput, match="keep those"):
            fields.change_field(session, house.boss, made.id, choices=["Silver"])
        with pytest.raises(BadInput, match="part of its name"):
            fields.change_field(session, house.boss, made.id, data_class=DataClass.SENSITIVE)
        changed = fields.change_field(
            session, house.boss, made.id, choices=["Gold", "Silver", "Tin"], retired=True
        )
    assert changed.retired
    with pytest.raises(NotFound):
        edit(house, granted(house.ana, "custom.*"), Change(made.name, "Tin"))


def test_an_edit_keeps_every_earlier_value_with_source_and_time(house):
    with open_session(house.scope) as session:
        contacts.observe(session, house.contact, {"email": "old@field.example"}, source="crm")
    seen = {fact.name: fact for fact in profile(house, house.ben).facts}["email"]
    assert edit(house, house.ben, Change("email", "New@Field.Example", seen.id)) == ["email"]
    now_there = {fact.name: fact for fact in profile(house, house.ben).facts}["email"]
    assert (now_there.value, now_there.source) == ("New@field.example", house.ben.id)
    with open_session(house.scope) as session:
        past = editing.history(session, house.ben, house.contact, "email")
        with pytest.raises(NotFound):
            editing.history(session, house.ana, house.contact, "email")
        written = entries.of_units(session, [house.unit], action="contact:write")[0]
    assert [(one.value, one.source) for one in past] == [
        ("New@field.example", house.ben.id),
        ("old@field.example", "crm"),
    ]
    assert past[0].source_name == "ben"
    assert written.detail["fields"] == ["email"]
    assert "field.example" not in str(written)


def test_two_who_change_the_same_value_meet(house):
    with pytest.raises(Conflict, match="name"):
        edit(house, house.ben, Change("name", "Nora Hill", None))
    seen = profile(house, house.ben).facts
    name = next(fact for fact in seen if fact.name == "name")
    edit(house, house.ben, Change("name", "Nora Hill", name.id))
    with pytest.raises(Conflict):
        edit(house, house.ana, Change("name", "Nora Dale", name.id))


def test_a_cleared_value_is_gone_from_profile_mask_and_search_but_not_from_history(house):
    name = next(fact for fact in profile(house, house.ben).facts if fact.name == "name")
    edit(house, house.ben, Change("name", "", name.id))
    assert "name" not in profile(house, house.ben).attributes
    with open_session(house.scope) as session:
        assert "name" not in dict(contacts.values_to_hide(session, house.contact))
        assert listing.find(session, house.ben, Narrowed("nora")) == []
        # What a channel shows does not bring back what a person took out.
        contacts.observe(session, house.contact, {"name": "nora_x"}, source="telegram", weak=True)
        past = editing.history(session, house.ben, house.contact, "name")
    assert [one.value for one in past] == ["", "Nora Field"]


@pytest.mark.parametrize("name", ["channel.telegram", "made.up", "custom.made.up"])
def test_only_fields_that_exist_are_written(house, name):
    with pytest.raises(NotFound):
        edit(house, granted(house.ana, "*", "custom.*"), Change(name, "x"))


def test_notes_are_sealed_found_and_removed_by_their_author_only(house):
    with open_session(house.scope) as session:
        note = notes.add_note(session, house.ana, house.contact, "prefers the zanzibar line")
        listed = notes.of_contact(session, house.contact)
        assert [(one.text, one.author_name) for one in listed] == [
            ("prefers the zanzibar line", "ana")
        ]
        assert listing.find(session, house.ben, Narrowed("zanzibar"))
        with pytest.raises(NotFound):
            notes.remove_note(session, house.ben, house.contact, note)
    with engine().connect() as connection:
        assert "zanzibar" not in str(connection.execute(text("SELECT * FROM contact_note")).all())
    with open_session(house.scope) as session:
        notes.remove_note(session, house.ana, house.contact, note)
        assert listing.find(session, house.ben, Narrowed("zanzibar")) == []
        found = entries.of_units(session, [house.unit], subject=f"contact/{house.contact}")
    assert {"contact:note", "contact:note_removed"} <= {one.action for one in found}
    assert "zanzibar" not in str(found)


def test_labels_are_a_units_own_words(house):
    with open_session(house.scope) as session:
        vip = labels.add_label(session, house.boss, house.unit, name="VIP", colour=Colour.BLUE)
        with pytest.raises(Conflict):
            labels.add_label(session, house.boss, house.unit, name="vip", colour=Colour.RED)
        with pytest.raises(Denied):
            labels.add_label(session, house.ana, house.unit, name="Mine", colour=Colour.RED)
        labels.set_labels(session, house.ana, house.contact, [vip.id])
        with pytest.raises(BadInput):
            labels.set_labels(session, house.ana, house.contact, [vip.id + 1])
        (row,) = listing.find(session, house.ana, Narrowed(label_id=vip.id))
        assert row.labels == (vip,)
        # Who may not see labels is not told by a list either.
        assert listing.find(session, house.boss, Narrowed(label_id=vip.id)) == []
        (plain,) = listing.find(session, house.boss, Narrowed())
        assert (plain.labels, plain.name) == ((), f"Customer {house.contact}")
        labels.remove_label(session, house.boss, vip.id)
        assert listing.find(session, house.ana, Narrowed(label_id=vip.id)) == []


def test_a_follow_up_has_an_owner_of_the_unit_and_a_day(house):
    plan = Plan(FollowUpState.OPEN, date(2026, 12, 1), house.ben.number, "call about zanzibar")
    with open_session(house.scope) as session:
        follow_ups.set_follow_up(session, house.ana, house.contact, plan)
        (row,) = listing.find(session, house.ana, Narrowed())
        assert row.follow_up is not None
        assert (row.follow_up.owner_name, row.follow_up.note) == ("ben", plan.note)
        with pytest.raises(BadInput, match="owner_id"):
            follow_ups.set_follow_up(session, house.ana, house.contact, replace(plan, owner_id=999))
        follow_ups.set_follow_up(session, house.ana, house.contact, None)
        assert listing.find(session, house.ana, Narrowed())[0].follow_up is None
    with engine().connect() as connection:
        assert "zanzibar" not in str(connection.execute(text("SELECT * FROM ledger_entry")).all())


def count(house, rule: Rule, who: Principal | None = None) -> int:
    with open_session(house.scope) as session:
        made = segments.add_segment(session, who or house.ben, house.unit, str(now()), rule)
        found = listing.find(session, who or house.ben, Narrowed(segment_id=made.id))
        assert made.count == len(found)
        return made.count


def test_segments_count_and_list_what_fits(house):
    with open_session(house.scope) as session:
        contacts.observe(
            session, house.contact, {"language": "de", "loyalty.tier": "Gold"}, source="crm"
        )
        vip = labels.add_label(session, house.boss, house.unit, name="VIP", colour=Colour.BLUE)
        labels.set_labels(session, house.ana, house.contact, [vip.id])
        follow_ups.set_follow_up(
            session,
            house.ana,
            house.contact,
            Plan(FollowUpState.WAITING, (now() + timedelta(days=3)).date()),
        )
    house.open()
    for rule in (
        Rule(labels=(vip.id,)), Rule(has=("name",)), Rule(lacks=("email",)),
        Rule(equals=(Equals("loyalty.tier", "gold "),)), Rule(channels=("telegram",)),
        Rule(languages=("de",)), Rule(active_within=1), Rule(follow_up=(FollowUpState.WAITING,)),
        Rule(due_within=3), Rule(labels=(vip.id,), languages=("de", "fr"), active_within=7),
    ):  # fmt: skip
        assert count(house, rule) == 1, rule
    for rule in (
        Rule(has=("email",)), Rule(lacks=("name",)), Rule(equals=(Equals("name", "Nora"),)),
        Rule(channels=("web",)), Rule(languages=("fr",)), Rule(silent_for=1),
        Rule(follow_up=(FollowUpState.DONE,)), Rule(due_within=2),
    ):  # fmt: skip
        assert count(house, rule) == 0, rule
    with engine().connect() as connection:
        kept = str(connection.execute(text("SELECT rule FROM segment")).all())
    assert "gold" not in kept.lower()


def test_a_segment_never_says_more_than_the_role_sees(house):
    with open_session(house.scope) as session:
        contacts.observe(session, house.contact, {"email": "n@field.example"}, source="crm")
        made = segments.add_segment(
            session, house.ben, house.unit, "With mail", Rule(has=("email",))
        )
        assert made.count == 1
        assert segments.list_segments(session, house.ana, house.unit) == []
        with pytest.raises(NotFound):
            listing.find(session, house.ana, Narrowed(segment_id=made.id))
        asker = granted(house.ana, "name")
        with pytest.raises(NotFound):
            segments.add_segment(session, asker, house.unit, "x", Rule(lacks=("email",)))


def test_a_segment_does_not_reach_beyond_a_condition_of_the_grant(house):
    """A field that is open for some contacts only says nothing of the others."""
    from access.policy import Condition

    with open_session(house.scope) as session:
        contacts.observe(session, house.contact, {"email": "n@field.example"}, source="crm")
    verified = Grant(
        Permission.CONTACT_READ, frozenset({"email"}), conditions=frozenset({Condition.VERIFIED})
    )
    role = Role(
        "careful",
        (
            Grant(Permission.CONTACT_LIST),
            Grant(Permission.SEGMENT_WRITE),
            Grant(Permission.CONTACT_READ, frozenset({"name"})),
            verified,
        ),
    )
    who = replace(house.ana, role=role)
    assert count(house, Rule(has=("email",)), who) == 1
    with engine().begin() as connection:
        connection.execute(text("UPDATE identity SET strength = 'asserted'"))
    assert count(house, Rule(has=("email",)), who) == 0
    with open_session(house.scope) as session:
        assert listing.find(session, who, Narrowed("n@field.example")) == []
        assert len(listing.find(session, who, Narrowed("nora"))) == 1
