"""The fake platforms, and a webhook for them to deliver to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.fakes.client import Fakes, running


class Product:
    """A webhook that remembers what it got and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.url = ""

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture(scope="module")
def _server() -> Iterator[Fakes]:
    with running() as fakes:
        yield fakes


@pytest.fixture
def fakes(_server: Fakes) -> Fakes:
    _server.reset()
    return _server


@pytest.fixture
def product() -> Iterator[Product]:
    with listening() as product:
        yield product


@contextmanager
def listening() -> Iterator[Product]:
    product = Product()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            product.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            status, headers, text = product.answers.pop(0) if product.answers else (200, {}, b"")
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    product.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield product
    server.shutdown()
    server.server_close()
    thread.join()
