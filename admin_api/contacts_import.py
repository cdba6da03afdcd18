"""Contacts from a file: looked at, tried out, taken in by a job."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import Field

from access import Permission
from admin_api import schemas
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from records import importing
from records import jobs as jobs  # its handlers run in this process, too

router = APIRouter(prefix="/api/v1/contact-imports", tags=["contacts"])


class ImportOut(schemas.Out):
    id: int
    unit_id: int
    state: str
    columns: list[str]
    mapping: dict[str, str]
    rows: int
    done: int
    counts: dict[str, int]
    report: list[dict[str, Any]]
    created_by: str
    created_at: datetime


class MappingIn(schemas.Body):
    mapping: dict[str, str] = Field(max_length=60)
    country: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    """Whose phone numbers are written without a country code."""


@router.post("", status_code=201, dependencies=[needs(Permission.CONTACT_IMPORT)])
def look_at(
    principal: CurrentPrincipal,
    session: CurrentSession,
    unit_id: RowNumber,
    file: Annotated[bytes, Body(media_type="text/csv")],
    encoding: Annotated[str | None, Query(max_length=20)] = None,
) -> ImportOut:
    """Keep a CSV file (the body), sealed, and guess which column is which field."""
    found = importing.look_at(session, principal, unit_id, file, encoding=encoding)
    return ImportOut.model_validate(found)


@router.get("", dependencies=[needs(Permission.CONTACT_IMPORT)])
def list_imports(
    principal: CurrentPrincipal, session: CurrentSession, unit_id: RowNumber
) -> dict[str, list[ImportOut]]:
    """The unit's files, newest first."""
    found = importing.list_imports(session, principal, unit_id)
    return {"items": [ImportOut.model_validate(one) for one in found]}


@router.get("/{import_id}", dependencies=[needs(Permission.CONTACT_IMPORT)])
def read_import(
    import_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> ImportOut:
    """How far a file is, and what is wrong with which row."""
    return ImportOut.model_validate(importing.read_import(session, principal, import_id))


@router.post("/{import_id}/dry-run", dependencies=[needs(Permission.CONTACT_IMPORT)])
def try_out(
    import_id: RowId, body: MappingIn, principal: CurrentPrincipal, session: CurrentSession
) -> ImportOut:
    """Check every row with this mapping; nothing is taken in."""
    found = importing.try_out(session, principal, import_id, body.mapping, country=body.country)
    return ImportOut.model_validate(found)


@router.post("/{import_id}/start", dependencies=[needs(Permission.CONTACT_IMPORT)])
def start(import_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> ImportOut:
    """Take in what was tried out, by a job; rows with errors are left out."""
    return ImportOut.model_validate(importing.start(session, principal, import_id))


@router.delete("/{import_id}", status_code=204, dependencies=[needs(Permission.CONTACT_IMPORT)])
def set_aside(import_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Forget a file that was not taken in."""
    importing.set_aside(session, principal, import_id)


@router.get("/{import_id}/report", dependencies=[needs(Permission.CONTACT_IMPORT)])
def report(import_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> Response:
    """What was wrong with which row, as CSV in which no spreadsheet finds a formula."""
    text = importing.report_as_csv(session, principal, import_id)
    name = f"import-{import_id}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
