"""Where channels deliver messages: store, answer, and let a job do the rest."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.concurrency import run_in_threadpool

from admin_api.deps import open_to
from connectors import inbox

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

LARGEST = 4 * 1024 * 1024
"""Bytes of a delivery; Meta's go up to 3 MB."""


@router.post(
    "/{channel}/{endpoint}",
    status_code=200,
    dependencies=[open_to("platforms: the signature is checked over the raw bytes")],
)
async def receive(channel: str, endpoint: str, request: Request) -> Response:  # noqa: ARG001
    """Take a delivery. 403 forged, 413 too large, 503 while the database is away."""
    if request.headers.get("content-encoding", "identity") != "identity":
        return Response(status_code=415)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return Response(status_code=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    await run_in_threadpool(inbox.accept, endpoint, headers, bytes(body))
    # Telegram would carry out a JSON body as a call: the answer is empty.
    return Response(status_code=200)


@router.get(
    "/{channel}/{endpoint}",
    dependencies=[open_to("platforms: the verify token is checked")],
)
def handshake(channel: str, endpoint: str, request: Request) -> PlainTextResponse:  # noqa: ARG001
    """Meta's challenge when a webhook is registered."""
    return PlainTextResponse(inbox.handshake(endpoint, dict(request.query_params)))
