"""The release gate, as the author of a change and the second person meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from access import Grant, Permission, Principal, Role
from knowledge import cases, ingest, proposals, releases
from knowledge.cases import Expectation
from knowledge.models import Release, ReleaseState
from runtime import jobs
from runtime.database import open_session
from tests.bot.conftest import Shop

POLICY = """# Gift vouchers

## How long is a gift voucher valid?

A gift voucher is valid for three years from the day of purchase.

## Can I pay with several vouchers?

You can use up to five gift vouchers for one order.
"""


@dataclass
class Desk:
    """Two people who may release, and their unit's knowledge."""

    shop: Shop
    author: Principal
    second: Principal

    @property
    def unit(self) -> int:
        (unit,) = self.shop.scope.units
        return unit

    def write(self, name: str, text: str, *, title: str = "Handbook", **more: Any) -> None:
        ingest.ingest_text(
            self.unit,
            source="handbook",
            name=name,
            title=title,
            text=text,
            language="en",
            principal=self.author,
            **more,
        )

    def case(self, question: str, by: Principal | None = None, **more: Any) -> int:
        wanted = Expectation(question, more.pop("expects", "answer"), **more)
        with open_session(self.shop.scope) as session:
            return cases.add(session, by or self.second, self.unit, wanted)

    def propose(self) -> Release:
        with open_session(self.shop.scope) as session:
            release = proposals.propose(session, self.author, self.unit, note="a change")
        jobs.drain()
        with open_session(self.shop.scope, read_only=True) as session:
            return proposals.row_of(session, release.id)

    def approve(self, release: Release, **more: Any) -> Release:
        with open_session(self.shop.scope) as session:
            return releases.approve(session, self.second, release.id, **more)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    grants = tuple(
        Grant(permission)
        for permission in (
            Permission.KNOWLEDGE_READ,
            Permission.KNOWLEDGE_WRITE,
            Permission.KNOWLEDGE_RELEASE,
        )
    )
    units = shop.scope.units
    author = Principal("user/101", "user", Role("editor", grants), units)
    second = Principal("user/102", "user", Role("editor", grants), units)
    return Desk(shop, author, second)


def test_a_new_document_that_harms_nothing_passes(desk: Desk) -> None:
    desk.case("How heavy is the Fjell 2?", document="handbook.md", holds=("2.1 kg",))
    desk.write("vouchers.md", POLICY, title="Gift vouchers")
    release = desk.propose()
    assert release.report is not None
    assert (release.state, release.report["blocking"]) == (ReleaseState.PASSED, [])
    assert desk.approve(release).state is ReleaseState.LIVE


def test_replay_reads_what_was_answered_lately(desk: Desk) -> None:
    assert desk.shop.ask("How long can I return something?") is not None
    desk.write("vouchers.md", POLICY, title="Gift vouchers")
    release = desk.propose()
    assert release.report is not None
    assert release.report["replay"]["messages"] == 1
    assert release.report["replay"]["same"] == 1
