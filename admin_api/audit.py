"""The ledger, for auditors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from access import Permission, auditing
from admin_api.deps import CurrentPrincipal, CurrentSession, Moment, RowId, RowNumber, needs
from admin_api.schemas import Out
from ledger import checkpoints, documents
from runtime.database import open_session
from runtime.scope import NOBODY
from runtime.secrets import keys
from runtime.settings import current

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])

Name = Annotated[str | None, Query(max_length=80)]


class EntryOut(Out):
    id: int
    position: int | None
    at: datetime
    unit_id: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    leaf: str | None


class VerdictOut(Out):
    ok: bool
    finding: str | None
    position: int | None
    checkpoints: int


class SeenOut(Out):
    actor: str
    action: str
    times: int
    first: datetime
    last: datetime


class TouchedOut(Out):
    contact_id: int
    times: int
    first: datetime
    last: datetime


class AffectedOut(Out):
    """Those with most entries first, at most a thousand; the counts are over all."""

    contacts: list[TouchedOut]
    count: int
    entries: int


@router.get("", dependencies=[needs(Permission.LEDGER_READ)])
def list_entries(
    principal: CurrentPrincipal,
    session: CurrentSession,
    subject: Name = None,
    actor: Name = None,
    action: Name = None,
    contact_id: RowNumber | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    before: RowNumber | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, list[EntryOut]]:
    """Entries of the caller's units, newest first; `action` may be a whole kind: "contact:*"."""
    found = auditing.search(
        session, principal, subject=subject, actor=actor, action=action, contact_id=contact_id,
        since=since, until=until, before=before, limit=limit,
    )  # fmt: skip
    return {"items": [EntryOut.model_validate(item) for item in found]}


@router.get("/who-saw/{contact_id}", dependencies=[needs(Permission.LEDGER_READ)])
def who_saw(
    contact_id: RowId,
    principal: CurrentPrincipal,
    session: CurrentSession,
    since: Moment | None = None,
    until: Moment | None = None,
) -> dict[str, list[SeenOut]]:
    """Who read, listed, searched, took out or was told anything of a customer, latest first."""
    found = auditing.who_saw(session, principal, contact_id, since=since, until=until)
    return {"items": [SeenOut.model_validate(item) for item in found]}


@router.get("/acts", dependencies=[needs(Permission.LEDGER_READ)])
def acts(
    actor: Annotated[str, Query(max_length=80)],
    principal: CurrentPrincipal,
    session: CurrentSession,
    since: Moment | None = None,
    until: Moment | None = None,
) -> dict[str, list[SeenOut]]:
    """What somebody did, latest first: `user/3`, `assistant/1`, `system/0`."""
    found = auditing.acts_of(session, principal, actor, since=since, until=until)
    return {"items": [SeenOut.model_validate(item) for item in found]}


@router.get("/touched", dependencies=[needs(Permission.LEDGER_READ)])
def touched(
    principal: CurrentPrincipal,
    session: CurrentSession,
    contact_id: RowNumber | None = None,
    actor: Name = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> AffectedOut:
    """Whose data an actor, a period or one customer's key touched; one of them has to be given."""
    found = auditing.touched(
        session, principal, contact_id=contact_id, actor=actor, since=since, until=until
    )
    return AffectedOut.model_validate(found)


@router.get("/entries/{entry_id}/proof", dependencies=[needs(Permission.LEDGER_READ)])
def prove(
    entry_id: RowId, principal: CurrentPrincipal, session: CurrentSession, response: Response
) -> dict[str, Any]:
    """A file that shows, without the rest, that the ledger holds an entry. 409 until it is signed.

    The stand-alone verifier reads it.
    """
    auditing.entry(session, principal, entry_id)
    name = f"ledger-entry-{entry_id}.json"
    response.headers["content-disposition"] = f'attachment; filename="{name}"'
    return documents.proven(session, entry_id).as_data()


@router.get("/verify", dependencies=[needs(Permission.LEDGER_READ)])
def verify(_: CurrentPrincipal) -> VerdictOut:
    """Recompute the whole ledger against the signed checkpoints."""
    signed = checkpoints.read(current().checkpoints())
    with open_session(NOBODY, read_only=True) as session:
        finding = checkpoints.verify(session, signed, keys().signing.public_key())
    return VerdictOut(
        ok=finding is None,
        finding=finding.text if finding else None,
        position=finding.position if finding else None,
        checkpoints=len(signed),
    )
