"""The chat widget's visitors: our own protocol, so there is no platform to call."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from access import limits
from connectors import senders, signing
from connectors.channel import ChannelAccount, Handle, InboundEvent, Outbound, Sent
from records import deliveries, identities, messages, verification
from records.identities import Address
from records.states import Strength
from runtime import settings
from runtime.database import open_session
from runtime.errors import BadInput, NotSignedIn, Unavailable
from runtime.scope import Scope
from runtime.secrets import keys

LONGEST = 5_000
"""Characters a visitor may send in one message."""
PER_MINUTE = 20
PER_MINUTE_AND_SOURCE = 60
"""Several visitors may share one address (an office, a mobile network)."""
NEW_PER_MINUTE_AND_SOURCE = 60
MINUTE = timedelta(minutes=1)
TRIES = 5
YEAR = 365 * 86_400

_SIGNED = "s"
"""Begins the ids of signed visitors; those of others are hexadecimal."""
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def start(account: ChannelAccount, token: str | None = None, *, source: str = "") -> str:
    """A token good for a year: the given visitor's if theirs is valid, else a new visitor's.

    `source` is the caller's network address, for the limit only. Raises `TooMany`.
    """
    try:
        found = visitor_of(account, token or "")
    except NotSignedIn:
        if source:
            limits.count("new chats", source, most=NEW_PER_MINUTE_AND_SOURCE, within=MINUTE)
        found = uuid4().hex
    return _token(account, found, int(time.time()) + YEAR)


def start_signed(account: ChannelAccount, identity_token: str, *, source: str = "") -> str:
    """A token for the visitor whom the site has signed for, good as long as the site's is.

    The same person is the same visitor on every device. What the site proves about the person
    (e-mail, phone) joins this contact with others of the unit that have proven the same. Raises
    `NotSignedIn`, `TooMany`.
    """
    if source:
        limits.count("signed chats", source, most=NEW_PER_MINUTE_AND_SOURCE, within=MINUTE)
    signed = signing.read(account, identity_token)
    visitor = _SIGNED + keys().mac("signed visitor", f"{account.id}|{signed.subject}")[:32]
    for _ in range(TRIES):
        try:
            _meet(account, visitor, signed)
            break
        except IntegrityError:
            continue  # the same person's other tab was faster
    else:
        raise Unavailable("the chat could not be begun: try again")
    return _token(account, visitor, int(signed.until.timestamp()))


def _meet(account: ChannelAccount, visitor: str, signed: signing.Signed) -> None:
    with open_session(Scope.of(account.unit_id)) as session:
        found = identities.resolve(
            session,
            unit_id=account.unit_id,
            channel="web",
            addresses=[Address("visitor", visitor, Strength.VERIFIED)],
            name=signed.name.strip()[:200] or None,
            demo=account.demo,
        )
        verification.sign(session, found.identity_id, until=signed.until)
        host = f"web/{account.id}"
        proven = {"user_id": f"{account.id}|{signed.subject}", **signed.addresses}
        for kind, value in proven.items():
            identities.prove(session, found.contact_id, kind, value, channel=host)


def visitor_of(account: ChannelAccount, token: str) -> str:
    """The visitor's id. Raises `NotSignedIn` when the token is forged, expired or another's."""
    visitor, _, rest = token.partition(".")
    until, _, _ = rest.partition(".")
    if not (token.isascii() and visitor.isalnum() and until.isdigit() and len(until) < 12):
        raise NotSignedIn("start the chat anew")
    expected = _token(account, visitor, int(until))
    if not hmac.compare_digest(token.encode(), expected.encode()) or int(until) < time.time():
        raise NotSignedIn("start the chat anew")
    return visitor


def _token(account: ChannelAccount, visitor: str, until: int) -> str:
    mac = keys().mac("visitor", f"{account.id}|{account.endpoint_key}|{visitor}|{until}")
    return f"{visitor}.{until}.{mac}"


def say(
    account: ChannelAccount, visitor_id: str, client_id: str, text: str, *, source: str = ""
) -> int:
    """Add what a visitor wrote and return the conversation; the same `client_id` counts once.

    `source` is the caller's network address, for the limit only. Raises `BadInput`, `TooMany`.
    """
    if not _CLIENT_ID.fullmatch(client_id):
        raise BadInput("client_id: at most 64 letters, digits, _ and -")
    if not text.strip():
        raise BadInput("text: write something to send")
    if len(text) > LONGEST:
        raise BadInput(f"text: at most {LONGEST} characters")
    limits.count("chat message", f"{account.id}|{visitor_id}", most=PER_MINUTE, within=MINUTE)
    if source:
        limits.count("chat source", source, most=PER_MINUTE_AND_SOURCE, within=MINUTE)
    incoming = messages.Incoming(
        f"{visitor_id}:{client_id}", text.strip(), extra={"client_id": client_id}
    )
    for _ in range(TRIES):
        try:
            return _append(account, visitor_id, incoming)
        except IntegrityError:
            continue  # the same visitor's other tab was faster: next time it is all there
    raise Unavailable("the message could not be kept: send it again")


def _append(account: ChannelAccount, visitor_id: str, incoming: messages.Incoming) -> int:
    with open_session(Scope.of(account.unit_id)) as session:
        if messages.has_arrived(session, account.id, incoming.external_id):
            # Sent again after the conversation was closed: no new one begins with it.
            earlier = senders.find(session, account.id, [_handle(visitor_id)])
            if earlier is not None:
                return earlier.conversation_id
        known = senders.conversation_for(
            session, account, [_handle(visitor_id)], strength=_strength(visitor_id)
        )
        messages.append_inbound(
            session,
            known.conversation_id,
            incoming,
            delay=timedelta(seconds=settings.current().reply_delay),
        )
    return known.conversation_id


def _handle(visitor_id: str) -> Handle:
    return Handle("visitor", visitor_id)


def _strength(visitor_id: str) -> Strength:
    """An unsigned visitor is a browser, and a browser may be many people's."""
    signed = visitor_id.startswith(_SIGNED) and len(visitor_id) == 33
    return Strength.VERIFIED if signed else Strength.WEAK


def conversation_of(account: ChannelAccount, visitor_id: str) -> int | None:
    """The visitor's newest conversation, open or closed; None before the first word."""
    with open_session(Scope.of(account.unit_id), read_only=True) as session:
        known = senders.find(session, account.id, [_handle(visitor_id)])
    return known.conversation_id if known else None


def mark_read(account: ChannelAccount, visitor_id: str, up_to: int) -> None:
    """The visitor has seen our messages up to this message id."""
    with open_session(Scope.of(account.unit_id)) as session:
        known = senders.find(session, account.id, [_handle(visitor_id)])
        if known is not None:
            deliveries.read_by_contact(session, known.conversation_id, up_to)


class Web:
    """The widget: a message is delivered by becoming visible."""

    name = "web"
    repeatable = True
    reports = False
    shows_sources = True
    window = None
    secrets = ()
    optional_secrets = (signing.SECRET,)

    def verify(self, account: ChannelAccount, headers: Mapping[str, str], body: bytes) -> bool:
        return False  # nothing comes by webhook

    def parse(
        self, account: ChannelAccount, headers: Mapping[str, str], body: bytes
    ) -> list[InboundEvent]:
        return []

    def split(self, text: str) -> list[str]:
        return [text]

    def send(self, account: ChannelAccount, message: Outbound) -> Sent:
        return Sent(f"web:{message.ref}")

    def typing(self, account: ChannelAccount, event: InboundEvent) -> None:
        """The widget shows by itself that an answer is being written."""
