"""When the Cloud API takes a message request: shapes, lengths, and the errors of Graph."""

from __future__ import annotations

from typing import Any


class GraphError(Exception):
    """An error in Graph's form."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        details: str | None = None,
        *,
        kind: str = "OAuthException",
        subcode: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {
            "error": {
                "message": message,
                "type": kind,
                "code": code,
                **({"error_subcode": subcode} if subcode is not None else {}),
                **(
                    {"error_data": {"messaging_product": "whatsapp", "details": details}}
                    if details
                    else {}
                ),
                "fbtrace_id": "A0000000000000000000000",
            }
        }


MEDIA = ("audio", "document", "image", "sticker", "video")
KINDS = (*MEDIA, "contacts", "interactive", "location", "reaction", "template", "text")
KNOWN = frozenset(
    {
        "messaging_product", "recipient_type", "to", "recipient", "type", "context",
        "biz_opaque_callback_data", "status", "message_id", "typing_indicator", *KINDS,
    }
)  # fmt: skip


def missing(name: str) -> GraphError:
    return GraphError(
        400, 100, "(#100) Invalid parameter", f"The parameter {name} is required.",
    )  # fmt: skip


def invalid(details: str) -> GraphError:
    return GraphError(400, 100, "(#100) Invalid parameter", details)


def check_message(given: dict[str, Any]) -> str:
    """What kind of message this is. Raises `GraphError`."""
    if given.get("messaging_product") != "whatsapp":
        raise missing("messaging_product")
    if given.get("status") is not None:
        if given["status"] != "read" or not given.get("message_id"):
            raise missing("message_id")
        return "read"
    if not (given.get("to") or given.get("recipient")):
        raise missing("to")
    if given.get("recipient_type", "individual") not in ("individual", "group"):
        raise invalid("recipient_type must be individual or group")
    if len(str(given.get("biz_opaque_callback_data", ""))) > 512:
        raise invalid("biz_opaque_callback_data is longer than 512 characters")
    kind = str(given.get("type", "text"))
    if kind not in KINDS:
        raise invalid(f"Param type must be one of {{{', '.join(KINDS).upper()}}}")
    if kind not in given:
        raise missing(kind)
    _check_content(kind, given[kind])
    return kind


def _check_content(kind: str, content: Any) -> None:
    if kind == "contacts":
        if not isinstance(content, list) or not content:
            raise missing("contacts")
        return
    if not isinstance(content, dict):
        raise invalid(f"{kind} must be an object")
    if kind == "text":
        _length("text.body", content.get("body"), 4096)
    elif kind in MEDIA:
        if not (content.get("id") or content.get("link")):
            raise missing(f"{kind}.id")
        if len(str(content.get("caption", ""))) > 1024:
            raise invalid("caption is longer than 1024 characters")
    elif kind == "location":
        if "latitude" not in content or "longitude" not in content:
            raise missing("location.latitude")
    elif kind == "reaction":
        if not content.get("message_id"):
            raise missing("reaction.message_id")
    elif kind == "template":
        _length("template.name", content.get("name"), 512)
        if not (content.get("language") or {}).get("code"):
            raise missing("template.language.code")
    elif kind == "interactive":
        _check_interactive(content)


def _check_interactive(content: dict[str, Any]) -> None:
    shape = content.get("type")
    if not shape:
        raise missing("interactive.type")
    if not isinstance(content.get("action"), dict):
        raise missing("interactive.action")
    body = content.get("body")
    if body is not None:
        _length("interactive.body.text", body.get("text"), 1024)
    if len(str((content.get("footer") or {}).get("text", ""))) > 60:
        raise invalid("footer is longer than 60 characters")
    action = content["action"]
    if shape == "button":
        buttons = action.get("buttons") or []
        if not 1 <= len(buttons) <= 3:
            raise invalid("there must be 1 to 3 buttons")
        for button in buttons:
            reply = button.get("reply") or {}
            _length("button title", reply.get("title"), 20)
            _length("button id", reply.get("id"), 256)
    if shape == "list":
        _length("list button", action.get("button"), 20)
        rows = [row for part in action.get("sections") or [] for row in part.get("rows") or []]
        if not 1 <= len(rows) <= 10:
            raise invalid("there must be 1 to 10 rows")
        for row in rows:
            _length("row title", row.get("title"), 24)
            _length("row id", row.get("id"), 200)
            if len(str(row.get("description", ""))) > 72:
                raise invalid("row description is longer than 72 characters")


def _length(name: str, value: Any, most: int) -> None:
    if not isinstance(value, str) or not value:
        raise missing(name)
    if len(value) > most:
        raise invalid(f"{name} must be at most {most} characters long")
