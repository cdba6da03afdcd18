"""The fake of Telegram behaves as the real one is documented to."""

from __future__ import annotations

import json
import threading
from typing import Any

import httpx2
import pytest

from tests.fakes.client import Fakes, wait_for
from tests.fakes.conftest import Product

TOKEN = "4242:AAExampleTokenOfAFakeBot"


def test_a_bot_knows_itself_and_strangers_are_refused(fakes: Fakes) -> None:
    fakes.add_bot(TOKEN, "shop_bot")
    me = fakes.telegram(TOKEN, "getMe").json()
    assert me["result"]["username"] == "shop_bot"
    assert me["result"]["id"] == 4242
    refused = fakes.telegram("1:nobody", "getMe")
    assert (refused.status_code, refused.json()["description"]) == (401, "Unauthorized")


def test_updates_stay_until_an_offset_confirms_them(fakes: Fakes) -> None:
    bot = fakes.add_bot(TOKEN)
    for text in ("one", "two"):
        fakes.say("telegram", bot, "77", text)
    first = fakes.telegram(TOKEN, "getUpdates").json()["result"]
    assert [update["message"]["text"] for update in first] == ["one", "two"]
    again = fakes.telegram(TOKEN, "getUpdates").json()["result"]
    assert again == first
    rest = fakes.telegram(TOKEN, "getUpdates", offset=first[0]["update_id"] + 1).json()["result"]
    assert [update["message"]["text"] for update in rest] == ["two"]
    assert fakes.pending() == 1


def test_a_long_poll_ends_with_the_first_update(fakes: Fakes) -> None:
    bot = fakes.add_bot(TOKEN)
    got: list[Any] = []
    url = f"{fakes.url}/bot{TOKEN}/getUpdates"
    poll = threading.Thread(
        target=lambda: got.append(httpx2.post(url, json={"timeout": 20}, timeout=30).json())
    )
    poll.start()
    wait_for(lambda: fakes.calls("telegram", "getUpdates"), "the poll")
    fakes.say("telegram", bot, "77", "hi")
    poll.join(10)
    assert got[0]["result"][0]["message"]["text"] == "hi"


def test_a_second_poller_ends_the_first_with_409(fakes: Fakes) -> None:
    fakes.add_bot(TOKEN)
    got: list[httpx2.Response] = []
    url = f"{fakes.url}/bot{TOKEN}/getUpdates"
    poll = threading.Thread(
        target=lambda: got.append(httpx2.post(url, json={"timeout": 20}, timeout=30))
    )
    poll.start()
    wait_for(lambda: fakes.calls("telegram", "getUpdates"), "the poll")
    assert fakes.telegram(TOKEN, "getUpdates").status_code == 200
    poll.join(10)
    assert got[0].status_code == 409
    assert "terminated by other getUpdates" in got[0].json()["description"]


def test_polling_is_refused_while_a_webhook_is_set(fakes: Fakes, product: Product) -> None:
    fakes.add_bot(TOKEN)
    assert fakes.telegram(TOKEN, "setWebhook", url=product.url).json()["result"] is True
    refused = fakes.telegram(TOKEN, "getUpdates")
    assert refused.status_code == 409
    assert "webhook is active" in refused.json()["description"]
    fakes.telegram(TOKEN, "deleteWebhook")
    assert fakes.telegram(TOKEN, "getUpdates").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {"url": "http://shop.example.org/hook"},
        {"url": "https://shop.example.org:8080/hook"},
        {"url": "https://shop.example.org/hook", "secret_token": "not allowed!"},
        {},
    ],
)
def test_a_bad_webhook_is_refused(fakes: Fakes, given: dict[str, str]) -> None:
    fakes.add_bot(TOKEN)
    assert fakes.telegram(TOKEN, "setWebhook", **given).status_code == 400


def test_a_webhook_carries_the_secret_and_one_update(fakes: Fakes, product: Product) -> None:
    bot = fakes.add_bot(TOKEN)
    fakes.telegram(TOKEN, "setWebhook", url=product.url, secret_token="hush")
    fakes.say("telegram", bot, "77", "hi")
    wait_for(lambda: product.got, "the webhook")
    headers, body = product.got[0]
    assert headers["x-telegram-bot-api-secret-token"] == "hush"
    assert json.loads(body)["message"]["text"] == "hi"
    wait_for(lambda: fakes.pending() == 0, "the update to be gone")
    info = fakes.telegram(TOKEN, "getWebhookInfo").json()["result"]
    assert (info["url"], info["pending_update_count"]) == (product.url, 0)


