"""What goes wrong on the way is never a double answer, an error text, or silence."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.client import wait_for
from tests.fakes.graph import sign
from tests.fakes.openai_stub import Reply, Stub
from tests.journeys.shop import ADMIN, ANSWER, GRAPH, NUMBER, QUESTION, Phone, Shop, stays

CHANNELS = ("telegram", "whatsapp")
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "connectors"


@pytest.fixture(params=CHANNELS)
def phone(request: pytest.FixtureRequest, shop: Shop) -> Phone:
    return shop.phone(request.param)


@pytest.fixture(params=CHANNELS)
def thinking_phone(request: pytest.FixtureRequest, thinking_shop: Shop) -> Phone:
    return thinking_shop.phone(request.param)


# -- the model ---------------------------------------------------------------------------------


def test_a_model_answers_with_one_call(
    thinking_shop: Shop, thinking_phone: Phone, model: Stub
) -> None:
    thinking_phone.say(QUESTION)
    assert "30 days" in thinking_phone.wait(1)[0]
    assert len(model.requests) == 1


@pytest.mark.parametrize(
    "failure",
    [Reply(status=500), Reply(drop=True), Reply(raw=b"<html>"), Reply(status=429)],
    ids=["500", "dropped", "garbage", "429"],
)
def test_while_the_model_is_down_answers_are_quoted(
    thinking_shop: Shop, model: Stub, failure: Reply
) -> None:
    model.answer = lambda _body: failure
    phone = thinking_shop.phone("telegram")
    phone.say(QUESTION)
    (reply,) = phone.wait(1)
    assert ANSWER in reply
    line = thinking_shop.desk().only_line()
    (answer,) = thinking_shop.desk().said(line["id"], "assistant")
    assert answer["sources"]
    assert "instead_of" in answer["verdict"]
    stays(lambda: len(phone.replies()), 1, 0.5)


def test_a_person_who_takes_over_silences_an_answer_in_the_making(
    thinking_shop: Shop, thinking_phone: Phone, model: Stub
) -> None:
    model.answer = lambda _body: Reply("Within 30 days of delivery.", delay=1.5)
    thinking_phone.say(QUESTION)
    wait_for(lambda: model.requests, "the model to be asked")
    desk = thinking_shop.desk()
    line = desk.only_line()
    desk.post(f"/conversations/{line['id']}/take-over")
    stays(thinking_phone.replies, [], 2.5)
    assert desk.said(line["id"], "assistant") == []
    (question,) = desk.settled(line["id"])
    assert question["outcome"] == "handed_over"
    desk.post(f"/conversations/{line['id']}/messages", text="Mina here.", seen=question["id"])
    assert thinking_phone.wait(1) == ["Mina here."]


# -- the way out -------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["reset", "slow"])
def test_whatsapp_shows_one_message_when_the_answer_to_our_request_is_lost(
    shop: Shop, action: str
) -> None:
    phone = shop.phone("whatsapp")
    phone.fault(action, seconds=2.0)
    phone.say(QUESTION)
    phone.wait(1)
    desk = shop.desk()
    line = desk.only_line()
    wait_for(
        lambda: desk.said(line["id"], "assistant")[0]["status"] in ("sent", "delivered"),
        "the report to resolve it",
    )
    stays(lambda: len(phone.replies()), 1)
    assert desk.only_line("assistant")["id"] == line["id"]


@pytest.mark.parametrize("action", ["reset", "slow", "drop"])
def test_telegram_shows_a_person_what_may_not_have_arrived(shop: Shop, action: str) -> None:
    phone = shop.phone("telegram")
    phone.fault(action, seconds=2.0)
    phone.say(QUESTION)
    desk = shop.desk()
    line = desk.only_line("team")
    (answer,) = desk.said(line["id"], "assistant")
    assert answer["status"] == "unknown"
    expected = 0 if action == "drop" else 1
    stays(lambda: len(phone.replies()), expected)
    assert len(shop.fakes.calls("telegram", "sendMessage")) == 1


def test_a_passing_fault_of_the_platform_is_tried_again(shop: Shop, phone: Phone) -> None:
    phone.fault("answer", status=502)
    phone.say(QUESTION)
    assert ANSWER in phone.wait(1)[0]
    stays(lambda: len(phone.replies()), 1)


def test_a_throttled_bot_is_left_alone_and_then_sends_everything(shop: Shop) -> None:
    phones = [shop.phone("telegram", str(7000 + n)) for n in range(3)]
    phones[0].fault("throttle", seconds=2)
    phones[0].say(QUESTION)
    wait_for(lambda: shop.fakes.calls("telegram", "sendMessage"), "the refusal")
    for phone in phones[1:]:
        phone.say(QUESTION)
    for phone in phones:
        phone.wait(1)
    verdicts = [call["verdict"] for call in shop.fakes.calls("telegram", "sendMessage")]
    assert verdicts.count("accepted") == 3
    assert verdicts.count("refused 429") <= 2  # one more may have been under way


@pytest.mark.parametrize("status", [403, 429])
def test_a_bucket_that_runs_over_delays_and_loses_nothing(shop: Shop, status: int) -> None:
    phones = [shop.phone("whatsapp", f"49155500020{n}") for n in range(3)]
    shop.fakes.change_number(NUMBER, per_second=1, bucket_status=status)
    for phone in phones:
        phone.say(QUESTION)
    for phone in phones:
        phone.wait(1)
    stays(lambda: [len(phone.replies()) for phone in phones], [1, 1, 1])


def test_a_closed_window_is_a_persons_matter(shop: Shop) -> None:
    phone = shop.phone("whatsapp")
    shop.fakes.change_number(NUMBER, window_error="status")
    phone.say("I want to talk to a human")
    phone.wait(1)
    desk = shop.desk()
    line = desk.only_line("team")
    desk.post(f"/conversations/{line['id']}/take-over")
    shop.fakes.advance(25 * 3600)
    seen = desk.thread(line["id"])[-1]["id"]
    sent = desk.post(f"/conversations/{line['id']}/messages", text="Still there?", seen=seen)

    def failed() -> bool:
        found = [line for line in desk.said(line_id, "user") if line["id"] == sent["id"]]
        return bool(found) and found[0]["status"] == "failed"

    line_id = line["id"]
    wait_for(failed, "the failed status")
    assert len(phone.replies()) == 1


def test_a_blocked_bot_fails_for_good(shop: Shop) -> None:
    phone = shop.phone("telegram")
    phone.fault(
        "answer", status=403, body={"description": "Forbidden: bot was blocked by the user"}
    )
    phone.say(QUESTION)
    desk = shop.desk()
    line = desk.only_line()
    wait_for(
        lambda: [m["status"] for m in desk.said(line["id"], "assistant")] == ["failed"],
        "the failure",
    )
    assert len(shop.fakes.calls("telegram", "sendMessage")) == 1


# -- the way in --------------------------------------------------------------------------------


def body_of(channel: str, text: str = QUESTION) -> bytes:
    if channel == "telegram":
        chat = {"id": 77, "type": "private", "first_name": "Robin"}
        message = {"message_id": 5, "from": {**chat, "is_bot": False}, "chat": chat, "date": 1}
        return json.dumps({"update_id": 9, "message": {**message, "text": text}}).encode()
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": NUMBER, "display_phone_number": "15550100000"},
        "contacts": [{"profile": {"name": "Robin"}, "wa_id": "491555000009"}],
        "messages": [
            {
                "from": "491555000009",
                "id": "wamid.X",
                "timestamp": "1790000000",
                "type": "text",
                "text": {"body": text},
            }
        ],
    }
    change = {"field": "messages", "value": value}
    entry = {"id": "1", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


@pytest.mark.parametrize("signature", ["wrong", "none"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_forged_webhook_leaves_no_trace(shop: Shop, channel: str, signature: str) -> None:
    account = shop.phone(channel).account
    status, body = shop.fakes.post(channel, account, body_of(channel), signature)
    assert status == 403
    assert "Robin" not in body
    assert shop.fakes.post(channel, account, body_of(channel))[0] == 200
    line = shop.desk().only_line()
    assert len(shop.desk().settled(line["id"])) == 1


def test_a_body_beyond_4_mib_is_too_large(shop: Shop) -> None:
    large = b'{"entry": "' + b"x" * (4 * 1024 * 1024) + b'"}'
    assert shop.fakes.post("whatsapp", NUMBER, large)[0] == 413


def test_a_compressed_body_is_not_unpacked(shop: Shop) -> None:
    given = {"content-encoding": "gzip"}
    assert shop.fakes.post("whatsapp", NUMBER, b"\x1f\x8b", **given)[0] == 415


def test_an_unknown_address_is_not_found(shop: Shop) -> None:
    shop.fakes.change_number(NUMBER, webhook=f"{shop.url}/webhooks/whatsapp/{'0' * 32}")
    assert shop.fakes.post("whatsapp", NUMBER, body_of("whatsapp"))[0] == 404


MADE: dict[str, bytes] = {
    "empty": b"",
    "not_json": b"{",
    "array": b"[]",
    "null": b"null",
    "deep": b'{"entry":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "long_number": b'{"update_id":' + b"9" * 5000 + b"}",
    "no_number": b'{"update_id": 7, "message": NaN, "entry": 1e400}',
    "latin1": b'{"message": "\xe9"}',
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_signed_body_is_taken_and_shown_however_malformed(shop: Shop, channel: str) -> None:
    account = shop.phone(channel).account
    for name, body in MADE.items():
        assert shop.fakes.post(channel, account, body)[0] == 200, name
    wait_for(
        lambda: len(shop.desk(ADMIN).get("/inbox")["items"]) >= len(MADE),
        "an administrator to see all of them",
    )
    phone = shop.phone(channel)
    phone.say(QUESTION)
    assert ANSWER in phone.wait(1)[0]


def adversarial() -> list[Path]:
    return sorted((SHARED / "_adversarial").glob("*.json"))


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here: adversarial bodies")
@pytest.mark.parametrize("channel", CHANNELS)
def test_adversarial_bodies_cost_nobody_else_a_message(shop: Shop, channel: str) -> None:
    account = shop.phone(channel).account
    statuses: dict[str, Any] = {}
    for file in adversarial():
        statuses[file.name] = shop.fakes.post(channel, account, file.read_bytes())[0]
    assert set(statuses.values()) == {200}, statuses
    phone = shop.phone(channel)
    phone.say(QUESTION)
    assert ANSWER in phone.wait(1)[0]
    assert shop.desk(ADMIN).get("/inbox")["items"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here: signature vectors")
def test_signature_vectors_are_taken_and_refused_as_listed(shop: Shop) -> None:
    vectors = json.loads((SHARED / "_signatures" / "vectors.json").read_text(encoding="utf-8"))
    for vector in vectors["positive"]:
        body = base64.b64decode(vector["body_b64"])
        assert shop.fakes.post("whatsapp", NUMBER, body)[0] == 200, vector["name"]
        good = sign(GRAPH["app_secret"], body)
        for forged in (good.upper(), good[:-1], good.partition("=")[2], "", "sha256=ü"):
            header = {"X-Hub-Signature-256": forged.encode().decode("latin-1")}
            status, _ = shop.fakes.post("whatsapp", NUMBER, body, "none", **header)
            assert status == 403, (vector["name"], forged)
