from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from guardrails.mask import KnownValue, Mask
from guardrails.trace import Trace
from runtime import settings
from tests.conftest import point_to
from tests.fakes.openai_stub import Stub, running

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"

RECORD = (
    KnownValue("PERSON", "Ana Müller-Lima"),
    KnownValue("EMAIL", "ana.lima@mail.example"),
    KnownValue("PHONE", "+49 151 12340001"),
    KnownValue("ADDRESS", "Lindenweg 3, 20095 Hamburg"),
    KnownValue("DOB", "1988-06-13"),
    KnownValue("ORDER_ID", "NL-100201"),
    KnownValue("IBAN", "DE02120300000000202051"),
    KnownValue("CARD", "4111 1111 1111 1111"),
    KnownValue("USER_ID", "analima88"),
)


@pytest.fixture
def mask() -> Mask:
    return Mask(RECORD, "de")


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running() as server:
        yield server


@pytest.fixture
def model(db: Engine, configured: settings.Settings, stub: Stub) -> Iterator[Stub]:
    """A recording model server that the settings point to."""
    from guardrails import gateway

    point_to(configured, stub.url, FRONTDESK_EMBEDDING="openai")
    yield stub
    gateway.close()


def trace(seconds: float = 20, **limits: int) -> Trace:
    return Trace(1, 7, 70, time.monotonic() + seconds, actor="assistant/1", **limits)


def shared(*parts: str) -> Path:
    """Test material that is not part of the repository; skips where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not on this machine")
    return path
