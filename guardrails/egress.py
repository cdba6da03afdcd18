"""The last door: looks at the bytes that are about to leave for a model."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx2
import structlog

from guardrails import placeholders, receipts, trace
from guardrails.detectors.checksums import cards, ibans
from guardrails.detectors.structured import Emails
from guardrails.errors import ModelFailed
from guardrails.mask import recognizers
from guardrails.payload import leaves
from guardrails.text import view

log = structlog.get_logger(__name__)

MAX_ANSWER = 4 * 1024 * 1024
"""Bytes of an answer that are read before it counts as garbage."""


class EgressTransport(httpx2.BaseTransport):
    """Sends a request only to the given hosts, only without personal data, only with a receipt."""

    def __init__(self, hosts: frozenset[str], inner: httpx2.BaseTransport | None = None) -> None:
        self._hosts = hosts
        self._inner = inner or httpx2.HTTPTransport(retries=0)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        errand = trace.current()
        if errand is None:
            raise _refusal("no mask")
        body = request.read()
        host = origin(request.url)
        if host not in self._hosts:
            raise _refusal("foreign host")
        _inspect(body, errand)
        account = errand.trace
        receipt = receipts.write(
            account, body, host=host, model=_model(body), counts=errand.mask.counts
        )
        begun = time.monotonic()
        status = "failed"
        usage: dict[str, int] = {}
        try:
            response = self._send(request, body, account)
            status, usage = str(response.status_code), _usage(response.content)
            return response
        finally:
            spent = usage.get("prompt_tokens"), usage.get("completion_tokens")
            account.prompt_tokens += spent[0] or 0
            account.completion_tokens += spent[1] or 0
            receipts.complete(
                account,
                receipt,
                status=status,
                ms=int((time.monotonic() - begun) * 1000),
                prompt_tokens=spent[0],
                completion_tokens=spent[1],
            )

    def _send(self, request: httpx2.Request, body: bytes, account: trace.Trace) -> httpx2.Response:
        left = account.remaining()
        # The client says what machine this is; the original request keeps it, the client needs it.
        headers = [
            (name, value)
            for name, value in request.headers.raw
            if not name.lower().startswith((b"x-stainless", b"user-agent", b"accept-encoding"))
        ]
        headers.append((b"accept-encoding", b"identity"))  # what is read is what is counted
        sent = httpx2.Request(request.method, request.url, headers=headers, content=body)
        sent.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), left)
        response = self._inner.handle_request(sent)
        chunks: list[bytes] = []
        size = 0
        try:
            # The transport's timeout is between two bytes; a server that drips must end, too.
            for chunk in _stream(response):
                chunks.append(chunk)
                size += len(chunk)
                account.remaining()
                if size > MAX_ANSWER or "content-encoding" in response.headers:
                    raise ModelFailed("garbage")
        finally:
            response.close()
        return httpx2.Response(
            response.status_code,
            headers=[
                (name, value)
                for name, value in response.headers.raw
                if name.lower() not in (b"transfer-encoding", b"content-length")
            ],
            content=b"".join(chunks),
            request=request,
        )

    def close(self) -> None:
        self._inner.close()


class NoAsyncTransport(httpx2.AsyncBaseTransport):
    """There is no asynchronous way out: the guarded model runs the synchronous one in a thread."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        raise _refusal("no asynchronous way out")


def origin(url: httpx2.URL) -> str:
    """Host, and the port where one is written."""
    return url.host if url.port is None else f"{url.host}:{url.port}"


def _stream(response: httpx2.Response) -> Iterator[bytes]:
    if not isinstance(response.stream, httpx2.SyncByteStream):
        raise ModelFailed("garbage")
    yield from response.stream


def _refusal(reason: str, count: int = 0) -> ModelFailed:
    log.error("egress.refused", reason=reason, count=count)
    return ModelFailed("masking", "a request to the model was held back")


def _inspect(body: bytes, errand: trace.Errand) -> None:
    """Refuse a body in which a known or an unmistakable value still stands."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise _refusal("not text") from None
    kinds = set(errand.mask.residue(text))
    for leaf in leaves(text):
        kinds |= looks_personal(leaf.text) if leaf.said else high_confidence(leaf.text)
    if kinds:
        raise _refusal(f"left in clear: {', '.join(sorted(kinds))}", len(kinds))


def high_confidence(text: str) -> set[str]:
    """Kinds of values in a text that nobody could take for anything else."""
    viewed = view(placeholders.blanked(text)).text
    spans = [*Emails().find(viewed, ""), *cards(viewed), *ibans(viewed)]
    return {span.kind for span in spans}


def looks_personal(text: str) -> set[str]:
    """Kinds of values in what somebody said that have the form of something personal.

    What the mask has seen holds none: it hides by the same forms.
    """
    viewed = view(placeholders.blanked(text)).text
    _, by_form = recognizers()
    return {span.kind for one in by_form for span in one.find(viewed, "")}


def _model(body: bytes) -> str:
    model = json.loads(body).get("model", "")
    return str(model)[:120]


def _usage(answer: bytes) -> dict[str, int]:
    try:
        usage = json.loads(answer)["usage"]
        return {
            name: int(usage[name])
            for name in ("prompt_tokens", "completion_tokens")
            if usage.get(name) is not None
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
