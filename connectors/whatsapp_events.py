"""WhatsApp Cloud API webhooks (shapes of 2022 to 2026) in the words all channels share."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors import wire
from connectors.channel import Chat, Content, Handle, InboundEvent, Kind, Media, Sender

_FILES = ("image", "video", "document", "sticker", "audio", "voice")
_BSUID = re.compile(r"[A-Z]{2}(\.[A-Z]+)?\.\w+")
"""A business-scoped user id, which can stand where the phone number used to be."""

_CODES = {131047: "window_closed", 131026: "gone", 131021: "gone", 131030: "gone"}


def parse(
    body: bytes,
    headers: Mapping[str, str],  # noqa: ARG001 - the same signature for every channel
) -> list[InboundEvent]:
    """Every event of a delivery, a bad one as `unparsed`. Never raises, fetches nothing."""
    try:
        found = wire.read_object(body)
    except wire.Unreadable:
        return []
    events: list[InboundEvent] = []
    for entry in wire.objects(found.get("entry")):
        for change in wire.objects(entry.get("changes")):
            events.extend(_change(change))
    return events


def _change(change: dict[str, Any]) -> Iterable[InboundEvent]:
    field = wire.text(change.get("field"))[:80]
    value = wire.mapping(change.get("value"))
    if field == "smb_message_echoes":
        return _each(value, "message_echoes", _echo)
    if field == "user_id_update":
        return list(_user_id_updates(value, field, change))
    if field == "messages":
        return [
            *_each(value, "messages", _message),
            *_each(value, "statuses", _status),
            *_faults(value),
        ]
    return [_about_account(value, field, change)]


def _account(value: dict[str, Any]) -> str | None:
    return wire.ident(wire.mapping(value.get("metadata")).get("phone_number_id")) or None


def _each(value: dict[str, Any], name: str, reader: Any) -> list[InboundEvent]:
    """Read the items of a list one by one: a bad one never costs the others."""
    items = value.get(name)
    if not isinstance(items, list):
        return []
    people, found = _People.of(value, len(items)), []
    for place, item in enumerate(items):
        event = reader(value, people, item) if isinstance(item, dict) else None
        found.append(event or _unparsed(value, name, place, item))
    return found


@dataclass(frozen=True, slots=True)
class _People:
    """The `contacts` of a change by phone number and user id, looked through once."""

    by_phone: dict[str, dict[str, Any]]
    by_user_id: dict[str, dict[str, Any]]
    only: dict[str, Any]
    """The one contact of a change with one item, empty otherwise."""

    @classmethod
    def of(cls, value: dict[str, Any], items: int) -> _People:
        contacts = list(wire.objects(value.get("contacts")))
        by_phone = {wire.ident(contact.get("wa_id")): contact for contact in contacts[::-1]}
        by_user_id = {wire.ident(contact.get("user_id")): contact for contact in contacts[::-1]}
        alone = len(contacts) == 1 and items == 1
        return cls(by_phone, by_user_id, contacts[0] if alone else {})

    def entry(self, phone: str, user_id: str) -> dict[str, Any]:
        """The contact that speaks of this sender, empty when none surely does."""
        if phone and phone in self.by_phone:
            return self.by_phone[phone]
        if user_id and user_id in self.by_user_id:
            return self.by_user_id[user_id]
        other_phone = phone and wire.ident(self.only.get("wa_id"))
        other_id = user_id and wire.ident(self.only.get("user_id"))
        return {} if other_phone or other_id else self.only


def _unparsed(value: dict[str, Any], name: str, place: int, item: object) -> InboundEvent:
    named = wire.ident(wire.mapping(item).get("id"))
    return InboundEvent(
        "whatsapp",
        Kind.UNPARSED,
        f"{name}:{place}:{named or _digest(item)}",
        account_id=_account(value),
        platform_id=named or None,
        detail={"field": name},
    )


def _digest(item: object) -> str:
    try:
        text = json.dumps(item, sort_keys=True)
    except (RecursionError, TypeError, ValueError):
        text = "unspeakable"
    return hashlib.sha256(text.encode()).hexdigest()


def _about_account(value: dict[str, Any], field: str, change: object) -> InboundEvent:
    return InboundEvent(
        "whatsapp",
        Kind.ACCOUNT_EVENT,
        f"account:{field}:{_digest(change)}",
        account_id=_account(value),
        detail=wire.facts(field=field or "none", event=wire.text(value.get("event"))[:80]),
    )


def _user_id_updates(value: dict[str, Any], field: str, change: object) -> Iterable[InboundEvent]:
    updates = list(wire.objects(value.get("user_id_update")))
    if not updates:
        yield _about_account(value, field, change)
    for update in updates:
        ids = wire.mapping(update.get("user_id"))
        phone, stamp = wire.ident(update.get("wa_id")), wire.ident(update.get("timestamp"))
        new = wire.ident(ids.get("current"))
        old = wire.ident(ids.get("previous"))
        moved = _moved(Handle("bsuid", old) if old else Handle("wa_id", phone), "bsuid", new)
        yield InboundEvent(
            "whatsapp",
            Kind.ACCOUNT_EVENT,
            f"user_id_update:{phone}:{old}:{stamp}",
            account_id=_account(value),
            occurred_at=wire.moment(update.get("timestamp")),
            detail={"field": field, **moved},
        )


def _moved(old: Handle, kind: str, new: str) -> dict[str, str]:
    if not old.value or not new:
        return {}
    return {"old_kind": old.kind, "old_value": old.value, "new_kind": kind, "new_value": new}


def _handles(phone: str, user_id: str) -> tuple[Handle, ...]:
    """The lasting id first; a phone number may be withheld from one message to the next."""
    found = []
    if user_id:
        found.append(Handle("bsuid", user_id))
    if phone:
        found.append(Handle("bsuid" if _BSUID.fullmatch(phone) else "wa_id", phone))
    return tuple(dict.fromkeys(found))


def _sender(people: _People, message: dict[str, Any]) -> Sender:
    phone, user_id = wire.ident(message.get("from")), wire.ident(message.get("from_user_id"))
    if message.get("type") == "system":
        return Sender(_handles(phone, user_id))  # these come without contacts
    contact = people.entry(phone, user_id)
    profile = wire.mapping(contact.get("profile"))
    return Sender(
        _handles(
            phone or wire.ident(contact.get("wa_id")),
            user_id or wire.ident(contact.get("user_id")),
        ),
        wire.text(profile.get("name")).strip()[:200],
    )


def _named(*ids: object) -> tuple[str, ...]:
    return tuple(found for found in map(wire.ident, ids) if found)


def _message(
    value: dict[str, Any], people: _People, message: dict[str, Any]
) -> InboundEvent | None:
    found, kind = wire.ident(message.get("id")), wire.text(message.get("type"))
    sender = _sender(people, message)
    if not found or not kind:
        return None
    group = wire.ident(message.get("group_id"))
    first = sender.identities[0].value if sender.identities else ""
    details = _details(message)
    content: Content | None
    refs: tuple[str, ...] = ()
    match kind:
        case "edit":
            event, refs = Kind.EDIT, _original(message, kind)
            inner = wire.mapping(wire.mapping(message.get("edit")).get("message"))
            content = _content(inner, wire.text(inner.get("type")) or "text")
        case "revoke":
            event, content, refs = Kind.DELETE, None, _original(message, kind)
        case "reaction":
            reaction = wire.mapping(message.get("reaction"))
            event, refs = Kind.REACTION, _named(reaction.get("message_id"))
            content = Content("reaction", wire.text(reaction.get("emoji")))
        case "system":
            event, content = Kind.SYSTEM, _system(message, details)
        case _:
            event, content = Kind.MESSAGE, _content(message, kind)
    if content is None and event is not Kind.DELETE:
        return None
    if event in (Kind.EDIT, Kind.DELETE, Kind.REACTION) and not refs:
        return None
    return InboundEvent(
        "whatsapp",
        event,
        f"message:{found}",
        account_id=_account(value),
        platform_id=found,
        ref_platform_ids=refs,
        chat=Chat(group, "group") if group else Chat(first),
        sender=sender,
        content=content,
        occurred_at=wire.moment(message.get("timestamp")),
        detail=details,
        users=_named(message.get("from"), message.get("from_user_id")),
    )


def _original(message: dict[str, Any], kind: str) -> tuple[str, ...]:
    return _named(wire.mapping(message.get(kind)).get("original_message_id"))


def _details(message: dict[str, Any]) -> dict[str, str]:
    context = wire.mapping(message.get("context"))
    forwarded = context.get("forwarded") is True or context.get("frequently_forwarded") is True
    return wire.facts(
        ts=wire.ident(message.get("timestamp")),
        code=_code(message),
        reply_to=wire.ident(context.get("id")),
        forwarded="yes" if forwarded else "",
        referral=wire.text(wire.mapping(message.get("referral")).get("headline"))[:200],
    )


def _code(holder: dict[str, Any]) -> str:
    return next((wire.ident(item.get("code")) for item in wire.objects(holder.get("errors"))), "")


def _system(message: dict[str, Any], details: dict[str, str]) -> Content:
    system = wire.mapping(message.get("system"))
    subtype = wire.text(system.get("type"))[:80]
    details.update(wire.facts(subtype=subtype))
    old_phone = Handle("wa_id", wire.ident(message.get("from")))
    new_phone = wire.ident(system.get("wa_id")) or wire.ident(system.get("new_wa_id"))
    if subtype == "user_changed_number":
        details.update(_moved(old_phone, "wa_id", new_phone))
    elif subtype == "user_changed_user_id":
        old_id = wire.ident(message.get("from_user_id"))
        old = Handle("bsuid", old_id) if old_id else old_phone
        details.update(_moved(old, "bsuid", wire.ident(system.get("user_id"))))
    return Content("system", wire.text(system.get("body")))


def _content(message: dict[str, Any], kind: str) -> Content | None:
    """What was said; None when a known type lacks what makes it up."""
    given = message.get(kind)
    item = wire.mapping(given)
    if kind == "text":
        said = item.get("body")
        return Content("text", wire.text(said)) if isinstance(said, str) else None
    if kind in _FILES:
        return _file(kind, item)
    if kind == "interactive":
        return _interactive(item)
    if kind == "button":
        said = wire.text(item.get("text"))
        return Content("button", said, payload=wire.facts(data=item.get("payload")))
    if kind == "location":
        place = wire.facts(
            latitude=item.get("latitude"),
            longitude=item.get("longitude"),
            name=item.get("name"),
            address=item.get("address"),
        )
        return Content("location", payload=place)
    if kind == "contacts":
        return Content("contacts", payload=_shared(message, given))
    if kind == "unsupported":
        return Content("unsupported", payload=wire.facts(type=wire.text(item.get("type"))[:80]))
    if kind == "order":
        count = str(len(list(wire.objects(item.get("product_items")))))
        return Content("order", wire.text(item.get("text")), payload={"items": count})
    return Content(kind[:80])


def _file(kind: str, item: dict[str, Any]) -> Content | None:
    found = wire.ident(item.get("id"))
    if not found:
        return None
    shown = "voice" if item.get("voice") is True else kind
    media = Media(
        found,
        shown,
        wire.text(item.get("mime_type"))[:120],
        wire.text(item.get("filename"))[:255],
        wire.size(item.get("file_size")),
        wire.text(item.get("sha256"))[:120],
    )
    return Content(shown, wire.text(item.get("caption")), (media,))


def _interactive(item: dict[str, Any]) -> Content:
    kind = wire.text(item.get("type"))[:80] or next(
        (name for name in ("button_reply", "list_reply", "nfm_reply") if name in item),
        "unsupported",
    )
    reply = wire.mapping(item.get(kind))
    said = wire.text(reply.get("title")) or wire.text(reply.get("body"))
    facts = wire.facts(data=reply.get("id"), description=reply.get("description"))
    if kind == "nfm_reply":
        facts = wire.facts(data=reply.get("response_json"), name=reply.get("name"))
    return Content(kind, said, payload=facts)


def _shared(message: dict[str, Any], given: object) -> dict[str, str]:
    """The first shared contact; `own` when the sender gave its own number on our request."""
    first = next(iter(wire.objects(given)), {})
    phone = next((item.get("phone") for item in wire.objects(first.get("phones"))), "")
    own = wire.text(message.get("origin")).startswith("contact_request/")
    digits = re.sub(r"[^0-9]", "", wire.text(phone))
    return wire.facts(
        name=wire.mapping(first.get("name")).get("formatted_name"),
        phone=digits or wire.text(phone),
        own="yes" if own and 7 <= len(digits) <= 15 else "",
    )


def _status(value: dict[str, Any], _people: _People, status: dict[str, Any]) -> InboundEvent | None:
    target, reached = wire.ident(status.get("id")), wire.text(status.get("status"))[:40]
    if not target or not reached:
        return None
    code = _code(status)
    error = _CODES.get(int(code), f"whatsapp:{code}"[:40]) if code.isdecimal() else "whatsapp"
    participant = wire.ident(status.get("recipient_participant_id")) or wire.ident(
        status.get("recipient_participant_user_id")
    )
    return InboundEvent(
        "whatsapp",
        Kind.STATUS,
        f"status:{target}:{reached}:{participant}",
        account_id=_account(value),
        ref_platform_ids=(target,),
        occurred_at=wire.moment(status.get("timestamp")),
        detail=wire.facts(
            status=reached,
            ts=wire.ident(status.get("timestamp")),
            code=code,
            error=error,
            tracker=wire.ident(status.get("biz_opaque_callback_data")),
            group="yes" if status.get("recipient_type") == "group" else "",
        ),
        users=_named(status.get("recipient_id"), status.get("recipient_user_id")),
    )


def _echo(value: dict[str, Any], _people: _People, message: dict[str, Any]) -> InboundEvent | None:
    """What one of us wrote in the WhatsApp Business app. The `sender` is who it was sent to."""
    found, kind = wire.ident(message.get("id")), wire.text(message.get("type"))
    phone, user_id = wire.ident(message.get("to")), wire.ident(message.get("to_user_id"))
    if not found or not kind or not (phone or user_id):
        return None
    changed = kind in ("edit", "revoke")
    return InboundEvent(
        "whatsapp",
        Kind.ECHO,
        f"message:{found}",
        account_id=_account(value),
        platform_id=found,
        ref_platform_ids=_original(message, kind) if changed else (),
        sender=Sender(_handles(phone, user_id)),
        content=None if changed else _content(message, kind) or Content("unsupported"),
        occurred_at=wire.moment(message.get("timestamp")),
        detail=wire.facts(ts=wire.ident(message.get("timestamp")), subtype=kind if changed else ""),
        users=_named(message.get("to"), message.get("to_user_id")),
    )


def _faults(value: dict[str, Any]) -> Iterable[InboundEvent]:
    """Errors that Meta reports about the account, not about one message."""
    for error in wire.objects(value.get("errors")):
        yield InboundEvent(
            "whatsapp",
            Kind.ACCOUNT_EVENT,
            f"error:{_digest([value.get('messages'), error])}",
            account_id=_account(value),
            detail=wire.facts(field="error", code=wire.ident(error.get("code"))),
        )
