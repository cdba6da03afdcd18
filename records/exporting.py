"""A copy of everything we keep about a contact, for the contact: access and portability.

Asked for with a reason, decided by a second person, made by a job: one encrypted archive with a
page to read and JSON with its schema to use. The passphrase is shown once, to the one who asked;
the archive is fetched once, within a day.
"""

from __future__ import annotations

import base64
import hashlib
import secrets as entropy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, approvals, fresh, people, require, within
from records import archives, data_map, sealing
from records.privacy_models import ContactExport
from records.redacting import Redactor
from runtime import secrets
from runtime.database import now, open_session
from runtime.errors import Conflict, NotAllowed, NotFound
from runtime.jobs import Job, fenced_session, handles
from runtime.scope import NOBODY, Scope
from runtime.stores import Subject

ACT = approvals.needs_two(
    "contact:export", asks=Permission.CONTACT_EXPORT, job="records.export"
).name
LIFE = timedelta(hours=24)
"""How long a finished archive can be fetched."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for an export. The passphrase is not to be had again."""

    approval_id: int
    export_id: int
    passphrase: str


@dataclass(frozen=True, slots=True)
class ExportView:
    """An export as the desk lists it."""

    id: int
    unit_id: int
    contact_id: int
    approval_id: int
    requested_by: str
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    fetched_at: datetime | None
    size: int
    sha256: str | None


def plan(session: Session, principal: Principal, contact_id: int) -> dict[str, Any]:
    """What an export would hold: rows by store. Nothing is read. Raises `Denied`, `NotFound`."""
    require(principal, Permission.CONTACT_EXPORT)
    subject = data_map.subject_of(session, contact_id, addresses=True)
    within(principal, subject.unit_id)
    return _planned(session, subject)


def _planned(session: Session, subject: Subject) -> dict[str, Any]:
    return {
        "contacts": list(subject.contacts),
        "rows": data_map.counts(session, subject),
        "form": "zip, AES-256: html, json, schema",
    }


