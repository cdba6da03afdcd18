"""The shop, running, with and without a model."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from runtime import settings
from tests.fakes import openai_stub
from tests.fakes.client import Fakes, running
from tests.fakes.openai_stub import Stub
from tests.journeys.browser import Screens, Server, chromium
from tests.journeys.browser import running as serving
from tests.journeys.shop import Shop, open_shop


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for the session: while it runs, nothing else in this process can run an event loop.
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo shop for the tests of one file."""
    with serving(tmp_path_factory.mktemp("house"), os.environ) as found:
        yield found


@pytest.fixture
def screens(browser: Browser, server: Server) -> Iterator[Screens]:
    found = Screens(browser, server)
    yield found
    found.close()
    assert found.said == [], "the console of a page said something"


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
