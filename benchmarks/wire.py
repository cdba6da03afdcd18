"""HTTP for the measuring side, as little of it as possible."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

Handler = Callable[[str, bytes], Awaitable[dict[str, Any]]]
"""Path and body in, JSON out."""


async def _read(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """First line and body of a request or answer. Raises IncompleteReadError at the end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    length = 0
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
    return first, await reader.readexactly(length) if length else b""


async def serve(port: int, handle: Handler) -> asyncio.Server:
    """Answer every request with what `handle` returns, on kept-alive connections."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                first, body = await _read(reader)
                answer = json.dumps(await handle(first.split(" ")[1], body)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    b"content-length: %d\r\n\r\n%b" % (len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return  # the other side left, or the measuring is over
        finally:
            writer.close()

    return await asyncio.start_server(connection, "127.0.0.1", port, limit=2**20)


class Caller:
    """A pool of kept-alive connections to one server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer. Raises ConnectionError or IncompleteReadError."""
        given = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\n{given}"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode() + body
        while self._idle:
            try:
                return await self._exchange(*self._idle.pop(), request)
            except (asyncio.IncompleteReadError, ConnectionError):
                continue  # the server closed it while it was idle
        return await self._exchange(
            *await asyncio.open_connection("127.0.0.1", self._port), request
        )

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> int:
        writer.write(request)
        first, _ = await _read(reader)
        self._idle.append((reader, writer))
        return int(first.split(" ")[1])

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()
