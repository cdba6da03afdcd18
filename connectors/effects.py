"""What one inbound event changes in the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from connectors import senders
from connectors.channel import (
    ChannelAccount,
    Content,
    Handle,
    InboundEvent,
    Kind,
    channel_named,
)
from connectors.models import EventState
from records import changes, contacts, conversations, deliveries, identities, messages
from records.states import Status
from runtime import settings
from runtime.database import now

_SHOWN = {
    "image": "image", "photo": "image", "live_photo": "image",
    "audio": "audio", "voice": "voice", "video": "video", "animation": "video",
    "video_note": "video", "document": "document", "sticker": "sticker",
    "location": "location", "venue": "location", "contact": "contacts", "contacts": "contacts",
    "button": "button", "button_reply": "button", "list_reply": "button",
    "nfm_reply": "form", "order": "order", "poll": "poll", "dice": "dice", "story": "story",
    "text": "text",
}  # fmt: skip
"""What a message is shown as, by the platform's word; everything else is `unsupported`."""

_REPORTS = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.READ,
    "failed": Status.FAILED,
}

_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an event ended: a state, and a code why nothing followed from it."""

    state: EventState = EventState.DONE
    reason: str | None = None
    waits_for: str = ""


DONE = Outcome()


def follow(event: InboundEvent) -> bool:
    """Whether anything can follow from this event."""
    match event.kind:
        case Kind.MESSAGE | Kind.POSTBACK:
            return ignored(event) is None
        case Kind.SYSTEM | Kind.ACCOUNT_EVENT:
            return "new_kind" in event.detail
        case Kind.STATUS:
            return event.detail.get("status") in _REPORTS
        case Kind.REACTION | Kind.REFERRAL | Kind.UNKNOWN | Kind.UNPARSED:
            return False
    return True


def apply(session: Session, account: ChannelAccount, event: InboundEvent) -> Outcome:
    """Change the record as the event says. Raises `BadInput` when a sender has no address."""
    match event.kind:
        case Kind.MESSAGE | Kind.POSTBACK:
            return _message(session, account, event)
        case Kind.EDIT | Kind.DELETE:
            return _change(session, account, event)
        case Kind.STATUS:
            return _status(session, account, event)
        case Kind.ECHO:
            return _echo(session, account, event)
        case Kind.MEMBERSHIP:
            return _membership(session, account, event)
        case Kind.SYSTEM | Kind.ACCOUNT_EVENT:
            return _moved(session, account, event)
    return DONE


def ignored(event: InboundEvent) -> str | None:
    """Why a message is not for us: a code."""
    if event.detail.get("update_type", "").startswith(("business", "edited_business")):
        return "business"
    if event.chat is not None and event.chat.type != "private":
        return str(event.chat.type)
    if event.sender is not None and event.sender.is_bot:
        return "bot"
    return None


def _message(session: Session, account: ChannelAccount, event: InboundEvent) -> Outcome:
    handles = event.sender.identities if event.sender else ()
    name = event.sender.display_name if event.sender else ""
    content = event.content or Content("unsupported")
    known = senders.conversation_for(session, account, handles, name=name)
    if content.payload.get("own") and content.payload.get("phone"):
        phone = {"phone": "+" + content.payload["phone"].lstrip("+")}
        contacts.observe(session, known.contact_id, phone, source=account.channel)
        # The platform says that this number is the sender's own: somebody else's is not "own".
        identities.prove(
            session, known.contact_id, "phone", phone["phone"], channel=account.channel
        )
    messages.append_inbound(
        session,
        known.conversation_id,
        messages.Incoming(
            event.platform_id or event.dedup_key,
            content.text or _described(content),
            _SHOWN.get(content.type, "unsupported"),
            _sane(event.occurred_at),
            _extra(event, content),
        ),
        delay=timedelta(seconds=settings.current().reply_delay),
        window=channel_named(account.channel).window,
    )
    return DONE


def _sane(at: datetime | None) -> datetime | None:
    """A platform's time, unless it lies in our future: then it is now."""
    return at if at is None or at < now() + _CLOCKS_DIFFER else now()


def _described(content: Content) -> str:
    """A line for a content without words of its own, for the people who read it."""
    told = [value for name, value in content.payload.items() if name not in ("own", "data")]
    return ", ".join(told)


def _extra(event: InboundEvent, content: Content) -> dict[str, object]:
    found: dict[str, object] = {}
    if content.media:
        found["attachments"] = [
            {
                "type": item.type,
                "id": item.id,
                "mime": item.mime,
                "name": item.name,
                "size": item.size,
                "sha256": item.sha256,
            }
            for item in content.media
        ]
    if content.payload:
        found[content.type] = dict(content.payload)
    for name in ("reply_to", "album", "forwarded", "referral"):
        if name in event.detail:
            found[name] = event.detail[name]
    return found


def _change(session: Session, account: ChannelAccount, event: InboundEvent) -> Outcome:
    if ignored(event):
        return Outcome(reason=ignored(event))
    content = event.content or Content("text")
    for target in event.ref_platform_ids:
        if event.kind is Kind.EDIT:
            here = changes.edit(session, account.id, target, content.text or _described(content))
        else:
            here = changes.delete(session, account.id, target)
        if not here:
            return Outcome(EventState.WAITING, "no_target_yet", target)
    return DONE


def _status(session: Session, account: ChannelAccount, event: InboundEvent) -> Outcome:
    if event.detail.get("group"):
        return Outcome(reason="group")
    status = _REPORTS[event.detail["status"]]
    ours = deliveries.report(
        session,
        account.id,
        status,
        external_id=event.ref_platform_ids[0] if event.ref_platform_ids else None,
        ref=event.detail.get("tracker"),
        error=event.detail.get("error") if status is Status.FAILED else None,
    )
    return DONE if ours else Outcome(reason="no_target")


def _echo(session: Session, account: ChannelAccount, event: InboundEvent) -> Outcome:
    if event.detail.get("subtype") in ("edit", "revoke"):
        return Outcome(reason="echo_change")
    external_id = event.platform_id or event.dedup_key
    if deliveries.report(session, account.id, Status.SENT, external_id=external_id):
        return Outcome(reason="own_message")
    handles = event.sender.identities if event.sender else ()
    known = senders.conversation_for(session, account, handles)
    content = event.content or Content("unsupported")
    conversations.person_spoke_elsewhere(
        session,
        known.conversation_id,
        content.text or _described(content) or f"[{content.type}]",
        external_id=external_id,
        at=_sane(event.occurred_at) or now(),
    )
    return DONE


def _membership(session: Session, account: ChannelAccount, event: InboundEvent) -> Outcome:
    known = senders.find(session, account.id, event.sender.identities if event.sender else ())
    if known is None:
        return Outcome(reason="nobody")
    if event.detail.get("status") in ("kicked", "left"):
        identities.mark_unreachable(session, known.identity_id)
    return DONE


def _moved(session: Session, account: ChannelAccount, event: InboundEvent) -> Outcome:
    detail = event.detail
    old = Handle(detail.get("old_kind", ""), detail.get("old_value", ""))
    new = Handle(detail.get("new_kind", ""), detail.get("new_value", ""))
    if not old.value or not new.value:
        return Outcome(reason="no_addresses")
    senders.moved(session, account, old, new)
    return DONE
