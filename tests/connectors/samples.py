"""Payloads of our own writing, in the shapes the platforms document."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

SECRET = {"x-telegram-bot-api-secret-token": "s3cret"}
NUMBER = "1122334455667"
PERSON = "4915550000001"
BSUID = "DE.13000000000000000001"


def encode(payload: object) -> bytes:
    return json.dumps(payload).encode()


def update(number: int, text: str | None = "Hello", **more: Any) -> dict[str, Any]:
    """A message of a Telegram user. A given `chat` and `sender` replace person 5."""
    chat = more.pop("chat", {"id": 5, "type": "private"})
    sender = more.pop("sender", {"id": 5, "is_bot": False, "first_name": "Mia", "last_name": "Q"})
    message = {
        "message_id": more.pop("message_id", number),
        "date": 1_760_000_000 + number,
        "chat": chat,
        "from": sender,
        **({} if text is None else {"text": text}),
        **more,
    }
    return {"update_id": number, "message": message}


def message(
    message_id: str, text: str = "Hello", *, user: str = PERSON, **more: Any
) -> dict[str, Any]:
    """A message object of WhatsApp. What is given replaces the text."""
    content = more or {"type": "text", "text": {"body": text}}
    return {"from": user, "id": message_id, "timestamp": "1760000000", **content}


def contact(user: str | None = PERSON, bsuid: str | None = None) -> dict[str, Any]:
    return {
        "profile": {"name": "Mia Quist"},
        **({"wa_id": user} if user else {}),
        **({"user_id": bsuid} if bsuid else {}),
    }


def change(
    *messages: dict[str, Any],
    number: str = NUMBER,
    contacts: list[dict[str, Any]] | None = None,
    field: str = "messages",
    **more: Any,
) -> dict[str, Any]:
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100000", "phone_number_id": number},
        **more,
    }
    if messages:
        value |= {"messages": list(messages), "contacts": contacts or [contact()]}
    return {"field": field, "value": value}


def webhook(*changes: dict[str, Any]) -> bytes:
    entry = {"id": "100200300", "changes": list(changes)}
    return encode({"object": "whatsapp_business_account", "entry": [entry]})


def status(target: str, reached: str, **more: Any) -> dict[str, Any]:
    return {
        "id": target,
        "status": reached,
        "timestamp": "1760000100",
        "recipient_id": PERSON,
        **more,
    }


def signed(body: bytes, secret: str = "app-secret") -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}
