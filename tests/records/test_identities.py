"""The same person written differently is one; different people are never merged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from access import Denied, approvals, people
from records import contacts, identities, keys, merging, same_person
from records.canonical import canonical
from records.identities import Address
from records.states import Strength
from runtime import jobs
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound
from runtime.scope import NOBODY, Scope

SAME_NUMBER = [
    ("5511987654321", "551187654321"),
    ("5215512345678", "525512345678"),
    ("5491123456789", "541123456789"),
]
"""WhatsApp ids of one person, as in chatwoot issue 13808: Brazil, Mexico, Argentina."""


def _meet(house, *addresses: Address, channel: str = "whatsapp", name: str = "") -> int:
    with open_session(house.scope) as session:
        return identities.resolve(
            session, unit_id=house.unit, channel=channel, addresses=addresses, name=name or None
        ).contact_id


def _root(house, contact: int) -> int:
    with open_session(house.scope) as session:
        return merging.root(session, contact)


def _prove(house, contact: int, kind: str, value: str, *, channel: str, claimed=False) -> None:
    with open_session(house.scope) as session:
        identities.prove(session, contact, kind, value, channel=channel, claimed=claimed)


def _suggested(house) -> list[same_person.Suggestion]:
    with open_session(house.scope) as session:
        return same_person.suggestions(session, people.system(house.unit))


@pytest.mark.parametrize(("one", "other"), SAME_NUMBER)
@pytest.mark.parametrize("turned", [False, True])
def test_one_number_written_in_two_ways_is_one_person(house, one, other, turned):
    first, second = (other, one) if turned else (one, other)
    a = _meet(house, Address("wa_id", first))
    b = _meet(house, Address("wa_id", second))
    assert a != b
    assert _root(house, a) == _root(house, b) == a
    assert _suggested(house) == []


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("phone", "+5511987654321", "+5511987654322"),
        ("phone", "+551137654321", "+5511937654321"),  # a landline got no ninth digit
        ("phone", "+525512345678", "+525512345679"),
        ("phone", "+541123456789", "+541123456780"),
        ("phone", "+4930123456", "+4330123456"),
        ("email", "nora@mail.example", "nora@mail2.example"),
    ],
)
def test_other_numbers_stay_other_numbers(kind, one, other):
    assert canonical(kind, one) is not None
    assert canonical(kind, one) != canonical(kind, other)


@pytest.mark.parametrize(
    "text", ["", "12345", "030 23125004", "+", "+49", "a@b", "nora", "@x.example"]
)
def test_what_is_no_whole_address_is_no_key(text):
    assert canonical("phone", text) is None
    assert canonical("email", text) is None


def test_a_number_that_telegram_proves_joins_the_whatsapp_contact(house):
    a = _meet(house, Address("wa_id", "493023125004"))
    b = _meet(house, Address("telegram", "77"), channel="telegram")
    _prove(house, b, "phone", "+49 30 23125004", channel="telegram")
    assert _root(house, b) == a


def test_different_people_are_never_merged_by_themselves(house):
    """Chatwoot issue 4728: same name, same typed address, same device: still two people."""
    a = _meet(house, Address("wa_id", "493023125004"), name="Nora Field")
    b = _meet(house, Address("visitor", "v1", Strength.WEAK), channel="web", name="Nora Field")
    c = _meet(house, Address("visitor", "v2", Strength.WEAK), channel="web", name="Nora Field")
    _prove(house, a, "email", "nora@mail.example", channel="web/1")
    for typed in (b, c):
        _prove(house, typed, "email", "nora@mail.example", channel="web", claimed=True)
        _prove(house, typed, "phone", "+49 30 23125004", channel="web", claimed=True)
    assert [_root(house, each) for each in (a, b, c)] == [a, b, c]
    pairs = {(one.first.contact_id, one.second.contact_id) for one in _suggested(house)}
    assert pairs == {(a, b), (a, c), (b, c)}
    shown = next(one for one in _suggested(house) if one.second.contact_id == b)
    assert {"key": "email", "first": {"strength": "verified", "channel": "web/1"},
            "second": {"strength": "asserted", "channel": "web"}} in shown.evidence  # fmt: skip
    assert "nora@" not in str(shown.evidence)


def test_two_people_of_one_host_who_share_a_mail_address_are_only_suggested(house):
    a = _meet(house, Address("visitor", "s1"), channel="web")
    b = _meet(house, Address("visitor", "s2"), channel="web")
    for contact, subject in ((a, "1|anna"), (b, "1|otto")):
        _prove(house, contact, "user_id", subject, channel="web/1")
        _prove(house, contact, "email", "family@mail.example", channel="web/1")
    assert [_root(house, each) for each in (a, b)] == [a, b]
    assert len(_suggested(house)) == 1


def test_units_are_apart(house):
    a = _meet(house, Address("wa_id", "493023125004"))
    other = Scope.of(house.unit + 1)
    with open_session(other) as session:
        b = identities.resolve(
            session, unit_id=house.unit + 1, channel="whatsapp",
            addresses=[Address("wa_id", "493023125004")],
        ).contact_id  # fmt: skip
        assert merging.root(session, b) == b
    with open_session(house.scope) as session, pytest.raises(NotFound):
        same_person.propose(session, people.system(house.unit), a, b, reason="same number")


def test_what_people_hold_apart_is_not_merged_by_itself_again(house):
    a = _meet(house, Address("wa_id", "5511987654321"))
    b = _meet(house, Address("wa_id", "551187654321"))
    with open_session(house.scope) as session:
        (merge,) = same_person.history(session, people.system(house.unit), contact_id=a)
        same_person.undo(session, people.system(house.unit), merge.id)
    _meet(house, Address("wa_id", "551187654321"))
    _prove(house, b, "phone", "+5511987654321", channel="telegram")
    _prove(house, b, "email", "x@mail.example", channel="web/1")
    _prove(house, a, "email", "x@mail.example", channel="web/1")
    assert [_root(house, each) for each in (a, b)] == [a, b]
    assert _suggested(house) == []


def _as(house, who):
    return replace(who, proved_at=now())


def _second(house):
    with open_session(NOBODY) as session:
        number = people.add_user(
            session, "system/0", email="kim@desk.example", name="kim",
            password="kim-wears-a-blue-hat", role="management", units=[house.unit],
        )  # fmt: skip
        return replace(people.principal_of(session, number), proved_at=now())


def test_two_proven_contacts_take_two_people(house):
    a = _meet(house, Address("wa_id", "493023125004"))
    b = _meet(house, Address("telegram", "77"), channel="telegram")
    boss, kim = _as(house, house.boss), _second(house)
    with open_session(house.scope) as session, pytest.raises(Denied):
        same_person.propose(session, house.ana, a, b, reason="she told me")
    with open_session(house.scope) as session, pytest.raises(BadInput, match="reason"):
        same_person.propose(session, boss, a, b, reason=" ")
    with open_session(house.scope) as session:
        asked = same_person.propose(session, boss, a, b, reason="she told me").approval_id
        view = approvals.find(session, kim, asked)
    assert _root(house, b) == b
    assert view.plan["both_verified"]
    with open_session(house.scope) as session, pytest.raises(NotAllowed):
        approvals.decide(session, boss, asked, approve=True, seen=view.plan_hash)
    with open_session(house.scope) as session:
        approvals.decide(session, kim, asked, approve=True, seen=view.plan_hash)
    jobs.drain()
    assert _root(house, b) == a
    with open_session(house.scope) as session, pytest.raises(Conflict):
        same_person.merge_approved(session, asked)


def test_a_plan_that_fits_no_more_is_not_carried_out(house):
    a = _meet(house, Address("wa_id", "493023125004"))
    b = _meet(house, Address("telegram", "77"), channel="telegram")
    c = _meet(house, Address("visitor", "v", Strength.WEAK), channel="web")
    boss, kim = _as(house, house.boss), _second(house)
    with open_session(house.scope) as session:
        asked = same_person.propose(session, boss, a, b, reason="she told me").approval_id
        seen = approvals.find(session, kim, asked).plan_hash
    with open_session(house.scope) as session:
        same_person.propose(session, boss, b, c, reason="her browser")
        approvals.decide(session, kim, asked, approve=True, seen=seen)
    jobs.drain()
    assert _root(house, b) == b


def test_a_suggestion_is_accepted_or_dismissed_once(house):
    a = _meet(house, Address("wa_id", "493023125004"))
    b = _meet(house, Address("visitor", "v1", Strength.WEAK), channel="web")
    _prove(house, b, "phone", "+493023125004", channel="web", claimed=True)
    (one,) = _suggested(house)
    assert not one.needs_second_person
    with open_session(house.scope) as session:
        done = same_person.accept(session, house.boss, one.id, reason="I called her")
    assert _root(house, b) == a
    with open_session(house.scope) as session, pytest.raises(Conflict):
        same_person.dismiss(session, house.boss, one.id)
    with open_session(house.scope) as session:
        same_person.undo(session, house.boss, done.merge_id)
    assert _root(house, b) == b


def test_contacts_from_before_there_were_keys_get_them(house):
    a = _meet(house, Address("wa_id", "5511987654321"))
    with open_session(house.scope) as session:
        assert keys.holders(
            session, house.unit, keys.index(house.unit, "phone", "+5511987654321") or ""
        ) == [a]
        session.query(keys.IdentityKey).delete()
    with open_session(house.scope) as session:
        assert identities.key_contacts(session) is None
    b = _meet(house, Address("wa_id", "551187654321"))
    assert _root(house, b) == a
    with open_session(house.scope) as session:
        assert contacts.read_profile(session, people.system(house.unit), b).contact_id == a
