"""A real server process with a fresh demo shop, and Chromium in front of it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # no stubs
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import missing

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts"
ANA = "ana.ribeiro@nordwind.example"
JONAS = "jonas.feld@nordwind.example"
START_WITHIN = 180
_LOGIN = re.compile(r"(\S+@nordwind\.example)\s*\S\s*(\S+)")
_GONE = "net::ERR_"
"""How Chromium logs that a request found no server: expected while we restart it."""


@dataclass
class Server:
    """`frontdesk demo` on a port of its own; it can be killed and started again."""

    folder: Path
    port: int
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> None:
        program = Path(sys.executable).with_name("frontdesk")
        command = [str(program), "demo", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=dict(self.environment),
            )
        self._wait()
        self.passwords.update(_LOGIN.findall(self._log.read_text(encoding="utf-8")))

    def _wait(self) -> None:
        ends = time.monotonic() + START_WITHIN
        while time.monotonic() < ends:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                if httpx2.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.2)
        pytest.fail("the server did not start:\n" + self._log.read_text(encoding="utf-8")[-2000:])

    def kill(self) -> None:
        """End the process as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """A demo shop under `folder`, served until the block ends."""
    own = {"FRONTDESK_DATA_DIR": str(folder / "data"), "NO_COLOR": "1", "COLUMNS": "120"}
    server = Server(folder, free_port(), {**environment, **own})
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; skips where there is none."""
    path = shutil.which("chromium")
    if path is None:
        missing("chromium (apt-get install chromium)")
    switches = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, headless=True, args=switches)
        yield browser
        browser.close()


class Screens:
    """Browser contexts of one test; what their consoles said is judged at the end."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser = browser
        self.server = server
        self.said: list[str] = []
        self._contexts: list[BrowserContext] = []

    def page(self, **options: Any) -> Page:
        """A page in a browser profile of its own."""
        context = self.browser.new_context(**{"locale": "en-GB", **options})
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return page

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and _GONE not in text:
            self.said.append(text)

    def shop(self, **options: Any) -> Page:
        """The demo shop with its chat open."""
        page = self.page(**options)
        page.goto(self.server.url)
        page.get_by_role("button", name="Open the chat").click()
        return page

    def desk(self, who: str = ANA, **options: Any) -> Page:
        """The desk, signed in, with the team's queue."""
        page = self.signed_in(who, "/desk/", **options)
        page.locator(".row, .list .empty").first.wait_for()
        return page

    def signed_in(self, who: str, path: str, width: int = 1440, **options: Any) -> Page:
        """A page of the desk or the console, after signing in."""
        page = self.page(**{"viewport": {"width": width, "height": 900}, **options})
        page.goto(f"{self.server.url}{path}")
        page.get_by_label("E-mail").fill(who)
        page.get_by_label("Password").fill(self.server.passwords[who])
        page.get_by_role("button", name="Sign in").click()
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def say(page: Page, text: str) -> None:
    """Write into the widget and send."""
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def texts(page: Page, author: str = "") -> list[str]:
    """What the widget shows, oldest first."""
    return page.locator(f"support-chat li{author} .text").all_inner_texts()


def serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using a page."""
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {one['help']}" for one in grave]


def picture(page: Page, name: str) -> None:
    """Keep a screenshot for whoever looks at the run."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")
