"""Connect parts that may not know each other: the one place where that is done."""

from __future__ import annotations

import sys
import threading

import structlog

from access import people
from runtime import nudges
from runtime.database import open_session
from runtime.errors import AppError
from runtime.scope import NOBODY
from runtime.settings import current

log = structlog.get_logger(__name__)


def connect_parts() -> None:
    """Let knowledge screen what is imported, and embed with the gateway where that is chosen.

    From here on this process forgets whoever is erased, wherever that was decided.
    """
    from guardrails.injection import screened_document
    from knowledge import screening

    screening.use_screen(screened_document)
    nudges.listen(_forget_erased)
    if current().embedding != "openai":
        return
    from guardrails import gateway
    from knowledge import embedding

    embedding.use_endpoint(gateway.embed)


def _forget_erased(item: nudges.Nudge) -> None:
    if not item.topic.startswith("erased/"):
        return
    from guardrails import memory
    from knowledge import embedding

    memory.forget(item.unit_id)
    embedding.forget_texts()


def erase_again() -> None:
    """Erase whom a restored backup has brought back, before anybody is served."""
    from records import erasing

    erasing.re_apply()


def disconnect_parts() -> None:
    """Close what is open towards model servers, and let go of the vector index."""
    if "guardrails.gateway" in sys.modules:
        from guardrails import gateway

        gateway.close()
    if "knowledge.chroma" in sys.modules:
        from knowledge import chroma

        chroma.release()


def warm_up() -> None:
    """Load, beside the serving of requests, what the first answer would otherwise wait for."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    from bot import generative
    from knowledge import jobs, retrieval

    try:
        with open_session(NOBODY, read_only=True) as session:
            units = [unit.id for unit in people.units(session)]
        for unit in units:
            retrieval.search([unit], "hello", language="en")
        jobs.check_soon()
        if generative.available():
            generative.warm()
    except AppError as error:
        # The first answer finds out again, and says so.
        log.warning("warm_up.failed", exc_info=error)
