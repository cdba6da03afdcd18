"""Our own adapters keep the promises that we ask of plugins."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.channel import (
    ChannelAccount,
    ChannelError,
    Chat,
    Content,
    ErrorKind,
    Handle,
    InboundEvent,
    Kind,
    Outbound,
    Sender,
)
from connectors.telegram import Telegram
from connectors.testing import ChannelContract
from connectors.whatsapp import WhatsApp
from runtime import settings
from tests.connectors.samples import (
    BSUID,
    NUMBER,
    PERSON,
    SECRET,
    change,
    encode,
    message,
    signed,
    update,
    webhook,
)

Answer = tuple[int, bytes]


class Platform:
    """A server that answers what it is told; without an answer it hangs up."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Answer | None = None
        self.more: dict[str, str] = {}


@pytest.fixture
def platform(configured: settings.Settings) -> Iterator[Platform]:
    told = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.asked.append((self.path, json.loads(body)))
            told.headers.append({k.lower(): v for k, v in self.headers.items()})
            if told.answer is None:
                self.close_connection = True
                return
            self.send_response(told.answer[0])
            for name, value in {**told.more, "content-length": str(len(told.answer[1]))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.answer[1])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    settings.use(
        configured.model_copy(
            update={"telegram_url": url, "graph_url": url, "channel_timeout": 2.0}
        )
    )
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


TELEGRAM = ChannelAccount(
    1, "telegram-eu", "telegram", 1, secrets={"token": "42:TOP-SECRET", "secret_token": "s3cret"}
)
WHATSAPP = ChannelAccount(
    2,
    "whatsapp-eu",
    "whatsapp",
    1,
    external_id=NUMBER,
    secrets={"access_token": "EAAB-TOP-SECRET", "app_secret": "app-secret"},
)
TAKEN = {
    "telegram": (200, encode({"ok": True, "result": {"message_id": 7}})),
    "whatsapp": (200, encode({"messages": [{"id": "wamid.7"}]})),
}


class TestTelegram(ChannelContract):
    channel = Telegram()
    account = TELEGRAM
    signature = SECRET
    body = encode(update(5, "Hallo"))
    addresses = {"telegram": "5"}  # noqa: RUF012 - a constant of the test
    longest = 4096
    expected = (
        InboundEvent(
            "telegram",
            Kind.MESSAGE,
            "5",
            platform_id="5:5",
            chat=Chat("5"),
            sender=Sender((Handle("telegram", "5"),), "Mia Q"),
            content=Content("text", "Hallo"),
            occurred_at=datetime.fromtimestamp(1_760_000_005, UTC),
            detail={"update": "5", "update_type": "message", "ts": "1760000005"},
            users=("5",),
        ),
    )

    @pytest.fixture(autouse=True)
    def _answering(self, platform: Platform) -> None:
        platform.answer = TAKEN["telegram"]


class TestWhatsApp(ChannelContract):
    channel = WhatsApp()
    account = WHATSAPP
    body = webhook(change(message("wamid.1", "Hallo")))
    signature = signed(body)
    addresses = {"wa_id": PERSON}  # noqa: RUF012 - a constant of the test
    longest = 4096
    expected = (
        InboundEvent(
            "whatsapp",
            Kind.MESSAGE,
            "message:wamid.1",
            account_id=NUMBER,
            platform_id="wamid.1",
            chat=Chat(PERSON),
            sender=Sender((Handle("wa_id", PERSON),), "Mia Quist"),
            content=Content("text", "Hallo"),
            occurred_at=datetime.fromtimestamp(1_760_000_000, UTC),
            detail={"ts": "1760000000"},
            users=(PERSON,),
        ),
    )

    @pytest.fixture(autouse=True)
    def _answering(self, platform: Platform) -> None:
        platform.answer = TAKEN["whatsapp"]


def telegram_says(status: int, words: str = "", **parameters: Any) -> Answer:
    body = {"ok": False, "error_code": status, "description": words, "parameters": parameters}
    return status, encode(body)


def meta_says(status: int, code: int) -> Answer:
    return status, encode({"error": {"message": "no", "type": "OAuthException", "code": code}})


