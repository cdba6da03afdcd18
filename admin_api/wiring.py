"""Connect parts that may not know each other: the one place where that is done."""

from __future__ import annotations

from runtime.settings import current


def connect_parts() -> None:
    """Give knowledge the gateway's embedding where an endpoint is configured."""
    if current().embedding != "openai":
        return
    from guardrails import gateway
    from knowledge import embedding

    embedding.use_endpoint(gateway.embed)
