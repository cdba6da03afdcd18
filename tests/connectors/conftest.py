"""A unit with an assistant, and accounts on every channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from access import people
from connectors import accounts, inbox
from connectors.channel import ChannelAccount
from connectors.models import AccountRow
from records import messages, transcripts
from records.transcripts import ConversationLine, MessageView
from runtime import jobs, settings
from runtime.database import now, open_session
from runtime.jobs import Job
from runtime.scope import NOBODY, Scope
from tests.connectors.samples import (
    NUMBER,
    PERSON,
    SECRET,
    change,
    encode,
    message,
    signed,
    webhook,
)
from tests.connectors.samples import (
    update as tg_update,
)
from tests.fakes.client import Fakes, running

TOKEN = "42:TEST-bot-token"


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
        secrets={"token": TOKEN, "secret": "s3cret"},
    )


WHATSAPP = {"token": "EAAB-test", "secret": "app-secret", "verify_token": "verify-me"}


@pytest.fixture
def whatsapp(house: House) -> ChannelAccount:
    return connect(house, "whatsapp", "whatsapp-eu", secrets=WHATSAPP, external_id=NUMBER)


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


def said(house: House, unit_id: int | None = None) -> list[str]:
    """What contacts said in a unit, in the order in which it was kept."""
    return [line.text for line in thread(house, unit_id) if line.author == "contact"]


def thread(house: House, unit_id: int | None = None) -> list[MessageView]:
    """Every message of a unit's conversations, oldest first."""
    unit = unit_id or house.unit_id
    with open_session(Scope.of(unit)) as session:
        lines = _lines(session, unit)
        found = [
            message
            for line in lines
            for message in transcripts.thread(session, people.system(unit), line.id).messages
        ]
    return sorted(found, key=lambda message: message.id)


def conversations_of(house: House, unit_id: int | None = None) -> list[ConversationLine]:
    unit = unit_id or house.unit_id
    with open_session(Scope.of(unit)) as session:
        return _lines(session, unit)


def _lines(session: Session, unit: int) -> list[ConversationLine]:
    system = people.system(unit)
    found = [
        line
        for queue in ("all", "closed")
        for line in transcripts.list_conversations(session, system, queue)
    ]
    return sorted(found, key=lambda line: line.id)


def answer(house: House, text: str, conversation_id: int = 1) -> int:
    """The assistant answers the newest message of a conversation; returns the message's id."""
    with open_session(house.scope) as session:
        view = transcripts.thread(session, people.system(house.unit_id), conversation_id)
        newest = [message.id for message in view.messages if message.author == "contact"][-1]
        assistant = people.assistants(session, {house.unit_id})[0].principal
        return messages.reply(session, assistant, conversation_id, text, answers=newest)


def line(house: House, message_id: int) -> MessageView:
    return next(message for message in thread(house) if message.id == message_id)


class Crash(BaseException):
    """A process that ends here and now."""


def crash() -> None:
    raise Crash


def lapse() -> None:
    """Let the time pass after which a dead worker's job is anybody's."""
    with open_session(NOBODY) as session:
        session.execute(
            update(jobs.JobRow)
            .where(jobs.JobRow.leased_until.is_not(None))
            .values(leased_until=now() - timedelta(seconds=1))
        )


def hurry() -> None:
    """Let the pauses pass after which open jobs are tried again, and accounts may send again."""
    with open_session(NOBODY) as session:
        session.execute(
            update(jobs.JobRow).where(jobs.JobRow.finished_at.is_(None)).values(run_at=now())
        )
    with open_session(accounts.everywhere()) as session:
        session.execute(update(AccountRow).values(paused_until=None))


@pytest.fixture(scope="module")
def _server() -> Iterator[Fakes]:
    with running() as fakes:
        yield fakes


@pytest.fixture
def fakes(_server: Fakes, configured: settings.Settings) -> Fakes:
    _server.reset()
    settings.use(
        configured.model_copy(
            update={"telegram_url": _server.url, "graph_url": _server.url, "channel_timeout": 2.0}
        )
    )
    _server.add_bot(TOKEN)
    _server.add_number(NUMBER, token=WHATSAPP["token"], app_secret=WHATSAPP["secret"])
    return _server


@pytest.fixture
def asked(house: House, telegram: ChannelAccount, fakes: Fakes) -> ChannelAccount:
    """Somebody has asked something on Telegram."""
    # Nothing listens for the fake's own webhooks here: what it would send is written by hand.
    fakes.say("telegram", "42", "5", "Hello")
    inbox.accept(telegram.endpoint_key, SECRET, encode(tg_update(1)))
    run_all()
    return telegram


@pytest.fixture
def asked_whatsapp(house: House, whatsapp: ChannelAccount, fakes: Fakes) -> ChannelAccount:
    """Somebody has asked something on WhatsApp."""
    fakes.say("whatsapp", NUMBER, PERSON, "Hello")
    report(whatsapp, change(message("wamid.in")))
    return whatsapp


def report(account: ChannelAccount, *changes: dict[str, Any]) -> None:
    body = webhook(*changes)
    inbox.accept(account.endpoint_key, signed(body), body)
    run_all()
