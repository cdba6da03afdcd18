"""Deliveries that people, reports or other workers overtake."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from access import people
from connectors.channel import ChannelAccount
from records import conversations, messages
from records.models import Contact
from runtime import failpoints, jobs, queue
from runtime.database import open_session
from tests.connectors.conftest import (
    House,
    answer,
    conversations_of,
    hurry,
    lapse,
    line,
    report,
    run_all,
    thread,
)
from tests.connectors.samples import change, status
from tests.fakes.client import Fakes


def owner(house: House) -> tuple[str, str | None]:
    (found,) = conversations_of(house)
    return found.assignee, found.reason


def test_an_answer_that_was_put_back_after_people_took_over_is_never_sent(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")
    fakes.fault("telegram", "sendMessage", "answer", status=500, body={})

    def taken_over() -> None:
        with open_session(house.scope) as session:
            conversation = messages.locked(session, 1)
            conversations.give_to_user(session, people.system(house.unit_id), conversation, 1)

    failpoints.arm("deliver:sending", taken_over)
    for _ in range(3):
        run_all()
        hurry()
    assert line(house, sent).status == "withdrawn"
    assert fakes.replies("telegram", "42", "5") == []
    assert {found.outcome for found in thread(house) if found.author == "contact"} == {
        "handed_over"
    }


def test_an_answer_that_the_channel_took_while_people_took_over_counts_as_sent(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")

    def taken_over() -> None:
        with open_session(house.scope) as session:
            conversation = messages.locked(session, 1)
            conversations.give_to_user(session, people.system(house.unit_id), conversation, 1)

    failpoints.arm("deliver:sending", taken_over)
    run_all()
    assert (line(house, sent).status, line(house, sent).error) == ("sent", None)


def test_a_worker_that_was_paused_before_the_call_does_not_make_it(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")

    def overtaken() -> None:
        failpoints.disarm()
        lapse()
        run_all()

    failpoints.arm("deliver:sending", overtaken)
    run_all()
    assert fakes.calls("telegram", "sendMessage") == []
    assert line(house, sent).status == "unknown"
    assert owner(house) == ("team", "error")


@pytest.mark.parametrize(
    ("code", "error", "owned"),
    [
        (131047, "window_closed", ("team", "error")),
        (131026, "gone", ("assistant", None)),
    ],
)
def test_a_failure_that_is_reported_later_is_shown_to_people(
    house: House,
    asked_whatsapp: ChannelAccount,
    fakes: Fakes,
    code: int,
    error: str,
    owned: tuple[str, str | None],
) -> None:
    sent = answer(house, "One")
    run_all()
    (call,) = fakes.calls("whatsapp", "messages")
    ref = call["body"]["biz_opaque_callback_data"]
    told = status("wamid.x", "failed", errors=[{"code": code}], biz_opaque_callback_data=ref)
    report(asked_whatsapp, change(statuses=[told]))
    assert (line(house, sent).status, line(house, sent).error) == ("failed", error)
    assert owner(house) == owned


def test_a_reported_failure_that_overtakes_the_answer_stays(
    house: House, asked_whatsapp: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")

    def reported() -> None:
        failpoints.disarm()
        (call,) = fakes.calls("whatsapp", "messages")
        ref = call["body"]["biz_opaque_callback_data"]
        told = status("w", "failed", errors=[{"code": 131047}], biz_opaque_callback_data=ref)
        report(asked_whatsapp, change(statuses=[told]))

    failpoints.arm("deliver:sent", reported)
    run_all()
    assert (line(house, sent).status, line(house, sent).error) == ("failed", "window_closed")


def test_a_person_who_is_erased_leaves_no_job_that_fails(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    answer(house, "One")
    with open_session(house.scope) as session:
        session.execute(delete(Contact))
    run_all()
    standing = queue.backlog()
    assert (standing.open, standing.failed) == (1, 0)  # the assistant's turn, which tests leave
    jobs.drain()
    standing = queue.backlog()
    assert (standing.open, standing.failed) == (0, 0)
    assert fakes.calls("telegram", "sendMessage") == []
