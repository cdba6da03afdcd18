"""What a conversation may be about: topics that a grant can be narrowed to (need-to-know)."""

from __future__ import annotations

TOPICS = ("account", "delivery", "loyalty", "order", "payment", "refund")
"""A closed list, sorted; which words tell one is `bot.topics`."""
