"""`python -m benchmarks [--quick]`: a table in Markdown, and the same as JSON."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import gate, ingestion, ledger, load, machine, masking, product, retrieval
from benchmarks.doubles import Doubles
from benchmarks.load import Target, quantile
from benchmarks.wire import serve

ROOT = Path(__file__).resolve().parent.parent
ARTICLES = ROOT / "demo" / "knowledge" / "europe" / "en"
CONTESTANT, OTHERS = 8790, 8791
SECRET = "benchmark-secret"

Cell = dict[str, float]


def _environment(folder: Path) -> dict[str, str]:
    # Without compiled files every start would compile again.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "OMP_NUM_THREADS": "1",
        "FRONTDESK_DATA_DIR": str(folder / "data"),
        "FRONTDESK_TELEGRAM_URL": f"http://127.0.0.1:{OTHERS}",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{OTHERS}/v1",
        "OPENAI_API_KEY": "sk-benchmark",
        "FRONTDESK_REPLY_DELAY": "0",
        "FRONTDESK_WORKERS": kept.get("FRONTDESK_WORKERS", "32"),
        "LOG_LEVEL": "WARNING",
    }


def _prepare(folder: Path) -> str:
    """Seed one installation; every round starts from a copy. Returns the webhook's path."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.product", "prepare", SECRET, str(ARTICLES)],
        env=_environment(folder), cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip().splitlines()[-1]


@contextmanager
def _running(arguments: list[str], folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A contestant's process and how many seconds it took until it answered."""
    machine.refuse_taken(CONTESTANT)
    begun = time.perf_counter()
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], env=_environment(folder), cwd=ROOT,
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        while not _answers():
            if process.poll() is not None:
                raise SystemExit((folder / "server.log").read_text(encoding="utf-8"))
            time.sleep(0.01)
        yield process, time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(60)


def _answers() -> bool:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", CONTESTANT, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


async def _measure(pid: int, started: float, target: Target, quick: bool) -> Cell:
    doubles = Doubles()
    server = await serve(OTHERS, doubles.handle)
    small, large = (16, 48) if quick else (60, 240)
    await load.run(target, doubles, customers=2, messages=8)  # models and pools load now
    idle = machine.pss_mb(pid)
    cell: Cell = {"start s": started, "PSS idle MB": idle}

    doubles.calls = doubles.prompt_tokens = 0
    one = await load.run(target, doubles, customers=1, messages=small)
    answered = max(1, len(one.reply))
    cell |= {
        "ack p50 ms": quantile(one.ack, 0.5),
        "ack p99 ms": quantile(one.ack, 0.99),
        "reply p50 ms": quantile(one.reply, 0.5),
        "reply p99 ms": quantile(one.reply, 0.99),
        "model calls / message": doubles.calls / answered,
        "prompt tokens / message": doubles.prompt_tokens / answered,
    }
    burned = machine.cpu_seconds(pid)
    busy = await load.run(target, doubles, customers=16, messages=large)
    cell |= {
        "CPU ms / message": (machine.cpu_seconds(pid) - burned) * 1000 / max(1, len(busy.reply)),
        "ack p50 ms, 16": quantile(busy.ack, 0.5),
        "ack p99 ms, 16": quantile(busy.ack, 0.99),
        "msg/s, 16, 0 ms model": busy.per_second,
    }
    doubles.delay = 0.3
    slow = await load.run(target, doubles, customers=16, messages=large)
    cell |= {
        "msg/s, 16, 300 ms model": slow.per_second,
        "reply p50 ms, 16, 300 ms model": quantile(slow.reply, 0.5),
        "PSS after MB": machine.pss_mb(pid),
        "lost": float(one.lost + busy.lost + slow.lost),
    }
    server.close()
    return cell


def _limit(folder: Path, quick: bool) -> Cell:
    folder.mkdir()
    arguments = [str(folder), str(ARTICLES), str(CONTESTANT), SECRET, f"http://127.0.0.1:{OTHERS}"]
    with _running(["benchmarks.limit", *arguments], folder) as (process, started):
        target = Target(CONTESTANT, "/hook", SECRET)
        return asyncio.run(_measure(process.pid, started, target, quick))


