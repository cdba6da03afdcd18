"""Whatever a library would like to tell its makers, nothing but the configured server is called."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from langsmith import utils as langsmith_utils

from runtime import jobs
from tests.fakes.openai_stub import Stub

_seen: list[str] = []
_watching = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event == "socket.connect":
        address = arguments[1]
        _seen.append(f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _seen.append(f"{event} {arguments[0]}")


sys.addaudithook(_watch)  # cannot be taken away again, so it is switched


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Where this process connects to while every switch for tracing and telemetry is on."""
    global _watching
    for name in (
        "LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING",
        "ANONYMIZED_TELEMETRY", "CHROMA_TELEMETRY", "OTEL_TRACES_EXPORTER",
    ):  # fmt: skip
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", "made-up")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "http://127.0.0.2:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.3:9")
    langsmith_utils.get_env_var.cache_clear()
    _seen.clear()
    _watching = True
    yield _seen
    _watching = False
    langsmith_utils.get_env_var.cache_clear()


def test_an_answer_calls_the_model_server_and_nobody_else(
    shop, model: Stub, connections: list[str]
) -> None:
    said = shop.ask("How long can I return something?")
    jobs.drain()
    host, port = model.url.removeprefix("http://").removesuffix("/v1").split(":")
    assert said is not None
    assert model.requests
    databases = {"127.0.0.1:5432"}  # where the suite runs on PostgreSQL
    assert {one for one in connections if not one.startswith("socket.get")} - databases == {
        f"{host}:{port}"
    }
    assert {one.split()[-1] for one in connections if one.startswith("socket.get")} <= {host}


def test_the_watch_sees_connections(connections: list[str]) -> None:
    with socket.socket() as client, pytest.raises(OSError, match=r".*"):
        client.connect(("127.0.0.1", 9))
    assert connections == ["127.0.0.1:9"]
