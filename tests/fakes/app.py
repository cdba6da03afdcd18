"""One server with both platforms and a control side for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from tests.fakes import control, graph, telegram
from tests.fakes.wire import Lines
from tests.fakes.world import World

WEBHOOK_TIMEOUT = 30.0


def create_app() -> Lines:
    """A world of its own, served by uvicorn."""
    world = World()
    client = httpx2.AsyncClient(
        timeout=WEBHOOK_TIMEOUT, limits=httpx2.Limits(max_connections=400), trust_env=False
    )
    bots, numbers = telegram.Telegram(world, client), graph.Graph(world, client)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        for task in list(world.tasks):
            task.cancel()
        await client.aclose()

    app = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(control.router(world, bots, numbers), prefix="/_ctl")
    app.include_router(telegram.router(bots))
    app.include_router(graph.router(numbers))
    return Lines(app)
