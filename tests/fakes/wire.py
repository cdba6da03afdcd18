"""The connection itself: webhooks out, and lost connections on the way in."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.fakes.world import Attempt, World


class Lines:
    """Outermost ASGI layer: lets a route cut the connection it is answering."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # uvicorn's `receive` belongs to the object that holds the connection
            cycle = getattr(receive, "__self__", None)
            scope["cut"] = getattr(getattr(cycle, "transport", None), "abort", None)

        async def quiet(message: Message) -> None:
            if not scope.get("was_cut"):
                await send(message)

        await self.app(scope, receive, quiet)


def cut(request: Request) -> Response:
    """Drop the connection, as a broken network does; the answer returned is never sent."""
    abort = request.scope["cut"]
    if abort is None:
        raise RuntimeError("only a real server can cut a connection")
    abort()
    return Response(status_code=500)


async def post(
    world: World,
    client: httpx2.AsyncClient,
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    channel: str,
    account: str,
    event: str,
) -> httpx2.Response | None:
    """Post a webhook; None when no answer came. Answers that a platform would act on are noted."""
    sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    started = time.perf_counter()
    answer: httpx2.Response | None = None
    with suppress(httpx2.TransportError):
        answer = await client.post(url, content=body, headers=sent)
    world.attempts.append(
        Attempt(
            channel,
            account,
            event,
            answer.status_code if answer is not None else 0,
            (time.perf_counter() - started) * 1000,
        )
    )
    if answer is not None and answer.is_success and _is_json(answer.content):
        world.violations.append(f"{channel} webhook was answered with a JSON body")
    return answer


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


async def read_parameters(request: Request) -> dict[str, Any]:
    """Query, form or JSON, as both platforms take them. Raises ValueError on a broken body."""
    found: dict[str, Any] = dict(request.query_params)
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json" and body:
        given = json.loads(body)
        if not isinstance(given, dict):
            raise ValueError("not an object")
        found |= given
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        found |= dict(await request.form())
    return found
