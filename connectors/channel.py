"""What every channel adapter provides, and the words it speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Protocol

from pydantic import TypeAdapter

from runtime import plugins
from runtime.errors import AppError, BadInput

GROUP = "frontdesk.channels"


class Kind(StrEnum):
    """What an inbound event is."""

    MESSAGE = "message"
    EDIT = "edit"
    DELETE = "delete"
    REACTION = "reaction"
    STATUS = "status"
    POSTBACK = "postback"
    ECHO = "echo"
    REFERRAL = "referral"
    MEMBERSHIP = "membership"
    SYSTEM = "system"
    ACCOUNT_EVENT = "account_event"
    UNKNOWN = "unknown"
    """A kind this version does not know: stored, and nothing follows from it."""
    UNPARSED = "unparsed"
    """One event of a batch that cannot be read; the others go on."""


@dataclass(frozen=True, slots=True)
class Chat:
    """Where it was said."""

    platform_id: str
    type: Literal["private", "group", "channel"] = "private"


@dataclass(frozen=True, slots=True)
class Handle:
    """One address of a sender, e.g. kind `wa_id`."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, by every address the event gives. The first is the most lasting one."""

    identities: tuple[Handle, ...] = ()
    display_name: str = ""
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A file of the platform. Its address is not kept: nothing fetches what a payload names."""

    id: str
    type: str
    mime: str = ""
    name: str = ""
    size: int | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What was said; `type` is the platform's own word."""

    type: str
    text: str = ""
    media: tuple[Media, ...] = ()
    payload: dict[str, str] = field(default_factory=dict)
    """Facts of a content that is no text: coordinates, a shared contact, a button's data."""


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One thing that happened on a platform, in the words all channels share."""

    channel: str
    kind: Kind
    dedup_key: str
    """Unique per account: the same event delivered twice has the same key."""
    account_id: str | None = None
    """The platform's id of our account, where the payload names it."""
    platform_id: str | None = None
    ref_platform_ids: tuple[str, ...] = ()
    chat: Chat | None = None
    sender: Sender | None = None
    content: Content | None = None
    occurred_at: datetime | None = None
    detail: dict[str, str] = field(default_factory=dict)
    """Channel facts by name: status, code, tracker, field, …"""
    users: tuple[str, ...] = ()
    """The ids of people that stand on the event itself."""


_events = TypeAdapter(InboundEvent)


def to_json(event: InboundEvent) -> str:
    return _events.dump_json(event, exclude_defaults=True).decode()


def from_json(text: str) -> InboundEvent:
    return _events.validate_json(text)


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """One account of ours on a channel, with what is needed to use it."""

    id: int
    name: str
    channel: str
    unit_id: int
    external_id: str = ""
    endpoint_key: str = ""
    title: str = ""
    status: str = "active"
    paused_until: datetime | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    previous: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The secrets before the last change: both are good while a rotation lasts."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Outbound:
    """One part of a message to a contact."""

    addresses: Mapping[str, str]
    text: str
    ref: str
    """Our own id of the message, for platforms that give it back."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the platform said when it took a message."""

    platform_id: str | None
    addresses: tuple[Handle, ...] = ()
    """Addresses of the receiver that the platform named in its answer."""


class ErrorKind(StrEnum):
    """Why a channel did not take a message; the kind decides what happens next."""

    THROTTLED_ACCOUNT = "throttled_account"
    THROTTLED_RECIPIENT = "throttled_recipient"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    """No answer came after the request was written: it may have been taken."""
    WINDOW_CLOSED = "window_closed"
    GONE = "gone"
    AUTH = "auth"
    BAD_REQUEST = "bad_request"


class ChannelError(AppError):
    """The channel did not take it. Never carries an address, a token or a text."""

    def __init__(
        self, kind: ErrorKind, code: str = "", *, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(f"the channel did not take it ({kind}{f', {code}' if code else ''})")
        self.kind = kind
        self.code = code
        self.retry_after = retry_after


class Channel(Protocol):
    """An adapter: it translates and nothing else. No database, no policy, no retries."""

    name: str
    repeatable: bool
    """Whether sending the same part twice shows it once."""
    reports: bool
    """Whether the platform tells later what became of a message, by our own id."""
    shows_sources: bool
    """Whether the channel has a place of its own for what an answer rests on."""
    window: timedelta | None
    """How long free text is taken after the contact's last message."""
    secrets: Sequence[str]
    """Names of the secrets an account needs."""

    def verify(self, account: ChannelAccount, headers: Mapping[str, str], body: bytes) -> bool: ...

    def parse(
        self, account: ChannelAccount, headers: Mapping[str, str], body: bytes
    ) -> list[InboundEvent]: ...

    def split(self, text: str) -> list[str]:
        """The parts in which a text is sent."""
        ...

    def send(self, account: ChannelAccount, message: Outbound) -> Sent:
        """Raises `ChannelError`."""
        ...

    def typing(self, account: ChannelAccount, event: InboundEvent) -> None:
        """Show the sender of this message that an answer is coming. Raises `ChannelError`."""
        ...


@cache
def _instance(name: str) -> Channel:
    made: Channel = plugins.load(GROUP)[name]()
    return made


def channel_named(name: str) -> Channel:
    """The process's adapter for a channel. Raises `BadInput`, listing the names there are."""
    if name not in plugins.load(GROUP):
        raise BadInput(f"channel: {name} is none of {', '.join(sorted(plugins.load(GROUP)))}")
    return _instance(name)
