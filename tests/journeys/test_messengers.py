"""A customer is answered, or handed to a person, on Telegram and on WhatsApp."""

from __future__ import annotations

from functools import partial

import pytest

from runtime import settings
from tests.fakes.client import Fakes, wait_for
from tests.journeys.shop import (
    ADMIN,
    ANSWER,
    CLERK,
    NUMBER,
    QUESTION,
    SECOND,
    Phone,
    Shop,
    open_shop,
    stays,
)

CHANNELS = ("telegram", "whatsapp")


@pytest.fixture(params=CHANNELS)
def phone(request: pytest.FixtureRequest, shop: Shop) -> Phone:
    return shop.phone(request.param)


def test_a_question_is_answered_from_the_knowledge_base_with_its_source(
    shop: Shop, phone: Phone
) -> None:
    phone.say(QUESTION)
    (reply,) = phone.wait()
    assert ANSWER in reply
    assert "AI assistant" in reply
    line = shop.desk().only_line()
    assert (line["channel"], line["assignee"]) == (phone.channel, "assistant")
    (question,) = shop.desk().settled(line["id"])
    (answer,) = shop.desk().said(line["id"], "assistant")
    assert question["outcome"] == "answered"
    assert answer["answers"] == question["id"]
    assert answer["sources"][0]["title"] == "Returns"
    assert ANSWER in answer["sources"][0]["quote"]
    wait_for(
        lambda: shop.desk().said(line["id"], "assistant")[0]["status"] in ("sent", "delivered"),
        "the delivery to be recorded",
    )


def test_whoever_asks_for_a_person_gets_one_and_sees_the_reply(shop: Shop, phone: Phone) -> None:
    phone.say(QUESTION)
    phone.wait(1)
    phone.say("Can I talk to a human please?")
    phone.wait(2)
    desk = shop.desk()
    line = desk.only_line("team")
    assert line["reason"] == "wants_person"
    assert [message["author"] for message in desk.thread(line["id"])][:3] == [
        "contact",
        "assistant",
        "contact",
    ]
    desk.post(f"/conversations/{line['id']}/take-over")
    seen = desk.thread(line["id"])[-1]["id"]
    desk.post(f"/conversations/{line['id']}/messages", text="Mina here, I will help.", seen=seen)
    assert phone.wait(3)[2] == "Mina here, I will help."
    phone.say("Thank you! How many days do I have to return it?")
    wait_for(lambda: len(desk.said(line["id"], "contact")) == 3, "the customer's word")
    stays(lambda: len(phone.replies()), 3)
    assert desk.only_line("mine")["id"] == line["id"]


def test_handed_back_the_assistant_answers_again(shop: Shop, phone: Phone) -> None:
    phone.say("I want to speak to a real person")
    phone.wait(1)
    desk = shop.desk()
    line = desk.only_line("team")
    desk.post(f"/conversations/{line['id']}/take-over")
    desk.post(f"/conversations/{line['id']}/hand-back")
    phone.say(QUESTION)
    assert ANSWER in phone.wait(2)[1]


def test_only_one_of_two_colleagues_takes_over(shop: Shop, phone: Phone) -> None:
    phone.say("I want to speak to a real person")
    line = shop.desk().only_line("team")
    assert shop.desk().try_post(f"/conversations/{line['id']}/take-over").status_code == 204
    second = shop.desk(SECOND).try_post(f"/conversations/{line['id']}/take-over")
    assert second.status_code == 409
    assert "colleague" in second.json()["detail"]


def test_a_webhook_delivered_five_times_is_answered_once(shop: Shop, phone: Phone) -> None:
    shop.fakes.deliver(duplicate=5)
    phone.say(QUESTION)
    phone.wait(1)
    wait_for(lambda: len(shop.fakes.attempts()) >= 5, "five deliveries")
    stays(lambda: len(phone.replies()), 1)
    line = shop.desk().only_line()
    assert len(shop.desk().settled(line["id"])) == 1


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_burst_of_three_messages_gets_one_answer(
    db: object, configured: settings.Settings, fakes: Fakes, channel: str
) -> None:
    with open_shop(configured, fakes, reply_delay=2) as shop:
        phone = shop.phone(channel)
        for count, text in enumerate(("Hello", "I have a question", QUESTION), 1):
            phone.say(text)
            # Platforms may change the order within a second; which one is last matters here.
            wait_for(partial(_arrived, shop, count), f"webhook {count}")
        assert ANSWER in phone.wait(1)[0]
        line = shop.desk().only_line()
        outcomes = sorted(message["outcome"] for message in shop.desk().settled(line["id"]))
        assert outcomes == ["answered", "joined", "joined"]
        stays(lambda: len(phone.replies()), 1)


def _arrived(shop: Shop, count: int) -> bool:
    return [attempt["event"] for attempt in shop.fakes.attempts()].count("message") >= count


def test_shuffled_messages_of_five_people_are_told_apart(shop: Shop) -> None:
    phones = [shop.phone("whatsapp", f"49155500010{n}") for n in range(5)]
    shop.fakes.deliver(hold=True)
    for _ in range(3):
        for phone in phones:
            phone.say(QUESTION)
    shop.fakes.deliver(hold=False)
    shop.fakes.release(NUMBER, shuffle=True, batch=4)
    for phone in phones:
        phone.wait(1)
    lines = shop.desk().get("/conversations", queue="all")["items"]
    assert len(lines) == 5
    for line in lines:
        outcomes = [message["outcome"] for message in shop.desk().settled(line["id"])]
        assert len(outcomes) == 3
        assert set(outcomes) <= {"answered", "joined"}
        assert len(shop.desk().said(line["id"], "assistant")) == outcomes.count("answered")


def test_statuses_in_reverse_order_never_go_back(shop: Shop) -> None:
    shop.fakes.change_number(NUMBER, statuses=["read", "delivered", "sent"])
    phone = shop.phone("whatsapp")
    phone.say(QUESTION)
    phone.wait(1)
    line = shop.desk().only_line()

    def status() -> str:
        return str(shop.desk().said(line["id"], "assistant")[0]["status"])

    wait_for(lambda: status() == "read", "the read receipt")
    stays(status, "read", 0.5)


def test_a_customer_without_a_phone_number_is_the_same_one_later(shop: Shop) -> None:
    phone = shop.phone("whatsapp")
    phone.say(QUESTION, hide_phone=True)
    phone.wait(1)
    phone.say("And how long is the warranty of a lamp?")
    phone.wait(2)
    assert len(shop.desk().get("/conversations", queue="all")["items"]) == 1


def test_telegram_can_be_polled(db: object, configured: settings.Settings, fakes: Fakes) -> None:
    with open_shop(configured, fakes, polling=True) as shop:
        phone = shop.phone("telegram")
        phone.say(QUESTION)
        assert ANSWER in phone.wait(1)[0]
        phone.say("How long is the warranty of a lamp?")
        phone.wait(2)
        stays(lambda: len(phone.replies()), 2)
        line = shop.desk().only_line()
        assert len(shop.desk().settled(line["id"])) == 2


def test_meta_shakes_hands(shop: Shop) -> None:
    assert shop.fakes.handshake(NUMBER, "verify-me")
    assert not shop.fakes.handshake(NUMBER, "somebody-else")


def test_an_administrator_of_accounts_reads_no_conversations(shop: Shop, phone: Phone) -> None:
    phone.say(QUESTION)
    assert shop.desk(CLERK).only_line()["contact_name"] == "Robin Example"
    assert shop.desk(ADMIN).try_get("/conversations").status_code == 403
