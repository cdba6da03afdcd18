"""A web site on this machine, as good or bad as a test wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What stands at a path. `drip` is how many seconds each byte takes."""

    content: bytes | str = b""
    kind: str = "text/html"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0.0


class Site(ThreadingHTTPServer):
    """Serves `pages` by path with query and remembers what it was `asked`, with the headers."""

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.place}{path}"

    def put(self, path: str, content: bytes | str = b"", **more: Any) -> None:
        self.pages[path] = Answer(content, **more)

    def page(self, path: str, text: str, *links: str, head: str = "") -> None:
        """A page of this text with links to these places."""
        shown = "".join(f'<p>See <a href="{link}">there</a>.</p>' for link in links)
        self.put(
            path,
            f"<html><head><title>{path}</title>{head}</head><body><main><p>{text}</p>{shown}"
            "</main></body></html>",
        )

    def paths(self) -> list[str]:
        """What was asked, without robots.txt and the usual place of a sitemap."""
        return [path for path, _ in self.asked if path not in ("/robots.txt", "/sitemap.xml")]


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        answer = self.server.pages.get(self.path, Answer("no such page", status=404))
        etag = answer.headers.get("ETag")
        if etag and self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
            return
        content = answer.content
        body = content.encode() if isinstance(content, str) else content
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            if not answer.drip:
                self.wfile.write(body)
                return
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(answer.drip)
        except OSError:
            return  # the visitor has had enough

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        return
