from __future__ import annotations

from collections.abc import Iterator

import pytest

from admin_api.wiring import connect_parts
from knowledge import embedding, index
from tests.bot.conftest import Shop, shop
from tests.conftest import point_to
from tests.fakes.openai_stub import Stub, running
from tests.proofs.played import looking_up

__all__ = ["shop"]


@pytest.fixture
def model(shop: Shop, configured) -> Iterator[Stub]:
    """One server for chat and for embeddings, which asks for every tool it is offered."""
    from guardrails import gateway

    with running(looking_up) as stub:
        point_to(configured, stub.url, FRONTDESK_EMBEDDING="openai")
        connect_parts()
        embedding.forget()  # what one test has asked, the next one asks again
        index.rebuild()
        stub.requests.clear()
        yield stub
        gateway.close()
