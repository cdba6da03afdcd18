"""Telegram's updates (Bot API 10.1) in the words all channels share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from connectors import wire
from connectors.channel import (
    Chat,
    Content,
    Handle,
    InboundEvent,
    Kind,
    Media,
    Sender,
)

_MESSAGES = {
    "message": Kind.MESSAGE,
    "edited_message": Kind.EDIT,
    "channel_post": Kind.MESSAGE,
    "edited_channel_post": Kind.EDIT,
    "business_message": Kind.MESSAGE,
    "edited_business_message": Kind.EDIT,
    "guest_message": Kind.MESSAGE,
}

_FILES = (
    "animation", "audio", "live_photo", "photo", "sticker", "video", "video_note", "voice",
    "document",
)  # fmt: skip
"""Contents with a file. An animation comes with a `document` too: the first one counts."""

_OTHERS = (
    "story", "paid_media", "venue", "location", "contact", "checklist", "dice", "game", "poll",
    "rich_message", "invoice", "giveaway", "giveaway_winners", "passport_data",
)  # fmt: skip

_SERVICE_FIELDS = """
new_chat_members left_chat_member chat_owner_left chat_owner_changed new_chat_title
new_chat_photo delete_chat_photo group_chat_created supergroup_chat_created
channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id
migrate_from_chat_id pinned_message successful_payment refunded_payment users_shared
chat_shared gift unique_gift gift_upgrade_sent connected_website write_access_allowed
proximity_alert_triggered boost_added chat_background_set checklist_tasks_done
checklist_tasks_added direct_message_price_changed forum_topic_created forum_topic_edited
forum_topic_closed forum_topic_reopened general_forum_topic_hidden
general_forum_topic_unhidden giveaway_created giveaway_completed managed_bot_created
paid_message_price_changed poll_option_added poll_option_deleted suggested_post_approved
suggested_post_approval_failed suggested_post_declined suggested_post_paid
suggested_post_refunded video_chat_scheduled video_chat_started video_chat_ended
video_chat_participants_invited web_app_data
"""
_SERVICE = frozenset(_SERVICE_FIELDS.split())

_ABOUT_FIELDS = """
message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count
sender_business_bot sender_tag date guest_query_id business_connection_id chat
forward_origin is_topic_message is_automatic_forward reply_to_message external_reply quote
reply_to_story reply_to_checklist_task_id reply_to_poll_option_id via_bot
guest_bot_caller_user guest_bot_caller_chat edit_date has_protected_content is_from_offline
is_paid_post media_group_id author_signature paid_star_count entities link_preview_options
suggested_post_info effect_id caption caption_entities show_caption_above_media
has_media_spoiler reply_markup
"""
_ABOUT = frozenset(_ABOUT_FIELDS.split())
"""Fields that say something about a message and are no content of it."""

_CHATS: dict[str, Any] = {"private": "private", "group": "group", "supergroup": "group"}


def parse(
    body: bytes,
    headers: Mapping[str, str],  # noqa: ARG001 - the same signature for every channel
) -> list[InboundEvent]:
    """The one event of an update; none when it is no JSON object. Never raises, fetches nothing."""
    try:
        update = wire.read_object(body)
    except wire.Unreadable:
        return []
    number = wire.ident(update.get("update_id"))
    key = number or "body:" + hashlib.sha256(body).hexdigest()
    name = next((name for name in update if name != "update_id"), "")
    given = update.get(name)
    if not isinstance(given, dict):
        # Whatever it is: a body that says something is kept where an admin sees it.
        kind = Kind.UNPARSED if name else Kind.UNKNOWN
        return [_plain(kind, key, name, number)]
    if name in _MESSAGES:
        return [_message(key, number, name, given)]
    readers = {
        "callback_query": _postback,
        "message_reaction": _reaction,
        "deleted_business_messages": _deletion,
        "my_chat_member": _membership,
    }
    reader = readers.get(name)
    if reader is None:
        return [_plain(Kind.UNKNOWN, key, name, number)]
    return [reader(key, number, given)]


def _plain(kind: Kind, key: str, name: str, number: str) -> InboundEvent:
    return InboundEvent("telegram", kind, key, detail=wire.facts(field=name[:80], update=number))


def message_key(chat: str, message: str) -> str:
    """A message's id: Telegram counts messages per chat."""
    return f"{chat}:{message}"


