"""Nobody gives away, or takes by a token, more than they hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from access import Denied, Grant, Permission, Principal, Role, limits, people, sign_in
from access.models import RoleRow
from access.policy import role_as_data
from runtime.database import open_session
from runtime.errors import BadInput, NotAllowed, TooMany
from runtime.scope import NOBODY

PASSWORD = "wears-a-blue-hat"

@pytest.fixture
def session(db) -> Iterator[Session]:
    with open_session(NOBODY) as opened:
        people.seed_roles(opened)
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
    return replace(found, proved_at=now())


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


def test_one_customer_of_a_provider_is_one_place(db):
    assert limits.network("192.0.2.7") == limits.network("::ffff:192.0.2.7") == "192.0.2.7"
    assert limits.network("2001:db8:1:2::a") == limits.network("2001:db8:1:2:ffff::b")
    assert limits.network("2001:db8:1:2::a") != limits.network("2001:db8:1:3::a")
    assert limits.network("testclient") == "testclient"
