"""The fake of WhatsApp's Cloud API behaves as the real one is documented to."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fakes.client import Fakes, wait_for
from tests.fakes.conftest import Product
from tests.fakes.graph import bsuid, sign

TOKEN = "4242:AAExampleTokenOfAFakeBot"
NUMBER = "106540352242922"
USER = "491555000001"
SECRETS = {"token": "EAAexample", "app_secret": "s3cret", "verify_token": "hello"}
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "connectors"


def text_to(user: str, body: str = "Hello!", **more: Any) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": user,
        "type": "text",
        "text": {"body": body},
        **more,
    }


@pytest.fixture
def number(fakes: Fakes, product: Product) -> str:
    fakes.add_number(NUMBER, webhook=product.url, **SECRETS)
    return NUMBER


def values(product: Product, kind: str) -> list[dict[str, Any]]:
    return [
        item
        for body in product.bodies()
        for entry in body["entry"]
        for change in entry["changes"]
        for item in change["value"].get(kind, [])
    ]


def test_a_message_arrives_signed_with_phone_and_business_id(
    fakes: Fakes, product: Product, number: str
) -> None:
    fakes.say("whatsapp", number, USER, "Grüße")
    wait_for(lambda: product.got, "the webhook")
    headers, body = product.got[0]
    assert headers["x-hub-signature-256"] == sign("s3cret", body)
    assert b"\\u00fc" in body
    value = json.loads(body)["entry"][0]["changes"][0]["value"]
    assert value["metadata"]["phone_number_id"] == number
    assert value["contacts"][0]["user_id"] == bsuid(USER)
    assert value["messages"][0]["text"]["body"] == "Grüße"


def test_an_accepted_message_is_shown_and_reported(
    fakes: Fakes, product: Product, number: str
) -> None:
    fakes.say("whatsapp", number, USER, "hi")
    given = text_to(USER, biz_opaque_callback_data="row-1")
    answer = fakes.graph(number, "EAAexample", given)
    assert answer.status_code == 200
    assert fakes.replies("whatsapp", number, USER) == ["Hello!"]
    wait_for(lambda: len(values(product, "statuses")) == 2, "the reports")
    reports = values(product, "statuses")
    assert {report["status"] for report in reports} == {"sent", "delivered"}
    assert {report["biz_opaque_callback_data"] for report in reports} == {"row-1"}
    assert {report["id"] for report in reports} == {answer.json()["messages"][0]["id"]}


def test_a_business_id_reaches_the_same_screen(fakes: Fakes, number: str) -> None:
    fakes.say("whatsapp", number, USER, "hi")
    given = {**text_to(USER), "recipient": bsuid(USER)}
    del given["to"]
    assert fakes.graph(number, "EAAexample", given).status_code == 200
    assert fakes.replies("whatsapp", number, USER) == ["Hello!"]


@pytest.mark.parametrize(
    ("token", "account", "status", "code"),
    [("", NUMBER, 401, 104), ("stale", NUMBER, 401, 190), ("EAAexample", "999", 400, 100)],
)
def test_whoever_may_not_send_is_told_so(
    fakes: Fakes, number: str, token: str, account: str, status: int, code: int
) -> None:
    refused = fakes.graph(account, token, text_to(USER))
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "change",
    [
        {"messaging_product": None},
        {"to": None},
        {"text": None},
        {"text": {"body": ""}},
        {"text": {"body": "x" * 4097}},
        {"type": "telepathy"},
        {"biz_opaque_callback_data": "x" * 513},
        {"type": "image", "image": {}},
        {"type": "interactive", "interactive": {"type": "button", "action": {"buttons": []}}},
        {"type": "template", "template": {"name": "hello"}},
    ],
)
def test_a_bad_request_is_refused(fakes: Fakes, number: str, change: dict[str, Any]) -> None:
    fakes.say("whatsapp", number, USER, "hi")
    given = {k: v for k, v in {**text_to(USER), **change}.items() if v is not None}
    refused = fakes.graph(number, "EAAexample", given)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)
    assert fakes.replies("whatsapp", number, USER) == []


def test_the_window_closes_a_day_after_the_users_last_word(
    fakes: Fakes, product: Product, number: str
) -> None:
    fakes.say("whatsapp", number, USER, "hi")
    fakes.advance(24 * 3600 + 1)
    refused = fakes.graph(number, "EAAexample", text_to(USER))
    assert refused.json()["error"]["code"] == 131047
    fakes.change_number(number, window_error="status")
    assert fakes.graph(number, "EAAexample", text_to(USER)).status_code == 200
    wait_for(lambda: values(product, "statuses"), "the failed status")
    assert values(product, "statuses")[0]["errors"][0]["code"] == 131047
    assert fakes.replies("whatsapp", number, USER) == []
    template = {
        **text_to(USER), "type": "template",
        "template": {"name": "hello", "language": {"code": "en"}},
    }  # fmt: skip
    assert fakes.graph(number, "EAAexample", template).status_code == 200


@pytest.mark.parametrize("status", [403, 429])
def test_the_bucket_runs_over(fakes: Fakes, number: str, status: int) -> None:
    fakes.say("whatsapp", number, USER, "hi")
    fakes.change_number(number, per_second=1, bucket_status=status)
    assert fakes.graph(number, "EAAexample", text_to(USER)).status_code == 200
    refused = fakes.graph(number, "EAAexample", text_to(USER))
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, 130429)
    fakes.advance(1)
    assert fakes.graph(number, "EAAexample", text_to(USER)).status_code == 200


def test_one_user_is_not_written_to_too_often(fakes: Fakes, number: str) -> None:
    fakes.say("whatsapp", number, USER, "hi")
    fakes.change_number(number, pair_seconds=6)
    assert fakes.graph(number, "EAAexample", text_to(USER)).status_code == 200
    refused = fakes.graph(number, "EAAexample", text_to(USER))
    assert refused.json()["error"]["code"] == 131056
    fakes.advance(6)
    assert fakes.graph(number, "EAAexample", text_to(USER)).status_code == 200


def test_a_report_names_a_message_whose_answer_was_lost(
    fakes: Fakes, product: Product, number: str
) -> None:
    fakes.say("whatsapp", number, USER, "hi")
    fakes.fault("whatsapp", "messages", "reset")
    with pytest.raises(httpx2.TransportError):
        fakes.graph(number, "EAAexample", text_to(USER, biz_opaque_callback_data="row-9"))
    wait_for(lambda: values(product, "statuses"), "the report")
    assert values(product, "statuses")[0]["biz_opaque_callback_data"] == "row-9"


def test_held_events_come_in_batches(fakes: Fakes, product: Product, number: str) -> None:
    fakes.deliver(hold=True)
    sent = [fakes.say("whatsapp", number, USER, str(n))["id"] for n in range(4)]
    assert product.got == []
    fakes.release(number, shuffle=True, batch=2)
    wait_for(lambda: len(product.got) == 2, "two batches")
    assert {message["id"] for message in values(product, "messages")} == set(sent)


def test_a_failed_webhook_comes_again(fakes: Fakes, product: Product, number: str) -> None:
    product.answers = [(503, {}, b"")]
    fakes.say("whatsapp", number, USER, "hi")
    wait_for(lambda: len(product.got) == 1, "the failure")
    fakes.advance(1)
    wait_for(lambda: len(product.got) == 2, "the retry")


def test_reading_is_acknowledged_without_a_line(fakes: Fakes, number: str) -> None:
    message = fakes.say("whatsapp", number, USER, "hi")
    given = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": message["id"],
        "typing_indicator": {"type": "text"},
    }
    assert fakes.graph(number, "EAAexample", given).json() == {"success": True}
    assert fakes.replies("whatsapp", number, USER) == []


def recorded(pattern: str) -> list[Path]:
    return sorted(SHARED.glob(pattern))


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here: recorded requests")
def test_every_recorded_request_is_accepted(fakes: Fakes, number: str) -> None:
    fakes.say("whatsapp", number, USER, "hi")
    fakes.change_number(number, per_second=10_000)
    files = recorded("whatsapp/openapi-api/messages.post.request.*.json")
    files += recorded("whatsapp/bindambc-api/expectedMessage*.json")
    files += recorded("whatsapp/restfb-api/send-message-*.json")
    assert files
    refused = {}
    for file in files:
        given = json.loads(file.read_text(encoding="utf-8"))
        if "messaging_product" not in given:
            continue  # registers a number
        if "interactive" in given:
            given["type"] = "interactive"  # one of them forgot it
        for name in ("to", "recipient"):
            if name in given:
                given[name] = USER if name == "to" else bsuid(USER)
        answer = fakes.graph(number, "EAAexample", given)
        if answer.status_code != 200:
            refused[file.name] = answer.json()["error"]["error_data"]["details"]
    assert refused == {}


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here: recorded errors")
def test_every_recorded_error_can_be_made(fakes: Fakes, number: str) -> None:
    fakes.add_bot(TOKEN)
    fakes.say("telegram", "4242", "77", "hi")
    for file in recorded("telegram/nutgram-responses/*.json"):
        body = json.loads(file.read_text(encoding="utf-8"))
        if body.get("ok"):
            continue
        fakes.fault("telegram", "sendMessage", "answer", status=body["error_code"], body=body)
        assert fakes.telegram(TOKEN, "sendMessage", chat_id=77, text="a").json() == body
    for file in recorded("whatsapp/openapi-api/messages.post.response.4*.json"):
        body = json.loads(file.read_text(encoding="utf-8"))
        fakes.fault("whatsapp", "messages", "answer", status=400, body=body)
        assert fakes.graph(number, "EAAexample", text_to(USER)).json() == body


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here: signature vectors")
def test_signatures_are_metas() -> None:
    vectors = json.loads((SHARED / "_signatures" / "vectors.json").read_text(encoding="utf-8"))
    for vector in vectors["positive"]:
        meta = vector["meta"]
        body = base64.b64decode(vector["body_b64"])
        assert sign(meta["app_secret"], body) == meta["X-Hub-Signature-256"]
