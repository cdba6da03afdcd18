"""The words for where things stand: identities, conversations and messages."""

from __future__ import annotations

from enum import StrEnum


class Strength(StrEnum):
    """How well an identity is proven."""

    VERIFIED = "verified"
    ASSERTED = "asserted"
    WEAK = "weak"


class Assignee(StrEnum):
    """Who answers next."""

    ASSISTANT = "assistant"
    TEAM = "team"
    USER = "user"


class Author(StrEnum):
    CONTACT = "contact"
    ASSISTANT = "assistant"
    USER = "user"
    SYSTEM = "system"


class Status(StrEnum):
    """Where a message is on its way."""

    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The channel may or may not have it: no answer came after the request was written."""
    WITHDRAWN = "withdrawn"
    """A person took over before it left."""
    INTERNAL = "internal"
    """Notes and events: never sent."""


class Outcome(StrEnum):
    """How a contact's message ended."""

    ANSWERED = "answered"
    HANDED_OVER = "handed_over"
    JOINED = "joined"
