"""What follows from a delivery: its events, each stored once, and what each of them changes."""

from __future__ import annotations

import re
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors import accounts, effects, inbox, wire
from connectors.channel import (
    ChannelAccount,
    ChannelError,
    InboundEvent,
    Kind,
    channel_named,
    from_json,
    to_json,
)
from connectors.models import AccountStatus, EventRow, EventState, InboxRow, InboxState
from runtime import jobs
from runtime.database import insert_new, now, open_session
from runtime.errors import BadInput
from runtime.failpoints import failpoint
from runtime.jobs import Job
from runtime.scope import Scope
from runtime.secrets import keys

log = structlog.get_logger(__name__)

BATCH = 200
"""Events stored in one transaction: far below what a lease allows."""

WAIT = timedelta(hours=24)
"""How long an edit or a deletion waits for the message that it is about."""

_INERT = (Kind.UNKNOWN, Kind.REFERRAL)


def unpack(job: Job) -> None:
    """Store every event of a delivery once and enqueue what follows; keep what nobody can read."""
    with open_session(job.scope, read_only=True) as session:
        row = session.scalar(select(InboxRow).where(InboxRow.id == job.args["inbox_id"]))
        if row is None or row.state != InboxState.RECEIVED:
            return
        account = accounts.numbered(session, row.account_id)
        body = inbox.body_of(row)
    events = channel_named(account.channel).parse(account, row.headers, body)
    own = [event for event in events if event.account_id in (None, account.external_id)]
    orphans = 0
    if not row.forwarded and len(own) < len(events):
        orphans = _forward(account, row, body, events)
    if account.status == AccountStatus.DISABLED and any(event.account_id for event in own):
        own, orphans = [], orphans + 1  # kept whole, and nothing follows
    while True:
        batch, own = own[:BATCH], own[BATCH:]
        with jobs.fenced_session(job, last=not own) as session:
            for event in batch:
                _store(session, account, row.id, event)
            if not own:
                inbox.seen(session, account)
                _settle(session, row, body, events, orphans)
                break
    failpoint("receive:parsed")


def _forward(
    account: ChannelAccount, row: InboxRow, body: bytes, events: list[InboundEvent]
) -> int:
    """Pass a delivery on to the other accounts it is about; returns for how many there is none.

    One Meta app has one address for all its numbers. An account gets the delivery only if its
    own secret has signed it: whoever knows one app's secret cannot speak for another app.
    """
    named = {event.account_id for event in events} - {None, account.external_id}
    channel, orphans = channel_named(account.channel), 0
    for external_id in sorted(filter(None, named)):
        with open_session(accounts.everywhere(), read_only=True) as session:
            found = accounts.of_platform(session, account.channel, external_id)
        takers = [other for other in found if channel.verify(other, row.headers, body)]
        if not takers:
            orphans += 1
            log.warning("webhook.orphan", account=account.name, channel=account.channel)
        for other in takers:
            with open_session(Scope.of(other.unit_id)) as session:
                inbox.keep(session, other, row.headers, body, forwarded=True)
    return orphans


def _settle(
    session: Session, row: InboxRow, body: bytes, events: list[InboundEvent], orphans: int
) -> None:
    """Drop the body when everything in it has its place."""
    values: dict[str, object] = {"state": InboxState.PARSED, "body_sealed": None}
    if not events:
        values = {"state": InboxState.UNPARSABLE, "reason": wire.fault(body)}
    elif any(event.kind is Kind.UNPARSED for event in events):
        values = {"state": InboxState.UNPARSABLE, "reason": "bad_events"}
    elif orphans:
        values = {"state": InboxState.ORPHAN, "reason": "no_account"}
    session.execute(update(InboxRow).where(InboxRow.id == row.id).values(**values))


def give_up_unpacking(job: Job) -> None:
    """Show a delivery whose reading failed again and again."""
    with open_session(job.scope) as session:
        session.execute(
            update(InboxRow)
            .where(InboxRow.id == job.args["inbox_id"], InboxRow.state == InboxState.RECEIVED)
            .values(state=InboxState.UNPARSABLE, reason="failed")
        )


