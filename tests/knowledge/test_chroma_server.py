"""The same answers from a Chroma server; while it is away, from the vectors in the database."""

from __future__ import annotations

import gc
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from knowledge import chroma, index, ingest, retrieval, upkeep
from runtime import jobs, settings
from tests.conftest import serve

QUESTIONS = (
    "How many days do I have to send something back?",
    "What does shipping cost?",
    "My lamp arrived broken",
)


def _ranking(question: str) -> list[int]:
    found = retrieval.search([1], question, limit=4)
    assert found.state == "ok"
    return [passage.chunk_id for passage in found.passages]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = Path(sys.executable).with_name("chroma")
    process = subprocess.Popen(
        [command, "run", "--path", tmp_path / "served", "--port", str(port)],
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
    for _ in range(200):
        try:
            if httpx2.get(f"{url}/api/v2/heartbeat", timeout=1).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    pytest.fail("the Chroma server did not start")


def test_a_server_ranks_as_the_exact_scan_does_and_may_go_away(
    db, configured, editor, write, server, monkeypatch
):
    from tests.knowledge.conftest import SHOP

    ingest.ingest_path(1, write(SHOP), language="en", principal=editor)
    serve()
    exact = [_ranking(question) for question in QUESTIONS]
    url, process = server
    settings.use(configured.model_copy(update={"chroma_url": settings.HttpUrl(url)}))
    monkeypatch.setattr(index, "EXACT_BELOW", 1)
    assert index.rebuild(1) > 0
    jobs.drain()
    index.forget()
    assert upkeep.check(1).state == "ok"
    assert not (configured.data_dir / "chroma").exists()
    assert [_ranking(question) for question in QUESTIONS] == exact
    process.kill()
    process.wait()
    _close_what_chroma_leaves_open()
    assert [_ranking(question) for question in QUESTIONS] == exact
    _close_what_chroma_leaves_open()


def _close_what_chroma_leaves_open() -> None:
    """Chroma 1.5 has no way to close the HTTP connections of its client."""
    import httpx

    chroma.release()
    for each in gc.get_objects():
        if isinstance(each, httpx.Client):
            each.close()
