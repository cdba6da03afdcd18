"""Telegram bots: https://core.telegram.org/bots/api"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from connectors import calls, splitting, wire
from connectors.channel import (
    ChannelAccount,
    ChannelError,
    ErrorKind,
    InboundEvent,
    Outbound,
    Sent,
)
from connectors.telegram_events import message_key, parse
from runtime import settings

__all__ = ["Telegram", "parse", "verify"]

SIGNATURE = "x-telegram-bot-api-secret-token"
LONGEST = 4096
"""UTF-16 units of one message (sendMessage)."""
WANTED = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")
SECRETS = ("secret_token", "webhook_secret", "secret")
"""Names under which the secret given to setWebhook may be passed."""

_GONE = ("chat not found", "user not found", "peer_id_invalid", "group chat was upgraded")


def verify(
    body: bytes,  # noqa: ARG001 - the same signature for every channel
    headers: Mapping[str, str],
    secrets: Mapping[str, str],
) -> bool:
    """Whether the header holds the secret that setWebhook was given. The body is not signed."""
    given = wire.header(headers, SIGNATURE).encode("utf-8", "replace")
    known = [secrets[name] for name in SECRETS if secrets.get(name)]
    return any(hmac.compare_digest(given, secret.encode()) for secret in known)


class Telegram:
    """Text messages of a Telegram bot."""

    name = "telegram"
    repeatable = False
    reports = False
    shows_sources = False
    window = None
    secrets = ("token", "secret_token")

    def verify(self, account: ChannelAccount, headers: Mapping[str, str], body: bytes) -> bool:
        return verify(body, headers, account.secrets) or verify(body, headers, account.previous)

    def parse(
        self, account: ChannelAccount, headers: Mapping[str, str], body: bytes
    ) -> list[InboundEvent]:
        return parse(body, headers)

    def split(self, text: str) -> list[str]:
        return splitting.split(text, LONGEST)

    def send(self, account: ChannelAccount, message: Outbound) -> Sent:
        chat = message.addresses.get("telegram", "")
        if not chat:
            raise ChannelError(ErrorKind.GONE, "no_address")
        result = call(account, "sendMessage", chat_id=_number(chat), text=message.text)
        found = wire.ident(wire.mapping(result).get("message_id"))
        if not found:
            raise ChannelError(ErrorKind.UNKNOWN, "no_id")
        return Sent(message_key(chat, found))

    def typing(self, account: ChannelAccount, event: InboundEvent) -> None:
        if event.chat is not None:
            call(
                account,
                "sendChatAction",
                chat_id=_number(event.chat.platform_id),
                action="typing",
            )

    def connect(self, account: ChannelAccount, webhook: str | None) -> None:
        """Tell Telegram where updates go, or that they will be fetched. Raises `ChannelError`."""
        if webhook is None:
            call(account, "deleteWebhook", drop_pending_updates=False)
        else:
            call(
                account,
                "setWebhook",
                url=webhook,
                secret_token=account.secrets["secret_token"],
                allowed_updates=list(WANTED),
                drop_pending_updates=False,
            )

    def fetch(self, account: ChannelAccount, after: int, seconds: int) -> list[dict[str, Any]]:
        """Wait at most `seconds` for updates from this number on. Raises `ChannelError`."""
        result = call(
            account,
            "getUpdates",
            wait=seconds,
            offset=after,
            limit=100,
            timeout=seconds,
            allowed_updates=list(WANTED),
        )
        return list(wire.objects(result))


def _number(chat: str) -> int | str:
    return int(chat) if chat.removeprefix("-").isdecimal() else chat


def call(account: ChannelAccount, method: str, *, wait: float = 0, **given: Any) -> Any:
    """Call a method of the Bot API and return its result. Raises `ChannelError`."""
    base = str(settings.current().telegram_url).rstrip("/")
    answer = calls.post(f"{base}/bot{account.secrets.get('token', '')}/{method}", given, wait=wait)
    if answer.body.get("ok") is True:
        return answer.body.get("result")
    raise _error(answer)


def _error(answer: calls.Answer) -> ChannelError:
    code = answer.body.get("error_code")
    status = code if isinstance(code, int) else answer.status
    asked = wire.mapping(answer.body.get("parameters")).get("retry_after")
    text = wire.text(answer.body.get("description")).lower()
    match status:
        case 429:
            pause = calls.pause(asked) or answer.retry_after
            return ChannelError(ErrorKind.THROTTLED_ACCOUNT, "429", retry_after=pause)
        case 401 | 404:  # Telegram answers 404 to a token that it does not know
            return ChannelError(ErrorKind.AUTH, str(status))
        case 403:
            return ChannelError(ErrorKind.GONE, "403")
        case 409:
            return ChannelError(ErrorKind.TRANSIENT, "409")
        case _ if status >= 500:
            return ChannelError(ErrorKind.TRANSIENT, str(status))
        case _ if any(words in text for words in _GONE):
            return ChannelError(ErrorKind.GONE, str(status))
        case _ if 200 <= status < 300:
            return ChannelError(ErrorKind.UNKNOWN, "no_result")
    return ChannelError(ErrorKind.BAD_REQUEST, str(status))
