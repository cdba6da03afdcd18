"""Whatever the client can ask a server passes the last door, and nothing else leaves at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai
import pytest

from guardrails import gateway, receipts
from guardrails.egress import EgressTransport, NoAsyncTransport, origin
from guardrails.errors import MaskingFailed, ModelFailed
from guardrails.mask import KnownValue, Mask
from runtime import failpoints
from runtime.database import open_session
from runtime.scope import Scope
from tests.fakes.openai_stub import Reply, Stub
from tests.guardrails.conftest import RECORD, trace
from tests.guardrails.test_gateway import AUDITOR

VALUE = "ana.lima@mail.example"
SAY: list[Any] = [{"role": "user", "content": VALUE}]
CALLS: dict[str, Callable[[openai.OpenAI], Any]] = {
    "chat": lambda c: c.chat.completions.create(model="m", messages=SAY),
    "chat streamed": lambda c: list(
        c.chat.completions.create(model="m", messages=SAY, stream=True)
    ),
    "responses": lambda c: c.responses.create(model="m", input=VALUE),
    "completions": lambda c: c.completions.create(model="m", prompt=VALUE),
    "embeddings": lambda c: c.embeddings.create(model="m", input=[VALUE]),
    "moderations": lambda c: c.moderations.create(input=VALUE),
    "images": lambda c: c.images.generate(model="m", prompt=VALUE),
    "speech": lambda c: c.audio.speech.create(model="m", voice="alloy", input=VALUE),
    "transcriptions": lambda c: c.audio.transcriptions.create(
        model="m", file=("a.wav", b"RIFF"), prompt=VALUE
    ),
    "files": lambda c: c.files.create(file=("a.txt", VALUE.encode()), purpose="assistants"),
    "batches": lambda c: c.batches.create(
        completion_window="24h", endpoint="/v1/embeddings", input_file_id="f",
        metadata={"who": VALUE},
    ),
    "in the address": lambda c: c.models.retrieve(VALUE),
    "in the query": lambda c: c.get("/models", cast_to=object, options={"params": {"q": VALUE}}),
    "escaped in the address": lambda c: c.get("/models/ana%2Elima%40mail.example", cast_to=object),
}  # fmt: skip


@pytest.fixture
def client(model: Stub) -> Iterator[openai.OpenAI]:
    door = EgressTransport(frozenset({origin(httpx2.URL(model.url))}))
    with httpx2.Client(transport=door, trust_env=False) as http:
        yield openai.OpenAI(base_url=model.url, api_key="none", max_retries=0, http_client=http)


@pytest.mark.parametrize("call", CALLS)
def test_no_call_of_the_client_takes_a_value_out(
    client: openai.OpenAI, model: Stub, call: str
) -> None:
    with (
        gateway.errand(Mask(RECORD), trace()),
        pytest.raises(MaskingFailed) as failure,
        gateway._named_failures(),
    ):
        CALLS[call](client)
    assert VALUE not in str(failure.value)
    assert model.requests == []


def test_a_call_without_an_errand_goes_nowhere(client: openai.OpenAI, model: Stub) -> None:
    with pytest.raises(MaskingFailed), gateway._named_failures():
        client.embeddings.create(model="m", input=["hello"])
    assert model.requests == []


def test_there_is_no_asynchronous_way_out(model: Stub) -> None:
    async def call() -> None:
        http = httpx2.AsyncClient(transport=NoAsyncTransport())
        client = openai.AsyncOpenAI(
            base_url=model.url, api_key="none", max_retries=0, http_client=http
        )
        await client.chat.completions.create(model="m", messages=SAY)

    with (
        gateway.errand(Mask(), trace()),
        pytest.raises(MaskingFailed),
        gateway._named_failures(),
    ):
        asyncio.run(call())
    assert model.requests == []


def test_a_call_that_is_clean_leaves_with_a_receipt(client: openai.OpenAI, model: Stub) -> None:
    model.script.append(Reply(raw=b'{"object": "list", "data": []}'))
    with gateway.errand(Mask(RECORD), trace()):
        client.moderations.create(input="hello [EMAIL_1]")
    with open_session(Scope.of(1), read_only=True) as session:
        (receipt,) = receipts.read(session, AUDITOR, conversation_id=7)
    assert receipt.body.encode() == model.bodies[0]


@pytest.mark.parametrize("guard", ["guard:mask", "guard:egress", "guard:receipt"])
@pytest.mark.parametrize("error", [RuntimeError(VALUE), MemoryError(), KeyError()])
def test_whatever_goes_wrong_in_a_guard_nothing_leaves(
    model: Stub, guard: str, error: Exception
) -> None:
    def fail() -> None:
        raise error

    failpoints.arm(guard, fail)
    try:
        for ask in (
            lambda: gateway.chat_model(Mask(RECORD), trace=trace()).invoke("hello, I am new"),
            lambda: list(gateway.chat_model(Mask(RECORD), trace=trace()).stream("hello, I am new")),
            lambda: gateway.embed(["hello, I am new"], mask=Mask(RECORD), trace=trace()),
        ):
            with pytest.raises(MaskingFailed) as failure:
                ask()
            assert VALUE not in str(failure.value)
    finally:
        failpoints.disarm()
    assert model.requests == []


def test_a_known_value_is_looked_for_in_the_protocol_too(
    client: openai.OpenAI, model: Stub
) -> None:
    mask = Mask([KnownValue("ORDER_ID", "NW-204518-XL")])
    with (
        gateway.errand(mask, trace()),
        pytest.raises(MaskingFailed),
        gateway._named_failures(),
    ):
        client.chat.completions.create(model="NW-204518-XL", messages=[])
    assert model.requests == []


def test_an_answer_too_large_or_packed_is_garbage(model: Stub) -> None:
    for reply in (
        Reply(raw=b"x" * (4 * 1024 * 1024 + 1)),
        Reply(raw=b"{}", headers={"content-encoding": "gzip"}),
    ):
        model.script += [reply, reply]
        with pytest.raises(ModelFailed):
            gateway.chat_model(Mask(), trace=trace()).invoke("hello")
