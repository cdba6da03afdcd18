"""Nobody gives away, or takes by a token, more than they hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from access import Denied, Grant, Permission, Principal, Role, limits, people, sign_in
from access.grants import role_as_data
from access.models import RoleRow
from runtime.database import open_session
from runtime.errors import BadInput, NotAllowed, TooMany
from runtime.scope import NOBODY

PASSWORD = "wears-a-blue-hat"
HIRING = Role("hiring", (Grant(Permission.USER_WRITE), Grant(Permission.USER_READ)))


@pytest.fixture
def session(db) -> Iterator[Session]:
    with open_session(NOBODY) as opened:
        people.seed_roles(opened)
        opened.add(RoleRow(name=HIRING.name, grants=role_as_data(HIRING)))
        for name in ("eu", "jp"):
            people.add_unit(opened, name)
        opened.flush()
        yield opened


def _user(session: Session, role: str, unit: int = 1) -> Principal:
    made = people.add_user(
        session,
        "system/0",
        email=f"{role}@desk.example",
        name=role,
        password=PASSWORD,
        role=role,
        units=[unit],
    )
    found = people.principal_of(session, made)
    assert found is not None
    return found


def _invite(session: Session, who: Principal, role: str, units: tuple[int, ...] = (1,)) -> int:
    return people.invite(
        session,
        who,
        email="new@desk.example",
        name="New",
        password=PASSWORD,
        role=role,
        units=units,
    )


@pytest.mark.parametrize("role", ["service", "sales", "management", "assistant"])
def test_colleagues_are_added_by_those_who_may(session, role):
    with pytest.raises(Denied):
        _invite(session, _user(session, role), "service")


def test_a_colleague_is_added_once_to_units_named_twice(session):
    made = _invite(session, _user(session, "admin"), "admin", (1, 1))
    added = people.principal_of(session, made)
    assert added is not None
    assert added.units == {1}


@pytest.mark.parametrize("units", [(2,), (1, 2), (99,), ()])
def test_nobody_is_added_to_units_of_others(session, units):
    with pytest.raises(NotAllowed):
        _invite(session, _user(session, "admin"), "service", units)


@pytest.mark.parametrize("role", ["admin", "management"])
def test_a_role_that_could_change_the_house_is_not_given_by_one_who_may_not(session, role):
    hiring = _user(session, "hiring")
    with pytest.raises(Denied):
        _invite(session, hiring, role)
    assert _invite(session, hiring, "service")


@pytest.mark.parametrize("role", ["service", "sales"])
def test_roles_and_assistants_are_listed_for_those_who_may(session, role):
    stranger = _user(session, role)
    with pytest.raises(Denied):
        people.roles(session, stranger)
    with pytest.raises(Denied):
        people.assistants_of(session, stranger)


@pytest.fixture
def admin(db) -> Principal:
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        people.add_unit(session, "eu")
        return _user(session, "admin")


def test_a_token_makes_no_wider_token(admin):
    narrow = sign_in.by_token(sign_in.create_token(admin, "t", permissions=["token:write"]))
    with pytest.raises(Denied):
        sign_in.create_token(narrow, "wider", permissions=["token:write", "user:write"])
    with pytest.raises(BadInput):
        sign_in.create_token(admin, "t", permissions=["everything:write"])


def test_a_token_holds_nothing_that_its_owner_lacks(admin):
    with pytest.raises(Denied):
        sign_in.create_token(admin, "t", permissions=["contact:read"])


def test_a_crowd_of_strangers_does_not_keep_the_owner_out(admin):
    address = "admin@desk.example"
    sign_in.sign_in(address, PASSWORD, source="198.51.100.7")
    held = 0
    for number in range(20):
        for _ in range(6):
            with pytest.raises((TooMany, sign_in.NotSignedIn)) as refused:
                sign_in.sign_in(address, "wrong", source=f"203.0.113.{number}")
            held += refused.type is TooMany
    assert held == 20  # of 120 tries 100 were looked at
    assert sign_in.sign_in(address, PASSWORD, source="198.51.100.7").principal == admin


def test_one_customer_of_a_provider_is_one_place(db):
    assert limits.network("192.0.2.7") == limits.network("::ffff:192.0.2.7") == "192.0.2.7"
    assert limits.network("2001:db8:1:2::a") == limits.network("2001:db8:1:2:ffff::b")
    assert limits.network("2001:db8:1:2::a") != limits.network("2001:db8:1:3::a")
    assert limits.network("testclient") == "testclient"