def refusal(platform: Platform, channel: str, answer: Answer | None) -> ChannelError:
    platform.answer = answer
    with pytest.raises(ChannelError) as caught:
        if channel == "telegram":
            Telegram().send(TELEGRAM, Outbound({"telegram": "5"}, "Hi", "r"))
        else:
            WhatsApp().send(WHATSAPP, Outbound({"wa_id": PERSON}, "Hi", "r"))
    return caught.value


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (telegram_says(429, "Too Many Requests", retry_after=14), "throttled_account"),
        (telegram_says(401, "Unauthorized"), "auth"),
        (telegram_says(403, "Forbidden: bot was blocked by the user"), "gone"),
        (telegram_says(400, "Bad Request: chat not found"), "gone"),
        (telegram_says(400, "Bad Request: message is too long"), "bad_request"),
        (telegram_says(500, "Internal Server Error"), "transient"),
        ((502, b"<html>bad gateway</html>"), "transient"),
        ((200, b"<html>welcome to the hotel</html>"), "unknown"),
        ((200, encode({"ok": True, "result": {}})), "unknown"),
        (None, "unknown"),
    ],
)
def test_telegrams_refusals_say_what_to_do(
    platform: Platform, answer: Answer | None, kind: str
) -> None:
    assert refusal(platform, "telegram", answer).kind == kind


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (meta_says(403, 130429), "throttled_account"),
        (meta_says(429, 613), "throttled_account"),
        (meta_says(400, 131056), "throttled_recipient"),
        (meta_says(400, 131047), "window_closed"),
        (meta_says(400, 131026), "gone"),
        (meta_says(401, 190), "auth"),
        (meta_says(403, 200), "auth"),
        (meta_says(500, 131000), "transient"),
        (meta_says(500, 999999), "transient"),
        (meta_says(400, 100), "bad_request"),
        (meta_says(400, 131049), "bad_request"),
        ((503, b""), "transient"),
        ((200, encode({"messages": []})), "unknown"),
        (None, "unknown"),
    ],
)
def test_metas_error_code_decides_not_the_http_status(
    platform: Platform, answer: Answer | None, kind: str
) -> None:
    assert refusal(platform, "whatsapp", answer).kind == kind


def test_a_pause_that_the_platform_asks_for_is_kept(platform: Platform) -> None:
    error = refusal(platform, "telegram", telegram_says(429, "", retry_after=14))
    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == 14
    platform.more = {"retry-after": "7"}
    error = refusal(platform, "whatsapp", meta_says(429, 4))
    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == 7


def test_a_platform_that_cannot_be_reached_has_taken_nothing(
    configured: settings.Settings,
) -> None:
    settings.use(configured.model_copy(update={"telegram_url": "http://127.0.0.1:9"}))
    with pytest.raises(ChannelError) as caught:
        Telegram().send(TELEGRAM, Outbound({"telegram": "5"}, "Hi", "r"))
    assert caught.value.kind is ErrorKind.TRANSIENT


def test_no_error_shows_a_token_an_address_or_a_word(platform: Platform) -> None:
    for channel in ("telegram", "whatsapp"):
        for answer in (telegram_says(400, "TOP-SECRET"), meta_says(400, 100), None):
            error = refusal(platform, channel, answer)
            told = f"{error!r} {error} {error.__cause__}"
            assert not [word for word in ("TOP-SECRET", PERSON, "Hi") if word in told]


def test_an_account_never_shows_its_secrets() -> None:
    assert "SECRET" not in repr(TELEGRAM)
    assert "SECRET" not in repr(WHATSAPP)


def test_whatsapp_prefers_the_number_and_knows_how_to_do_without(platform: Platform) -> None:
    contacts = [{"input": "x", "wa_id": PERSON, "user_id": BSUID}]
    platform.answer = (200, encode({"contacts": contacts, "messages": [{"id": "wamid.1"}]}))
    sent = WhatsApp().send(WHATSAPP, Outbound({"wa_id": PERSON, "bsuid": BSUID}, "Hi", "ref"))
    assert sent.addresses == (Handle("bsuid", BSUID), Handle("wa_id", PERSON))
    WhatsApp().send(WHATSAPP, Outbound({"bsuid": BSUID}, "Hi", "ref"))
    (path, first), (_, second) = platform.asked
    assert path == f"/v25.0/{NUMBER}/messages"
    assert (first["to"], second["recipient"]) == (PERSON, BSUID)
    assert first["biz_opaque_callback_data"] == "ref"
    assert platform.headers[0]["authorization"] == "Bearer EAAB-TOP-SECRET"
