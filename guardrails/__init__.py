"""Nothing personal leaves for a model; nothing unsafe comes back."""

from __future__ import annotations
