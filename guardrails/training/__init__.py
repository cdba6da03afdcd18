"""How the tagger is made from labelled text. Nothing here runs in the product."""

from __future__ import annotations