def _store(session: Session, account: ChannelAccount, inbox_id: int, event: InboundEvent) -> None:
    follows = event.kind not in (*_INERT, Kind.UNPARSED) and effects.follow(event)
    state = EventState.NEW if follows else EventState.DONE
    key = keys().mac("inbound", f"{account.id}|{event.dedup_key}")
    event_id = insert_new(
        session,
        EventRow,
        ["account_id", "dedup_key"],
        unit_id=account.unit_id,
        account_id=account.id,
        inbox_id=inbox_id,
        dedup_key=key,
        kind=event.kind,
        state=EventState.UNPARSED if event.kind is Kind.UNPARSED else state,
        payload_sealed=_seal(key, event) if follows else None,
        reason=_code(event.detail.get("field", "")) or effects.ignored(event),
    )
    if event_id is None or not follows:
        return
    jobs.enqueue(
        session,
        "connectors.receive",
        unit_id=account.unit_id,
        lane=_lane(account, event),
        event_id=event_id,
    )


def _code(name: str) -> str | None:
    """A platform's name for something as a code that every database takes."""
    return re.sub(r"[^A-Za-z0-9_.-]", "", name)[:40] or None


def _seal(key: str, event: InboundEvent) -> bytes:
    return keys().seal(to_json(event), context=f"inbound_event|{key}")


def _unseal(row: EventRow) -> InboundEvent:
    sealed = row.payload_sealed or b""
    return from_json(keys().open(sealed, context=f"inbound_event|{row.dedup_key}"))


def _lane(account: ChannelAccount, event: InboundEvent) -> str:
    """Events of one sender keep their order; reports on one message do, too."""
    if event.sender is not None and event.sender.identities:
        first = event.sender.identities[0]
        return jobs.lane("sender", account.id, first.kind, first.value)
    if event.kind is Kind.STATUS:
        return jobs.lane("status", account.id, event.ref_platform_ids)
    return f"endpoint/{account.id}/events"


def receive(job: Job) -> None:
    """Let one event have its effect, and everything that waited for it."""
    with jobs.fenced_session(job, last=True) as session:
        row = session.scalar(select(EventRow).where(EventRow.id == job.args["event_id"]))
        if row is None or row.state != EventState.NEW:
            return
        account = accounts.numbered(session, row.account_id)
        event = _unseal(row)
        _apply(session, account, row, event)
        if row.state == EventState.DONE and event.platform_id:
            for waiting in _waiting_for(session, account, event.platform_id):
                _apply(session, account, waiting, _unseal(waiting))
    failpoint("receive:appended")
    if event.kind is Kind.MESSAGE and account.settings.get("typing"):
        _show_typing(account, event)


def _show_typing(account: ChannelAccount, event: InboundEvent) -> None:
    """A courtesy: that it fails changes nothing."""
    try:
        channel_named(account.channel).typing(account, event)
    except ChannelError as error:
        log.info("typing.failed", account=account.name, kind=str(error.kind))


def _apply(session: Session, account: ChannelAccount, row: EventRow, event: InboundEvent) -> None:
    try:
        outcome = effects.apply(session, account, event)
    except BadInput:
        outcome = effects.Outcome(EventState.UNPARSED, "no_sender")
        _show_as_bad(session, row.inbox_id)
    row.state, row.reason, row.waits_for = outcome.state, outcome.reason, None
    if outcome.state == EventState.WAITING:
        row.waits_for = _index(account, outcome.waits_for)
    elif outcome.state == EventState.DONE:
        row.payload_sealed = None


def _show_as_bad(session: Session, inbox_id: int | None) -> None:
    session.execute(
        update(InboxRow)
        .where(InboxRow.id == inbox_id)
        .values(state=InboxState.UNPARSABLE, reason="bad_events")
    )


def _waiting_for(session: Session, account: ChannelAccount, platform_id: str) -> list[EventRow]:
    rows = session.scalars(
        select(EventRow)
        .where(
            EventRow.account_id == account.id,
            EventRow.waits_for == _index(account, platform_id),
            EventRow.state == EventState.WAITING,
        )
        .order_by(EventRow.id)
    )
    return list(rows)


def _index(account: ChannelAccount, platform_id: str) -> str:
    return keys().mac("waits", f"{account.id}|{platform_id}")


def give_up_receiving(job: Job) -> None:
    """Show an event whose handling failed again and again."""
    with open_session(job.scope) as session:
        inbox_id = session.scalar(
            update(EventRow)
            .where(EventRow.id == job.args["event_id"], EventRow.state == EventState.NEW)
            .values(state=EventState.UNPARSED, reason="failed")
            .returning(EventRow.inbox_id)
        )
        _show_as_bad(session, inbox_id)


def forget_waiting(session: Session) -> None:
    """Let go of edits and deletions whose message never came."""
    session.execute(
        update(EventRow)
        .where(EventRow.state == EventState.WAITING, EventRow.received_at < now() - WAIT)
        .values(state=EventState.DONE, reason="no_target", waits_for=None, payload_sealed=None)
    )
