"""The shop, running, with and without a model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from runtime import settings
from tests.fakes import openai_stub
from tests.fakes.client import Fakes, running
from tests.fakes.openai_stub import Stub
from tests.journeys.shop import Shop, open_shop


@pytest.fixture(scope="session")
def _platforms() -> Iterator[Fakes]:
    with running() as fakes:
        yield fakes


@pytest.fixture
def fakes(_platforms: Fakes) -> Fakes:
    _platforms.reset()
    return _platforms


@pytest.fixture
def model() -> Iterator[Stub]:
    with openai_stub.running() as stub:
        yield stub


@pytest.fixture
def shop(db: Engine, configured: settings.Settings, fakes: Fakes) -> Iterator[Shop]:
    """No model: answers are quoted."""
    with open_shop(configured, fakes) as shop:
        yield shop


@pytest.fixture
def thinking_shop(
    db: Engine, configured: settings.Settings, fakes: Fakes, model: Stub
) -> Iterator[Shop]:
    """With a model."""
    with open_shop(configured, fakes, stub=model) as shop:
        yield shop
