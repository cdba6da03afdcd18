"""The accounts we have on channels: connected, listed, found by a webhook's address."""

from __future__ import annotations

import json
import re
import secrets as entropy
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, people, require, within
from connectors import signing
from connectors.channel import ChannelAccount, channel_named
from connectors.models import AccountRow, AccountStatus
from runtime import jobs
from runtime.database import insert_new, open_session
from runtime.errors import BadInput, Conflict, NotFound
from runtime.scope import NOBODY, Scope
from runtime.secrets import KeyRing, keys

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
FRESH = 5.0
"""Seconds for which a webhook may use an account as it was: other processes change it too."""

_known: dict[str, tuple[float, KeyRing, ChannelAccount]] = {}


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as an administrator sees it: never its secrets."""

    id: int
    unit_id: int
    name: str
    channel: str
    external_id: str
    endpoint_key: str
    title: str
    status: str
    settings: dict[str, Any]
    has_secrets: bool
    paused_until: datetime | None
    last_inbound_at: datetime | None
    last_error: str | None
    demo: bool


def add_account(
    session: Session,
    principal: Principal,
    *,
    unit_id: int,
    channel: str,
    name: str,
    secrets: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    external_id: str = "",
    title: str = "",
    demo: bool = False,
) -> AccountView:
    """Connect an account of ours. Raises `BadInput` naming the field, `Conflict`, `Denied`."""
    require(principal, Permission.CHANNEL_WRITE)
    within(principal, unit_id)
    if not _NAME.fullmatch(name):
        raise BadInput("name: use lower-case letters, digits and hyphens, at most 60")
    if len(title) > 120:
        raise BadInput("title: at most 120 characters")
    given = _checked(channel, secrets or {}, settings or {})
    if channel == "telegram":
        external_id = given["token"].partition(":")[0]
    if channel == "whatsapp" and not external_id:
        raise BadInput("external_id: give the phone number id that Meta shows for the number")
    if not re.fullmatch(r"[\w-]{0,80}", external_id):
        raise BadInput("external_id: at most 80 letters, digits, _ and -")
    account_id = insert_new(
        session,
        AccountRow,
        ["name"],
        unit_id=unit_id,
        channel=channel,
        name=name,
        external_id=external_id,
        endpoint_key=entropy.token_hex(16),
        title=title or name,
        secrets_sealed=_seal(name, given) if given else None,
        settings=dict(settings or {}),
        demo=demo,
    )
    if account_id is None:
        raise Conflict(f"name: there is an account named {name} already")
    ledger.record(
        session,
        principal.id,
        Permission.CHANNEL_WRITE,
        f"channel_account/{account_id}",
        unit_id=unit_id,
        channel=channel,
        change="added",
    )
    _connect(session, channel, unit_id, account_id)
    forget()
    return _view(_row(session, account_id))


def _checked(
    channel: str, secrets: Mapping[str, str], settings: Mapping[str, Any]
) -> dict[str, str]:
    """The secrets under the names the channel uses. Raises `BadInput`."""
    wanted, given = channel_named(channel).secrets, _named(channel, secrets)
    allowed = (*wanted, *getattr(channel_named(channel), "optional_secrets", ()))
    unknown = sorted(set(given) - set(allowed))
    if unknown:
        raise BadInput(f"secrets: {channel} knows {', '.join(allowed)}, not {', '.join(unknown)}")
    if signing.SECRET in given:
        signing.checked_secret(given[signing.SECRET])
    # A bot that is polled for needs no webhook secret.
    needed = wanted[:1] if settings.get("mode") == "polling" else wanted
    missing = [name for name in needed if name not in given]
    if missing:
        raise BadInput(f"secrets: {channel} needs {', '.join(missing)} too")
    if channel == "telegram":
        if not re.fullmatch(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,200}", given["token"]):
            raise BadInput("secrets: token is not what BotFather gives out (123456:ABC…)")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", given.get("secret_token", "x")):
            raise BadInput("secrets: secret_token may only have letters, digits, _ and -")
    return given


def _named(channel: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """Secrets by the channel's own names: `token` and `secret` stand for its first two."""
    wanted = channel_named(channel).secrets
    given = {name: value.strip() for name, value in secrets.items() if value and value.strip()}
    for alias, name in zip(("token", "secret"), wanted, strict=False):
        if alias in given and alias not in wanted:
            given.setdefault(name, given.pop(alias))
    return given


def _seal(name: str, secrets: Mapping[str, str]) -> bytes:
    return keys().seal(json.dumps(dict(secrets)), context=f"channel_account|{name}")


def _unseal(name: str, sealed: bytes | None) -> dict[str, str]:
    if sealed is None:
        return {}
    found: dict[str, str] = json.loads(keys().open(sealed, context=f"channel_account|{name}"))
    return found


def _connect(session: Session, channel: str, unit_id: int, account_id: int) -> None:
    """Have the platform told where deliveries go, where it takes that from us."""
    if channel != "telegram":
        return
    jobs.enqueue(
        session,
        "connectors.connect",
        unit_id=unit_id,
        lane=f"account/{account_id}",
        account_id=account_id,
    )


