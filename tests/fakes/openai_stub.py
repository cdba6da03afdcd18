"""A stand-alone server that speaks the OpenAI wire protocol: chat, tools, JSON schema, streams,
embeddings, and every kind of failure, by script. It keeps the body of every request.

    python -m tests.fakes.openai_stub --port 9100 --delay 0.3 --reply "Returns are free."
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DIMENSIONS = 16


@dataclass(frozen=True)
class Reply:
    """What to answer once. `tool_calls` are (name, arguments); `raw` replaces the whole body."""

    content: str | None = None
    tool_calls: tuple[tuple[str, dict[str, Any] | str], ...] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    delay: float = 0.0
    finish_reason: str | None = None
    refusal: str | None = None
    drop: bool = False
    """Close the connection without an answer."""


@dataclass(frozen=True)
class Recorded:
    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that hang up: some tests are about that."""


Answer = Callable[[dict[str, Any]], Reply]


def quoting(body: dict[str, Any]) -> Reply:
    """Answer with the first sentence of the first passage found in the messages."""
    for message in reversed(body.get("messages", [])):
        found = re.search(r'"text":\s*("(?:[^"\\]|\\.)+")', str(message.get("content")))
        if found:
            text = str(json.loads(found[1]))
            return Reply(re.split(r"(?<=[.!?。！？])\s*", text, maxsplit=1)[0])
    return Reply("Thank you for your message.")


class Stub:
    """The server: `requests` in order of arrival, `script` used up before `answer` is asked."""

    def __init__(self, answer: Answer = quoting, delay: float = 0.0, port: int = 0) -> None:
        self.answer = answer
        self.delay = delay
        self.requests: list[Recorded] = []
        self.script: deque[Reply] = deque()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                stub.requests.append(Recorded(self.path, body, dict(self.headers)))
                stub._respond(self, json.loads(body))

            def do_GET(self) -> None:
                stub._send(self, 200, json.dumps({"object": "list", "data": []}).encode(), {})

            def log_message(self, *args: Any) -> None:
                """Say nothing: tests read the recorded requests."""

        self._server = _Server(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.daemon = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def bodies(self) -> list[bytes]:
        return [request.body for request in self.requests]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _respond(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        if handler.path.endswith("/embeddings") and not self.script:
            time.sleep(self.delay)
            self._send(handler, 200, json.dumps(embeddings(body)).encode(), {})
            return
        reply = self.script.popleft() if self.script else self.answer(body)
        time.sleep(self.delay + reply.delay)
        if reply.drop:
            handler.close_connection = True
            return
        if reply.raw is not None:
            self._send(handler, reply.status, reply.raw, reply.headers)
        elif reply.status != 200:
            error = {"error": {"message": "scripted", "type": "error", "code": reply.content}}
            self._send(handler, reply.status, json.dumps(error).encode(), reply.headers)
        elif body.get("stream"):
            self._stream(handler, body, reply)
        else:
            self._send(handler, 200, json.dumps(completion(body, reply)).encode(), reply.headers)

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
    ) -> None:
        try:
            handler.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                handler.send_header(name, value)
            handler.send_header("content-length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True  # the client gave up waiting, as it may

    @staticmethod
    def _stream(handler: BaseHTTPRequestHandler, body: dict[str, Any], reply: Reply) -> None:
        whole = completion(body, reply)
        message = whole["choices"][0]["message"]
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        text = message["content"] or ""
        deltas += [{"content": text[at : at + 3]} for at in range(0, len(text), 3)]
        if "tool_calls" in message:
            calls = [{**call, "index": n} for n, call in enumerate(message["tool_calls"])]
            deltas.append({"tool_calls": calls})
        chunks = [
            {**whole, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}
            for delta in deltas
        ]
        chunks[-1]["choices"][0]["finish_reason"] = whole["choices"][0]["finish_reason"]
        lines = b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks)
        headers = {"content-type": "text/event-stream"}
        Stub._send(handler, 200, lines + b"data: [DONE]\n\n", headers)


def completion(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    """A chat completion; with a JSON schema and no scripted text, the smallest fitting value."""
    wanted = body.get("response_format") or {}
    content = reply.content
    if content is None and wanted.get("type") == "json_schema" and not reply.tool_calls:
        content = json.dumps(smallest(wanted["json_schema"]["schema"]))
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": reply.refusal}
    if reply.tool_calls:
        message["tool_calls"] = [
            {
                "id": f"call_{number}_{len(body.get('messages', []))}",
                "type": "function",
                "function": {
                    "name": name,
                    "arguments": given if isinstance(given, str) else json.dumps(given),
                },
            }
            for number, (name, given) in enumerate(reply.tool_calls)
        ]
    prompt = sum(len(str(item.get("content"))) for item in body.get("messages", [])) // 4
    spoken = len(content or "") // 4 + 1
    return {
        "id": "chatcmpl-stub",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", ""),
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": reply.finish_reason
                or ("tool_calls" if reply.tool_calls else "stop"),
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": spoken,
            "total_tokens": prompt + spoken,
        },
    }


def smallest(schema: dict[str, Any]) -> Any:
    """The smallest value that fits a JSON schema of the common kinds."""
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: smallest(part) for name, part in fields.items()}
        case "array":
            return []
        case "integer" | "number":
            return 0
        case "boolean":
            return False
    return str(schema["enum"][0]) if "enum" in schema else ""


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """Vectors that depend on nothing but the text."""
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    return {
        "object": "list",
        "model": body.get("model", ""),
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": [
                    byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:DIMENSIONS]
                ],
            }
            for index, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": sum(map(len, texts)) // 4, "total_tokens": 0},
    }


@contextmanager
def running(answer: Answer = quoting, delay: float = 0.0) -> Iterator[Stub]:
    """A stub on a free loopback port."""
    stub = Stub(answer, delay)
    stub.start()
    try:
        yield stub
    finally:
        stub.stop()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=9100)
    arguments.add_argument("--delay", type=float, default=0.0)
    arguments.add_argument("--reply")
    given = arguments.parse_args()
    answer: Answer = (lambda _body: Reply(given.reply)) if given.reply else quoting
    stub = Stub(answer, given.delay, given.port)
    stub.start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
