"""Every delivery is stored, together with the job that reads it, before it is acknowledged."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require
from connectors import accounts, wire
from connectors.channel import ChannelAccount, channel_named
from connectors.models import AccountRow, AccountStatus, EventRow, EventState, InboxRow, InboxState
from runtime import jobs
from runtime.database import now, open_session
from runtime.errors import NotAllowed, NotFound
from runtime.failpoints import failpoint
from runtime.scope import Scope
from runtime.secrets import keys, open_sealed_bytes, seal

log = structlog.get_logger(__name__)

KEPT_HEADERS = ("content-type", "x-hub-signature-256")
"""Telegram's secret is in a header: it is not among them."""


def accept(endpoint_or_name: str, headers: Mapping[str, str], body: bytes) -> None:
    """Keep a delivery and enqueue the reading of it; when this returns, it cannot be lost.

    Raises `NotAllowed` when its signature does not fit (nothing is stored), `NotFound` for an
    unknown address, `Unavailable` when the database is away: the platform tries again.
    """
    account = accounts.account(endpoint_or_name, also_off=True)
    channel = channel_named(account.channel)
    if not channel.verify(account, headers, body):
        log.warning("webhook.forged", account=account.name, channel=account.channel)
        raise NotAllowed("the signature does not fit")
    # Meta sends all numbers of an app to one address, and none at all any more once that fails:
    # switching off one number must not cost the others.
    if account.status == AccountStatus.DISABLED and not any(
        event.account_id for event in channel.parse(account, headers, body)
    ):
        raise NotFound("no such channel account")
    with open_session(Scope.of(account.unit_id)) as session:
        keep(session, account, headers, body)
    failpoint("webhook:stored")


def keep(
    session: Session,
    account: ChannelAccount,
    headers: Mapping[str, str],
    body: bytes,
    *,
    forwarded: bool = False,
) -> None:
    """Add a raw delivery and its job to this transaction."""
    digest = hashlib.sha256(body).hexdigest()
    row = InboxRow(
        unit_id=account.unit_id,
        account_id=account.id,
        headers={name: found for name in KEPT_HEADERS if (found := wire.header(headers, name))},
        body_sealed=seal(_key(), body, context=_place(account.id, digest)),
        sha256=digest,
        size=len(body),
        forwarded=forwarded,
    )
    session.add(row)
    session.flush()
    jobs.enqueue(
        session,
        "connectors.parse",
        unit_id=account.unit_id,
        lane=f"endpoint/{account.id}",
        inbox_id=row.id,
    )


def _key() -> bytes:
    return keys().derived("installation")


def _place(account_id: int, digest: str) -> str:
    return f"webhook_inbox|{account_id}|{digest}"


def body_of(row: InboxRow) -> bytes:
    """The raw body, empty once it was dropped."""
    if row.body_sealed is None:
        return b""
    return open_sealed_bytes(_key(), row.body_sealed, context=_place(row.account_id, row.sha256))


def handshake(endpoint: str, params: Mapping[str, str]) -> str:
    """What to answer when Meta asks whether this address is ours, as plain text.

    Raises `NotAllowed` when the token is another one.
    """
    account = accounts.account(endpoint)
    expected = account.secrets.get("verify_token", "").encode()
    given = params.get("hub.verify_token", "").encode("utf-8", "replace")
    right = bool(expected) and hmac.compare_digest(given, expected)
    if params.get("hub.mode") != "subscribe" or not right:
        raise NotAllowed("the verify token does not fit")
    return params.get("hub.challenge", "")


@dataclass(frozen=True, slots=True)
class KeptDelivery:
    """A delivery that could not be used as a whole or in part; its body is kept."""

    id: int
    unit_id: int
    account: str
    channel: str
    state: str
    reason: str
    size: int
    unparsed_events: int
    received_at: datetime


def list_unparsed(
    session: Session, principal: Principal, *, limit: int = 100
) -> list[KeptDelivery]:
    """The newest deliveries that nobody could read or place, without what is in them."""
    require(principal, Permission.INBOX_READ)
    rows = session.execute(
        select(InboxRow, AccountRow)
        .join(AccountRow, AccountRow.id == InboxRow.account_id)
        .where(InboxRow.state.in_((InboxState.UNPARSABLE, InboxState.ORPHAN)))
        .order_by(InboxRow.id.desc())
        .limit(limit)
    ).all()
    counted = session.execute(
        select(EventRow.inbox_id, func.count())
        .where(
            EventRow.inbox_id.in_([row.id for row, _ in rows]),
            EventRow.state == EventState.UNPARSED,
        )
        .group_by(EventRow.inbox_id)
    )
    bad: dict[int | None, int] = {row[0]: row[1] for row in counted}
    return [
        KeptDelivery(
            row.id,
            row.unit_id,
            account.name,
            account.channel,
            row.state,
            row.reason or "",
            row.size,
            bad.get(row.id, 0),
            row.received_at,
        )
        for row, account in rows
    ]


def read_raw(session: Session, principal: Principal, inbox_id: int) -> bytes:
    """The body of a kept delivery, for who may change channels; the reading is recorded.

    Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.CHANNEL_WRITE)
    row = session.scalar(select(InboxRow).where(InboxRow.id == inbox_id))
    if row is None or row.body_sealed is None:
        raise NotFound("no such kept delivery")
    ledger.record(
        session, principal.id, Permission.INBOX_READ, f"webhook_inbox/{row.id}", unit_id=row.unit_id
    )
    return body_of(row)


def seen(session: Session, account: ChannelAccount) -> None:
    """Note that the account is alive, at most once a minute."""
    row = session.scalar(select(AccountRow).where(AccountRow.id == account.id))
    if row and (row.last_inbound_at is None or now() - row.last_inbound_at >= timedelta(minutes=1)):
        row.last_inbound_at = now()
