"""A contact is shared by two people, field by field, and the copy goes when that ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from access import Denied, Grant, Permission, Principal, Role, approvals, people
from ledger import entries
from records import contacts, identities, sharing
from records.identities import Address
from runtime import jobs
from runtime.database import now, open_session
from runtime.errors import BadInput, NotFound
from runtime.scope import NOBODY, Scope

FACTS = {"name": "Nora Feldmann", "email": "nora@mail.example", "risk.note": "asked twice"}


@pytest.fixture
def world(db) -> dict[str, int]:
    """Two units under one, a manager and a second above both, and a contact in the first."""
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        found = {name: people.add_unit(session, name) for name in ("germany", "france")}
        for name, homes in (
            ("mia", ("germany", "france")), ("max", ("germany", "france")), ("gus", ("germany",)),
        ):  # fmt: skip
            found[name] = people.add_user(
                session, "system/0", email=f"{name}@share.example", name=name,
                password="wears-a-blue-hat-today", role="management",
                units=[found[home] for home in homes],
            )  # fmt: skip
    with open_session(Scope.of(found["germany"])) as session:
        sender = identities.resolve(
            session, unit_id=found["germany"], channel="web",
            addresses=[Address("visitor", "v" * 20)],
        )  # fmt: skip
        contacts.observe(session, sender.contact_id, FACTS, source="web")
    return found | {"contact": sender.contact_id}


def _as(user: int) -> Principal:
    with open_session(NOBODY, read_only=True) as session:
        found = people.principal_of(session, user)
    assert found is not None
    return replace(found, proved_at=now())


def _share(world: dict[str, int], *fields: str, second: str = "max") -> None:
    mia, other = _as(world["mia"]), _as(world[second])
    with open_session(mia.scope) as session:
        asked = sharing.ask(
            session, mia, world["contact"], unit_id=world["france"], fields=fields, reason="moves"
        )
    with open_session(other.scope) as session:
        seen = approvals.find(session, other, asked).plan_hash
        approvals.decide(session, other, asked, approve=True, seen=seen)
    jobs.drain()


def _given(world: dict[str, int]) -> list[sharing.ShareView]:
    mia = _as(world["mia"])
    with open_session(mia.scope) as session:
        return sharing.of_contact(session, mia, world["contact"])


def _copy(world: dict[str, int], contact: int) -> dict[str, str]:
    with open_session(Scope.of(world["france"])) as session:
        return contacts.read_profile(session, people.system(world["france"]), contact).attributes


def _in_france(world: dict[str, int]) -> list[int]:
    with open_session(Scope.of(world["france"])) as session:
        lines = contacts.list_contacts(session, people.system(world["france"]))
    return [line.contact_id for line in lines]


def test_the_named_fields_are_copied_and_both_sides_know(world):
    assert _in_france(world) == []
    _share(world, "name", "email")
    (made,) = _given(world)
    assert _in_france(world) == [made.other_contact_id]
    assert _copy(world, made.other_contact_id) == {name: FACTS[name] for name in ("name", "email")}
    with open_session(NOBODY, read_only=True) as session:
        told = {
            unit: entries.of_units(session, [world[unit]], action="contact:share")
            for unit in ("germany", "france")
        }
    assert [(each.subject, each.detail["given"]) for each in told["germany"]] == [
        (f"contact/{world['contact']}", True)
    ]
    assert [(each.subject, each.detail["given"]) for each in told["france"]] == [
        (f"contact/{made.other_contact_id}", False)
    ]
    assert FACTS["name"] not in str(told)
    # Nothing follows by itself.
    with open_session(Scope.of(world["germany"])) as session:
        contacts.observe(session, world["contact"], {"email": "new@mail.example"}, source="web")
    assert _copy(world, made.other_contact_id)["email"] == FACTS["email"]


def test_the_copy_goes_when_the_sharing_is_taken_back(world):
    _share(world, "name")
    (made,) = _given(world)
    mia, gus = _as(world["mia"]), _as(world["gus"])
    with open_session(gus.scope) as session, pytest.raises(NotFound):
        sharing.revoke(session, gus, made.id + 1)  # the other side's row
    with open_session(mia.scope) as session:
        sharing.revoke(session, mia, made.id)
    jobs.drain()
    assert _in_france(world) == []
    assert _given(world)[0].revoked_at is not None
    with open_session(NOBODY, read_only=True) as session:
        told = entries.of_units(session, [world["france"]], action="contact:unshare")
    assert [each.detail["whole"] for each in told] == [True]


def test_what_the_other_unit_learned_itself_stays(world):
    _share(world, "name")
    (made,) = _given(world)
    with open_session(Scope.of(world["france"])) as session:
        contacts.observe(session, made.other_contact_id, {"city": "Lyon"}, source="desk")
    mia = _as(world["mia"])
    with open_session(mia.scope) as session:
        sharing.revoke(session, mia, made.id)
    jobs.drain()
    assert _copy(world, made.other_contact_id) == {"city": "Lyon"}


def test_erasing_the_original_reaches_the_copy(world):
    _share(world, "name", "email")
    with open_session(Scope.of(world["germany"])) as session:
        assert sharing.reach_copies(session, world["contact"]) == 1
        session.delete(sharing._contact(session, world["contact"]))
    jobs.drain()
    assert _in_france(world) == []


def test_who_decides_has_to_see_both_units(world):
    _share(world, "name", second="gus")
    assert _in_france(world) == []
    assert _given(world) == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [((), BadInput), (("nothing",), BadInput), (("channel.visitor",), BadInput)],
)
def test_what_is_not_there_cannot_be_shared(world, fields, error):
    with pytest.raises(error, match="fields"):
        _share(world, *fields)


def test_sharing_takes_a_permission_the_unit_and_the_fields(world):
    mia = _as(world["mia"])
    narrow = replace(
        mia, role=Role("narrow", (Grant(Permission.CONTACT_SHARE, frozenset({"name"})),))
    )
    nothing = replace(mia, role=Role("nothing", ()))
    gus = _as(world["gus"])
    for who, unit, fields, error in (
        (narrow, "france", ("name", "email"), BadInput),
        (nothing, "france", ("name",), Denied),
        (gus, "france", ("name",), NotFound),
        (mia, "germany", ("name",), BadInput),
    ):
        with open_session(who.scope) as session, pytest.raises(error):
            sharing.ask(
                session, who, world["contact"], unit_id=world[unit], fields=fields, reason="x"
            )
