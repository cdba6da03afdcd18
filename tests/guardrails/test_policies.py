"""Policies: drafted, compared, tried, released by a second person, and taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from access import Denied, people, sign_in
from guardrails import cases, differences, policies, releases
from guardrails.cases import Case
from guardrails.errors import MaskingFailed
from guardrails.models import PolicyCases, PolicyVersion
from guardrails.policy import DEFAULT, Limits, Pattern, Policy, Term, Topic
from ledger import entries
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound
from runtime.scope import NOBODY, Scope

OWN = Pattern(
    name="member-number",
    kind="USER_ID",
    regex=r"\bMB[A-Z]{4}\b",
    finds=("I am MBQRST",),
    spares=("I am a member",),
)
WITH_PATTERN = Policy(patterns=(OWN,))
WITH_TERM = Policy(hide=(Term(value="Project Heron"),))


@pytest.fixture
def house(db):
    """A unit with two administrators and a manager: `house["ada"]` is a principal."""
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        units = [people.add_unit(session, name) for name in ("eu", "jp")]
        found = {}
        for name, role, unit in (
            ("ada", "admin", 0), ("bo", "admin", 0), ("mia", "management", 0),
            ("sam", "service", 0), ("jun", "admin", 1),
        ):  # fmt: skip
            user = people.add_user(
                session,
                "system/0",
                email=f"{name}@house.example",
                name=name,
                password=f"{name}-wears-a-blue-hat",
                role=role,
                units=[units[unit]],
                teams=[],
            )
            found[name] = people.principal_of(session, user)
    return found


def drafted(principal, policy: Policy, note: str = "") -> int:
    with open_session(principal.scope) as session:
        return policies.draft(session, principal, min(principal.units), policy, note=note)


def live(unit: int = 1) -> policies.Released:
    with open_session(Scope.of(unit), read_only=True) as session:
        return policies.released(session, unit)


def acts(unit: int = 1) -> list[tuple[str, str, str]]:
    with open_session(Scope.of(unit), read_only=True) as session:
        found = entries.of_units(session, [unit], limit=100)
    return [(e.actor, e.action, e.subject) for e in found if e.action.startswith("policy:")][::-1]


def save(principal, *rows: Case, seen: int = 0) -> int:
    with open_session(principal.scope) as session:
        return cases.save(session, principal, 1, rows, seen=seen)


def test_a_new_unit_follows_the_built_in_policy(house):
    assert live() == ("policy/0", DEFAULT)


def test_a_draft_does_nothing_until_a_second_person_releases_it(house):
    number = drafted(house["ada"], WITH_PATTERN, note="member numbers")
    assert live() == ("policy/0", DEFAULT)
    released = releases.release(house["mia"], 1, number)
    assert (released.author, released.released_by) == (house["ada"].id, house["mia"].id)
    assert live() == ("policy/1", WITH_PATTERN)
    assert acts() == [
        (house["ada"].id, "policy:draft", "policy/1"),
        (house["mia"].id, "policy:release", "policy/1"),
    ]


def test_every_act_names_number_and_hash_in_the_ledger(house):
    drafted(house["ada"], WITH_PATTERN)
    releases.release(house["mia"], 1, 1)
    digest = policies.canonical(WITH_PATTERN)[1]
    with open_session(Scope.of(1), read_only=True) as session:
        found = [entry.detail for entry in entries.of_units(session, [1], subject="policy/1")]
    assert all(detail["number"] == 1 and detail["sha256"] == digest for detail in found)


def test_the_author_cannot_release_by_session_or_by_token(house):
    number = drafted(house["ada"], WITH_PATTERN)
    with pytest.raises(NotAllowed, match="somebody else has to release it"):
        releases.release(house["ada"], 1, number)
    token = sign_in.create_token(
        replace(house["ada"], proved_at=now()),
        "robot",
        permissions=["guardrails:release", "guardrails:read"],
    )
    with pytest.raises(NotAllowed, match="somebody else has to release it"):
        releases.release(sign_in.by_token(token), 1, number)
    assert live().policy == DEFAULT
    assert acts()[1:] == [(house["ada"].id, "policy:refuse", "policy/1")] * 2


def test_roles_hold(house):
    with open_session(house["mia"].scope) as session, pytest.raises(Denied):
        policies.draft(session, house["mia"], 1, WITH_TERM, note="")
    number = drafted(house["ada"], WITH_TERM)
    with pytest.raises(Denied):
        releases.release(house["sam"], 1, number)
    with pytest.raises(NotFound):
        releases.release(house["jun"], 1, number)
    with open_session(house["jun"].scope) as session, pytest.raises(NotFound):
        policies.draft(session, house["jun"], 1, WITH_TERM, note="")


def test_units_do_not_share_policies(house):
    releases.release(house["mia"], 1, drafted(house["ada"], WITH_TERM))
    assert live(2) == ("policy/0", DEFAULT)


def test_the_next_release_retires_the_last_and_rollback_brings_it_back_as_it_was(house):
    releases.release(house["mia"], 1, drafted(house["ada"], WITH_PATTERN))
    releases.release(house["bo"], 1, drafted(house["ada"], WITH_TERM))
    assert live() == ("policy/2", WITH_TERM)
    with pytest.raises(NotAllowed):
        releases.rollback(house["ada"], 1, 1)
    releases.rollback(house["mia"], 1, 1)
    assert live() == ("policy/1", WITH_PATTERN)
    releases.rollback(house["bo"], 1, 0)
    assert live() == ("policy/0", DEFAULT)
    with pytest.raises(Conflict):
        releases.rollback(house["bo"], 1, 0)
    assert acts()[-3:] == [
        (house["ada"].id, "policy:refuse", "policy/1"),
        (house["mia"].id, "policy:rollback", "policy/1"),
        (house["bo"].id, "policy:rollback", "policy/0"),
    ]


def test_what_was_compared_with_another_version_is_not_released(house):
    number = drafted(house["ada"], WITH_PATTERN)
    releases.release(house["mia"], 1, drafted(house["ada"], WITH_TERM), seen=0)
    with pytest.raises(Conflict, match="version 2 is live by now, not 0"):
        releases.release(house["mia"], 1, number, seen=0)
    releases.release(house["mia"], 1, number, seen=2)
    assert live() == ("policy/1", WITH_PATTERN)


def test_of_two_releases_at_the_same_time_one_is_live(house):
    numbers = [drafted(house["ada"], policy) for policy in (WITH_PATTERN, WITH_TERM)]
    with ThreadPoolExecutor(2) as pool:
        done = [
            pool.submit(releases.release, house[who], 1, number)
            for who, number in zip(("mia", "bo"), numbers, strict=True)
        ]
    assert any(one.exception() is None for one in done)
    assert all(isinstance(one.exception(), Conflict | None) for one in done)
    with open_session(Scope.of(1), read_only=True) as session:
        states = [one.state for one in policies.versions(session, house["mia"], 1)]
    assert states.count("released") == 1


def test_a_draft_cannot_be_rolled_back_to_nor_a_released_one_released_again(house):
    number = drafted(house["ada"], WITH_PATTERN)
    with pytest.raises(Conflict, match="is draft, not retired"):
        releases.rollback(house["mia"], 1, number)
    releases.release(house["mia"], 1, number)
    with pytest.raises(Conflict, match="is released, not draft"):
        releases.release(house["mia"], 1, number)


def test_a_draft_that_was_set_aside_stays_so(house):
    number = drafted(house["ada"], WITH_PATTERN)
    with open_session(house["mia"].scope) as session:
        releases.refuse(session, house["mia"], 1, number)
    with pytest.raises(Conflict, match="is refused"):
        releases.release(house["bo"], 1, number)
    with pytest.raises(Conflict, match="is refused"):
        releases.rollback(house["bo"], 1, number)


def test_what_is_live_already_is_not_drafted_again(house):
    with pytest.raises(BadInput, match="live already"):
        drafted(house["ada"], DEFAULT)


def test_a_release_whose_regression_set_fails_is_refused_and_names_the_rows(house):
    save(
        house["ada"],
        Case(name="mail", text="Write to ada@mail.example", hidden=("ada@mail.example",)),
        Case(name="brand", text="I bought mail to ada@mail.example", spared=("ada@mail.example",)),
        Case(name="person", text="I want to talk to a human being", act="hand_over"),
        Case(
            name="days", text="How long?", reply="You have 90 days.",
            passages=("You can return any item within 30 days.",), gate="refuse",
        ),
        Case(name="wrong-gate", text="How long?", reply="90 days.", passages=("x",), gate="allow"),
    )  # fmt: skip
    number = drafted(house["ada"], WITH_PATTERN)
    with pytest.raises(releases.RegressionFailed, match=r"2 of 5 rows .* brand, wrong-gate"):
        releases.release(house["mia"], 1, number)
    assert live().policy == DEFAULT
    with open_session(Scope.of(1), read_only=True) as session:
        entry = entries.of_units(session, [1], action="policy:refuse")[0]
        found = cases.read(session, house["mia"], 1)
    assert entry.detail["failing"] == ["brand", "wrong-gate"]
    outcomes = {one.name: one for one in cases.run(found.cases, WITH_PATTERN)}
    assert all(outcomes[name].ok for name in ("mail", "person", "days"))
    assert outcomes["brand"].problems == ("hidden",)
    assert outcomes["brand"].values == ("ada@mail.example",)
    assert outcomes["wrong-gate"].problems == ("gate",)


def test_a_regression_set_holds_for_rollback_too(house):
    releases.release(house["mia"], 1, drafted(house["ada"], WITH_PATTERN))
    save(house["ada"], Case(name="member", text="Is MBQRST known?", hidden=("MBQRST",)))
    with pytest.raises(releases.RegressionFailed, match="member"):
        releases.rollback(house["mia"], 1, 0)
    assert live().label == "policy/1"


def test_a_regression_set_changes_as_a_whole_and_not_behind_somebodys_back(house):
    row = Case(name="mail", text="ada@mail.example", hidden=("ada@mail.example",))
    assert save(house["ada"], row) == 1
    with pytest.raises(Conflict, match="at number 1 by now"):
        save(house["bo"], row, seen=0)
    assert save(house["bo"], row, row.model_copy(update={"name": "again"}), seen=1) == 2
    with open_session(Scope.of(1), read_only=True) as session:
        found = cases.read(session, house["sam"], 1)
    assert (found.number, len(found.cases), found.author) == (2, 2, house["bo"].id)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([Case(name="a", text="hello")], r"cases\[0\]: say what must come out"),
        ([Case(name="a", text="hello", hidden=("bye",))], r"cases\[0\]\.hidden\[0\]: does not"),
        ([Case(name="a", text="x", act="allow")] * 2, r"cases\[1\]\.name: is there already"),
        ([Case(name="a", text="x", gate="allow")], r"cases\[0\]\.reply: give the reply"),
    ],
)
def test_rows_that_cannot_be_run_are_refused_by_name(rows, said):
    with pytest.raises(BadInput, match=said):
        cases.check(rows)


def test_nothing_of_a_policy_or_a_set_stands_in_clear_in_the_database(house):
    drafted(house["ada"], WITH_TERM)
    save(house["ada"], Case(name="heron", text="Project Heron", hidden=("Project Heron",)))
    with open_session(Scope.of(1), read_only=True) as session:
        stored = [
            *session.scalars(select(PolicyVersion.content_sealed)),
            *session.scalars(select(PolicyCases.content_sealed)),
        ]
    assert len(stored) == 2
    assert not any(b"Heron" in sealed for sealed in stored)


def test_a_policy_that_is_not_what_was_released_is_followed_by_nobody(house):
    releases.release(house["mia"], 1, drafted(house["ada"], WITH_TERM))
    with open_session(Scope.of(1)) as session:
        session.execute(update(PolicyVersion).values(sha256="0" * 64))
    with pytest.raises(MaskingFailed):
        live()


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (Policy(hide=(Term(value="ok"), Term(value="no", kind="PET"))), r"hide\[1\]\.kind: use"),
        (Policy(patterns=(OWN, OWN)), r"patterns\[1\]\.name: is there already"),
        (Policy(languages=("en", "German")), r"languages\[1\]: use a code"),
        (Policy(topics=(Topic(name="tax", phrases=("tax",)),) * 2), r"topics\[1\]\.name: is"),
        (
            Policy(patterns=(OWN.model_copy(update={"regex": "(a+)+b"}),)),
            r"patterns\[0\]\.regex: a repeat within a repeat",
        ),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused_by_field(policy, said):
    with pytest.raises(BadInput, match=said):
        policies.check(policy)


def test_differences_are_told_field_by_field():
    before = Policy(
        patterns=(OWN,),
        hide=(Term(value="Project Heron"),),
        never_guess=("Fjell",),
        name_threshold=0.2,
    )
    after = Policy(
        patterns=(OWN.model_copy(update={"regex": r"\bMC[A-Z]{4}\b"}),),
        never_guess=("Fjell", "Lofoten"),
        name_threshold=0.3,
        limits=Limits(messages_per_contact_and_hour=60),
    )
    found = {
        (c.field, c.item): (c.kind, c.before, c.after) for c in differences.changes(before, after)
    }
    assert found[("name_threshold", "")] == ("changed", 0.2, 0.3)
    assert found[("never_guess", "Lofoten")] == ("added", None, "Lofoten")
    assert found[("hide", "Project Heron")][0] == "removed"
    assert found[("patterns", "member-number")][2]["regex"] == r"\bMC[A-Z]{4}\b"
    assert found[("limits.messages_per_contact_and_hour", "")] == ("changed", 120, 60)
    assert len(found) == 5
    assert differences.changes(after, after) == ()