def test_one_chat_is_served_in_order_and_waits_for_a_success(
    fakes: Fakes, product: Product
) -> None:
    bot = fakes.add_bot(TOKEN)
    product.answers = [(500, {}, b""), (500, {}, b""), (500, {}, b"")]
    fakes.telegram(TOKEN, "setWebhook", url=product.url)
    fakes.say("telegram", bot, "77", "one")
    fakes.say("telegram", bot, "77", "two")
    wait_for(lambda: len(product.got) == 2, "the first try and the one at once")
    fakes.advance(2)
    wait_for(lambda: len(product.got) == 3, "the try after two seconds")
    fakes.say("telegram", bot, "88", "other chat")
    wait_for(lambda: len(product.got) == 4, "the other chat")
    fakes.advance(4)
    wait_for(lambda: len(product.got) == 6, "success and the next update")
    texts = [body["message"]["text"] for body in product.bodies()]
    assert texts == ["one", "one", "one", "other chat", "one", "two"]


def test_kinds_have_queues_of_their_own(fakes: Fakes, product: Product) -> None:
    bot = fakes.add_bot(TOKEN)
    product.answers = [(500, {}, b""), (500, {}, b"")]
    fakes.telegram(TOKEN, "setWebhook", url=product.url)
    fakes.say("telegram", bot, "77", "blocked")
    wait_for(lambda: len(product.got) == 2, "two failures")
    fakes.say("telegram", bot, "77", raw={"message_reaction": {"chat": {"id": 77}}})
    wait_for(lambda: len(product.got) == 3, "the reaction")
    assert "message_reaction" in product.bodies()[2]


def test_our_retry_after_is_honoured(fakes: Fakes, product: Product) -> None:
    bot = fakes.add_bot(TOKEN)
    product.answers = [(503, {"Retry-After": "30"}, b"")]
    fakes.telegram(TOKEN, "setWebhook", url=product.url)
    fakes.say("telegram", bot, "77", "hi")
    wait_for(lambda: len(product.got) == 1, "the failure")
    fakes.advance(25)
    assert len(product.got) == 1
    fakes.advance(6)
    wait_for(lambda: len(product.got) == 2, "the retry")


def test_only_allowed_updates_arrive(fakes: Fakes, product: Product) -> None:
    bot = fakes.add_bot(TOKEN)
    fakes.telegram(TOKEN, "setWebhook", url=product.url, allowed_updates=["message"])
    fakes.say("telegram", bot, "77", raw={"poll": {"id": "1"}})
    fakes.say("telegram", bot, "77", "hi")
    wait_for(lambda: product.got, "the message")
    assert "message" in product.bodies()[0]


def test_a_json_answer_to_a_webhook_is_a_violation(fakes: Fakes, product: Product) -> None:
    bot = fakes.add_bot(TOKEN)
    product.answers = [(200, {}, b'{"method": "sendMessage"}')]
    fakes.telegram(TOKEN, "setWebhook", url=product.url)
    fakes.say("telegram", bot, "77", "hi")
    wait_for(fakes.violations, "the violation")
    assert fakes.violations() == ["telegram webhook was answered with a JSON body"]


def test_duplicates_and_forgeries_are_made_to_order(fakes: Fakes, product: Product) -> None:
    bot = fakes.add_bot(TOKEN)
    fakes.telegram(TOKEN, "setWebhook", url=product.url, secret_token="hush")
    fakes.deliver(duplicate=3)
    fakes.say("telegram", bot, "77", "hi")
    wait_for(lambda: len(product.got) == 3, "three deliveries")
    assert len({body for _, body in product.got}) == 1
    fakes.deliver(duplicate=1, forge=True)
    fakes.say("telegram", bot, "77", "ho")
    wait_for(lambda: len(product.got) == 4, "the forgery")
    assert product.got[3][0]["x-telegram-bot-api-secret-token"] == "forged"


