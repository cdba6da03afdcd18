"""The way out: intent first, then the network with no session open, then what became of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors import accounts, halted
from connectors.channel import (
    Channel,
    ChannelAccount,
    ChannelError,
    ErrorKind,
    Handle,
    Outbound,
    Sent,
    channel_named,
)
from connectors.models import AccountRow, AccountStatus
from records import deliveries, identities, messages
from records.deliveries import Outgoing
from records.identities import Address
from records.states import Status
from runtime import jobs, settings
from runtime.database import now, open_session
from runtime.errors import NotFound
from runtime.failpoints import failpoint
from runtime.jobs import Job, RetryLater

log = structlog.get_logger(__name__)

RETRIES = tuple(timedelta(seconds=seconds) for seconds in (1, 4, 15, 60, 300))
"""Pauses after transient faults; after the last one the message has failed."""

PAIR_PAUSE = timedelta(seconds=6)
"""WhatsApp takes about one message in 6 s to one person once it has complained (131056)."""

LONGEST_BACKOFF = 300
REPORT_WITHIN = timedelta(seconds=90)
"""How long a platform that reports by our own id may take until we call a message lost sight of."""
ASK_AGAIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Task:
    """A message that may be sent now, and what of it is left to send."""

    message: Outgoing
    account: ChannelAccount
    channel: Channel
    parts: list[str]
    done: int
    first_id: str | None


def deliver(job: Job) -> None:
    """Bring one message to its contact, part by part, at most once where that can be known."""
    task = _begin(job)
    if task is None:
        return
    failpoint("deliver:sending")
    first, sent = task.first_id, Sent(task.first_id)
    for place in range(task.done, len(task.parts)):
        if not task.channel.repeatable:
            # Whoever was paused until here finds another worker's verdict on this message.
            jobs.must_hold(job, seconds=2 * settings.current().channel_timeout)
        try:
            sent = _send(task, task.parts[place])
        except ChannelError as error:
            _refused(job, task, place, first, error)
            return
        first = first or sent.platform_id
        if place + 1 < len(task.parts):
            with jobs.fenced_session(job) as session:
                halted.note(session, task.message, parts=place + 1, first_id=first)
    failpoint("deliver:sent")
    with jobs.fenced_session(job, last=True) as session:
        _accepted(session, task, first, sent)
    failpoint("deliver:settled")


def _send(task: _Task, part: str) -> Sent:
    return task.channel.send(task.account, Outbound(task.message.addresses, part, task.message.ref))


def _begin(job: Job) -> _Task | None:
    """Commit the intent to send. None when there is nothing to send (any more).

    Raises `RetryLater` while the account may not send.
    """
    with jobs.fenced_session(job) as session:
        try:
            message = deliveries.outgoing(session, job.args["message_id"])
        except NotFound:
            return None  # erased, with the person it was for
        if message.status not in (Status.QUEUED, Status.SENDING):
            return None
        account = accounts.numbered(session, message.account_id)
        channel = channel_named(account.channel)
        if message.status is Status.SENDING and not channel.repeatable:
            # An earlier worker died around the call: it may have been taken.
            _lost_sight(session, message, channel)
            return None
        if message.status is Status.QUEUED:
            if not message.window_open:
                _failed(session, message, str(ErrorKind.WINDOW_CLOSED))
                return None
            if account.status == AccountStatus.DISABLED:
                # Somebody switched it off on purpose: say so now instead of waiting for ever.
                _failed(session, message, "account_disabled")
                return None
            _raise_if_halted(account)
            if not deliveries.begin(session, message.message_id):
                return None
        progress = halted.progress(session, message)
    parts = channel.split(_with_citations(channel, message))
    return _Task(message, account, channel, parts, progress.parts, progress.first_id)


def _with_citations(channel: Channel, message: Outgoing) -> str:
    """Where a channel has no place of its own for sources, they follow the text."""
    if channel.shows_sources or not message.citations:
        return message.text
    lines = (f"[{n}] {citation}" for n, citation in enumerate(message.citations, start=1))
    return "\n".join([message.text, "", *lines])


def _raise_if_halted(account: ChannelAccount) -> None:
    if account.status != AccountStatus.ACTIVE:
        raise RetryLater(f"the account is {account.status}", ASK_AGAIN)
    if account.paused_until is not None and account.paused_until > now():
        raise RetryLater("the platform asked for a pause", account.paused_until - now())


def _accepted(session: Session, task: _Task, first: str | None, sent: Sent) -> None:
    message = task.message
    messages.locked(session, message.conversation_id)
    # The platform's report may have come before its answer: never go back behind it.
    current = deliveries.outgoing(session, message.message_id).status
    told = (Status.DELIVERED, Status.READ, Status.FAILED)
    reached = current if current in told else Status.SENT
    deliveries.settle(session, message.message_id, reached, external_id=first)
    halted.forget(session, message)
    _learn_addresses(session, task, sent)
    session.execute(
        update(AccountRow)
        .where(AccountRow.id == task.account.id, AccountRow.pauses > 0)
        .values(pauses=0)
    )


def _learn_addresses(session: Session, task: _Task, sent: Sent) -> None:
    """An address that the platform named in its answer belongs to the same contact."""
    known = task.message.addresses
    old = next((Address(kind, value) for kind, value in known.items()), None)
    for handle in sent.addresses:
        if old is not None and handle.kind not in known:
            _add(session, task.account, old, handle)


def _add(session: Session, account: ChannelAccount, old: Address, new: Handle) -> None:
    identities.move_address(
        session,
        unit_id=account.unit_id,
        old=old,
        new=Address(new.kind, new.value),
        channel=account.channel,
    )


def _refused(job: Job, task: _Task, place: int, first: str | None, error: ChannelError) -> None:
    """Record why a part was not taken, and when it is tried again. Raises `RetryLater`."""
    delay: timedelta | None = None
    with jobs.fenced_session(job) as session:
        message = task.message
        match error.kind:
            case ErrorKind.THROTTLED_ACCOUNT:
                delay = _pause_account(session, task.account, error.retry_after)
            case ErrorKind.THROTTLED_RECIPIENT:
                delay = (error.retry_after or PAIR_PAUSE) * random.uniform(1, 1.2)  # noqa: S311
            case ErrorKind.AUTH:
                _needs_reauth(session, task.account, error.code)
                delay = ASK_AGAIN
            case ErrorKind.TRANSIENT:
                tries = halted.progress(session, message).tries
                delay = RETRIES[tries] if tries < len(RETRIES) else None
                if delay is None:
                    _failed(session, message, _code(error))
                else:
                    halted.note(session, message, tries=tries + 1)
            case ErrorKind.UNKNOWN if task.channel.repeatable:
                delay = RETRIES[0]
            case ErrorKind.UNKNOWN:
                _lost_sight(session, message, task.channel)
            case ErrorKind.GONE:
                identities.mark_unreachable(session, message.identity_id)
                _failed(session, message, _code(error), hand_over=False)
            case _:
                _failed(session, message, _code(error))
        if delay is not None:
            if place:
                halted.note(session, message, parts=place, first_id=first)
            kind = str(error.kind)
            stands = deliveries.settle(session, message.message_id, Status.QUEUED, error=kind)
            if stands is Status.WITHDRAWN:  # people took over during the call
                halted.forget(session, message)
                delay = None
    log.warning("deliver.refused", account=task.account.name, kind=str(error.kind), code=error.code)
    if delay is not None:
        raise RetryLater(error.message, delay)


def _code(error: ChannelError) -> str:
    plain = error.kind in (ErrorKind.WINDOW_CLOSED, ErrorKind.GONE) or not error.code
    return str(error.kind) if plain else f"{error.kind}:{error.code}"[:40]


def _pause_account(session: Session, account: ChannelAccount, asked: timedelta | None) -> timedelta:
    row = session.scalar(select(AccountRow).where(AccountRow.id == account.id).with_for_update())
    pauses = row.pauses if row else 0
    backoff = timedelta(seconds=min(2**pauses, LONGEST_BACKOFF) * random.uniform(1, 1.25))  # noqa: S311
    delay = asked or backoff
    if row is not None:
        row.pauses = min(pauses + 1, 16)
        row.paused_until = max(row.paused_until or now(), now() + delay)
    return delay


def _needs_reauth(session: Session, account: ChannelAccount, code: str) -> None:
    session.execute(
        update(AccountRow)
        .where(AccountRow.id == account.id, AccountRow.status == AccountStatus.ACTIVE)
        .values(status=AccountStatus.NEEDS_REAUTH, last_error=f"auth:{code}"[:60])
    )
    log.error("account.needs_reauth", account=account.name, channel=account.channel)


def _failed(session: Session, message: Outgoing, error: str, *, hand_over: bool = True) -> None:
    deliveries.settle(session, message.message_id, Status.FAILED, error=error)
    halted.forget(session, message)
    if hand_over:
        deliveries.show_to_people(session, message.message_id)


def _lost_sight(session: Session, message: Outgoing, channel: Channel) -> None:
    """It may have arrived. Wait for the platform's report where there is one; never repeat."""
    halted.forget(session, message)
    error = "awaiting_report" if channel.reports else "no_answer"
    deliveries.settle(session, message.message_id, Status.UNKNOWN, error=error)
    if not channel.reports:
        deliveries.show_to_people(session, message.message_id)
        return
    jobs.enqueue(
        session,
        "connectors.resolve_unknown",
        unit_id=message.unit_id,
        lane=f"message/{message.message_id}/unknown",
        delay=REPORT_WITHIN,
        message_id=message.message_id,
    )


def resolve_unknown(job: Job) -> None:
    """No report came in time: the message stays unknown, and people are shown it."""
    with jobs.fenced_session(job) as session:
        message = deliveries.outgoing(session, job.args["message_id"])
        messages.locked(session, message.conversation_id)
        if deliveries.outgoing(session, message.message_id).status is Status.UNKNOWN:
            deliveries.settle(session, message.message_id, Status.UNKNOWN, error="no_report")
            deliveries.show_to_people(session, message.message_id)


def give_up(job: Job) -> None:
    """The handler itself failed again and again: say so on the message."""
    with open_session(job.scope) as session:
        message = deliveries.outgoing(session, job.args["message_id"])
        if message.status is Status.QUEUED:
            _failed(session, message, "internal")
        elif message.status is Status.SENDING:
            _lost_sight(session, message, channel_named(_channel_of(session, message)))


def _channel_of(session: Session, message: Outgoing) -> str:
    return accounts.numbered(session, message.account_id).channel
