"""A small shop that answers on Telegram and WhatsApp, with a person at the desk."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import uvicorn
from pydantic import HttpUrl, SecretStr

from access import people
from admin_api.main import create_app
from connectors import accounts
from knowledge import chroma, ingest, releases
from ledger import checkpoints, entries
from runtime import secrets, settings
from runtime.database import open_session
from runtime.scope import NOBODY, Scope
from tests.fakes.client import Fakes, wait_for
from tests.fakes.openai_stub import Stub

TOKEN = "4242:AAExampleTokenOfAFakeBot"
WEBHOOK_SECRET = "hush-hush-hush"
NUMBER = "106540352242922"
GRAPH = {"token": "EAAexampletoken", "app_secret": "0123456789abcdef", "verify_token": "verify-me"}
PASSWORD = "correct horse battery staple"
CLERK, SECOND, ADMIN = "mina@example.org", "tom@example.org", "admin@example.org"

ARTICLES = {
    "Returns": "# Returns\n\nYou can send an item back within 30 days of delivery. Returns are "
    "free in the European Union.\n\n## Refunds\n\nThe money is on your account five working days "
    "after the parcel reached us.",
    "Shipping": "# Shipping\n\nStandard delivery takes three to five working days. Express "
    "orders placed before noon arrive the next day.",
    "Payment": "# Payment\n\nWe accept credit cards, bank transfer and invoices. An invoice is "
    "due fourteen days after delivery.",
    "Warranty": "# Warranty\n\nAll lamps carry a warranty of two years. Batteries are covered "
    "for six months.",
}
QUESTION = "How many days do I have to send an item back?"
ANSWER = "within 30 days of delivery"


@dataclass(frozen=True)
class Phone:
    """A customer's phone on one channel."""

    fakes: Fakes
    channel: str
    account: str
    user: str

    def say(self, text: str, **more: Any) -> Any:
        return self.fakes.say(self.channel, self.account, self.user, text, **more)

    def replies(self) -> list[str]:
        return self.fakes.replies(self.channel, self.account, self.user)

    def wait(self, count: int = 1) -> list[str]:
        """The replies, once there are this many. Raises AssertionError after a while."""
        wait_for(lambda: len(self.replies()) >= count, f"reply {count} on {self.channel}")
        return self.replies()

    def fault(self, action: str, **more: Any) -> None:
        """Let the platform fail at our next message to this customer."""
        method = "sendMessage" if self.channel == "telegram" else "messages"
        self.fakes.fault(self.channel, method, action, user=self.user, **more)