def _message(key: str, number: str, name: str, message: dict[str, Any]) -> InboundEvent:
    chat, found = _chat(message), wire.ident(message.get("message_id"))
    if chat is None or not found:
        return _plain(Kind.UNPARSED, key, name, number)
    content, kind = _content(message), _MESSAGES[name]
    if content is None:
        kind = Kind.SYSTEM
    sender = _sender(message, chat)
    reply_to = wire.ident(wire.mapping(message.get("reply_to_message")).get("message_id"))
    detail = wire.facts(
        update=number,
        update_type=name,
        ts=wire.ident(message.get("date")),
        album=wire.ident(message.get("media_group_id")),
        reply_to=message_key(chat.platform_id, reply_to) if reply_to else "",
    )
    return InboundEvent(
        "telegram",
        kind,
        key,
        platform_id=message_key(chat.platform_id, found),
        ref_platform_ids=(message_key(chat.platform_id, found),) if kind is Kind.EDIT else (),
        chat=chat,
        sender=sender,
        content=content,
        occurred_at=wire.moment(message.get("date")),
        detail=detail,
        users=_users(message.get("from")),
    )


def _chat(holder: dict[str, Any]) -> Chat | None:
    chat = wire.mapping(holder.get("chat"))
    found = wire.ident(chat.get("id"))
    if not found:
        return None
    # A chat without a type is one person's when its id is positive (groups have negative ids).
    kind = wire.text(chat.get("type")) or ("group" if found.startswith("-") else "private")
    return Chat(found, _CHATS.get(kind, "channel"))


def _users(person: object) -> tuple[str, ...]:
    found = wire.ident(wire.mapping(person).get("id"))
    return (found,) if found else ()


def _sender(message: dict[str, Any], chat: Chat) -> Sender:
    person = wire.mapping(message.get("from"))
    if wire.mapping(message.get("sender_chat")):
        return Sender(is_bot=True)  # a channel or an anonymous group admin speaks: no customer
    return _person(person, chat.platform_id if chat.type == "private" else "")


def _person(person: dict[str, Any], otherwise: str = "") -> Sender:
    found = wire.ident(person.get("id")) or otherwise
    names = (wire.text(person.get("first_name")), wire.text(person.get("last_name")))
    return Sender(
        (Handle("telegram", found),) if found else (),
        " ".join(name.strip() for name in names if name.strip())[:200],
        person.get("is_bot") is True,
    )


def _content(message: dict[str, Any]) -> Content | None:
    """What was said; None for a service message, `unsupported` for what is newer than we are."""
    said = wire.text(message.get("text")) or wire.text(message.get("caption"))
    if "text" in message and isinstance(message["text"], str):
        return Content("text", said)
    for name in _FILES:
        media = _media(name, message.get(name))
        if media:
            emoji = wire.text(wire.mapping(message.get(name)).get("emoji"))
            return Content(name, said, (media,), wire.facts(emoji=emoji))
    for name in _OTHERS:
        if isinstance(message.get(name), dict):
            return Content(name, said, payload=_payload(name, message[name], message))
    if message.keys() & _SERVICE:
        return None
    unknown = sorted(name for name in message if name not in _ABOUT)
    return Content("unsupported", said, payload={"type": unknown[0][:80]}) if unknown else None


