"""Scaled out: PostgreSQL, Redis, a relay and a Celery worker; Redis dies and forgets everything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from runtime import database
from tests.fakes.client import Fakes, wait_for
from tests.journeys.processes import free_port, prepare
from tests.journeys.shop import QUESTION, TOKEN, assert_ledger_fits, seed

SERVER = os.environ.get("FRONTDESK_TEST_DATABASE", "postgresql://postgres@127.0.0.1:5432/postgres")
MESSAGES = 200
NAME, CUSTOMER = "Quetzalina Canarywright", "777123"

pytestmark = [pytest.mark.scaled, pytest.mark.timeout(400)]


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of a new, empty database."""
    address = SERVER.replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        connection = admin.connect()
    except OperationalError:
        pytest.skip("no PostgreSQL answers at FRONTDESK_TEST_DATABASE")
    name = f"frontdesk_scaled_{os.getpid()}"
    with connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield SERVER.rsplit("/", 1)[0] + f"/{name}"
    database.engine().dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


class Broker:
    """A Redis of our own that keeps nothing on disk."""

    def __init__(self, directory: Path) -> None:
        if shutil.which("redis-server") is None:
            pytest.skip("redis-server is not installed")
        self._directory = directory
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        keep_nothing = ["--save", "", "--appendonly", "no", "--dir", str(self._directory)]
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), *keep_nothing], stdout=subprocess.DEVNULL
        )
        with redis.Redis(port=self.port) as client:
            wait_for(lambda: _answers(client), "Redis")
        # Every command that the broker is given, until it dies.
        with (self._directory / "heard").open("ab") as heard:
            self._monitor = subprocess.Popen(
                ["redis-cli", "-p", str(self.port), "MONITOR"],
                stdout=heard,
                stderr=subprocess.DEVNULL,
            )

    def heard(self) -> str:
        return (self._directory / "heard").read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)
        self._monitor.kill()
        self._monitor.wait(10)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@contextmanager
def command(arguments: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """`frontdesk ...` in a process of its own until the block ends."""
    program = Path(sys.executable).parent / "frontdesk"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(program), *arguments],
            env={**os.environ, **environment},
            stdout=out,
            stderr=out,
        )
        try:
            yield
            assert process.poll() is None, f"frontdesk {arguments[0]} ended: {log.read_text()}"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def sent(fakes: Fakes) -> Counter[str]:
    """How many messages each customer was sent."""
    calls = fakes.calls("telegram", "sendMessage")
    return Counter(str(call["body"]["chat_id"]) for call in calls if call["verdict"] == "accepted")


def test_redis_may_die_and_forget_without_a_lost_or_doubled_answer(
    postgres: str, fakes: Fakes, tmp_path: Path
) -> None:
    broker = Broker(tmp_path)
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    chosen = prepare(tmp_path, fakes, public, database_url=postgres)
    bot = fakes.add_bot(TOKEN)
    seed(fakes)
    environment = {
        "FRONTDESK_DATA_DIR": str(chosen.data_dir),
        "DATABASE_URL": postgres,
        "REDIS_URL": broker.url,
        "FRONTDESK_TELEGRAM_URL": fakes.url,
        "FRONTDESK_GRAPH_URL": fakes.url,
        "PUBLIC_URL": public,
        "FRONTDESK_REPLY_DELAY": "0",
        "LOG_LEVEL": "WARNING",
    }
    serve = ["serve", "--port", str(port), "--workers", "0"]
    try:
        with (
            command(serve, environment, tmp_path / "serve.log"),
            command(["relay"], environment, tmp_path / "relay.log"),
            command(["worker", "--threads", "8"], environment, tmp_path / "worker.log"),
        ):
            wait_for(lambda: fakes.calls("telegram", "setWebhook"), "the first job", 90)
            for number in range(MESSAGES):
                fakes.say("telegram", bot, f"{CUSTOMER}{number:03}", QUESTION, name=NAME)
                if number == MESSAGES // 2:
                    wait_for(lambda: len(sent(fakes)) >= 10, "the first answers", 60)
                    broker.kill()
                    time.sleep(1)
                    broker.start()
            wait_for(lambda: len(sent(fakes)) == MESSAGES, "all answers", 240)
            wait_for(lambda: fakes.pending() == 0, "all webhooks")
            time.sleep(2)  # whatever was announced twice would show now
    finally:
        broker.kill()
    assert set(sent(fakes).values()) == {1}
    told = broker.heard()
    assert "runtime.run" in told
    assert not [word for word in (QUESTION, NAME, "item back", CUSTOMER) if word in told]
    assert fakes.violations() == []
    assert_ledger_fits()
