"""Taking documents in, as a share of the speed of the embedding engine alone.

`python -m benchmarks --ingestion`: texts of the benchmark's own making, the fast engine, SQLite.
Every round runs in a process of its own: the engine on the pieces of all documents, in batches of
32, then a folder of the same documents taken in and the same once more, unchanged. A machine is not
equally fast all the time, hence ratios of one round each, and the engine before and after.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS, SECTIONS = 60, 6
QUICK = 15
BATCH = 32
GOAL = 0.9

Figures = dict[str, float]

_THINGS = [
    "lamp", "kettle", "jacket", "backpack", "blanket", "bicycle", "helmet", "mirror", "carpet",
    "bottle", "tent", "chair", "stove", "filter", "battery", "cable", "charger", "saddle",
]  # fmt: skip
_DEEDS = [
    "repaired", "replaced", "refunded", "collected", "checked", "delivered", "exchanged", "stored",
]  # fmt: skip
_WHEN = [
    "within three working days", "on the same afternoon", "after the payment has arrived",
    "before the end of the month", "as soon as the workshop has answered", "on the next weekday",
]  # fmt: skip
_WHO = ["Our workshop", "The shop in the city", "The carrier", "A colleague", "The service desk"]


def document(number: int) -> str:
    """Markdown with headings, prose, a list and a table; the same for the same number."""
    dice = random.Random(number)
    parts = [f"# The {dice.choice(_THINGS)} handbook, number {number}"]
    for section in range(SECTIONS):
        thing = dice.choice(_THINGS)
        parts.append(f"## What to know about the {thing}, part {section + 1}")
        parts += [" ".join(_sentence(dice) for _ in range(6)) for _ in range(2)]
        parts.append("\n".join(f"- {_sentence(dice)}" for _ in range(3)))
    rows = [f"| {dice.choice(_THINGS)} | {dice.randint(5, 900)} euro |" for _ in range(8)]
    parts.append("\n".join(["| Thing | Price |", "| --- | --- |", *rows]))
    return "\n\n".join(parts)


def _sentence(dice: random.Random) -> str:
    return (
        f"{dice.choice(_WHO)} says that the {dice.choice(_THINGS)} with number "
        f"{dice.randint(100, 99999)} {dice.choice(('is', 'will be'))} "
        f"{dice.choice(_DEEDS)} {dice.choice(_WHEN)}."
    )


def run(rounds: int, *, quick: bool) -> None:
    """Print the table; a median below the goal is said."""
    count = QUICK if quick else DOCUMENTS
    measured = [_round(count) for _ in range(1 if quick else rounds)]
    first = measured[0]
    print(
        f"{count} documents, {first['pieces']:.0f} pieces of {first['characters']:.0f} characters\n"
    )
    print("| | pieces/s | share of the engine alone (min to max) | the same in CPU time |")
    print("|---|---|---|---|")
    for name, label in (("engine", "engine alone"), ("in", "taken in"), ("again", "unchanged")):
        speed = statistics.median(each["pieces"] / each[name] for each in measured)
        print(
            f"| {label} | {speed:.0f} | {_share(measured, name)} | {_cpu_share(measured, name)} |"
        )
    share = statistics.median(each["engine"] / each["in"] for each in measured)
    print(f"\ngoal, at least {GOAL} of the engine: {'met' if share >= GOAL else 'missed'}")


def _share(measured: list[Figures], name: str, engine: str = "engine") -> str:
    shares = [each[engine] / each[name] for each in measured]
    return f"{statistics.median(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})"


def _cpu_share(measured: list[Figures], name: str) -> str:
    return _share(measured, f"{name} cpu", "engine cpu")


def _round(documents: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="ingestion-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.ingestion", str(documents), folder],
            cwd=ROOT, check=True, capture_output=True, text=True,
            env={
                # without compiled files every start would compile again
                **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
                "OMP_NUM_THREADS": "1", "FRONTDESK_EMBEDDING": "fast",
                "FRONTDESK_DATA_DIR": str(Path(folder) / "data"), "LOG_LEVEL": "WARNING",
            },
        )  # fmt: skip
    figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def measure(documents: int, folder: Path) -> Figures:
    """One round in this process: seconds of the engine alone, taken in, taken in again."""
    from access import people
    from knowledge import chunking, embedding, ingest
    from knowledge.chunking import indexed_text
    from runtime.database import open_session
    from runtime.migrate import upgrade
    from runtime.scope import NOBODY
    from runtime.start import start

    start()
    upgrade()
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(session, "europe", languages=["en"])
    source = folder / "documents"
    source.mkdir()
    texts: list[str] = []
    for number in range(documents):
        text = document(number)
        (source / f"{number}.md").write_text(text, encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        texts += [
            indexed_text(title, piece.heading, text[piece.start : piece.end])
            for piece in chunking.split(text)
        ]
    engine = embedding.engine("fast")
    # what is loaded late is loaded now, as in a server that has been up for a while
    ingest.ingest_text(
        unit, source="before", name="before", title="", text=document(-1), language="en",
        principal=people.system(unit),
    )  # fmt: skip

    def alone() -> None:
        for at in range(0, len(texts), BATCH):
            engine.embed(texts[at : at + BATCH])

    def take_in() -> None:
        reports = ingest.ingest_path(
            unit, source, language="en", source="documents", principal=people.system(unit)
        )
        failed = [report.reason for report in reports if report.state == "failed"]
        assert not failed, failed

    (before, cpu_before), (taken, cpu_taken), (after, cpu_after), (again, cpu_again) = (
        _seconds(act) for act in (alone, take_in, alone, take_in)
    )
    return {
        "pieces": float(len(texts)), "characters": statistics.mean(map(len, texts)),
        "engine": (before + after) / 2, "in": taken, "again": again,
        "engine cpu": (cpu_before + cpu_after) / 2, "in cpu": cpu_taken, "again cpu": cpu_again,
    }  # fmt: skip


def _seconds(act: Callable[[], None]) -> tuple[float, float]:
    """On the clock, and of computing, that of ended children included."""
    begun, burned = time.perf_counter(), sum(os.times()[:4])
    act()
    return time.perf_counter() - begun, sum(os.times()[:4]) - burned


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), Path(sys.argv[2]))))