class Desk:
    """What a signed-in user does."""

    def __init__(self, url: str, email: str) -> None:
        self._http = httpx2.Client(
            base_url=f"{url}/api/v1", headers={"Origin": url}, timeout=30, trust_env=False
        )
        self.post("/session", email=email, password=PASSWORD)

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        return self._http.get(path, params=query).raise_for_status().json()

    def try_get(self, path: str) -> httpx2.Response:
        return self._http.get(path)

    def post(self, path: str, **body: Any) -> Any:
        answer = self.try_post(path, **body).raise_for_status()
        return answer.json() if answer.content else None

    def try_post(self, path: str, **body: Any) -> httpx2.Response:
        return self._http.post(path, json=body)

    def only_line(self, queue: str = "all") -> dict[str, Any]:
        """The one conversation of a queue, once it is there."""
        lines = wait_for(
            lambda: self.get("/conversations", queue=queue)["items"], f"a line in {queue}"
        )
        assert len(lines) == 1
        line: dict[str, Any] = lines[0]
        return line

    def thread(self, conversation: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/conversations/{conversation}")["messages"]
        return found

    def said(self, conversation: int, author: str) -> list[dict[str, Any]]:
        return [line for line in self.thread(conversation) if line["author"] == author]

    def settled(self, conversation: int) -> list[dict[str, Any]]:
        """The contact's messages, once each of them has an outcome."""

        def look() -> list[dict[str, Any]]:
            found = self.said(conversation, "contact")
            return found if found and all(line["outcome"] for line in found) else []

        return wait_for(look, "an outcome of every message")


@dataclass(frozen=True)
class Shop:
    """The running product between the fake platforms and the desk."""

    url: str
    fakes: Fakes
    unit: int
    bot: str
    desks: dict[str, Desk]

    def desk(self, email: str = CLERK) -> Desk:
        if email not in self.desks:
            self.desks[email] = Desk(self.url, email)
        return self.desks[email]

    def phone(self, channel: str, user: str = "491555000001") -> Phone:
        return Phone(self.fakes, channel, self.bot if channel == "telegram" else NUMBER, user)

    def webhook(self, channel: str) -> str:
        name = f"{channel}-eu"
        return f"{self.url}/webhooks/{channel}/{accounts.account(name).endpoint_key}"


def seed(fakes: Fakes, *, polling: bool = False) -> int:
    """People, accounts and knowledge, in the process's own database; returns the unit's id."""
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(session, "europe", languages=["en", "de"])
        people.add_team(session, unit, "Support")
        for email, role in ((CLERK, "service"), (SECOND, "service"), (ADMIN, "admin")):
            people.add_user(
                session,
                "system/0",
                email=email,
                name=email.partition("@")[0].title(),
                password=PASSWORD,
                role=role,
                units=[unit],
            )
        people.add_assistant(session, name="Ada", units=[unit], languages=["en", "de"])
    system = people.system(unit)
    for title, text in ARTICLES.items():
        ingest.ingest_text(
            unit,
            source="articles",
            name=f"{title}.md",
            title=title,
            text=text,
            language="en",
            principal=system,
        )
    with open_session(Scope.of(unit)) as session:
        releases.release_now(session, system, unit, note="the shop opens")
        accounts.add_account(
            session,
            system,
            unit_id=unit,
            channel="telegram",
            name="telegram-eu",
            secrets={"token": TOKEN, "secret_token": WEBHOOK_SECRET},
            settings={"mode": "polling"} if polling else {},
        )
        accounts.add_account(
            session,
            system,
            unit_id=unit,
            channel="whatsapp",
            name="whatsapp-eu",
            external_id=NUMBER,
            secrets=GRAPH,
        )
    return unit


@contextmanager
def serving(app_of: Callable[[], Any], listener: socket.socket) -> Iterator[None]:
    """The application on this socket, in a thread."""
    config = uvicorn.Config(
        app_of(), log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="shop", daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started, "the server to start")
        yield
    finally:
        server.should_exit = True
        thread.join(40)
        assert not thread.is_alive()


@contextmanager
def open_shop(
    configured: settings.Settings,
    fakes: Fakes,
    *,
    stub: Stub | None = None,
    polling: bool = False,
    **changes: Any,
) -> Iterator[Shop]:
    """The product in this process, in front of the fakes; `stub` is its model."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    model = {"model_url": HttpUrl(stub.url), "model_key": SecretStr("sk-test")} if stub else {}
    settings.use(
        configured.model_copy(
            update={
                "telegram_url": HttpUrl(fakes.url),
                "graph_url": HttpUrl(fakes.url),
                "public_url": HttpUrl(url),
                "channel_timeout": 1.0,
                **model,
                **changes,
            }
        )
    )
    accounts.forget()
    bot = fakes.add_bot(TOKEN)
    fakes.add_number(NUMBER, **GRAPH)
    shop = Shop(url, fakes, seed(fakes, polling=polling), bot, {})
    with serving(lambda: create_app(embedded_workers=6), listener):
        fakes.change_number(NUMBER, webhook=shop.webhook("whatsapp"))
        try:
            if not polling:
                wait_for(lambda: fakes.calls("telegram", "setWebhook"), "setWebhook")
            yield shop
        finally:
            for desk in shop.desks.values():
                desk.close()
            # An open long poll would hold a worker: a second poller ends it.
            if polling:
                fakes.telegram(TOKEN, "getUpdates", timeout=0)
    listener.close()
    chroma.release()
    assert fakes.violations() == []
    assert_ledger_fits()


def assert_ledger_fits() -> None:
    """Every entry has its place, and the chain is that of the signed checkpoints."""
    with open_session(NOBODY) as session:
        while entries.sequence_pending(session) == entries.BATCH:
            session.flush()
    signed = checkpoints.read(settings.current().checkpoints())
    with open_session(NOBODY, read_only=True) as session:
        finding = checkpoints.verify(session, signed, secrets.keys().signing.public_key())
    assert finding is None, finding.text


def stays(look: Callable[[], Any], expected: Any, seconds: float = 1.0) -> None:
    """Nothing more happens: what is looked at stays as it is."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert look() == expected
        time.sleep(0.05)
