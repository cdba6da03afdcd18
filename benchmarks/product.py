"""The product as a contestant: an installation with the demo's English articles, and its server.

    python -m benchmarks.product prepare SECRET ARTICLES           prints the webhook's path
    python -m benchmarks.product serve PORT
    python -m benchmarks.product profile SECRET PATH [MESSAGES]    prints a cProfile

Everything else comes from the product's own settings.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections import Counter
from pathlib import Path

TOKEN = "4242:BenchmarkTokenOfAFakeBot"


def prepare(secret: str, articles: str) -> None:
    from access import people
    from connectors import accounts
    from knowledge import ingest
    from runtime.database import open_session
    from runtime.migrate import upgrade
    from runtime.scope import NOBODY, Scope
    from runtime.start import start

    start()
    upgrade()
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(session, "europe", languages=["en"])
        people.add_assistant(session, name="Ada", units=[unit], languages=["en"])
    system = people.system(unit)
    for file in sorted(Path(articles).glob("*.md")):
        ingest.ingest_text(
            unit, source="articles", name=file.name, title="", language="en", principal=system,
            text=file.read_text(encoding="utf-8"),
        )  # fmt: skip
    with open_session(Scope.of(unit)) as session:
        account = accounts.add_account(
            session, system, unit_id=unit, channel="telegram", name="telegram-eu",
            secrets={"token": TOKEN, "secret_token": secret},
        )  # fmt: skip
    print(f"/webhooks/telegram/{account.endpoint_key}")


def serve(port: str) -> None:
    from admin_api import cli

    cli.app(["serve", "--port", port])


def profile(secret: str, path: str, messages: str = "40") -> None:
    """Take and answer messages in one thread: exact counts, and where the time goes."""
    from sqlalchemy import event

    from benchmarks.load import an_update
    from connectors import inbox
    from runtime import database, jobs
    from runtime.start import start

    start()
    endpoint = path.rpartition("/")[2]
    headers = {"x-telegram-bot-api-secret-token": secret}

    def answer(first: int, count: int) -> None:
        for number in range(first, first + count):
            inbox.accept(endpoint, headers, an_update(90_000_000 + number // 4, number))
            jobs.drain()

    answer(0, 12)
    begun, burned, count = time.perf_counter(), time.process_time(), int(messages)
    answer(12, count)
    wall, cpu = time.perf_counter() - begun, time.process_time() - burned
    counted = Counter[str]()
    engine = database.engine()
    event.listen(engine, "before_cursor_execute", lambda *_: counted.update(["statements"]))
    event.listen(engine, "commit", lambda *_: counted.update(["commits and ends of reading"]))
    sampled = cProfile.Profile()
    sampled.enable()
    answer(12 + count, count)
    sampled.disable()
    print(f"a message in one thread: {wall / count * 1000:.1f} ms, CPU {cpu / count * 1000:.1f} ms")
    print({name: seen / count for name, seen in counted.items()})
    parts = "/(runtime|ledger|access|records|knowledge|guardrails|connectors|bot)/"
    found = pstats.Stats(sampled)
    found.sort_stats("cumtime").print_stats(parts, 60)
    found.sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(*sys.argv[2:])
    elif sys.argv[1] == "profile":
        profile(*sys.argv[2:])
    else:
        serve(*sys.argv[2:])
