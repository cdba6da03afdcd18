"""Real server processes for the journeys that kill them."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from runtime import database, migrate, plugins, secrets, settings
from runtime.settings import Settings
from tests.fakes.client import Fakes, wait_for
from tests.journeys.shop import GRAPH, NUMBER, TOKEN, Shop, seed

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Launcher:
    """One process that forks servers; see `launcher`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.launcher"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._said: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.pid: int | None = None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line)

    def start(self, environment: Mapping[str, str], arguments: list[str], log: Path) -> None:
        assert self._process.stdin is not None
        order = {"environment": dict(environment), "arguments": arguments, "log": str(log)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self.pid = int(self._said.get(timeout=60))

    def ended(self, seconds: float) -> int | None:
        """How the child ended, or None when it still lives after `seconds`."""
        try:
            status = int(self._said.get(timeout=seconds))
        except queue.Empty:
            return None
        self.pid = None
        return status

    def kill(self) -> None:
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            assert self.ended(20) is not None

    def close(self) -> None:
        self.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._reader.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()


@dataclass(frozen=True)
class House:
    """An installation on disk, with the server that serves it and the fakes around it."""

    shop: Shop
    launcher: Launcher
    environment: dict[str, str]
    port: int
    log: Path
    data: Path

    def start(self, **environment: str) -> None:
        arguments = ["serve", "--port", str(self.port), "--workers", "4"]
        self.launcher.start({**self.environment, **environment}, arguments, self.log)

    def is_up(self) -> bool:
        try:
            return httpx2.get(f"{self.shop.url}/healthz", trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False

    def wait_until_up(self) -> None:
        wait_for(self.is_up, "the server to answer")

    def let_leases_run_out(self) -> None:
        """What two minutes of waiting would do."""
        long_ago = "2001-01-01 00:00:00.000000"
        with sqlite3.connect(self.data / "frontdesk.db", timeout=20) as connection:
            connection.execute(
                "UPDATE job SET leased_until = ? WHERE leased_until IS NOT NULL", [long_ago]
            )
            connection.execute(
                "UPDATE job SET run_at = ? WHERE finished_at IS NULL AND every IS NULL"
                " AND kind != 'connectors.resolve_unknown'",
                [long_ago],
            )
        connection.close()


def prepare(directory: Path, fakes: Fakes, public: str, *, database_url: str = "") -> Settings:
    """A migrated, seeded installation under `directory`; leaves it bound to this process."""
    chosen = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=directory / "data",
        database_url=database_url or None,
        telegram_url=fakes.url,
        graph_url=fakes.url,
        public_url=public,
        reply_delay=0,
    )
    chosen.data_dir.mkdir(parents=True)
    settings.use(chosen)
    secrets.use_keys(secrets.load_keys(chosen.keys()))
    plugins.load("frontdesk.tables")
    database.bind(database.make_engine(chosen.database()))
    migrate.upgrade()
    return chosen


@contextmanager
def house(directory: Path, fakes: Fakes, launcher: Launcher, **environment: str) -> Iterator[House]:
    """A prepared installation; its server is not started yet."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    chosen = prepare(directory, fakes, url)
    bot = fakes.add_bot(TOKEN)
    fakes.add_number(NUMBER, **GRAPH)
    shop = Shop(url, fakes, seed(fakes), bot, {})
    fakes.change_number(NUMBER, webhook=shop.webhook("whatsapp"))
    database.engine().dispose()
    variables: dict[str, Any] = {
        "FRONTDESK_DATA_DIR": str(chosen.data_dir),
        "FRONTDESK_TELEGRAM_URL": fakes.url,
        "FRONTDESK_GRAPH_URL": fakes.url,
        "PUBLIC_URL": url,
        "FRONTDESK_REPLY_DELAY": "0",
        "FRONTDESK_CHANNEL_TIMEOUT": "2",
        "FRONTDESK_FAILPOINT": "",
        "OPENAI_BASE_URL": "",
        "OPENAI_API_KEY": "",
        **environment,
    }
    made = House(
        shop, launcher, {k: v for k, v in variables.items() if v or k == "FRONTDESK_FAILPOINT"},
        port, directory / "server.log", chosen.data_dir,
    )  # fmt: skip
    try:
        yield made
    finally:
        launcher.kill()
        for desk in shop.desks.values():
            desk.close()
        database.engine().dispose()
