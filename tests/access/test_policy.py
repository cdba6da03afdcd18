"""The decision point: reach, prohibitions, conditions, topics and fields, against a second reading.

`FRONTDESK_MILLION=1` asks a million random questions instead of 40,000.
"""

from __future__ import annotations

import os
import random

import pytest

from access import Denied, Permission, Resource, decide, require
from access.grants import role_as_data, role_from
from access.policy import Principal, Why
from runtime.errors import BadInput, NotFound
from tests.access import cases, oracle

QUESTIONS = 1_000_000 if os.environ.get("FRONTDESK_MILLION") else 40_000
EACH = 40
"""Questions to one role."""

READ = Permission.CONTACT_READ
MINE = Resource("contact", 1, frozenset({10}), frozenset({"user/1"}))
TEAMS = Resource("contact", 1, frozenset({10}))
OTHERS = Resource("contact", 1, frozenset({20}), frozenset({"user/2"}))
FOREIGN = Resource("contact", 2, frozenset({10}), frozenset({"user/1"}))


def who(*grants: dict[str, object]) -> Principal:
    role = role_from("own", [{"permission": "contact:read", **each} for each in grants])
    return Principal("user/1", "user", role, frozenset({1}), frozenset({10}))


def test_random_requests_are_decided_as_the_table_says() -> None:
    chance = random.Random(20261124)
    wrong: list[object] = []
    yes = 0
    for _ in range(QUESTIONS // EACH):
        grants = cases.role(chance)
        for _ in range(EACH):
            asks, about = cases.who(chance), cases.what(chance)
            permission = chance.choice(cases.PERMISSIONS)
            field = chance.choice(cases.FIELDS)
            found = decide(
                cases.principal(asks, grants), Permission(permission), cases.resource(about),
                (field,),
            )  # fmt: skip
            expected = (
                oracle.allowed(grants, asks, permission, about),
                oracle.open_field(grants, asks, permission, about, field),
            )
            yes += expected[1]
            if (found.allowed, field in found.seen) != expected:
                wrong.append((grants, asks, permission, about, field, found))
    assert QUESTIONS // 20 < yes < QUESTIONS // 2  # the questions are no foregone conclusion
    assert wrong[:1] == []


@pytest.mark.parametrize(
    ("reach", "mine", "teams", "others"),
    [("assigned", True, False, False), ("team", True, True, False), ("unit", True, True, True)],
)
def test_reach(reach: str, mine: bool, teams: bool, others: bool) -> None:
    principal = who({"reach": reach})
    found = [decide(principal, READ, each).allowed for each in (MINE, TEAMS, OTHERS, FOREIGN)]
    assert found == [mine, teams, others, False]
    assert principal.may(READ)  # there is something it may be done to


def test_what_is_out_of_reach_does_not_exist_and_what_is_not_granted_is_denied() -> None:
    with pytest.raises(NotFound, match="no such contact"):
        require(who({"reach": "assigned"}), READ, OTHERS)
    with pytest.raises(NotFound, match="no such contact"):
        require(who({}), READ, FOREIGN)
    with pytest.raises(Denied):
        require(who({}), Permission.CONTACT_LIST, MINE)


def test_a_prohibition_wins_as_a_whole_and_field_by_field() -> None:
    assert not who({}, {"deny": True}).may(READ)
    principal = who({}, {"deny": True, "fields": ["health.*"]}, {"fields": ["health.*"]})
    found = decide(principal, READ, MINE, ("name", "health.allergy"))
    assert found.allowed
    assert (found.seen, found.withheld) == ({"name"}, {"health.allergy"})


def test_a_prohibition_for_some_objects_leaves_the_others() -> None:
    principal = who({}, {"deny": True, "reach": "assigned"})
    assert principal.may(READ)
    assert not decide(principal, READ, MINE).allowed
    assert decide(principal, READ, OTHERS).allowed


def test_conditions_and_topics_fail_closed() -> None:
    only = who({"conditions": ["verified"]})
    never = who({}, {"deny": True, "conditions": ["verified"]})
    about = who({"fields": ["name"]}, {"fields": ["order.*"], "topics": ["refund"]})
    for verified, allowed in ((True, True), (False, False), (None, False)):
        object_ = Resource("contact", 1, verified=verified)
        assert decide(only, READ, object_).allowed is allowed
        assert decide(never, READ, object_).allowed is (verified is False)
    for topics, seen in ((None, {"name"}), ([], {"name"}), (["refund"], {"name", "order.sum"})):
        told = None if topics is None else frozenset(topics)
        found = decide(about, READ, Resource("contact", 1, topics=told), ("name", "order.sum"))
        assert found.seen == seen


def test_a_decision_says_by_which_rule_and_why() -> None:
    found = decide(who({"reach": "team"}), READ, OTHERS)
    assert (found.why, found.rule) == (Why.NOT_IN_TEAM, "own contact:read [0]")
    assert "team" in found.reason
    assert decide(who({}), Permission.CONTACT_LIST).rule == "no_grant"


def test_a_token_that_is_narrower_keeps_the_prohibitions() -> None:
    role = who({}, {"deny": True, "fields": ["phone"]}).role
    kept = tuple(grant for grant in role.grants if grant.permission is READ)
    assert [grant.deny for grant in kept] == [False, True]


@pytest.mark.parametrize(
    ("grant", "place"),
    [
        ({"permission": "contact:fly"}, r"grants\[0\]\.permission"),
        ({}, r"grants\[0\]\.permission"),
        ("contact:read", r"grants\[0\]"),
        ({"permission": "contact:read", "field": ["name"]}, r"grants\[0\]\.field "),
        ({"permission": "contact:read", "fields": []}, r"grants\[0\]\.fields"),
        ({"permission": "contact:read", "fields": "name"}, r"grants\[0\]\.fields"),
        ({"permission": "contact:read", "fields": ["a*b*"]}, r"grants\[0\]\.fields"),
        ({"permission": "contact:read", "fields": ["na me"]}, r"grants\[0\]\.fields"),
        ({"permission": "contact:read", "reach": "galaxy"}, r"grants\[0\]\.reach"),
        ({"permission": "contact:read", "deny": "yes"}, r"grants\[0\]\.deny"),
        ({"permission": "contact:read", "conditions": ["rich"]}, r"grants\[0\]\.conditions"),
        ({"permission": "contact:read", "topics": ["weather"]}, r"grants\[0\]\.topics"),
        ({"permission": "user:read", "fields": ["email"]}, r"grants\[0\]\.fields"),
        ({"permission": "user:read", "reach": "team"}, r"grants\[0\] "),
        ({"permission": "conversation:read", "fields": ["text"]}, r"grants\[0\]\.fields"),
    ],
)
def test_a_role_that_nothing_would_hold_to_is_refused_at_its_place(
    grant: object, place: str
) -> None:
    with pytest.raises(BadInput, match=place):
        role_from("own", [grant])


def test_a_role_is_the_same_after_being_stored() -> None:
    chance = random.Random(7)
    for _ in range(200):
        role = role_from("own", cases.role(chance))
        assert role_from("own", role_as_data(role)) == role
