"""Channel accounts, and deliveries that could not be read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from access import Permission, within
from admin_api.deps import CurrentPrincipal, CurrentSession, needs
from admin_api.schemas import Body, Number, Out
from connectors import accounts, inbox

router = APIRouter(prefix="/api/v1", tags=["channels"])


class AccountOut(Out):
    id: int
    name: str
    channel: str
    unit_id: int
    external_id: str
    endpoint_key: str
    title: str
    status: str
    settings: dict[str, Any]
    has_secrets: bool
    last_inbound_at: datetime | None
    last_error: str | None


class AccountIn(Body):
    channel: str
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,60}$")
    unit_id: Number
    external_id: str = ""
    title: str = ""
    secrets: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)


class UnparsedOut(Out):
    id: int
    unit_id: int
    account: str
    channel: str
    state: str
    reason: str
    size: int
    unparsed_events: int
    received_at: datetime


@router.get("/channels", dependencies=[needs(Permission.CHANNEL_READ)])
def list_channels(
    principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, list[AccountOut]]:
    """The channel accounts of the caller's units; secrets are never shown."""
    found = accounts.list_accounts(session, principal)
    return {"items": [AccountOut.model_validate(item) for item in found]}


@router.post("/channels", status_code=201, dependencies=[needs(Permission.CHANNEL_WRITE)])
def add_channel(
    body: AccountIn, principal: CurrentPrincipal, session: CurrentSession
) -> AccountOut:
    """Connect a channel account."""
    within(principal, body.unit_id)
    made = accounts.add_account(
        session,
        principal,
        unit_id=body.unit_id,
        channel=body.channel,
        name=body.name,
        secrets=body.secrets,
        settings=body.settings,
        external_id=body.external_id,
        title=body.title,
    )
    return AccountOut.model_validate(made)


@router.get("/inbox", dependencies=[needs(Permission.INBOX_READ)])
def list_unparsed(
    principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, list[UnparsedOut]]:
    """Deliveries and events that were kept because they could not be read."""
    found = inbox.list_unparsed(session, principal)
    return {"items": [UnparsedOut.model_validate(item) for item in found]}
