"""One page of a site over HTTP, within its limits of bytes and time."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

import httpx2

from runtime.errors import AppError, BadInput
from runtime.outward import Forbidden, OutwardTransport, Resolve, resolve, within

AGENT = "Frontdesk"
_HEADERS = {
    "user-agent": f"{AGENT} (reads pages for a help desk, obeys robots.txt)",
    "accept": "text/html, application/xhtml+xml, application/pdf, text/markdown, */*;q=0.5",
    # nothing else is asked for, so nothing else has to be unpacked
    "accept-encoding": "gzip",
}
_ENDINGS = {
    "text/html": ".html", "application/xhtml+xml": ".html", "application/pdf": ".pdf",
    "text/markdown": ".md", "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}  # fmt: skip
_WRITTEN = (".md", ".pdf", ".docx", ".txt", ".html", ".htm")
_CONNECT, _SILENCE = 10.0, 15.0
"""Seconds until there is a connection; between two bytes."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `headers` have names in lower case; `content` is unpacked."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


class NotFetched(AppError):
    """No answer that can be used; the message says why. `lasting`: it will be so next time."""

    status = 502

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


class Fetch(Protocol):
    """Asks for one address, follows nothing. Raises `NotFetched`."""

    def __call__(
        self, url: str, *, headers: Mapping[str, str], most_bytes: int, seconds: float
    ) -> Fetched: ...


class Fetcher:
    """The `Fetch` of the house: public addresses only, but for `own` (see `runtime.outward`)."""

    def __init__(self, *, own: frozenset[str] | None = None, resolve: Resolve = resolve) -> None:
        self._client = httpx2.Client(
            transport=OutwardTransport(own=own, resolve=resolve),
            headers=_HEADERS,
            follow_redirects=False,
            timeout=httpx2.Timeout(_SILENCE, connect=_CONNECT),
            trust_env=False,
        )

    def __call__(
        self, url: str, *, headers: Mapping[str, str], most_bytes: int, seconds: float
    ) -> Fetched:
        try:
            with within(seconds), self._client.stream("GET", url, headers=headers) as answer:
                names = {name.lower(): value for name, value in answer.headers.items()}
                # a redirect's or an error's text is not wanted
                content = _body(answer, names, most_bytes) if answer.status_code == 200 else b""
                return Fetched(answer.status_code, names, content)
        except Forbidden as error:
            raise NotFetched(f"is not asked: {error.message}", lasting=True) from error
        except httpx2.TimeoutException as error:
            raise NotFetched(f"did not answer within {seconds:.0f} seconds") from error
        except httpx2.ConnectError as error:
            raise NotFetched("cannot be reached: is the address right?") from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise NotFetched("broke the connection") from error
        except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
            raise NotFetched("has an address that cannot be asked", lasting=True) from error

    def close(self) -> None:
        self._client.close()


def kind_of(url: str, answer: Fetched) -> tuple[str, str | None]:
    """(what an answer says it is, the ending that its file gets); None for what cannot be read."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    ending = _ENDINGS.get(kind)
    if kind in ("", "application/octet-stream", "text/plain"):
        written = PurePosixPath(urlsplit(url).path).suffix.lower()
        ending = written if written in _WRITTEN else ending
    return kind if kind.isascii() and len(kind) < 100 else "unknown", ending


def unpacked(content: bytes, most_bytes: int) -> bytes:
    """What gzip has packed. Raises `BadInput` when it is broken or too much."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        made = unpacker.decompress(content, most_bytes + 1)
    except zlib.error:
        raise BadInput("is packed in a way that cannot be unpacked") from None
    if len(made) > most_bytes:
        raise BadInput(_too_large(most_bytes))
    return made


def _body(answer: httpx2.Response, headers: Mapping[str, str], most_bytes: int) -> bytes:
    encoding = headers.get("content-encoding", "identity").strip().lower() or "identity"
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise NotFetched("is packed in a way that was not asked for", lasting=True)
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most_bytes:
        raise NotFetched(_too_large(most_bytes), lasting=True)
    made = bytearray()
    for part in answer.iter_raw():
        made += part
        if len(made) > most_bytes:
            raise NotFetched(_too_large(most_bytes), lasting=True)
    if encoding == "identity":
        return bytes(made)
    try:
        return unpacked(bytes(made), most_bytes)
    except BadInput as error:
        raise NotFetched(error.message, lasting=True) from error


def _too_large(most_bytes: int) -> str:
    return f"is larger than {most_bytes / 2**20:.0f} MB"
