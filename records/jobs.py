"""The kinds of work of this package."""

from __future__ import annotations

from records import erasing  # noqa: F401 - registers what two people decide on, and its jobs
