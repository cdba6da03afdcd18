"""A unit with an assistant, and accounts on every channel."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from access import people
from connectors import accounts
from connectors.channel import ChannelAccount
from runtime import jobs
from runtime.database import open_session
from runtime.jobs import Job
from runtime.scope import NOBODY, Scope


@dataclass(frozen=True)
class House:
    """Two units; only the first one has an assistant."""

    unit_id: int
    other_unit_id: int

    @property
    def scope(self) -> Scope:
        return Scope.of(self.unit_id)


@pytest.fixture
def house(db: Engine) -> House:
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        first = people.add_unit(session, "europe")
        second = people.add_unit(session, "japan")
        people.add_assistant(session, name="Ada", units=[first], languages=["en"])
    return House(first, second)


def connect(
    house: House, channel: str, name: str, *, unit_id: int | None = None, **given: object
) -> ChannelAccount:
    unit = unit_id or house.unit_id
    with open_session(Scope.of(unit)) as session:
        accounts.add_account(
            session, people.system(unit), unit_id=unit, channel=channel, name=name, **given
        )
    return accounts.account(name)


@pytest.fixture
def telegram(house: House) -> ChannelAccount:
    return connect(
        house,
        "telegram",
        "telegram-eu",
        secrets={"token": "42:TEST-bot-token", "secret": "s3cret"},
    )


WHATSAPP = {"token": "EAAB-test", "secret": "app-secret", "verify_token": "verify-me"}


@pytest.fixture
def whatsapp(house: House) -> ChannelAccount:
    return connect(house, "whatsapp", "whatsapp-eu", secrets=WHATSAPP, external_id="1122334455667")


@pytest.fixture
def web(house: House) -> ChannelAccount:
    return connect(house, "web", "web-eu", settings={"allowed_origins": ["https://example.org"]})


def run_all(*, leave: tuple[str, ...] = ("bot.answer",)) -> list[str]:
    """Run what is due, except the assistant's part; returns the kinds in order."""
    done = []
    while job := _claim(leave):
        done.append(job.kind)
        jobs.run(job)
    return done


def _claim(leave: tuple[str, ...]) -> Job | None:
    with open_session(NOBODY, read_only=True) as session:
        rows = session.scalars(jobs.runnable()).all()
    return next((jobs.claim(row.id) for row in rows if row.kind not in leave), None)
