"""Searching made-up knowledge: `python -m benchmarks --retrieval`.

Every figure that has a limit is taken beside what limits it, query by query, in one process: the
embedding engine and one exact matrix product over as many vectors.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ASKED = 400
"""Questions of a measurement; none is asked twice, so that no cache answers."""
_LINES = (
    # what, the collection, figure, goal
    ("query at 10,000 chunks / (engine + product)", "ten", "ratio", "<= 1.3"),
    ("query at 100,000 chunks in 4 units / (engine + product)", "hundred", "ratio", "<= 2"),
    ("CPU ms a short query, 1,000 chunks", "one", "ms", "<= 4"),
    ("CPU ms a short query, 10,000 chunks", "ten", "ms", ""),
    ("of it engine and product, 10,000 chunks", "ten", "floor ms", ""),
    ("CPU ms a query, 100,000 chunks in 4 units", "hundred", "ms", ""),
    ("of it engine and product, 100,000 chunks", "hundred", "floor ms", ""),
    ("MB the fast setting takes, 10,000 chunks", "ten", "taken MB", "<= 200"),
    ("MB of the whole process, 10,000 chunks", "ten", "RSS MB", ""),
    ("s from start to first answer, 10,000 chunks", "ten", "first s", "< 5"),
    ("of it CPU s", "ten", "first CPU s", ""),
    ("share of right first passages, 10,000 chunks", "ten", "right", ""),
    ("asked while the index was rebuilt and a release went live", "ten", "busy asked", ""),
    ("of them wrong, empty or unavailable", "ten", "busy lost", "0"),
)


def run(*, quick: bool) -> None:
    """Print a Markdown table of what searching costs."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        found: dict[str, dict[str, float]] = {}
        sizes = {"one": (1, 1_000), "ten": (1, 10_000)}
        if not quick:
            sizes["hundred"] = (4, 25_000)
        for size, (units, chunks) in sizes.items():
            folder = Path(name) / size
            _child("prepare", folder, str(units), str(chunks))
            found[size] = _child("measure", folder)
        ten = Path(name) / "ten"
        starts = [_first(ten) for _ in range(3)]
        found["ten"] |= {
            "first s": statistics.median(seconds for seconds, _ in starts),
            "first CPU s": statistics.median(cpu for _, cpu in starts),
        }
        found["ten"] |= _child("busy", ten)
    print("| | measured | goal |\n|---|---|---|")
    for label, size, figure, goal in _LINES:
        if size in found:
            print(f"| {label} | {found[size][figure]:.2f} | {goal} |")


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ, "OMP_NUM_THREADS": "1", "FRONTDESK_DATA_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
    }  # fmt: skip


def _command(act: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.retrieval", act, *more]


def _child(act: str, folder: Path, *more: str) -> dict[str, float]:
    done = subprocess.run(
        _command(act, *more), env=_environment(folder), cwd=ROOT, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _first(folder: Path) -> tuple[float, float]:
    """Seconds until a fresh process has its first answer, and the CPU seconds of it."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        _command("first"), env=_environment(folder), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    taken = time.perf_counter() - begun
    process.communicate()
    return taken, float(line)


@dataclass(frozen=True)
class Asked:
    """A question, its units, and a sentence of the passage that has to come first."""

    units: tuple[int, ...]
    question: str
    answer: str


def _start() -> Path:
    from runtime.start import start

    return start().data_dir


def _questions(folder: Path) -> list[Asked]:
    by_unit = json.loads((folder / "questions.json").read_text(encoding="utf-8"))
    units = tuple(int(unit) for unit in by_unit)
    share = ASKED // len(units)
    return [Asked(units, *pair) for pairs in by_unit.values() for pair in pairs[:share]]


def _prepare(units: int, chunks: int) -> dict[str, float]:
    folder = _start()
    from benchmarks import collection
    from runtime import migrate

    migrate.upgrade()
    made = {unit: collection.fill(unit, chunks, unit) for unit in range(1, units + 1)}
    (folder / "questions.json").write_text(json.dumps(made), encoding="utf-8")
    return {}


def _rss() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.thread_time()
    made = act()
    return (time.thread_time() - begun) * 1000, made


def _measure() -> dict[str, float]:
    folder = _start()
    from benchmarks.floor import Floor
    from knowledge import index, retrieval

    asked = _questions(folder)
    before = _rss()
    retrieval.search(asked[0].units, "hello", language="en")
    taken = _rss()
    rows = sum(len(each.ids) for each in index.serving(asked[0].units))
    floor = Floor(rows)
    ours, theirs, right = [], [], 0
    for number, each in enumerate(asked):
        # the same text would be in the cache: another one, as long
        spent, _ = _timed(partial(floor.search, asked[-number].question + "?"))
        theirs.append(spent)
        spent, found = _timed(partial(_search, each))
        ours.append(spent)
        right += bool(found.passages) and each.answer in found.passages[0].text
    return {
        "ratio": statistics.median(ours) / statistics.median(theirs),
        "ms": statistics.median(ours),
        "floor ms": statistics.median(theirs),
        "taken MB": taken - before,
        "RSS MB": taken,
        "right": right / len(asked),
    }


def _search(asked: Asked) -> Any:
    from knowledge import retrieval

    return retrieval.search(asked.units, asked.question, language="en")


def _answer_first() -> None:
    folder = _start()
    first = _questions(folder)[0]
    found = _search(first)
    assert first.answer in found.passages[0].text
    print(time.process_time(), flush=True)


def _busy() -> dict[str, float]:
    """Ask all the time while the index is built anew, twice, with a release in between."""
    folder = _start()
    from benchmarks import collection
    from knowledge import index

    index.EXACT_BELOW = 5_000  # so that Chroma is asked
    asked = _questions(folder)
    index.rebuild(1)
    over = threading.Event()
    lost: list[str] = []
    count = 0

    def ask() -> None:
        nonlocal count
        while not over.is_set():
            each = asked[count % len(asked)]
            found = _search(each)
            if not found.passages or each.answer not in found.passages[0].text:
                lost.append(found.state)
            count += 1

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        index.rebuild(1)
        collection.release(1, 40)
        index.synchronise(1)
        index.rebuild(1)
    finally:
        over.set()
        asking.join()
    return {"busy asked": count, "busy lost": len(lost)}


def main(arguments: Sequence[str]) -> None:
    act, *more = arguments
    if act == "first":
        _answer_first()
        return
    acts: dict[str, Callable[[], dict[str, float]]] = {
        "prepare": lambda: _prepare(*map(int, more)), "measure": _measure, "busy": _busy,
    }  # fmt: skip
    print(json.dumps(acts[act]()))


if __name__ == "__main__":
    main(sys.argv[1:])
