"""`kill -9` at every place that could matter; nothing is lost and nothing is said twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runtime.failpoints import NAMES
from tests.fakes.client import Fakes, wait_for
from tests.journeys.processes import House, Launcher, house
from tests.journeys.shop import QUESTION, Phone, assert_ledger_fits

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    launcher = Launcher()
    yield launcher
    launcher.close()


@pytest.fixture
def installation(tmp_path: Path, fakes: Fakes, launcher: Launcher) -> Iterator[House]:
    with house(tmp_path, fakes, launcher) as made:
        yield made


@pytest.mark.parametrize("name", NAMES)
def test_a_server_killed_at_any_point_answers_each_message_once(
    installation: House, name: str
) -> None:
    shop, launcher = installation.shop, installation.launcher
    phones = [shop.phone("telegram", "7001"), shop.phone("whatsapp", "491555000301")]
    installation.start(FRONTDESK_FAILPOINT=name)
    for phone in phones:
        phone.say(QUESTION)
    assert launcher.ended(40) == -signal.SIGKILL, f"{name} was never reached"

    installation.let_leases_run_out()
    installation.start()
    installation.wait_until_up()
    shop.fakes.advance(150)  # platforms try again
    desk = shop.desk()
    lines = wait_for(lambda: _both(desk.get("/conversations", queue="all")), "both conversations")
    for phone in phones:
        line = next(line for line in lines if line["channel"] == phone.channel)
        (question,) = desk.settled(line["id"])
        assert question["outcome"] in ("answered", "handed_over")
        answers = wait_for(partial(_at_rest, desk, line["id"]), "the answer to come to rest")
        assert len(answers) == 1
        _fits(phone, answers[0]["status"])
    launcher.kill()
    assert_ledger_fits()


def _both(found: dict[str, Any]) -> list[dict[str, Any]]:
    return found["items"] if len(found["items"]) == 2 else []


def _at_rest(desk: Any, conversation: int) -> list[dict[str, Any]]:
    """Our messages, once none of them is on its way any more."""
    found: list[dict[str, Any]] = desk.said(conversation, "assistant")
    moving = ("queued", "sending")
    return [] if any(message["status"] in moving for message in found) else found


def _fits(phone: Phone, status: str) -> None:
    """What we believe is what the customer sees; only `unknown` leaves both open."""
    seen = len(phone.replies())
    if status == "unknown":
        assert seen <= 1
    else:
        assert status in ("sent", "delivered")
        assert seen == 1
