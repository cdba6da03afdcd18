"""The fake platforms in a thread, and everything a test does with them."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import uvicorn

from tests.fakes.app import create_app

T = TypeVar("T")


@contextmanager
def running() -> Iterator[Fakes]:
    """Both platforms on a free port of 127.0.0.1 until the block ends."""
    # without the protocol asyncio would not switch off Nagle: 40 ms a request
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(),
        log_level="critical",
        ws="none",
        loop="asyncio",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="fakes", daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        wait_for(lambda: server.started, "the fake platforms to start")
        with httpx2.Client(base_url=url, timeout=60, trust_env=False) as http:
            yield Fakes(url, http)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def wait_for(look: Callable[[], T], what: str, seconds: float = 20.0) -> T:
    """Look again and again until something is there. Raises AssertionError after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.02)


class Fakes:
    """The control side, from a test's point of view."""

    def __init__(self, url: str, http: httpx2.Client) -> None:
        self.url = url
        self._http = http

    def _post(self, path: str, **body: Any) -> Any:
        answer = self._http.post(f"/_ctl{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def _get(self, path: str, **query: Any) -> Any:
        answer = self._http.get(f"/_ctl{path}", params=query)
        answer.raise_for_status()
        return answer.json()

    def add_bot(self, token: str, username: str = "fake_bot") -> str:
        """A Telegram bot; returns its id."""
        return str(self._post("/telegram/bots", token=token, username=username)["id"])

    def revoke_bot(self, account: str) -> None:
        self._post(f"/telegram/bots/{account}/revoke")

    def block(self, account: str, user: str) -> None:
        self._post(f"/telegram/bots/{account}/block/{user}")

    def add_number(self, account: str, **values: Any) -> None:
        """A WhatsApp number: token, app_secret, verify_token, webhook."""
        self._post("/whatsapp/numbers", id=account, **values)

    def change_number(self, account: str, **values: Any) -> None:
        self._http.patch(f"/_ctl/whatsapp/numbers/{account}", json=values).raise_for_status()

    def handshake(self, account: str, token: str) -> bool:
        path = f"/_ctl/whatsapp/numbers/{account}/handshake"
        return bool(self._http.post(path, params={"token": token}).raise_for_status().json())

    def telegram(self, token: str, method: str, **body: Any) -> httpx2.Response:
        """Call the Bot API as a product would."""
        return self._http.post(f"/bot{token}/{method}", json=body)

    def graph(self, account: str, token: str, body: Any, version: str = "v25.0") -> httpx2.Response:
        """Send on WhatsApp as a product would."""
        return self._http.post(
            f"/{version}/{account}/messages",
            json=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    def say(self, channel: str, account: str, user: str, text: str = "", **more: Any) -> Any:
        """A user writes; returns the update or message as the platform made it."""
        return self._post("/say", channel=channel, account=account, user=user, text=text, **more)

    def fault(self, channel: str, method: str, action: str, **more: Any) -> None:
        self._post("/fault", channel=channel, method=method, action=action, **more)

    def reset(self) -> None:
        """A new world: no bots, no numbers, no clock moved, nothing seen."""
        self._post("/reset")

    def heal(self) -> None:
        self._http.delete("/_ctl/fault").raise_for_status()

    def deliver(self, **changes: Any) -> None:
        self._post("/deliver", **changes)

    def release(self, account: str, *, shuffle: bool = False, batch: int = 1) -> None:
        self._post("/release", account=account, shuffle=shuffle, batch=batch)

    def advance(self, seconds: float) -> None:
        self._http.post("/_ctl/clock", params={"seconds": seconds}).raise_for_status()

    def post(
        self, channel: str, account: str, body: bytes, signature: str = "good", **headers: str
    ) -> tuple[int, str]:
        """Post any bytes to the product's webhook; status (0: no answer) and body."""
        answer = self._post(
            "/post",
            channel=channel,
            account=account,
            body_b64=base64.b64encode(body).decode(),
            signature=signature,
            headers=headers,
        )
        return answer["status"], answer["body"]

    def calls(self, channel: str, method: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("/calls", channel=channel, method=method)
        return found

    def attempts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("/attempts")
        return found

    def screen(self, channel: str, account: str, user: str) -> list[dict[str, Any]]:
        """What this user sees in the chat, in order: {by: user|business, text, id, at}."""
        found: list[dict[str, Any]] = self._get(
            "/screen", channel=channel, account=account, user=user
        )
        return found

    def replies(self, channel: str, account: str, user: str) -> list[str]:
        """The texts this user has got from the business."""
        lines = self.screen(channel, account, user)
        return [line["text"] for line in lines if line["by"] == "business"]

    def violations(self) -> list[str]:
        found: list[str] = self._get("/violations")
        return found

    def pending(self) -> int:
        return int(self._get("/pending"))
