"""An answer reaches the customer once, or people are told that it may not have."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from access import people
from connectors import accounts, delivering, inbox
from connectors.channel import ChannelAccount
from connectors.models import AccountStatus
from records import conversations, messages
from runtime import failpoints, jobs
from runtime.database import now, open_session
from runtime.scope import NOBODY
from tests.connectors.conftest import (
    TOKEN,
    House,
    answer,
    connect,
    conversations_of,
    hurry,
    lapse,
    line,
    report,
    run_all,
)
from tests.connectors.samples import (
    NUMBER,
    PERSON,
    SECRET,
    change,
    encode,
    status,
    update,
)
from tests.fakes.client import Fakes


def owner(house: House) -> tuple[str, str | None]:
    (found,) = conversations_of(house)
    return found.assignee, found.reason


def test_an_answer_is_sent_and_known_by_the_platforms_id(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "Within 30 days.")
    run_all()
    assert fakes.replies("telegram", "42", "5") == ["Within 30 days."]
    assert (line(house, sent).status, line(house, sent).error) == ("sent", None)
    assert fakes.violations() == []


def test_a_long_answer_comes_in_order_and_in_parts_that_fit(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    text = "\n\n".join(f"Paragraph {n} 👍. " + "word " * 50 for n in range(40))
    answer(house, text)
    run_all()
    parts = fakes.replies("telegram", "42", "5")
    assert len(parts) == 3
    assert " ".join(parts).split() == text.split()


def test_a_part_that_was_taken_is_not_sent_again_after_a_pause(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "\n\n".join("x" * 3_000 for _ in range(3)))
    taken = fakes.replies("telegram", "42", "5")
    assert taken == []
    fail_second_part(fakes)
    run_all()
    assert len(fakes.replies("telegram", "42", "5")) == 1
    assert line(house, sent).status == "queued"
    hurry()
    run_all()
    assert len(fakes.replies("telegram", "42", "5")) == 3
    assert line(house, sent).status == "sent"


def fail_second_part(fakes: Fakes) -> None:
    """The first call is let through by a fault that only slows it."""
    fakes.fault("telegram", "sendMessage", "slow", seconds=0.0)
    fakes.fault("telegram", "sendMessage", "answer", status=502)


def test_a_throttled_bot_is_silent_until_the_pause_is_over_then_all_comes_in_order(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    inbox.accept(asked.endpoint_key, SECRET, encode(other_person()))
    fakes.say("telegram", "42", "6", "Hello")
    run_all()
    fakes.fault("telegram", "sendMessage", "throttle", seconds=30)
    first, second = answer(house, "One"), answer(house, "Two", 2)
    run_all()
    run_all()
    assert len(fakes.calls("telegram", "sendMessage")) == 1
    assert {line(house, first).status, line(house, second).status} == {"queued"}
    assert jobs_open(house) == {"connectors.deliver": 2}
    fakes.advance(31)
    hurry()
    run_all()
    assert fakes.replies("telegram", "42", "5") == ["One"]
    assert fakes.replies("telegram", "42", "6") == ["Two"]


def other_person() -> dict[str, Any]:
    return update(2, "Hi", chat={"id": 6, "type": "private"}, sender={"id": 6, "first_name": "Bo"})


def jobs_open(house: House) -> dict[str, int]:
    with open_session(house.scope, read_only=True) as session:
        rows = session.scalars(
            select(jobs.JobRow.kind).where(
                jobs.JobRow.finished_at.is_(None), jobs.JobRow.kind != "bot.answer"
            )
        )
        return dict(Counter(rows))


def test_throttling_counts_no_attempt_however_long_it_lasts(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")
    fakes.fault("telegram", "sendMessage", "throttle", seconds=3_600)
    for _ in range(12):
        hurry()
        run_all()
    assert line(house, sent).status == "queued"
    fakes.advance(3_601)
    hurry()
    run_all()
    assert fakes.replies("telegram", "42", "5") == ["One"]


def test_a_fault_of_the_platform_is_waited_out_with_growing_pauses(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")
    fakes.fault("telegram", "sendMessage", "answer", status=500, times=5)
    pauses = []
    for _ in range(5):
        job = next(iter(claim_deliveries()))
        with pytest.raises(jobs.RetryLater) as later:
            delivering.deliver(job)
        pauses.append(later.value.delay.total_seconds())
        assert line(house, sent).status == "queued"
        lapse()
    assert pauses == [1, 4, 15, 60, 300]
    run_all()
    assert line(house, sent).status == "sent"
    assert fakes.replies("telegram", "42", "5") == ["One"]


def claim_deliveries() -> list[jobs.Job]:
    with open_session(NOBODY, read_only=True) as session:
        ids = [
            row.id for row in session.scalars(jobs.runnable()) if row.kind == "connectors.deliver"
        ]
    return [job for job in map(jobs.claim, ids) if job]


def test_a_platform_that_stays_broken_ends_with_people(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")
    fakes.fault("telegram", "sendMessage", "answer", status=500, times=20)
    for _ in range(8):
        run_all()
        hurry()
    assert (line(house, sent).status, line(house, sent).error) == ("failed", "transient:500")
    assert len(fakes.calls("telegram", "sendMessage")) == 6
    assert owner(house) == ("team", "error")


def test_telegram_has_no_key_so_a_lost_answer_is_shown_to_people_and_never_repeated(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")
    fakes.fault("telegram", "sendMessage", "reset")
    for _ in range(3):
        run_all()
        hurry()
    assert fakes.replies("telegram", "42", "5") == ["One"]
    assert (line(house, sent).status, line(house, sent).error) == ("unknown", "no_answer")
    assert owner(house) == ("team", "error")


def test_whatsapps_report_finds_the_message_whose_answer_was_lost(
    house: House, asked_whatsapp: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")
    fakes.fault("whatsapp", "messages", "reset")
    run_all()
    assert (line(house, sent).status, line(house, sent).error) == ("unknown", "awaiting_report")
    assert owner(house) == ("assistant", None)
    (call,) = fakes.calls("whatsapp", "messages")
    ref = call["body"]["biz_opaque_callback_data"]
    report(
        asked_whatsapp,
        change(statuses=[status("wamid.out", "sent", biz_opaque_callback_data=ref)]),
    )
    hurry()
    run_all()
    assert line(house, sent).status == "sent"
    assert fakes.replies("whatsapp", NUMBER, PERSON) == ["One"]
    assert owner(house) == ("assistant", None)


def test_a_message_that_nobody_reports_on_stays_unknown_and_people_see_it(
    house: House, asked_whatsapp: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")
    fakes.fault("whatsapp", "messages", "drop")
    run_all()
    hurry()
    run_all()
    assert (line(house, sent).status, line(house, sent).error) == ("unknown", "no_report")
    assert len(fakes.calls("whatsapp", "messages")) == 1
    assert owner(house) == ("team", "error")


def test_a_report_that_overtakes_the_answer_is_not_taken_back(
    house: House, asked_whatsapp: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")

    def reported() -> None:
        failpoints.disarm()
        (call,) = fakes.calls("whatsapp", "messages")
        ref = call["body"]["biz_opaque_callback_data"]
        told = status("wamid.early", "read", biz_opaque_callback_data=ref)
        report(asked_whatsapp, change(statuses=[told]))

    failpoints.arm("deliver:sent", reported)
    run_all()
    assert line(house, sent).status == "read"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (131047, "window_closed"),
        (131026, "gone"),
        (100, "bad_request:100"),
        (131049, "bad_request:131049"),
    ],
)
def test_what_can_never_arrive_is_not_tried_again(
    house: House, asked_whatsapp: ChannelAccount, fakes: Fakes, code: int, expected: str
) -> None:
    sent = answer(house, "One")
    body = {"error": {"message": "no", "code": code}}
    fakes.fault("whatsapp", "messages", "answer", status=400, body=body, times=9)
    for _ in range(2):
        run_all()
        hurry()
    assert (line(house, sent).status, line(house, sent).error) == ("failed", expected)
    assert len(fakes.calls("whatsapp", "messages")) == 1


@pytest.mark.parametrize(("status_", "code"), [(403, 130429), (429, 4), (400, 131056)])
def test_metas_throttles_are_waited_out_whatever_their_http_status(
    house: House, asked_whatsapp: ChannelAccount, fakes: Fakes, status_: int, code: int
) -> None:
    sent = answer(house, "One")
    body = {"error": {"message": "slow down", "code": code}}
    fakes.fault("whatsapp", "messages", "answer", status=status_, body=body)
    run_all()
    assert line(house, sent).status == "queued"
    hurry()
    run_all()
    assert fakes.replies("whatsapp", NUMBER, PERSON) == ["One"]
    assert line(house, sent).status == "sent"


def test_a_closed_window_is_not_even_tried(
    house: House, asked_whatsapp: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")
    with time_machine.travel(now().timestamp() + 25 * 3_600):
        run_all()
    assert (line(house, sent).status, line(house, sent).error) == ("failed", "window_closed")
    assert fakes.calls("whatsapp", "messages") == []


def test_a_blocked_bot_stops_writing(house: House, asked: ChannelAccount, fakes: Fakes) -> None:
    fakes.block("42", "5")
    sent = answer(house, "One")
    run_all()
    assert (line(house, sent).status, line(house, sent).error) == ("failed", "gone")


def test_a_refused_token_keeps_the_queue_until_there_is_a_new_one(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    fakes.revoke_bot("42")
    sent = answer(house, "One")
    for _ in range(3):
        run_all()
        hurry()
    assert line(house, sent).status == "queued"
    assert len(fakes.calls("telegram", "sendMessage")) <= 1
    system = people.system(house.unit_id)
    with open_session(house.scope) as session:
        (view,) = accounts.list_accounts(session, system)
        assert view.status == AccountStatus.NEEDS_REAUTH
    fakes.add_bot("42:NEW-token")
    fakes.say("telegram", "42", "5", "Hello?")
    inbox.accept(asked.endpoint_key, SECRET, encode(update(8, "Hello?")))  # inbound goes on
    with open_session(house.scope) as session:
        accounts.replace_secrets(session, system, asked.id, {"token": "42:NEW-token"})
    hurry()
    run_all()
    assert fakes.replies("telegram", "42", "5") == ["One"]


def test_a_message_taken_back_in_time_is_never_sent(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    sent = answer(house, "One")
    with open_session(house.scope) as session:
        conversations.close(session, people.system(house.unit_id), 1)
    run_all()
    assert line(house, sent).status == "withdrawn"
    assert fakes.calls("telegram", "sendMessage") == []


def test_people_keep_their_conversation_when_their_own_message_fails(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    with open_session(house.scope) as session:
        conversation = messages.locked(session, 1)
        sent = messages.queue(session, conversation, people.system(house.unit_id), "Hi").id
    fakes.fault("telegram", "sendMessage", "answer", status=400, body={"description": "no"})
    run_all()
    assert line(house, sent).error == "bad_request:400"
    assert owner(house) == ("assistant", None)


def test_no_token_is_in_any_log_line(
    house: House, asked: ChannelAccount, fakes: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(house, "One")
    fakes.fault("telegram", "sendMessage", "answer", status=500)
    run_all()
    told = capsys.readouterr()
    assert "deliver.refused" in told.out
    assert "TEST-bot-token" not in told.out + told.err


def test_typing_is_shown_where_the_account_wants_it(house: House, fakes: Fakes) -> None:
    account = connect(
        house,
        "telegram",
        "telegram-typing",
        secrets={"token": TOKEN, "secret": "s3cret"},
        settings={"typing": True},
    )
    inbox.accept(account.endpoint_key, SECRET, encode(update(1)))
    run_all()
    assert len(fakes.calls("telegram", "sendChatAction")) == 1


def test_a_switched_off_account_sends_nothing_and_says_so(
    house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    with open_session(house.scope) as session:
        accounts.set_active(session, people.system(house.unit_id), asked.id, active=False)
    sent = answer(house, "Within 30 days.")
    run_all()
    assert fakes.replies("telegram", "42", "5") == []
    assert (line(house, sent).status, line(house, sent).error) == ("failed", "account_disabled")
