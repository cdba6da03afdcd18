"""A turn follows the policy that is live, and its receipt names it."""

from __future__ import annotations

import pytest

from access import people
from guardrails import policies, receipts, releases
from guardrails.policy import Pattern, Policy
from runtime import failpoints
from runtime.database import open_session
from runtime.scope import NOBODY

QUESTION = "My member number is MBQRST. How long can I return something?"
OWN = Policy(
    patterns=(
        Pattern(
            name="member-number",
            kind="USER_ID",
            regex=r"\bMB[A-Z]{4}\b",
            finds=("I am MBQRST",),
            spares=("I am a member",),
        ),
    )
)


@pytest.fixture
def live(known):
    """Release a policy in the unit of the shop: one person drafts, another releases."""
    (unit,) = known.scope.units
    with open_session(NOBODY) as session:
        drafter, releaser = (
            people.principal_of(
                session,
                people.add_user(
                    session,
                    "system/0",
                    email=f"{name}@desk.example",
                    name=name,
                    password=f"{name}-wears-a-blue-hat",
                    role="admin",
                    units=[unit],
                    teams=[],
                ),
            )
            for name in ("ada", "bo")
        )

    def release(policy: Policy) -> int:
        with open_session(known.scope) as session:
            number = policies.draft(session, drafter, unit, policy, note="")
        releases.release(releaser, unit, number)
        return number

    return release


def told(shop) -> list[receipts.Receipt]:
    (unit,) = shop.scope.units
    with open_session(shop.scope, read_only=True) as session:
        return receipts.read(session, people.system(unit), conversation_id=shop.conversation)


def test_what_was_released_is_followed_from_the_next_turn_on(known, model, live):
    assert known.ask(QUESTION) is not None
    assert told(known)[-1].policy_version == f"{receipts.POLICY_VERSION}+policy/0"
    assert "MBQRST" in told(known)[-1].body
    live(OWN)
    before = len(told(known))
    assert known.ask(QUESTION) is not None
    new = told(known)[before:]
    assert {one.policy_version for one in new} == {f"{receipts.POLICY_VERSION}+policy/1"}
    assert not any("MBQRST" in one.body for one in new)
    assert all("USER_ID" in one.counts for one in new)


def test_a_policy_that_cannot_be_read_hands_over_and_nothing_leaves(known, model):
    def broken() -> None:
        raise RuntimeError("the disk is gone")

    failpoints.arm("guard:policy", broken)
    known.ask(QUESTION)
    assert model.bodies == []
    thread = known.thread(known.conversation)
    assert (thread.line.assignee, thread.line.reason) == ("team", "masking_failed")
