"""Errors the product raises on purpose; everything else is a bug."""

from __future__ import annotations


class AppError(Exception):
    """An expected failure with a message fit for a person. `status` is what HTTP callers see."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(AppError):
    """What was given cannot be used; the message names the field and the fix."""

    status = 422


class NotSignedIn(AppError):
    status = 401


class NotAllowed(AppError):
    status = 403


class NotFound(AppError):
    status = 404


class Conflict(AppError):
    """Somebody else acted first."""

    status = 409


class TooMany(AppError):
    """A limit is reached; `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(AppError):
    """A part that is needed is away; the same call may work later."""

    status = 503


class Misconfigured(AppError):
    """A setting is missing or wrong; the message names it."""
