"""Two people who may release, and the pages they write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from access import Principal
from knowledge import cases, ingest, proposals, releases
from knowledge.cases import Expectation
from knowledge.models import Release
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