def _media(name: str, value: object) -> Media | None:
    if isinstance(value, list):  # photos come in several sizes, the largest last
        sizes = list(wire.objects(value))
        value = max(sizes, key=lambda size: wire.size(size.get("width")) or 0, default=None)
    item = wire.mapping(value)
    found = wire.ident(item.get("file_id"))
    if not found:
        return None
    return Media(
        found,
        name,
        wire.text(item.get("mime_type"))[:120],
        wire.text(item.get("file_name"))[:255],
        wire.size(item.get("file_size")),
    )


def _payload(name: str, item: dict[str, Any], message: dict[str, Any]) -> dict[str, str]:
    if name in ("location", "venue"):
        place = item if name == "location" else wire.mapping(item.get("location"))
        return wire.facts(
            latitude=place.get("latitude"),
            longitude=place.get("longitude"),
            name=item.get("title"),
            address=item.get("address"),
        )
    if name == "contact":
        sender = _users(message.get("from"))
        own = bool(sender) and sender == (wire.ident(item.get("user_id")),)
        return wire.facts(
            name=item.get("first_name"),
            phone=item.get("phone_number"),
            own="yes" if own else "",
        )
    return wire.facts(
        question=item.get("question"), emoji=item.get("emoji"), value=item.get("value"),
        title=item.get("title"),
    )  # fmt: skip


def _postback(key: str, number: str, query: dict[str, Any]) -> InboundEvent:
    found, person = wire.ident(query.get("id")), wire.mapping(query.get("from"))
    if not found or not _users(person):
        return _plain(Kind.UNPARSED, key, "callback_query", number)
    data = wire.text(query.get("data"))
    return InboundEvent(
        "telegram",
        Kind.POSTBACK,
        key,
        platform_id=f"callback:{found}",
        chat=_chat(wire.mapping(query.get("message"))),
        sender=_person(person),
        content=Content("button", data, payload=wire.facts(data=data)),
        detail=wire.facts(update=number, query=found),
        users=_users(person),
    )


def _reaction(key: str, number: str, reaction: dict[str, Any]) -> InboundEvent:
    chat, target = _chat(reaction), wire.ident(reaction.get("message_id"))
    if chat is None or not target:
        return _plain(Kind.UNPARSED, key, "message_reaction", number)
    emoji = [wire.text(item.get("emoji")) for item in wire.objects(reaction.get("new_reaction"))]
    return InboundEvent(
        "telegram",
        Kind.REACTION,
        key,
        ref_platform_ids=(message_key(chat.platform_id, target),),
        chat=chat,
        sender=_person(wire.mapping(reaction.get("user"))),
        content=Content("reaction", "".join(emoji)),
        occurred_at=wire.moment(reaction.get("date")),
        detail=wire.facts(update=number),
        users=_users(reaction.get("user")),
    )


def _deletion(key: str, number: str, deleted: dict[str, Any]) -> InboundEvent:
    chat, ids = _chat(deleted), deleted.get("message_ids")
    found = [wire.ident(item) for item in ids] if isinstance(ids, list) else []
    if chat is None or not any(found):
        return _plain(Kind.UNPARSED, key, "deleted_business_messages", number)
    return InboundEvent(
        "telegram",
        Kind.DELETE,
        key,
        ref_platform_ids=tuple(message_key(chat.platform_id, item) for item in found if item),
        chat=chat,
        detail=wire.facts(update=number, update_type="deleted_business_messages"),
    )


def _membership(key: str, number: str, change: dict[str, Any]) -> InboundEvent:
    chat = _chat(change)
    if chat is None:
        return _plain(Kind.UNPARSED, key, "my_chat_member", number)
    new = wire.text(wire.mapping(change.get("new_chat_member")).get("status"))
    return InboundEvent(
        "telegram",
        Kind.MEMBERSHIP,
        key,
        chat=chat,
        sender=_person({}, chat.platform_id if chat.type == "private" else ""),
        occurred_at=wire.moment(change.get("date")),
        detail=wire.facts(update=number, status=new),
    )
