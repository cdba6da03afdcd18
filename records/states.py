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


class FieldType(StrEnum):
    """What a field takes."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"


class DataClass(StrEnum):
    """How personal what a field holds is."""

    NONE = "none"
    CONTACT = "contact"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    """Health, belief, origin and the like: never in a prompt, a list or the search."""


class Colour(StrEnum):
    """What colour a label has: the screens know them, light and dark."""

    GREY = "grey"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    PURPLE = "purple"


class FollowUpState(StrEnum):
    OPEN = "open"
    WAITING = "waiting"
    DONE = "done"


class ImportState(StrEnum):
    """How far a file with contacts is."""

    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    SET_ASIDE = "set_aside"
    FAILED = "failed"
