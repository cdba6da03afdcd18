"""Whatever dies on the way out, an answer is sent at most once where nothing can tell."""

from __future__ import annotations

import pytest

from connectors import web as widget
from connectors.channel import ChannelAccount
from records import transcripts
from runtime import failpoints
from runtime.database import open_session
from tests.connectors.conftest import Crash, House, answer, crash, hurry, lapse, line, run_all
from tests.fakes.client import Fakes


def restart() -> None:
    failpoints.disarm()
    lapse()
    hurry()
    run_all()
    hurry()
    run_all()


@pytest.mark.parametrize("place", ["deliver:sending", "deliver:sent", "deliver:settled"])
def test_a_crash_on_the_way_out_never_sends_twice_on_telegram(
    house: House, asked: ChannelAccount, fakes: Fakes, place: str
) -> None:
    sent = answer(house, "One")
    failpoints.arm(place, crash)
    with pytest.raises(Crash):
        run_all()
    restart()
    calls = len(fakes.calls("telegram", "sendMessage"))
    assert calls == (0 if place == "deliver:sending" else 1)
    assert line(house, sent).status == ("sent" if place == "deliver:settled" else "unknown")


@pytest.mark.parametrize("place", ["deliver:sending", "deliver:sent", "deliver:settled"])
def test_a_crash_on_the_way_out_shows_an_answer_once_in_the_widget(
    house: House, web: ChannelAccount, place: str
) -> None:
    visitor = widget.visitor_of(web, widget.start(web))
    conversation = widget.say(web, visitor, "c1", "Hello")
    answer(house, "One", conversation)
    failpoints.arm(place, crash)
    with pytest.raises(Crash):
        run_all()
    restart()
    with open_session(house.scope) as session:
        shown = transcripts.contacts_view(session, conversation)
    assert [(item.seq, item.text) for item in shown] == [(1, "Hello"), (2, "One")]


def test_a_slow_worker_whose_job_was_taken_over_writes_nothing(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")

    def overtaken() -> None:
        failpoints.disarm()
        lapse()
        run_all()

    failpoints.arm("deliver:sent", overtaken)
    run_all()
    assert fakes.replies("telegram", "42", "5") == ["One"]
    assert line(house, sent).status == "unknown"
