"""Nobody lets people in alone, and nobody who helps to do so can take the account over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

import records.leaving  # noqa: F401 - says how open work is handed over
from access import Denied, ReauthRequired, entering, hiring, overview, people, sign_in
from access import jobs as _jobs  # noqa: F401 - registers what is carried out
from access.hiring import Asked, Elsewhere
from access.models import ExternalIdentity, RoleRow, User
from ledger import entries
from runtime import jobs
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn
from runtime.scope import NOBODY
from tests.access.house import BOTH, PASSWORD, acting, decide, settle

NEW = "a-very-long-summer-evening"


@pytest.fixture
def house(migrated):
    return settle(
        {
            "ada": ("admin", (1,)), "max": ("management", (1,)), "sam": ("service", (1,)),
            "far": ("admin", (2,)), "all": ("admin", (1, 2)),
        }
    )  # fmt: skip


def ask(who, *, role="service", units=(1,), email="new@desk.example", **more) -> Asked:
    with open_session(who.scope) as session:
        return hiring.invite(
            session, who, email=email, name="New", role=role, units=units,
            reason="we grow", **more,
        )  # fmt: skip


def enter_with(asked: Asked, asker, approver, password: str = NEW) -> None:
    with open_session(asker.scope) as session:
        link = entering.show_link(session, asker, asked.user_id)
    with open_session(approver.scope) as session:
        code = entering.show_code(session, approver, asked.user_id)
    entering.enter(link, code, password, source="192.0.2.1")


def test_one_person_alone_lets_nobody_in(house):
    ada = acting(house["ada"])
    asked = ask(ada)
    with pytest.raises(NotAllowed, match="yourself"):
        decide(ada, asked.approval_id)
    jobs.drain()
    with open_session(NOBODY) as session:
        assert people.principal_of(session, asked.user_id) is None
    with open_session(ada.scope) as session, pytest.raises(NotFound):
        entering.show_link(session, ada, asked.user_id)


def test_two_people_let_somebody_in_who_chooses_the_password(house):
    ada, max_ = acting(house["ada"]), acting(house["max"])
    asked = ask(ada)
    with open_session(BOTH) as session:
        shown = hiring.waiting(session, max_)
        assert [(item.user_id, item.email) for item in shown] == [
            (asked.user_id, "new@desk.example")
        ]
    decide(max_, asked.approval_id)
    with pytest.raises(NotSignedIn):
        sign_in.sign_in("new@desk.example", "", source="192.0.2.1")
    enter_with(asked, ada, max_)
    opened = sign_in.sign_in("new@desk.example", NEW, source="192.0.2.1")
    assert (opened.principal.role.name, opened.principal.units) == ("service", {1})
    with open_session(BOTH) as session:
        made = entries.of_units(session, [1], action="user:create", limit=1)[0]
    assert made.actor == ada.id
    assert made.detail == {"role": "service", "approved_by": max_.id}


def test_neither_half_is_enough_nor_shown_to_the_other(house):
    ada, max_ = acting(house["ada"]), acting(house["max"])
    asked = ask(ada)
    decide(max_, asked.approval_id)
    with open_session(BOTH) as session:
        with pytest.raises(NotFound):
            entering.show_code(session, ada, asked.user_id)
        with pytest.raises(NotFound):
            entering.show_link(session, max_, asked.user_id)
        link = entering.show_link(session, ada, asked.user_id)
        for who, half in ((ada, "link"), (max_, "code")):
            shown = {item.id: item.half for item in overview.colleagues(session, who)}
            assert shown[asked.user_id] == half
    for guess in range(5):
        with pytest.raises(NotAllowed):
            entering.enter(link, f"{guess:08d}", NEW, source="192.0.2.1")
    with open_session(BOTH) as session, pytest.raises(NotFound):  # five guesses and it is void
        entering.show_code(session, max_, asked.user_id)


def test_a_link_holds_a_day_and_once_and_a_poor_password_does_not_use_it_up(house):
    ada, max_ = acting(house["ada"]), acting(house["max"])
    asked = ask(ada)
    decide(max_, asked.approval_id)
    with open_session(BOTH) as session:
        link = entering.show_link(session, ada, asked.user_id)
        code = entering.show_code(session, max_, asked.user_id)
    for _ in range(7):
        with pytest.raises(BadInput):
            entering.enter(link, code, "short", source="192.0.2.1")
    with time_machine.travel(now() + timedelta(hours=24, minutes=1)), pytest.raises(NotAllowed):
        entering.enter(link, code, NEW, source="192.0.2.1")
    entering.enter(link, code, NEW, source="192.0.2.1")
    with pytest.raises(NotAllowed):
        entering.enter(link, code, "another-long-evening", source="192.0.2.1")


@pytest.mark.parametrize("who", ["sam", "max"])
def test_colleagues_are_asked_for_by_those_who_may(house, who):
    with pytest.raises(Denied):
        ask(acting(house[who]))


def test_asking_takes_a_fresh_sign_in(house):
    with pytest.raises(ReauthRequired):
        ask(replace(acting(house["ada"]), proved_at=now() - timedelta(minutes=16)))


@pytest.mark.parametrize("units", [(2,), (1, 2), (99,), ()])
def test_nobody_is_asked_for_in_units_of_others(house, units):
    with pytest.raises(NotAllowed):
        ask(acting(house["ada"]), units=units)


def test_a_role_with_keys_of_the_house_is_not_given_by_one_who_lacks_them(house):
    with open_session(NOBODY) as session:
        session.add(RoleRow(name="hiring", grants=[{"permission": "user:write"}]))
        session.flush()
        hirer = people.add_user(
            session, "system/0", email="h@desk.example", name="H", password=PASSWORD,
            role="hiring", units=[1],
        )  # fmt: skip
    for role in ("admin", "management"):
        with pytest.raises(Denied):
            ask(acting(hirer), role=role)
    assert ask(acting(hirer), role="service").user_id


def test_somebody_of_one_unit_does_not_decide_for_two(house):
    asked = ask(acting(house["all"]), units=(1, 2))
    decide(acting(house["max"]), asked.approval_id)
    with open_session(BOTH) as session:
        assert people.principal_of(session, asked.user_id) is None
        found = entries.of_units(session, [1], action="approval:void")
    assert found[0].detail["why"] == "NotAllowed"


def test_a_role_that_grew_meanwhile_is_not_what_was_approved(house):
    ada, max_ = acting(house["ada"]), acting(house["max"])
    asked = ask(ada)
    with open_session(NOBODY) as session:
        role = session.scalar(select(RoleRow).where(RoleRow.name == "service"))
        role.grants = [*role.grants, {"permission": "contact:export"}]
    decide(max_, asked.approval_id)
    with open_session(NOBODY) as session:
        assert people.principal_of(session, asked.user_id) is None


def test_another_role_takes_two_and_holds_from_the_next_request_on(house):
    ada, max_ = acting(house["ada"]), acting(house["max"])
    with open_session(BOTH) as session:
        asked = hiring.change(session, ada, house["sam"], role="sales", reason="moves over")
    assert acting(house["sam"]).role.name == "service"
    decide(max_, asked.approval_id)
    assert acting(house["sam"]).role.name == "sales"
    assert acting(house["sam"]).units == {1}


def test_a_stale_change_is_void(house):
    ada, max_ = acting(house["ada"]), acting(house["max"])
    with open_session(BOTH) as session:
        first = hiring.change(session, ada, house["sam"], role="sales", reason="a")
        second = hiring.change(session, ada, house["sam"], role="management", reason="b")
    decide(max_, first.approval_id)
    decide(max_, second.approval_id)
    assert acting(house["sam"]).role.name == "sales"


def test_units_of_others_stay_when_one_changes_ones_own(house):
    boss = acting(house["all"])
    with open_session(BOTH) as session:
        asked = hiring.change(session, boss, house["sam"], units=[1, 2], reason="helps out")
    with open_session(NOBODY) as session:  # a second person of both units
        other = people.add_user(
            session, "system/0", email="o@desk.example", name="O", password=PASSWORD,
            role="management", units=[1, 2],
        )  # fmt: skip
    decide(acting(other), asked.approval_id)
    assert acting(house["sam"]).units == {1, 2}
    ada = acting(house["ada"])
    with open_session(BOTH) as session:
        asked = hiring.change(session, ada, house["sam"], role="sales", reason="moves over")
    decide(acting(house["max"]), asked.approval_id)
    assert (acting(house["sam"]).units, acting(house["sam"]).role.name) == ({1, 2}, "sales")


def test_the_last_who_looks_after_people_keeps_that_role(house):
    far = acting(house["far"])
    with open_session(NOBODY) as session:
        second = people.add_user(
            session, "system/0", email="b@desk.example", name="B", password=PASSWORD,
            role="management", units=[2],
        )  # fmt: skip
        session.get_one(User, house["all"]).active = False
    with open_session(BOTH) as session:
        asked = hiring.change(session, far, house["far"], role="sales", reason="tired")
    decide(acting(second), asked.approval_id)
    assert acting(house["far"]).role.name == "admin"


def test_who_lost_everything_gets_a_new_way_in_by_two(house):
    ada, max_ = acting(house["ada"]), acting(house["max"])
    session_ = sign_in.sign_in("sam@desk.example", PASSWORD, source="192.0.2.1")
    with open_session(BOTH) as session:
        asked = hiring.reset(session, ada, house["sam"], reason="lost the phone")
    decide(max_, asked.approval_id)
    for attempt in (
        lambda: sign_in.by_session(session_.token),
        lambda: sign_in.sign_in("sam@desk.example", PASSWORD, source="192.0.2.1"),
    ):
        with pytest.raises(NotSignedIn):
            attempt()
    enter_with(asked, ada, max_)
    assert sign_in.sign_in("sam@desk.example", NEW, source="192.0.2.1")


def test_an_identity_elsewhere_is_linked_only_by_an_approval(house):
    ada, max_ = acting(house["ada"]), acting(house["max"])
    elsewhere = Elsewhere("https://id.example", "subject-7")
    asked = ask(ada, elsewhere=elsewhere)
    with open_session(NOBODY) as session:
        assert session.scalar(select(ExternalIdentity.id)) is None
    decide(max_, asked.approval_id)
    with open_session(NOBODY) as session:
        assert session.scalar(select(ExternalIdentity.user_id)) == asked.user_id
    other = ask(ada, email="twin@desk.example", elsewhere=elsewhere)
    decide(max_, other.approval_id)
    with open_session(NOBODY) as session:
        assert people.principal_of(session, other.user_id) is None
    with pytest.raises(BadInput):
        ask(ada, email="x@desk.example", elsewhere=Elsewhere("http://id.example", "s"))


def test_who_was_never_let_in_is_forgotten(house):
    ada = acting(house["ada"])
    asked = ask(ada)
    decide(acting(house["max"]), asked.approval_id, approve=False)
    with open_session(NOBODY) as session:
        session.add(jobs.JobRow(kind="access.sweep", lane="t", unit_id=0, args={}))
    with time_machine.travel(now() + timedelta(hours=26)):
        jobs.drain()
        with open_session(NOBODY) as session:
            assert session.get(User, asked.user_id) is None
            assert session.get(User, house["sam"]) is not None


def test_a_known_address_is_not_asked_for_again(house):
    with pytest.raises(Conflict):
        ask(acting(house["ada"]), email="Sam@desk.example")