def list_accounts(session: Session, principal: Principal) -> list[AccountView]:
    """The accounts of the principal's units, without their secrets."""
    require(principal, Permission.CHANNEL_READ)
    return [_view(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.name))]


def replace_secrets(
    session: Session, principal: Principal, account_id: int, secrets: Mapping[str, str]
) -> AccountView:
    """Set new secrets and use the account again; the old ones still verify until the next change.

    Raises `BadInput`, `NotFound`, `Denied`.
    """
    require(principal, Permission.CHANNEL_WRITE)
    row = _row(session, account_id)
    merged = _unseal(row.name, row.secrets_sealed) | _named(row.channel, secrets)
    row.previous_sealed = row.secrets_sealed
    row.secrets_sealed = _seal(row.name, _checked(row.channel, merged, row.settings))
    row.status, row.last_error, row.paused_until = AccountStatus.ACTIVE, None, None
    _changed(session, principal, row, "secrets")
    return _view(row)


def set_active(
    session: Session, principal: Principal, account_id: int, active: bool
) -> AccountView:
    """Switch an account on or off. Off: its webhook is unknown and nothing is sent."""
    require(principal, Permission.CHANNEL_WRITE)
    row = _row(session, account_id)
    row.status = AccountStatus.ACTIVE if active else AccountStatus.DISABLED
    _changed(session, principal, row, "activated" if active else "disabled")
    return _view(row)


def _changed(session: Session, principal: Principal, row: AccountRow, change: str) -> None:
    ledger.record(
        session,
        principal.id,
        Permission.CHANNEL_WRITE,
        f"channel_account/{row.id}",
        unit_id=row.unit_id,
        change=change,
    )
    if row.status == AccountStatus.ACTIVE:
        _connect(session, row.channel, row.unit_id, row.id)
    forget()


def account(name_or_endpoint: str, *, also_off: bool = False) -> ChannelAccount:
    """The account of this name or webhook address, at most `FRESH` seconds old.

    Opens a session of its own. Raises `NotFound`, unless told otherwise also for one that is off.
    """
    ring, at = keys(), time.monotonic()
    found = _known.get(name_or_endpoint)
    if found is None or at - found[0] > FRESH or found[1] is not ring:
        with open_session(everywhere(), read_only=True) as session:
            row = session.scalar(
                select(AccountRow).where(
                    or_(
                        AccountRow.endpoint_key == name_or_endpoint,
                        AccountRow.name == name_or_endpoint,
                    )
                )
            )
            if row is None:
                raise NotFound("no such channel account")
            found = (at, ring, _account(row))
        _known[name_or_endpoint] = found
    if found[2].status == AccountStatus.DISABLED and not also_off:
        raise NotFound("no such channel account")
    return found[2]


def by_endpoint(key: str) -> ChannelAccount:
    """The account behind a webhook address. Raises `NotFound`."""
    return account(key)


def forget() -> None:
    """Look accounts up anew."""
    _known.clear()


def everywhere() -> Scope:
    """Every unit: a webhook's address does not say which one it is for."""
    with open_session(NOBODY, read_only=True) as session:
        return Scope.of(*(unit.id for unit in people.units(session)))


def numbered(session: Session, account_id: int) -> ChannelAccount:
    """Raises `NotFound`."""
    return _account(_row(session, account_id))


def of_platform(session: Session, channel: str, external_id: str) -> list[ChannelAccount]:
    """The accounts that have this id on the platform."""
    rows = session.scalars(
        select(AccountRow).where(
            AccountRow.channel == channel,
            AccountRow.external_id == external_id,
            AccountRow.status != AccountStatus.DISABLED,
        )
    )
    return [_account(row) for row in rows]


def remove_demo(session: Session) -> int:
    """Remove the demo's accounts of this scope; returns how many."""
    gone = session.scalars(
        delete(AccountRow).where(AccountRow.demo.is_(True)).returning(AccountRow.id)
    ).all()
    forget()
    return len(gone)


def _row(session: Session, account_id: int) -> AccountRow:
    row = session.scalar(select(AccountRow).where(AccountRow.id == account_id))
    if row is None:
        raise NotFound("no such channel account")
    return row


def _account(row: AccountRow) -> ChannelAccount:
    return ChannelAccount(
        row.id,
        row.name,
        row.channel,
        row.unit_id,
        row.external_id,
        row.endpoint_key,
        row.title,
        row.status,
        row.paused_until,
        _unseal(row.name, row.secrets_sealed),
        _unseal(row.name, row.previous_sealed),
        row.settings,
        row.demo,
    )


def _view(row: AccountRow) -> AccountView:
    return AccountView(
        row.id,
        row.unit_id,
        row.name,
        row.channel,
        row.external_id,
        row.endpoint_key,
        row.title,
        row.status,
        dict(row.settings),
        row.secrets_sealed is not None,
        row.paused_until,
        row.last_inbound_at,
        row.last_error,
        row.demo,
    )
