"""The last door: looks at the bytes that are about to leave for a model."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import httpx2
import structlog

from guardrails import placeholders, receipts, trace
from guardrails.detectors.checksums import cards, ibans
from guardrails.detectors.structured import Emails
from guardrails.errors import MaskingFailed, ModelFailed, fails_closed
from guardrails.finding import certain
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
        with fails_closed("egress"):
            _inspect(body, str(request.url.raw_path, "ascii"), errand)
        account = errand.trace
        with fails_closed("receipt"):
            receipt = receipts.write(
                account, body, host=host, model=_model(body), counts=errand.mask.counts
            )
        call = _Call(account, receipt)
        try:
            response = self._inner.handle_request(_plain(request, body, account.remaining()))
            call.status = str(response.status_code)
            answer = _Answer(response, call)
            streamed = response.headers.get("content-type", "").startswith("text/event-stream")
            return httpx2.Response(
                response.status_code,
                headers=[
                    (name, value)
                    for name, value in response.headers.raw
                    if name.lower() not in (b"transfer-encoding", b"content-length")
                ],
                request=request,
                **({"stream": answer} if streamed else {"content": b"".join(answer)}),
            )
        except BaseException:
            call.complete()
            raise

    def close(self) -> None:
        self._inner.close()


class _Call:
    """One request that has left, until its receipt says how it ended."""

    def __init__(self, account: trace.Trace, receipt: int) -> None:
        self.account = account
        self.status = "failed"
        self._receipt = receipt
        self._begun = time.monotonic()
        self._open = True

    def complete(self, prompt_tokens: int | None = None, spoken: int | None = None) -> None:
        if not self._open:
            return
        self._open = False
        self.account.prompt_tokens += prompt_tokens or 0
        self.account.completion_tokens += spoken or 0
        receipts.complete(
            self.account,
            self._receipt,
            status=self.status,
            ms=int((time.monotonic() - self._begun) * 1000),
            prompt_tokens=prompt_tokens,
            completion_tokens=spoken,
        )


class _Answer(httpx2.SyncByteStream):
    """The bytes of an answer, within time and size; its end completes the receipt."""

    def __init__(self, response: httpx2.Response, call: _Call) -> None:
        self._response = response
        self._call = call
        self._read = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        try:
            # The transport's timeout is between two bytes; a server that drips must end, too.
            for chunk in _stream(self._response):
                self._read += chunk
                self._call.account.remaining()
                if len(self._read) > MAX_ANSWER or "content-encoding" in self._response.headers:
                    raise ModelFailed("garbage")
                yield chunk
        except BaseException:
            self._call.status = "failed"
            raise
        finally:
            self.close()

    def close(self) -> None:
        self._response.close()
        usage = _usage(bytes(self._read))
        self._call.complete(usage.get("prompt_tokens"), usage.get("completion_tokens"))


def _plain(request: httpx2.Request, body: bytes, seconds: float) -> httpx2.Request:
    """The request without what the client says of this machine: the original keeps it."""
    headers = [
        (name, value)
        for name, value in request.headers.raw
        if not name.lower().startswith((b"x-stainless", b"user-agent", b"accept-encoding"))
    ]
    headers.append((b"accept-encoding", b"identity"))  # what is read is what is counted
    sent = httpx2.Request(request.method, request.url, headers=headers, content=body)
    sent.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    return sent


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


def _refusal(reason: str, count: int = 0) -> MaskingFailed:
    log.error("egress.refused", reason=reason, count=count)
    return MaskingFailed("a request to the model was held back")


def _inspect(body: bytes, path: str, errand: trace.Errand) -> None:
    """Refuse a body or an address in which a known or an unmistakable value still stands.

    Only JSON can be looked into: a form or a file may hold anything, so it stays here.
    """
    try:
        text = body.decode("utf-8")
        json.loads(text or "{}")
    except ValueError:
        raise _refusal("not JSON") from None
    kinds = set(errand.mask.residue(json.dumps({"content": path}))) | high_confidence(path)
    kinds |= set(errand.mask.residue(text))
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
    return certain(view(placeholders.blanked(text)).text)


def _model(body: bytes) -> str:
    asked = json.loads(body or b"{}")
    return str(asked.get("model", "") if isinstance(asked, dict) else "")[:120]


def _usage(answer: bytes) -> dict[str, int]:
    """Tokens as the server counted them, from an answer or from the last event that tells them."""
    events = re.findall(rb"^data: (\{.*\})", answer, re.MULTILINE) or [answer]
    for event in reversed(events):
        try:
            usage = json.loads(event)["usage"]
            return {
                name: int(usage[name])
                for name in ("prompt_tokens", "completion_tokens")
                if usage.get(name) is not None
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return {}
