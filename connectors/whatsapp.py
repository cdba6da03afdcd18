"""WhatsApp Cloud API: https://developers.facebook.com/docs/whatsapp/cloud-api"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors import calls, splitting, wire
from connectors.channel import (
    ChannelAccount,
    ChannelError,
    ErrorKind,
    Handle,
    InboundEvent,
    Outbound,
    Sent,
)
from connectors.whatsapp_events import parse
from runtime import settings

__all__ = ["WhatsApp", "parse", "verify"]

SIGNATURE = "x-hub-signature-256"
LONGEST = 4096
SECRETS = ("app_secret", "secret")

_KINDS = {
    ErrorKind.THROTTLED_ACCOUNT: (4, 613, 80007, 130429, 131048, 131064, 133016),
    ErrorKind.THROTTLED_RECIPIENT: (131056,),
    ErrorKind.TRANSIENT: (1, 2, 131000, 131016, 131057),
    ErrorKind.WINDOW_CLOSED: (131047,),
    ErrorKind.GONE: (131021, 131026, 131030),
    ErrorKind.AUTH: (0, 3, 10, 190, *range(200, 300), 131005),
}
"""Meta's error codes by what they mean to us: the HTTP status alone does not tell.

https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
"""
_BY_CODE = {code: kind for kind, codes in _KINDS.items() for code in codes}


def verify(body: bytes, headers: Mapping[str, str], secrets: Mapping[str, str]) -> bool:
    """Whether the raw body carries Meta's HMAC-SHA-256 under the app's secret."""
    given = wire.header(headers, SIGNATURE).encode("utf-8", "replace")
    known = [secrets[name] for name in SECRETS if secrets.get(name)]
    return any(hmac.compare_digest(given, _signature(secret, body)) for secret in known)


def _signature(secret: str, body: bytes) -> bytes:
    return b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


class WhatsApp:
    """Text messages of a WhatsApp Business number."""

    name = "whatsapp"
    repeatable = False
    reports = True
    shows_sources = False
    window = timedelta(hours=24)
    secrets = ("access_token", "app_secret", "verify_token")

    def verify(self, account: ChannelAccount, headers: Mapping[str, str], body: bytes) -> bool:
        return verify(body, headers, account.secrets) or verify(body, headers, account.previous)

    def parse(
        self, account: ChannelAccount, headers: Mapping[str, str], body: bytes
    ) -> list[InboundEvent]:
        return parse(body, headers)

    def split(self, text: str) -> list[str]:
        return splitting.split(text, LONGEST)

    def send(self, account: ChannelAccount, message: Outbound) -> Sent:
        body = call(
            account,
            {
                "recipient_type": "individual",
                **_recipient(message.addresses),
                "type": "text",
                "text": {"body": message.text, "preview_url": False},
                # Comes back in every status: finds the message whose answer never came.
                "biz_opaque_callback_data": message.ref,
            },
        )
        taken = next(iter(wire.objects(body.get("messages"))), {})
        found = wire.ident(taken.get("id"))
        if not found:
            raise ChannelError(ErrorKind.UNKNOWN, "no_id")
        return Sent(found, tuple(_addresses(body)))

    def typing(self, account: ChannelAccount, event: InboundEvent) -> None:
        """Marks the message as read, too: Meta offers the two only together."""
        call(
            account,
            {
                "status": "read",
                "message_id": event.platform_id,
                "typing_indicator": {"type": "text"},
            },
        )


def _recipient(addresses: Mapping[str, str]) -> dict[str, str]:
    if addresses.get("wa_id"):
        return {"to": addresses["wa_id"]}
    if addresses.get("bsuid"):
        return {"recipient": addresses["bsuid"]}
    raise ChannelError(ErrorKind.GONE, "no_address")


def _addresses(body: dict[str, Any]) -> list[Handle]:
    """The receiver as Meta names it, when it names exactly one."""
    contacts = list(wire.objects(body.get("contacts")))
    if len(contacts) != 1:
        return []
    names = (("bsuid", "user_id"), ("wa_id", "wa_id"))
    found = [Handle(kind, wire.ident(contacts[0].get(name)).strip()) for kind, name in names]
    return [handle for handle in found if handle.value]


def call(account: ChannelAccount, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Post to the number's messages edge and return the answer. Raises `ChannelError`."""
    chosen = settings.current()
    base = str(chosen.graph_url).rstrip("/")
    answer = calls.post(
        f"{base}/{chosen.graph_version}/{account.external_id}/messages",
        {"messaging_product": "whatsapp", **payload},
        headers={"authorization": f"Bearer {account.secrets.get('access_token', '')}"},
    )
    if 200 <= answer.status < 300 and "error" not in answer.body:
        return answer.body
    raise _error(answer)


def _error(answer: calls.Answer) -> ChannelError:
    code = wire.mapping(answer.body.get("error")).get("code")
    if isinstance(code, int) and code in _BY_CODE:
        return ChannelError(_BY_CODE[code], str(code), retry_after=answer.retry_after)
    if isinstance(code, int) and answer.status < 500:
        return ChannelError(ErrorKind.BAD_REQUEST, str(code))
    match answer.status:
        case 429:
            kind = ErrorKind.THROTTLED_ACCOUNT
        case 401 | 403:
            kind = ErrorKind.AUTH
        case status if status >= 500:
            kind = ErrorKind.TRANSIENT
        case _:
            kind = ErrorKind.BAD_REQUEST
    return ChannelError(kind, str(answer.status), retry_after=answer.retry_after)
