"""The only place that calls a model. The guard is the model object itself.

Whatever holds a `GuardedChatModel` (the agent loop, a summariser, structured output) can send
nothing but masked text, for there is no other model to be had.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, TypeVar

import httpx2
import langsmith
import openai
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.exceptions import LangChainException
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    message_chunk_to_message,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_openai import ChatOpenAI
from pydantic import ConfigDict, SecretStr

from guardrails import messages as wire
from guardrails.egress import EgressTransport, NoAsyncTransport, origin
from guardrails.errors import MaskingFailed, ModelFailed, fails_closed
from guardrails.mask import Mask
from guardrails.trace import Trace, current, errand
from runtime import plugins, settings
from runtime.errors import Misconfigured

__all__ = [
    "GuardedChatModel", "MaskingFailed", "ModelFailed", "Trace", "chat_model", "embed", "errand",
    "openai_model",
]  # fmt: skip

T = TypeVar("T")

DEFAULT_URL = "https://api.openai.com/v1"
RETRY_AFTER = 0.5
"""Seconds before the one repetition after a busy or failing server, unless it asks for more."""
EMBED_BATCH = 64
EMBED_DEADLINE = 60.0


class GuardedChatModel(BaseChatModel):
    """A chat model that never sees personal data."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    inner: Any
    mask: Mask
    trace: Trace
    answer_schema: Mapping[str, Any] | None = None
    """JSON Schema that an answer in words has to follow."""

    @property
    def _llm_type(self) -> str:
        return "guarded"

    def bind_tools(
        self, tools: Sequence[Any], **options: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools. Their descriptions are masked like every other text, at each call."""
        bound = self.inner.bind_tools(tools, **options)
        return self.bind(**bound.kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> ChatResult:
        self.trace.spend_call()
        hidden, options = self._hidden(messages, options)
        with errand(self.mask, self.trace):
            answer = self._ask_by_schema(hidden, stop, options)
        wire.check(answer)
        as_json = self.answer_schema is not None or "response_format" in options
        restored = wire.restored(answer, self.mask, as_json=as_json)
        return ChatResult(
            generations=[ChatGeneration(message=restored, generation_info={})],
            llm_output={"token_usage": answer.response_metadata.get("token_usage", {})},
        )

    def _hidden(
        self, messages: list[BaseMessage], options: dict[str, Any]
    ) -> tuple[list[BaseMessage], dict[str, Any]]:
        with fails_closed("mask"):
            return wire.hidden(messages, self.mask), wire.hidden_options(options, self.mask)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Text as it comes, values restored; tool calls and structured output when they are whole.

        Raises `ModelFailed` at the end for an answer that nobody can use.
        """
        self.trace.spend_call()
        hidden, options = self._hidden(messages, options)
        as_json = "response_format" in options
        restorer = self.mask.restorer()
        said = AIMessageChunk(content="")
        for piece in self._pieces(hidden, stop, options):
            said += piece
            text = "" if as_json else restorer.feed(piece.text)
            if text:
                yield ChatGenerationChunk(message=AIMessageChunk(content=text))
        answer = wire.spoken(message_chunk_to_message(said), {})
        wire.check(answer)
        last = wire.restored(answer, self.mask, as_json=as_json)
        text = last.text if as_json else restorer.finish()
        yield ChatGenerationChunk(message=wire.last_chunk(last, text))

    def _pieces(
        self, hidden: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> Iterator[AIMessageChunk]:
        def begin() -> tuple[Iterator[ChatGenerationChunk], ChatGenerationChunk | None]:
            # The errand ends with the sending: between two pieces other code runs.
            with _named_failures(), errand(self.mask, self.trace):
                chunks = self.inner._stream(
                    hidden, stop=stop, stream_usage=True, timeout=self.trace.remaining(), **options
                )
                return chunks, next(chunks, None)

        chunks, chunk = _once_more(begin, self.trace)
        while chunk is not None:
            yield wire.piece(chunk.message, chunk.generation_info or {})
            with _named_failures():
                chunk = next(chunks, None)

    def _ask_by_schema(
        self, hidden: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AIMessage:
        """Call the model with the schema, and without it where the server does not take one."""
        place = _place(settings.current())
        if self.answer_schema is None or place in _without_schemas:
            return self._ask(hidden, stop, options)
        # Not as an option of the client: its own parsing wants every tool to be strict.
        form = {"type": "json_schema", "json_schema": {
            "name": "answer", "strict": True, "schema": dict(self.answer_schema)}}  # fmt: skip
        try:
            return self._ask(hidden, stop, {**options, "extra_body": {"response_format": form}})
        except ModelFailed as failure:
            if failure.reason != "request":
                raise
        answer = self._ask(hidden, stop, options)
        _without_schemas.add(place)
        return answer

    def _ask(
        self, hidden: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AIMessage:
        """Call the model, once more if the server was busy and the deadline leaves room."""

        def call() -> AIMessage:
            with _named_failures():
                # Not `invoke`: it would offer the messages to whatever callbacks are installed.
                result = self.inner._generate(
                    hidden, stop=stop, timeout=self.trace.remaining(), **options
                )
                first = result.generations[0]
                told = (first.generation_info or {}) | (result.llm_output or {})
                return wire.spoken(first.message, told)

        return _once_more(call, self.trace)


_without_schemas: set[tuple[str, str]] = set()
"""Servers and models that refused a request with a schema and took it without."""


def _place(chosen: settings.Settings) -> tuple[str, str]:
    return _url(chosen.model_url), chosen.model_name


def chat_model(
    mask: Mask, *, trace: Trace, schema: Mapping[str, Any] | None = None
) -> BaseChatModel:
    """The configured model, guarded by this mask, on this account.

    `schema` is a JSON Schema for answers in words, given to servers that take one: what comes
    back may still be anything.
    Raises `MaskingFailed` without a mask and `Misconfigured` without a model.
    """
    if not isinstance(mask, Mask):
        raise MaskingFailed("no mask, no model")
    # LangSmith posts raw prompts to its maker when a stray variable switches it on.
    langsmith.configure(enabled=False)
    for stray in ("LANGCHAIN_TRACING", "LANGCHAIN_HANDLER"):
        os.environ.pop(stray, None)  # LangChain refuses to work at all where these are set
    chosen = settings.current()
    if not chosen.has_model:
        raise Misconfigured("no model: set OPENAI_API_KEY or OPENAI_BASE_URL")
    factory: Callable[[settings.Settings], BaseChatModel] = plugins.load("frontdesk.models").get(
        "openai", openai_model
    )
    return GuardedChatModel(inner=factory(chosen), mask=mask, trace=trace, answer_schema=schema)


def openai_model(chosen: settings.Settings) -> BaseChatModel:
    """The OpenAI-compatible model of the settings. Answers only inside `errand`."""
    return _openai_model(_url(chosen.model_url), _key(chosen.model_key), chosen.model_name)


@cache
def _openai_model(url: str, key: str, name: str) -> BaseChatModel:
    # One client per process: a new one for every call costs some 90 ms.
    return ChatOpenAI(
        model=name,
        api_key=SecretStr(key),
        base_url=url,
        temperature=0,
        max_retries=0,
        use_responses_api=False,
        disable_streaming=True,
        cache=False,
        http_client=_http(url),
        http_async_client=httpx2.AsyncClient(transport=NoAsyncTransport()),
    )


@cache
def _http(url: str) -> httpx2.Client:
    client = httpx2.Client(
        transport=EgressTransport(frozenset({origin(httpx2.URL(url))})),
        follow_redirects=False,
        trust_env=False,
    )
    _open.append(client)
    return client


@cache
def _embedder(url: str, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key=key, max_retries=0, http_client=_http(url))


_open: list[httpx2.Client] = []


def close() -> None:
    """Close the connections to model servers; the next call opens new ones."""
    for cached in (_openai_model, _embedder, _http):
        cached.cache_clear()
    while _open:
        _open.pop().close()


def embed(
    texts: Sequence[str], *, mask: Mask | None = None, trace: Trace | None = None
) -> list[list[float]]:
    """Vectors of texts from the configured endpoint; what it sees is masked here.

    Inside `errand` its mask and account are used. Placeholders already in a text stay.
    Raises `ModelFailed` and `MaskingFailed`.
    """
    running = current()
    if running is not None:
        mask, trace = mask or running.mask, trace or running.trace
    account = trace or Trace(0, None, None, time.monotonic() + EMBED_DEADLINE, max_calls=10**9)
    chosen = settings.current()
    client = _embedder(
        _url(chosen.embedding_url or chosen.model_url),
        _key(chosen.embedding_key or chosen.model_key),
    )
    vectors: list[list[float]] = []
    for start in range(0, len(texts), EMBED_BATCH):
        batch_mask = mask or Mask()
        batch = texts[start : start + EMBED_BATCH]
        with fails_closed("mask"):
            hidden = batch_mask.settled(partial(_hidden_again, batch_mask, batch))
        call = partial(_embedded, client, chosen.embedding_model, hidden, account)
        with errand(batch_mask, account):
            vectors += _once_more(call, account)
    return vectors


def _hidden_again(mask: Mask, texts: Sequence[str]) -> list[str]:
    return [mask.hide_again(text) for text in texts]


def _embedded(
    client: openai.OpenAI, model: str, texts: list[str], account: Trace
) -> list[list[float]]:
    with _named_failures():
        answer = client.embeddings.create(
            model=model, input=texts, encoding_format="float", timeout=account.remaining()
        )
        vectors = [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
    if len(vectors) != len(texts) or not all(vectors):
        raise ModelFailed("garbage")
    return vectors


def _once_more(call: Callable[[], T], account: Trace) -> T:
    try:
        return call()
    except ModelFailed as failure:
        pause = failure.retry_after
        if pause is None or account.remaining() < 4 * pause:
            raise
        time.sleep(pause)
        return call()


@contextmanager
def _named_failures() -> Iterator[None]:
    """Turn whatever a client raises into a `ModelFailed` with a code and without any text.

    What our own guard refused stays a `MaskingFailed`.
    """
    try:
        yield
    except (ModelFailed, MaskingFailed):
        raise
    except openai.OpenAIError as error:
        raise _named(error) from None
    except (LangChainException, ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise ModelFailed("garbage") from None


def _named(error: openai.OpenAIError) -> ModelFailed | MaskingFailed:
    cause: BaseException | None = error
    while cause is not None:  # our own transport's errors come wrapped by the client
        if isinstance(cause, ModelFailed | MaskingFailed):
            return cause
        cause = cause.__cause__ or cause.__context__
    match error:
        case openai.APITimeoutError():
            return ModelFailed("timeout")
        case openai.RateLimitError():
            return ModelFailed("throttled", retry_after=_wished(error))
        case openai.ContentFilterFinishReasonError():
            return ModelFailed("refusal")
        case openai.APIConnectionError():
            return ModelFailed("unreachable", retry_after=RETRY_AFTER)
        case openai.APIStatusError():
            if error.status_code in (400, 422) and error.code != "content_filter":
                return ModelFailed("request")
            filtered = error.code == "content_filter"
            if filtered:
                return ModelFailed("refusal")
            again = RETRY_AFTER if error.status_code >= 500 else None
            return ModelFailed("server", retry_after=again)
    return ModelFailed("garbage")


def _wished(error: openai.RateLimitError) -> float:
    """Seconds a busy server asks to be left alone."""
    try:
        return max(RETRY_AFTER, float(error.response.headers.get("retry-after", "0")))
    except ValueError:
        return EMBED_DEADLINE  # a date: too far away for a customer who waits


def _url(url: object | None) -> str:
    return str(url) if url is not None else DEFAULT_URL


def _key(key: SecretStr | None) -> str:
    return key.get_secret_value() if key is not None else "none"
