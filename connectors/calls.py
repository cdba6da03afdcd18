"""Calls to platforms over one shared HTTP client, with faults sorted by what they mean."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import httpx2

from connectors.channel import ChannelError, ErrorKind
from connectors.wire import mapping
from runtime import settings

_NOT_WRITTEN = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
"""After these nothing was sent: trying again cannot double anything."""

LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform answered: the HTTP status and the JSON object, empty when it was none."""

    status: int
    body: dict[str, Any]
    retry_after: timedelta | None


@cache
def _client() -> httpx2.Client:
    made = httpx2.Client(
        follow_redirects=False,
        limits=httpx2.Limits(max_connections=100, max_keepalive_connections=20),
    )
    atexit.register(made.close)
    return made


def post(
    url: str,
    payload: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
    wait: float = 0,
) -> Answer:
    """Post JSON. `wait` is how many seconds the platform may take beyond the usual.

    Raises `ChannelError`: transient when nothing was written, unknown when no answer came after.
    """
    limit = settings.current().channel_timeout
    try:
        response = _client().post(
            url, json=dict(payload), headers=dict(headers or {}), timeout=limit + wait
        )
    except _NOT_WRITTEN:
        raise ChannelError(ErrorKind.TRANSIENT, "unreachable") from None
    except (httpx2.TransportError, httpx2.DecodingError):
        raise ChannelError(ErrorKind.UNKNOWN, "no_answer") from None
    except httpx2.InvalidURL:
        raise ChannelError(ErrorKind.BAD_REQUEST, "address") from None
    try:
        body = mapping(response.json())
    except (ValueError, RecursionError):
        body = {}
    return Answer(response.status_code, body, pause(response.headers.get("retry-after")))


def pause(seconds: object) -> timedelta | None:
    """How long a platform asks us to wait, at most an hour; None when it does not say."""
    given = str(seconds) if isinstance(seconds, (int, str)) else ""
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        return None
    return min(timedelta(seconds=int(given)), LONGEST_PAUSE)
