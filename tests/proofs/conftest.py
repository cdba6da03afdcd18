from __future__ import annotations

from collections.abc import Iterator

import pytest

from admin_api.wiring import connect_parts
from knowledge import index
from runtime import settings
from tests.bot.conftest import Shop, shop
from tests.fakes.openai_stub import Stub, running
from tests.proofs.played import looking_up

__all__ = ["shop"]


@pytest.fixture
def model(shop: Shop, configured) -> Iterator[Stub]:
    """One server for chat and for embeddings, which asks for every tool it is offered."""
    from guardrails import gateway

    with running(looking_up) as stub:
        settings.use(
            settings.Settings(
                _env_file=None,
                data_dir=configured.data_dir,
                reply_delay=0,
                password_memory=64,
                OPENAI_BASE_URL=stub.url,
                OPENAI_API_KEY="sk-made-up",
                FRONTDESK_MODEL="stub-1",
                FRONTDESK_EMBEDDING="openai",
            )
        )
        connect_parts()
        index.rebuild()
        stub.requests.clear()
        yield stub
        gateway.close()
