"""A Chroma server of our own for a test, and how to let go of it."""

from __future__ import annotations

import gc
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from knowledge import chroma


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yield the address and the process of a server that keeps its data in this folder."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = Path(sys.executable).with_name("chroma")
    process = subprocess.Popen(
        [command, "run", "--path", folder, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        yield url, process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            if httpx2.get(f"{url}/api/v2/heartbeat", timeout=1).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    pytest.fail("the Chroma server did not start")


def close_what_is_left_open() -> None:
    """Chroma 1.5 has no way to close the HTTP connections of its client."""
    import httpx

    chroma.release()
    for each in gc.get_objects():
        if isinstance(each, httpx.Client):
            each.close()
