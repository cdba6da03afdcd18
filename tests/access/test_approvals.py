"""Nothing that needs two people happens with one: refused by the code, and by the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from access import Denied, Permission, Principal, ReauthRequired, approvals, people
from access.models import RoleRow, User, UserUnit
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound
from runtime.jobs import JobRow
from runtime.scope import NOBODY, Scope

ACT = approvals.needs_two("test:act", asks=Permission.CONTACT_EXPORT, job="test.act")
PLAN = {"contact": 7, "rows": 40}
UNIT = Scope.of(1)


@pytest.fixture
def staff(migrated) -> dict[str, Principal]:
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        people.add_unit(session, "eu")
        people.add_unit(session, "jp")
        made = {
            name: people.add_user(
                session, "system/0", email=f"{name}@desk.example", name=name,
                password="wears-a-blue-hat", role=role, units=[unit],
            )
            for name, role, unit in (
                ("asks", "management", 1), ("decides", "admin", 1), ("agent", "service", 1),
                ("far", "management", 2),
            )
        }  # fmt: skip
    return {name: _act_as(number) for name, number in made.items()}


def _act_as(number: int) -> Principal:
    with open_session(NOBODY) as session:
        found = people.principal_of(session, number)
    assert found is not None
    return replace(found, proved_at=now())


def _ask(who: Principal, *, unit: int = 1, reason: str = "a customer asked") -> int:
    with open_session(who.scope) as session:
        return approvals.ask(
            session, who, ACT.name, "contact/7", unit_id=unit, plan=PLAN, reason=reason
        )


def _decide(who: Principal, number: int, *, approve: bool = True, seen: str | None = None) -> None:
    with open_session(UNIT) as session:
        approvals.decide(
            session, who, number, approve=approve, seen=seen or approvals.plan_hash(PLAN)
        )


def _use(number: int, plan: dict[str, int] | None = None) -> None:
    with open_session(UNIT) as session:
        approvals.use(session, number, ACT.name, plan or PLAN)


def test_two_people_carry_out_one_act_once(staff):
    number = _ask(staff["asks"])
    _decide(staff["decides"], number)
    with open_session(NOBODY) as session:
        job = session.query(JobRow).where(JobRow.kind == ACT.job).one()
        assert (job.unit_id, job.args) == (1, {"approval_id": number})
    _use(number)
    with pytest.raises(Conflict, match="used"):
        _use(number)


def test_nobody_decides_on_an_own_request(staff):
    number = _ask(staff["asks"])
    with pytest.raises(NotAllowed, match="yourself"):
        _decide(staff["asks"], number)
    with pytest.raises(IntegrityError), open_session(UNIT) as session:
        session.execute(
            text(
                "UPDATE approval SET decided_by = requested_by, decided_at = requested_at, "
                "approved = true"
            )
        )


def test_another_plan_than_the_one_that_was_shown_is_not_approved(staff):
    number = _ask(staff["asks"])
    with pytest.raises(Conflict, match="not the plan"):
        _decide(staff["decides"], number, seen="0" * 64)
    _decide(staff["decides"], number)
    with pytest.raises(Conflict, match="not what was approved"):
        _use(number, PLAN | {"rows": 41})


@pytest.mark.parametrize(
    "change",
    ["plan = '{}'", "plan_hash = 'x'", "requested_by = 'user/9'", "subject = 'contact/8'",
     "unit_id = 2", "expires_at = '2199-01-01 00:00:00'"],
)  # fmt: skip
def test_the_database_keeps_what_was_asked_for(staff, change):
    _ask(staff["asks"])
    with pytest.raises(DatabaseError, match="never changes"), open_session(UNIT) as session:
        session.execute(text(f"UPDATE approval SET {change}"))  # noqa: S608 - from this file


def test_the_database_takes_a_decision_and_a_use_once(staff):
    number = _ask(staff["asks"])
    with pytest.raises(IntegrityError), open_session(UNIT) as session:
        session.execute(text("UPDATE approval SET used_at = requested_at"))
    _decide(staff["decides"], number, approve=False)
    with pytest.raises(DatabaseError, match="decided once"), open_session(UNIT) as session:
        session.execute(text("UPDATE approval SET approved = true"))
    other = _ask(staff["asks"])
    _decide(staff["decides"], other)
    _use(other)
    with pytest.raises(DatabaseError, match="used once"), open_session(UNIT) as session:
        session.execute(text("UPDATE approval SET used_at = NULL WHERE used_at IS NOT NULL"))


def test_after_a_day_a_request_is_over(staff):
    undecided, unused = _ask(staff["asks"]), _ask(staff["asks"])
    _decide(staff["decides"], unused)
    with time_machine.travel(now() + timedelta(hours=24, seconds=1)):
        late = replace(staff["decides"], proved_at=now())
        with pytest.raises(Conflict, match="expired"):
            _decide(late, undecided)
        with pytest.raises(Conflict, match="expired"):
            _use(unused)
        with open_session(UNIT) as session:
            assert approvals.waiting(session, late) == []
    with pytest.raises(IntegrityError), open_session(UNIT) as session:
        session.execute(text("UPDATE approval SET used_at = '2199-01-01 00:00:00' WHERE approved"))


@pytest.mark.parametrize("who", ["asks", "decides"])
def test_an_approval_falls_with_either_person(staff, who):
    number = _ask(staff["asks"])
    _decide(staff["decides"], number)
    with open_session(NOBODY) as session:
        session.get_one(User, staff[who].number).active = False
    with pytest.raises(NotAllowed, match="any more"):
        _use(number)


def test_an_approval_falls_when_the_decider_changes_role_or_unit(staff):
    numbers = [_ask(staff["asks"]) for _ in range(2)]
    for number in numbers:
        _decide(staff["decides"], number)
    with open_session(NOBODY) as session:
        service = session.query(RoleRow).where(RoleRow.name == "service").one()
        session.get_one(User, staff["decides"].number).role_id = service.id
    with pytest.raises(NotAllowed, match="any more"):
        _use(numbers[0])
    with open_session(NOBODY) as session:
        admin = session.query(RoleRow).where(RoleRow.name == "admin").one()
        session.get_one(User, staff["decides"].number).role_id = admin.id
        session.query(UserUnit).where(UserUnit.user_id == staff["decides"].number).update(
            {"unit_id": 2}
        )
    with pytest.raises(NotAllowed, match="any more"):
        _use(numbers[1])


def test_who_is_out_of_scope_or_without_the_right_neither_asks_nor_decides(staff):
    number = _ask(staff["asks"])
    with pytest.raises(NotFound):
        _decide(staff["far"], number)
    with pytest.raises(NotFound):
        _ask(staff["asks"], unit=2)
    with pytest.raises(Denied):
        _decide(staff["agent"], number)
    with pytest.raises(Denied):
        _ask(staff["agent"])
    with pytest.raises(Denied), open_session(UNIT) as session:
        approvals.waiting(session, staff["agent"])


def test_both_prove_lately_who_they_are(staff):
    number = _ask(staff["asks"])
    stale = replace(staff["decides"], proved_at=now() - timedelta(minutes=16))
    with pytest.raises(ReauthRequired):
        _decide(stale, number)
    with pytest.raises(ReauthRequired):
        _decide(replace(stale, proved_at=None), number)
    with pytest.raises(ReauthRequired):
        _ask(replace(staff["asks"], proved_at=None))


def test_a_request_says_why(staff):
    with pytest.raises(BadInput, match="reason"):
        _ask(staff["asks"], reason="  ")
