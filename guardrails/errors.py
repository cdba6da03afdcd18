"""Why a turn cannot be answered by a model."""

from __future__ import annotations

from typing import Literal

from runtime.errors import AppError

Reason = Literal[
    "timeout", "throttled", "server", "garbage", "refusal", "masking", "limit", "unreachable"
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

    reason: Reason = "masking"
