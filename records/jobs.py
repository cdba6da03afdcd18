"""The kinds of work of this package."""

from __future__ import annotations

from records import (  # noqa: F401 - they register what two people decide on, and its jobs
    erasing,
    exporting,
    retention,
)
