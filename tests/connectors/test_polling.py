"""Where no webhook can reach us, updates are fetched: each once, by one poller."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from access import people
from connectors import accounts, polling
from connectors.channel import ChannelAccount
from connectors.models import AccountRow
from runtime import failpoints, jobs, settings
from runtime.database import open_session
from runtime.scope import NOBODY
from tests.connectors.conftest import (
    TOKEN,
    Crash,
    House,
    answer,
    connect,
    crash,
    hurry,
    lapse,
    run_all,
    said,
)
from tests.fakes.client import Fakes


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "LONG_POLL", 0)


@pytest.fixture
def polled(house: House, fakes: Fakes) -> ChannelAccount:
    return connect(
        house, "telegram", "polled", secrets={"token": TOKEN}, settings={"mode": "polling"}
    )


def rounds(count: int = 2) -> None:
    for _ in range(count):
        run_all()
        hurry()


def test_updates_are_fetched_in_order_and_answered(
    house: House, polled: ChannelAccount, fakes: Fakes
) -> None:
    for text in ("One", "Two", "Three"):
        fakes.say("telegram", "42", "5", text)
    rounds()
    assert said(house) == ["One", "Two", "Three"]
    answer(house, "Answer")
    rounds(1)
    assert fakes.replies("telegram", "42", "5") == ["Answer"]
    fakes.say("telegram", "42", "5", "Four")
    rounds()
    assert said(house) == ["One", "Two", "Three", "Four"]


def test_a_crash_after_fetching_loses_and_doubles_nothing(
    house: House, polled: ChannelAccount, fakes: Fakes
) -> None:
    fakes.say("telegram", "42", "5", "One")
    failpoints.arm("webhook:stored", crash)
    with pytest.raises(Crash):
        rounds()
    failpoints.disarm()
    lapse()
    rounds()
    assert said(house) == ["One"]


def test_a_second_poller_elsewhere_is_noticed_and_waited_out(
    house: House, polled: ChannelAccount, fakes: Fakes
) -> None:
    rounds(1)
    fakes.telegram(TOKEN, "setWebhook", url="http://127.0.0.1:9/elsewhere")
    rounds()
    with open_session(house.scope, read_only=True) as session:
        assert session.scalars(select(AccountRow.last_error)).one() == "transient:409"
    fakes.telegram(TOKEN, "deleteWebhook")
    fakes.say("telegram", "42", "5", "One")
    rounds()
    assert said(house) == ["One"]


def pollers() -> int:
    with open_session(NOBODY, read_only=True) as session:
        rows = session.scalars(
            select(jobs.JobRow).where(
                jobs.JobRow.kind == "connectors.poll", jobs.JobRow.finished_at.is_(None)
            )
        )
        return len(rows.all())


def test_there_is_one_poller_as_long_as_the_account_is_on(
    house: House, polled: ChannelAccount, fakes: Fakes
) -> None:
    rounds()
    jobs.schedule_periodic()
    rounds()
    assert pollers() == 1
    with open_session(house.scope) as session:
        accounts.set_active(session, people.system(house.unit_id), polled.id, active=False)
    rounds()
    assert pollers() == 0
    with open_session(house.scope) as session:
        accounts.set_active(session, people.system(house.unit_id), polled.id, active=True)
    rounds()
    assert pollers() == 1


def test_a_public_address_is_told_to_telegram(
    house: House, fakes: Fakes, configured: settings.Settings
) -> None:
    public = {"public_url": "http://127.0.0.1:9/desk", "telegram_url": fakes.url}
    settings.use(configured.model_copy(update=public))
    account = connect(house, "telegram", "hooked", secrets={"token": TOKEN, "secret": "s3cret"})
    run_all()
    (call,) = fakes.calls("telegram", "setWebhook")
    assert (
        call["body"]["url"] == f"http://127.0.0.1:9/desk/webhooks/telegram/{account.endpoint_key}"
    )
    assert call["body"]["secret_token"] == "s3cret"
    assert fakes.violations() == []


def test_a_token_that_telegram_does_not_know_is_said_so(house: House, fakes: Fakes) -> None:
    connect(house, "telegram", "wrong", secrets={"token": "7:nope"}, settings={"mode": "polling"})
    run_all()
    with open_session(house.scope) as session:
        (view,) = accounts.list_accounts(session, people.system(house.unit_id))
    assert (view.status, view.last_error) == ("needs_reauth", "auth:401")