def request(session: Session, principal: Principal, contact_id: int, *, reason: str) -> Asked:
    """Ask for an export. Raises `Denied`, `NotFound`, `BadInput`, `ReauthRequired`."""
    found = plan(session, principal, contact_id)
    subject = data_map.subject_of(session, contact_id)
    approval = approvals.ask(
        session, principal, ACT, f"contact/{contact_id}",
        unit_id=subject.unit_id, plan=found, reason=reason,
    )  # fmt: skip
    passphrase = _passphrase()
    row = ContactExport(
        unit_id=subject.unit_id, contact_id=contact_id, approval_id=approval,
        requested_by=principal.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    row.passphrase_sealed = secrets.keys().seal(passphrase, context=_place(row, "passphrase"))
    return Asked(approval, row.id, passphrase)


def _passphrase() -> str:
    """120 random bits as six groups of four letters and digits that can be read out."""
    letters = base64.b32encode(entropy.token_bytes(15)).decode()
    return "-".join(letters[start : start + 4] for start in range(0, 24, 4))


def _place(row: ContactExport, column: str) -> str:
    return f"{row.unit_id}|contact_export|{row.ref}|{column}"


@handles("records.export", attempts=3)
def export(job: Job) -> None:
    """Make the archive of an approved export."""
    number = job.args["approval_id"]
    redactor = Redactor.of_unit(job.scope)
    with fenced_session(job, last=True) as session:
        asked = approvals.plan_of(session, number)
        row = session.scalars(
            select(ContactExport).where(ContactExport.approval_id == number)
        ).one()
        subject = data_map.subject_of(session, row.contact_id, addresses=True)
        approvals.use(session, number, ACT, {**_planned(session, subject),
                                             "rows": asked.plan["rows"]})  # fmt: skip
        _make(session, row, subject, redactor)


def _make(session: Session, row: ContactExport, subject: Subject, redactor: Redactor) -> None:
    content = gathered(session, subject, redactor)
    sealed = row.passphrase_sealed or b""
    passphrase = secrets.keys().open(sealed, context=_place(row, "passphrase"))
    archive = archives.archive(content, passphrase)
    key = sealing.data_key(session, row.contact_id)
    row.content_sealed = secrets.seal(key, archive, context=_place(row, "content"))
    row.passphrase_sealed = None
    row.size, row.sha256 = len(archive), hashlib.sha256(archive).hexdigest()
    row.ready_at, row.expires_at = now(), now() + LIFE
    session.flush()
    ledger.record(
        session, row.requested_by, "contact:export", f"contact/{row.contact_id}",
        unit_id=row.unit_id, export=row.id, approval=row.approval_id, sha256=row.sha256,
        rows={each["store"]: len(each["rows"]) for each in content["stores"]},
    )  # fmt: skip


def gathered(session: Session, subject: Subject, redactor: Redactor) -> dict[str, Any]:
    """Everything the data map finds about a subject, as JSON holds it; others are left out."""
    redactor = redactor.sparing(session, subject)
    stores = [
        {
            "store": store.name,
            "category": str(store.category),
            "what": store.what,
            "rows": redactor.rows(store, store.exported(session, subject)),
        }
        for store in data_map.complete_map()
        if store.show is not None
    ]
    return {
        "schema": archives.SCHEMA_ID,
        "made_at": now().isoformat(),
        "contact": subject.contacts[0],
        "controller": _controller(session, subject.unit_id),
        "recipients": _recipients(stores),
        "stores": stores,
    }


def _controller(session: Session, unit_id: int) -> str:
    return people.units(session, [unit_id])[0].title


def _recipients(stores: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Who was given something of it: the platforms it was written on, the models asked."""
    found: dict[tuple[str, str], None] = {}
    for store in stores:
        for row in store["rows"]:
            if store["store"] == "conversation":
                found[(row["channel"], "channel")] = None
            if store["store"] == "model_receipt":
                found[(row["recipient"], "language model, pseudonymised")] = None
    return [{"recipient": name, "as": kind} for name, kind in found]


def listed(session: Session, principal: Principal, *, limit: int = 100) -> list[ExportView]:
    """The exports of the principal's units, newest first. Raises `Denied`."""
    require(principal, Permission.PRIVACY_READ)
    rows = session.scalars(select(ContactExport).order_by(ContactExport.id.desc()).limit(limit))
    return [
        ExportView(
            row.id, row.unit_id, row.contact_id, row.approval_id, row.requested_by,
            row.requested_at, row.ready_at, row.expires_at, row.fetched_at, row.size, row.sha256,
        )
        for row in rows
    ]  # fmt: skip


def fetch(session: Session, principal: Principal, export_id: int) -> bytes:
    """The encrypted archive, once, for the one who asked for it; it is gone from here then.

    Raises `Denied`, `ReauthRequired`, `NotFound`, `NotAllowed` for anybody else, `Conflict`
    before it is made, after it was fetched, and when its time is over.
    """
    require(principal, Permission.CONTACT_EXPORT)
    fresh(principal)
    row = session.scalar(
        select(ContactExport).where(ContactExport.id == export_id).with_for_update()
    )
    if row is None or row.unit_id not in principal.units:
        raise NotFound("no such export")
    if row.requested_by != principal.id:
        raise NotAllowed("only the one who asked for it fetches an export")
    if row.fetched_at is not None:
        raise Conflict("this export was fetched already: ask for another one")
    if row.expires_at is not None and row.expires_at <= now():
        raise Conflict("this export has expired: ask for another one")
    if row.content_sealed is None:
        raise Conflict("this export is not made yet")
    key = sealing.data_key(session, row.contact_id)
    archive = secrets.open_sealed_bytes(key, row.content_sealed, context=_place(row, "content"))
    row.content_sealed, row.fetched_at = None, now()
    ledger.record(
        session, principal.id, "contact:export_fetch", f"contact/{row.contact_id}",
        unit_id=row.unit_id, export=row.id, sha256=row.sha256,
    )  # fmt: skip
    return archive


@handles("records.drop_exports", every=timedelta(hours=1))
def drop_expired(_job: Job) -> None:
    """Let go of archives that nobody has fetched in time, and of passphrases nobody decided on."""
    with open_session(NOBODY, read_only=True) as session:
        units = [unit.id for unit in people.units(session)]
    with open_session(Scope.of(*units)) as session:
        session.execute(
            update(ContactExport)
            .where(ContactExport.content_sealed.is_not(None), ContactExport.expires_at <= now())
            .values(content_sealed=None)
        )
        session.execute(
            update(ContactExport)
            .where(
                ContactExport.passphrase_sealed.is_not(None),
                ContactExport.requested_at <= now() - approvals.LIFE,
            )
            .values(passphrase_sealed=None)
        )
