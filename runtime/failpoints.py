"""Named places where a test may crash, pause or interleave the code.

In production a failpoint is one dictionary look-up. `FRONTDESK_FAILPOINT=name` kills the
process there with SIGKILL, as a power cut would.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

_armed: dict[str, Callable[[], None]] = {}

NAMES = (
    "webhook:stored",
    "job:claimed",
    "job:done",
    "receive:parsed",
    "receive:appended",
    "answer:read",
    "answer:thought",
    "answer:replied",
    "deliver:sending",
    "deliver:sent",
    "deliver:settled",
    "ledger:sequenced",
    "ledger:checkpointed",
)
INGEST = ("ingest:embedded", "ingest:written", "ingest:stored")
"""Places of an import, which the next one completes."""
INDEX = ("index:filled", "index:batch", "release:served")
"""Places of what follows an import: vectors in the background, a release, the index."""
GUARDS = ("guard:mask", "guard:egress", "guard:receipt", "guard:gate", "guard:policy")
"""Places where a guard may fail, which must end with people and nothing sent."""


def failpoint(name: str) -> None:
    """Do what was armed for this place; normally nothing."""
    action = _armed.get(name)
    if action is not None:
        action()


def arm(name: str, action: Callable[[], None]) -> None:
    if name not in (*NAMES, *INGEST, *INDEX, *GUARDS):
        raise ValueError(f"unknown failpoint {name}")
    _armed[name] = action


def disarm() -> None:
    _armed.clear()


def arm_kill(name: str) -> None:
    """Die at this place without any clean-up."""
    arm(name, lambda: os.kill(os.getpid(), signal.SIGKILL))
