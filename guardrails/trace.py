"""What one turn may cost, and what it has cost so far."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

from guardrails.errors import ModelFailed
from guardrails.mask import Mask


@dataclass(slots=True)
class Trace:
    """The budget and the account of one turn. `deadline` is on the monotonic clock, seconds."""

    unit_id: int
    conversation_id: int | None
    message_id: int | None
    deadline: float
    max_calls: int = 6
    actor: str = "system"
    """The principal in whose name the model is asked, for the ledger: "assistant/1"."""
    policy: str = "policy/0"
    """Which version of the unit's policy the mask follows, for the receipt."""
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    receipt_ids: list[int] = field(default_factory=list)

    def remaining(self) -> float:
        """Seconds left. Raises `ModelFailed` (timeout) when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise ModelFailed("timeout")
        return left

    def spend_call(self) -> float:
        """Count a model call and return the seconds left for it.

        Raises `ModelFailed` (limit or timeout).
        """
        if self.calls >= self.max_calls:
            raise ModelFailed("limit")
        left = self.remaining()
        self.calls += 1
        return left


class Errand(NamedTuple):
    """On whose behalf bytes are about to leave."""

    mask: Mask
    trace: Trace


_errand: ContextVar[Errand | None] = ContextVar("guardrails_errand", default=None)


@contextmanager
def errand(mask: Mask, trace: Trace) -> Iterator[None]:
    """Whatever leaves inside this block leaves under this mask and on this account."""
    token = _errand.set(Errand(mask, trace))
    try:
        yield
    finally:
        _errand.reset(token)


def current() -> Errand | None:
    return _errand.get()