def _product(seeded: Path, folder: Path, path: str, quick: bool) -> Cell:
    shutil.copytree(seeded, folder)
    arguments = ["benchmarks.product", "serve", str(CONTESTANT)]
    with _running(arguments, folder) as (process, started):
        target = Target(CONTESTANT, path, SECRET)
        return asyncio.run(_measure(process.pid, started, target, quick))


def _profile(folder: Path, path: str) -> None:
    """One thread, the doubles in another: where a message's time goes."""

    async def others() -> None:
        await (await serve(OTHERS, Doubles().handle)).serve_forever()

    threading.Thread(target=asyncio.run, args=(others(),), daemon=True).start()
    subprocess.run(
        [sys.executable, "-m", "benchmarks.product", "profile", SECRET, path],
        env=_environment(folder), cwd=ROOT, check=True,
    )  # fmt: skip


def _table(ours: list[Cell], floor: list[Cell]) -> str:
    lines = ["| | ours | limit | ours / limit (min to max) |", "|---|---|---|---|"]
    for name in ours[0]:
        pairs = [(a[name], b[name]) for a, b in zip(ours, floor, strict=True)]
        ratios = [a / b for a, b in pairs if b]
        mine = statistics.median(a for a, _ in pairs)
        theirs = statistics.median(b for _, b in pairs)
        ratio = (
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            if ratios
            else "–"
        )
        lines.append(f"| {name} | {mine:.1f} | {theirs:.1f} | {ratio} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every round's figures here")
    parser.add_argument("--profile", action="store_true", help="only: where the time goes")
    parser.add_argument("--gate", type=Path, help="only: the output gate on these retrieval rows")
    parser.add_argument("--answers", type=Path, help="with --gate: what benchmarks.answers wrote")
    parser.add_argument("--masking", type=Path, help="only: finding on these labelled rows")
    parser.add_argument("--retrieval", action="store_true", help="only: searching knowledge")
    parser.add_argument("--ingestion", action="store_true", help="only: taking documents in")
    parser.add_argument("--ledger", action="store_true", help="only: a million ledger entries")
    parser.add_argument("--entries", type=int, default=1_000_000, help="with --ledger: how many")
    given = parser.parse_args()
    if given.ledger:
        # The server is the one that the tests use; without it SQLite alone is measured.
        ledger.run_all(given.entries, os.environ.get("FRONTDESK_TEST_DATABASE"))
        return
    if given.ingestion:
        ingestion.run(given.rounds, quick=given.quick)
        return
    if given.masking:
        masking.run(given.masking)
        return
    if given.retrieval:
        retrieval.run(quick=given.quick)
        return
    if given.gate:
        gate.run(given.gate, given.answers)
        return
    machine.refuse_taken(CONTESTANT, OTHERS)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        before = machine.state(folder)
        (folder / "seeded").mkdir()
        path = _prepare(folder / "seeded")
        if given.profile:
            _profile(folder / "seeded", path)
            return
        ours, floor = [], []
        for number in range(1 if given.quick else given.rounds):
            floor.append(_limit(folder / f"limit-{number}", given.quick))
            ours.append(_product(folder / "seeded", folder / f"ours-{number}", path, given.quick))
        after = machine.state(folder)
    print(_table(ours, floor))
    for moment, seen in (("before", before), ("after", after)):
        print(
            f"\n{moment}: load {seen.load[0]:.1f} {seen.load[1]:.1f} {seen.load[2]:.1f}, "
            f"fsync p50 {seen.fsync_ms:.2f} ms, fixed loop {seen.loop_ms:.1f} ms", end="",
        )  # fmt: skip
    moved = abs(after.loop_ms / before.loop_ms - 1) > 0.2 or before.load[0] > 1.5
    print("\nthe machine was busy or changed: read ratios only" if moved else "")
    if given.json:
        figures: dict[str, Any] = {
            "ours": ours, "limit": floor,
            "before": dataclasses.asdict(before), "after": dataclasses.asdict(after),
        }  # fmt: skip
        given.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    assert product.TOKEN
    main()
