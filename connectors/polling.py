"""Fetching updates where no webhook can reach us, and telling platforms which way it is."""

from __future__ import annotations

import json
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors import accounts, inbox
from connectors.channel import ChannelAccount, ChannelError, ErrorKind
from connectors.models import AccountRow, AccountStatus
from connectors.telegram import Telegram
from runtime import jobs, settings
from runtime.database import open_session
from runtime.failpoints import failpoint
from runtime.jobs import Job, JobRow, RetryLater
from runtime.scope import Scope

log = structlog.get_logger(__name__)

LONG_POLL = 8
"""Seconds Telegram may keep one call open: a worker waits as long."""
PAUSE = timedelta(milliseconds=200)
AFTER_A_FAULT = timedelta(seconds=15)


def connect(job: Job) -> None:
    """Tell Telegram where updates go. Without a public address there is nothing to tell."""
    account = _account(job)
    if account is None:
        return
    public = settings.current().public_url
    if _polls(account):
        webhook = None
    elif public is None:
        return
    else:
        webhook = f"{str(public).rstrip('/')}/webhooks/telegram/{account.endpoint_key}"
    try:
        Telegram().connect(account, webhook)
    except ChannelError as error:
        _note(job, account, error)
        raise RetryLater(error.message, AFTER_A_FAULT) from None
    with jobs.fenced_session(job) as session:
        session.execute(
            update(AccountRow).where(AccountRow.id == account.id).values(last_error=None)
        )
        if _polls(account):
            start(session, account)


def _account(job: Job) -> ChannelAccount | None:
    with open_session(job.scope, read_only=True) as session:
        account = accounts.numbered(session, job.args["account_id"])
    return account if account.status != AccountStatus.DISABLED else None


def _polls(account: ChannelAccount) -> bool:
    return account.settings.get("mode") == "polling"


def _note(job: Job, account: ChannelAccount, error: ChannelError) -> None:
    log.warning("account.fault", account=account.name, kind=str(error.kind), code=error.code)
    values: dict[str, object] = {"last_error": f"{error.kind}:{error.code}"[:60]}
    if error.kind is ErrorKind.AUTH:
        values["status"] = AccountStatus.NEEDS_REAUTH
    with jobs.fenced_session(job) as session:
        session.execute(update(AccountRow).where(AccountRow.id == account.id).values(**values))


def start(session: Session, account: ChannelAccount) -> None:
    """Make sure that this account has its one polling job."""
    lane = f"poll/{account.id}"
    running = select(JobRow.id).where(JobRow.lane == lane, JobRow.finished_at.is_(None))
    if session.scalar(running) is None:
        jobs.enqueue(
            session,
            "connectors.poll",
            unit_id=account.unit_id,
            lane=lane,
            account_id=account.id,
        )


def poll(job: Job) -> None:
    """Fetch and keep updates, for ever: the job's lease is the one poller's.

    The offset moves in the transaction that keeps the updates, so a crash loses and doubles
    nothing. Raises `RetryLater` to come back, and ends when the account is switched off.
    """
    account = _account(job)
    if account is None or not _polls(account):
        return
    with open_session(job.scope, read_only=True) as session:
        cursor = session.scalar(select(AccountRow.cursor).where(AccountRow.id == account.id)) or 0
    try:
        updates = Telegram().fetch(account, cursor, LONG_POLL)
    except ChannelError as error:
        _note(job, account, error)
        raise RetryLater(error.message, error.retry_after or AFTER_A_FAULT) from None
    numbered = [item for item in updates if isinstance(item.get("update_id"), int)]
    if numbered:
        with jobs.fenced_session(job) as session:
            for item in numbered:
                inbox.keep(session, account, {}, json.dumps(item).encode())
            after = max(item["update_id"] for item in numbered) + 1
            session.execute(
                update(AccountRow)
                .where(AccountRow.id == account.id)
                .values(cursor=after, last_error=None)
            )
        failpoint("webhook:stored")
    raise RetryLater("more may come", PAUSE)


def tend(_job: Job) -> None:
    """See that every polling account is polled for, whatever has happened to its job."""
    with open_session(accounts.everywhere(), read_only=True) as session:
        found = session.scalars(
            select(AccountRow).where(
                AccountRow.channel == "telegram", AccountRow.status == AccountStatus.ACTIVE
            )
        ).all()
        polled = [accounts.numbered(session, row.id) for row in found]
    for account in filter(_polls, polled):
        with open_session(Scope.of(account.unit_id)) as session:
            start(session, account)
