"""Structured logs from an allow-list of keys: what is not listed cannot be logged."""

from __future__ import annotations

import logging
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from runtime.errors import AppError

ALLOWED = frozenset(
    {
        "account", "attempt", "bytes", "channel", "checkpoint", "code", "count", "error", "event",
        "frames", "job", "kind", "level", "logger", "method", "name", "ms", "page", "position",
        "reason", "request", "route", "size", "state", "status", "timestamp", "unit", "url_host",
    }
)  # fmt: skip
"""Keys that never hold what a customer said or who a person is."""

NOISY = (
    "alembic",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "openai",
    "chromadb",
    "urllib3",
    "langsmith",
)
"""Libraries that log addresses with secrets in them, or bodies, at INFO and below."""


def _only_allowed(
    _logger: Any, _method: str, record: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {key: value for key, value in record.items() if key in ALLOWED}


def _exceptions_without_messages(
    _logger: Any, _method: str, record: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """An exception's text may quote a customer; its type and frames do not."""
    error = record.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        record["error"] = (
            f"{type(error).__name__}: {error.message}"
            if isinstance(error, AppError)
            else type(error).__name__
        )
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        record["frames"] = [f"{frame.filename}:{frame.lineno}" for frame in frames]
    return record


class _Foreign(logging.Formatter):
    """Records of libraries: logger and level, and the exception's type; never the text."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        named = f" error={type(error).__name__}" if error else ""
        text = f" {record.getMessage()}" if record.name.startswith("uvicorn.error") else ""
        return f"{record.levelname.lower()} {record.name}{text}{named}"


def configure(level: str = "INFO", *, json: bool = False) -> None:
    """Set up logging for this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exceptions_without_messages,
            _only_allowed,
            structlog.processors.JSONRenderer()
            if json
            else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
        ),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(_Foreign())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.INFO, logging.getLevelNamesMapping().get(level.upper(), 20)))
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
