"""Normalised facts of recorded payloads, to compare with what an independent reader found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from connectors import telegram, whatsapp
from connectors.channel import InboundEvent, Kind
from runtime.errors import BadInput

_PARSERS = {"telegram": telegram.parse, "whatsapp": whatsapp.parse}


def facts(channel: str, files: Iterable[Path]) -> dict[str, list[dict[str, Any]]]:
    """The events of each file as plain facts, by the file's path below the channel's folder.

    Raises `BadInput` for a channel without recorded payloads or a file that cannot be read.
    """
    if channel not in _PARSERS:
        raise BadInput(f"channel: {channel} is none of {', '.join(sorted(_PARSERS))}")
    found = {}
    for file in files:
        try:
            body = Path(file).read_bytes()
        except OSError as error:
            raise BadInput(f"{file}: {error.strerror}") from None
        events = _PARSERS[channel](body, {})
        found[_name(channel, Path(file))] = [_FACTS[channel](event) for event in events]
    return found


def _name(channel: str, file: Path) -> str:
    parts = file.parts
    if channel in parts[:-1]:
        last = len(parts) - 1 - parts[::-1].index(channel)
        return "/".join(parts[last + 1 :])
    return file.as_posix()


def _some(**given: Any) -> dict[str, Any]:
    """What is there: empty strings, lists and None are left out."""
    return {name: value for name, value in given.items() if value not in (None, "", [], ())}


def _local(platform_id: str | None) -> str | None:
    """Telegram's own message number, without the chat that we put before it."""
    return None if platform_id is None else platform_id.rpartition(":")[2]


def _telegram(event: InboundEvent) -> dict[str, Any]:
    update = event.detail.get("update")
    given = _some(update=int(update) if update else None)
    chat = event.chat.platform_id if event.chat else None
    users = list(event.users)
    refs = [_local(item) for item in event.ref_platform_ids]
    match event.kind:
        case Kind.UNKNOWN:
            return given | _some(kind="other", field=event.detail.get("field"))
        case Kind.POSTBACK:
            payload = event.content.text if event.content else None
            found = _local(event.platform_id)
            return given | _some(kind="postback", id=found, users=users, payload=payload, chat=chat)
        case Kind.DELETE:
            return given | _some(kind="delete", refs=refs, chat=chat)
        case Kind.REACTION:
            return given | _some(kind="reaction", ref=refs[0], chat=chat, users=users)
        case Kind.MEMBERSHIP:
            return given | _some(kind="membership", chat=chat, status=event.detail.get("status"))
        case Kind.UNPARSED:
            return given | {"kind": "unparsed"}
    kind = "service" if event.kind is Kind.SYSTEM else str(event.kind)
    return given | _some(
        kind=kind,
        update_type=event.detail.get("update_type"),
        id=_local(event.platform_id),
        chat=chat,
        users=users,
        group=True if event.chat and event.chat.type == "group" else None,
        ts=event.detail.get("ts"),
        **_content(event),
    )


def _content(event: InboundEvent) -> dict[str, Any]:
    if event.content is None:
        return {}
    return _some(
        text=event.content.text,
        content=event.content.type,
        media=[item.id for item in event.content.media],
    )


def _whatsapp(event: InboundEvent) -> dict[str, Any]:
    detail = event.detail
    code = int(detail["code"]) if detail.get("code", "").isdigit() else None
    users = list(event.users)
    match event.kind:
        case Kind.ACCOUNT_EVENT if detail.get("field") == "error":
            return _some(kind="error", account=event.account_id, code=code)
        case Kind.ACCOUNT_EVENT:
            return _some(kind="account_event", field=detail.get("field"))
        case Kind.UNPARSED:
            return _some(kind="unparsed", account=event.account_id, id=event.platform_id)
        case Kind.STATUS:
            return _some(
                kind="status",
                account=event.account_id,
                ref=event.ref_platform_ids[0],
                status=detail.get("status"),
                users=users,
                code=code,
                ts=detail.get("ts"),
            )
    known = _some(
        account=event.account_id,
        id=event.platform_id,
        users=users,
        group=True if event.chat and event.chat.type == "group" else None,
        ts=detail.get("ts"),
        kind=str(event.kind),
    )
    match event.kind:
        case Kind.MESSAGE:
            return known | _content(event) | _some(code=code)
        case Kind.EDIT | Kind.DELETE | Kind.REACTION:
            text = event.content.text if event.content else None
            return known | _some(ref=event.ref_platform_ids[0], text=text)
    text = event.content.text if event.content else None
    subtype = detail.get("subtype") if event.kind is Kind.SYSTEM else None
    return known | _some(text=text, subtype=subtype)


_FACTS = {"telegram": _telegram, "whatsapp": _whatsapp}
