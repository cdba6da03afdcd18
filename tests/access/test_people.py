"""Nobody gives away, or takes by a token, more than they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from access import Denied, Permission, Principal, ReauthRequired, limits, people, sign_in, tokens
from access.models import UserUnit
from runtime.database import now, open_session
from runtime.errors import BadInput, NotFound
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


def test_a_token_acts_only_in_the_units_that_were_named(admin):
    with pytest.raises(NotFound):
        sign_in.create_token(admin, "t", permissions=["user:read"], units=[2])
    with open_session(NOBODY) as session:
        people.add_unit(session, "jp")
        session.add(UserUnit(user_id=admin.number, unit_id=2))
        both = replace(_again(session, admin), proved_at=now())
    narrow = sign_in.by_token(sign_in.create_token(both, "t", permissions=["user:read"], units=[2]))
    assert (narrow.units, narrow.may(Permission.USER_WRITE)) == ({2}, False)
    assert sign_in.tokens(both)[0].last_used_at is not None


def _again(session: Session, who: Principal) -> Principal:
    found = people.principal_of(session, who.number)
    assert found is not None
    return found


def test_a_token_is_made_only_after_a_fresh_sign_in(admin):
    with pytest.raises(ReauthRequired):
        sign_in.create_token(replace(admin, proved_at=None), "t", permissions=["user:read"])


def test_who_looks_after_people_ends_a_colleagues_token(admin):
    with open_session(NOBODY) as session:
        other = _user(session, "management")
    token = sign_in.create_token(admin, "t", permissions=["user:read"])
    with pytest.raises(Denied):
        tokens.revoke_of(other, admin.number, 1)
    tokens.revoke_of(admin, admin.number, 1)
    with pytest.raises(sign_in.NotSignedIn):
        sign_in.by_token(token)


def test_one_customer_of_a_provider_is_one_place(db):
    assert limits.network("192.0.2.7") == limits.network("::ffff:192.0.2.7") == "192.0.2.7"
    assert limits.network("2001:db8:1:2::a") == limits.network("2001:db8:1:2:ffff::b")
    assert limits.network("2001:db8:1:2::a") != limits.network("2001:db8:1:3::a")
    assert limits.network("testclient") == "testclient"
