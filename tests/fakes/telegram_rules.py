"""Which parameters the methods take, and when Telegram refuses a text."""

from __future__ import annotations

from typing import Any

TEXT_LIMIT = 4096
"""UTF-16 units after entity parsing (Bot API, sendMessage)."""

SENDS = frozenset({"sendmessage", "sendchataction"})

# method -> parameter -> (types, required); the types are those of the Bot API 10.1 manual
METHODS: dict[str, dict[str, tuple[tuple[type, ...], bool]]] = {
    "getMe": {},
    "setWebhook": {
        "url": ((str,), True),
        "ip_address": ((str,), False),
        "max_connections": ((int,), False),
        "allowed_updates": ((list,), False),
        "drop_pending_updates": ((bool,), False),
        "secret_token": ((str,), False),
    },
    "deleteWebhook": {"drop_pending_updates": ((bool,), False)},
    "getWebhookInfo": {},
    "getUpdates": {
        "offset": ((int,), False),
        "limit": ((int,), False),
        "timeout": ((int,), False),
        "allowed_updates": ((list,), False),
    },
    "sendMessage": {
        "chat_id": ((int, str), True),
        "text": ((str,), True),
        "message_thread_id": ((int,), False),
        "business_connection_id": ((str,), False),
        "parse_mode": ((str,), False),
        "entities": ((list,), False),
        "link_preview_options": ((dict,), False),
        "disable_notification": ((bool,), False),
        "protect_content": ((bool,), False),
        "reply_parameters": ((dict,), False),
        "reply_markup": ((dict,), False),
    },
    "sendChatAction": {
        "chat_id": ((int, str), True),
        "action": ((str,), True),
        "message_thread_id": ((int,), False),
        "business_connection_id": ((str,), False),
    },
}
_BY_LOWER = {name.lower(): name for name in METHODS}

ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note",
        "upload_video_note",
    }
)  # fmt: skip


class Refusal(Exception):
    """What Telegram answers instead of a result."""

    def __init__(
        self, code: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def check_parameters(method: str, given: dict[str, Any]) -> tuple[str, list[str]]:
    """The method's proper name, and parameters it does not have. Raises `Refusal`."""
    name = _BY_LOWER.get(method.lower())
    if name is None:
        raise Refusal(404, "Not Found")
    known = METHODS[name]
    for parameter, (types, required) in known.items():
        value = given.get(parameter)
        if value is None:
            if required:
                raise Refusal(400, f'Bad Request: parameter "{parameter}" is required')
            continue
        if not _fits(value, types):
            raise Refusal(400, f'Bad Request: parameter "{parameter}" has a wrong type')
    if name == "sendChatAction" and given["action"] not in ACTIONS:
        raise Refusal(400, "Bad Request: wrong parameter action in request")
    return name, sorted(set(given) - set(known))


def _fits(value: Any, types: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in types
    if isinstance(value, str) and int in types:
        return str in types or value.lstrip("-").isdecimal()  # forms carry numbers as text
    return isinstance(value, types)


def units(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_text(given: dict[str, Any]) -> str:
    """The text as it will be shown. Raises `Refusal`."""
    text = str(given["text"])
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Refusal(400, "Bad Request: strings must be encoded in UTF-8")
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if units(text) > TEXT_LIMIT:
        raise Refusal(400, "Bad Request: message is too long")
    total = units(text)
    for entity in given.get("entities") or []:
        start, length = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(length, int) or "type" not in entity:
            raise Refusal(400, "Bad Request: can't parse entities: wrong field types")
        if start < 0 or length <= 0 or start + length > total:
            raise Refusal(400, "Bad Request: can't parse entities: entity beyond end of message")
    return text