def test_a_sent_message_is_on_the_users_screen(fakes: Fakes) -> None:
    bot = fakes.add_bot(TOKEN)
    fakes.say("telegram", bot, "77", "hi")
    sent = fakes.telegram(TOKEN, "sendMessage", chat_id=77, text="Hello!").json()["result"]
    assert sent["chat"]["id"] == 77
    assert [(line["by"], line["text"]) for line in fakes.screen("telegram", bot, "77")] == [
        ("user", "hi"),
        ("business", "Hello!"),
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"chat_id": 77}, 'parameter "text" is required'),
        ({"text": "hi"}, 'parameter "chat_id" is required'),
        ({"chat_id": 77, "text": ["hi"]}, "wrong type"),
        ({"chat_id": 77, "text": "  "}, "message text is empty"),
        ({"chat_id": 77, "text": "\U0001f600" * 2049}, "message is too long"),
        ({"chat_id": 78, "text": "hi"}, "chat not found"),
        (
            {"chat_id": 77, "text": "hi", "entities": [{"type": "bold", "offset": 1, "length": 2}]},
            "entity beyond end",
        ),
    ],
)
def test_a_bad_message_is_refused(fakes: Fakes, given: dict[str, Any], words: str) -> None:
    bot = fakes.add_bot(TOKEN)
    fakes.say("telegram", bot, "77", "hi")
    refused = fakes.telegram(TOKEN, "sendMessage", **given)
    assert refused.status_code == 400
    assert refused.json()["description"].startswith("Bad Request: ")
    assert words in refused.json()["description"]
    assert fakes.replies("telegram", bot, "77") == []


def test_length_counts_in_utf16_units(fakes: Fakes) -> None:
    bot = fakes.add_bot(TOKEN)
    fakes.say("telegram", bot, "77", "hi")
    assert (
        fakes.telegram(TOKEN, "sendMessage", chat_id=77, text="\U0001f600" * 2048).status_code
        == 200
    )


def test_a_throttled_bot_sends_nothing_until_the_time_is_over(fakes: Fakes) -> None:
    bot = fakes.add_bot(TOKEN)
    for user in ("77", "88"):
        fakes.say("telegram", bot, user, "hi")
    fakes.fault("telegram", "sendMessage", "throttle", seconds=5)
    refused = fakes.telegram(TOKEN, "sendMessage", chat_id=77, text="a")
    assert refused.status_code == 429
    assert refused.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 5",
        "parameters": {"retry_after": 5},
    }
    assert fakes.telegram(TOKEN, "sendMessage", chat_id=88, text="b").status_code == 429
    fakes.advance(5)
    assert fakes.telegram(TOKEN, "sendMessage", chat_id=88, text="b").status_code == 200


def test_a_user_who_blocked_the_bot_gets_nothing(fakes: Fakes) -> None:
    bot = fakes.add_bot(TOKEN)
    fakes.say("telegram", bot, "77", "hi")
    fakes.block(bot, "77")
    refused = fakes.telegram(TOKEN, "sendMessage", chat_id=77, text="a")
    assert refused.json()["description"] == "Forbidden: bot was blocked by the user"
    assert refused.status_code == 403


@pytest.mark.parametrize(("action", "shown"), [("reset", ["a"]), ("drop", [])])
def test_a_lost_connection_may_hide_a_success(fakes: Fakes, action: str, shown: list[str]) -> None:
    bot = fakes.add_bot(TOKEN)
    fakes.say("telegram", bot, "77", "hi")
    fakes.fault("telegram", "sendMessage", action)
    with pytest.raises(httpx2.TransportError):
        fakes.telegram(TOKEN, "sendMessage", chat_id=77, text="a")
    assert fakes.replies("telegram", bot, "77") == shown


def test_faults_end(fakes: Fakes) -> None:
    bot = fakes.add_bot(TOKEN)
    fakes.say("telegram", bot, "77", "hi")
    fakes.fault("telegram", "sendMessage", "answer", times=2, status=502)
    got = [fakes.telegram(TOKEN, "sendMessage", chat_id=77, text="a") for _ in range(3)]
    assert [answer.status_code for answer in got] == [502, 502, 200]
