"""Recognisers: each knows one way in which personal data looks."""

from __future__ import annotations
