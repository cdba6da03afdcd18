"""Why a turn cannot be answered by a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import structlog

from runtime.errors import AppError
from runtime.failpoints import failpoint

log = structlog.get_logger(__name__)

Reason = Literal[
    "timeout", "throttled", "server", "garbage", "refusal", "limit", "unreachable", "request"
]


class ModelFailed(AppError):
    """The model gave no usable answer; `reason` is a code, the message names no data."""

    status = 503

    def __init__(
        self, reason: Reason, message: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(message or f"the model gave no usable answer ({reason})")
        self.reason: Reason = reason
        self.retry_after = retry_after
        """Seconds after which asking again may help; None where it will not."""


class MaskingFailed(AppError):
    """Personal data could not be hidden for certain, so nothing was sent."""


@contextmanager
def fails_closed(part: Literal["mask", "egress", "receipt", "gate", "policy"]) -> Iterator[None]:
    """Turn whatever goes wrong in a guard into `MaskingFailed`: people answer, nothing leaves.

    What was raised is not passed on: it may quote what was to be hidden.
    """
    try:
        failpoint(f"guard:{part}")
        yield
    except (ModelFailed, MaskingFailed):
        raise
    except Exception as error:  # a guard that fails in any way is a closed door
        log.error("guard.failed", name=part, exc_info=error)
        raise MaskingFailed(f"the {part} could not do its work, so nothing was sent") from None
