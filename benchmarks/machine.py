"""What the machine was like while measuring."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class State:
    """Load averages, fsync p50 in ms, and a fixed loop in ms."""

    load: tuple[float, float, float]
    fsync_ms: float
    loop_ms: float


def state(folder: Path) -> State:
    return State(os.getloadavg(), _fsync(folder), _loop())


def _fsync(folder: Path) -> float:
    taken = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(40):
            file.write(b"x" * 512)
            begun = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)[len(taken) // 2]


def _loop() -> float:
    best = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        sum(number * number for number in range(200_000))
        best = min(best, (time.perf_counter() - begun) * 1000)
    return best


def refuse_taken(*ports: int) -> None:
    """Raises SystemExit when somebody listens already: a stale server would be measured."""
    for port in ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise SystemExit(f"port {port} is taken: end what listens there first")


def pss_mb(pid: int) -> float:
    """Memory of a process and its children, shared pages counted in parts."""
    total = 0.0
    for one in (pid, *_children(pid)):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) / 1024
    return total


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(number) for number in text.split()]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
