"""Erasing a contact: planned, asked for, decided by a second person, done, proved.

The rows go from every store of the data map, the contact's data key with them, so that what a
backup or a page of a disk still has cannot be read. The list outside the database makes sure that
a restored backup is erased again before anybody is served.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, approvals, people, require, within
from records import certificates, data_map, erasure_list, holds
from records.erasure_list import Line
from records.models import Contact, Identity
from records.privacy_models import Erasure
from runtime import database
from runtime.database import now, open_session
from runtime.errors import NotFound, Unavailable
from runtime.failpoints import failpoint
from runtime.jobs import Job, RetryLater, enqueue, fenced_session, handles
from runtime.nudges import nudge
from runtime.scope import NOBODY, Scope
from runtime.stores import Subject, pieces

log = structlog.get_logger(__name__)

ACT = approvals.needs_two("contact:erase", asks=Permission.CONTACT_ERASE, job="records.erase").name
NEEDED = frozenset({"contact", "identity"})
"""What has to stay as long as anything stays that is encrypted for the contact."""
AGAIN = timedelta(seconds=2)


def plan(session: Session, principal: Principal, contact_id: int) -> dict[str, Any]:
    """What erasing a contact would do: rows by store, and what stays, why. Nothing is read.

    Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.CONTACT_ERASE)
    subject = _subject(session, contact_id)
    within(principal, subject.unit_id)
    return _planned(session, subject)


def _subject(session: Session, contact_id: int) -> Subject:
    return data_map.subject_of(session, contact_id, addresses=True)


def _planned(session: Session, subject: Subject) -> dict[str, Any]:
    kept = _held(session, subject)
    rows = data_map.counts(session, subject)
    stays = {store.name: store.stays for store in data_map.complete_map() if store.stays}
    return {
        "contacts": list(subject.contacts),
        "rows": {name: count for name, count in rows.items() if name not in {**kept, **stays}},
        "held": {name: hold for name, hold in kept.items() if rows.get(name)},
        "stays": stays,
    }


def _held(session: Session, subject: Subject) -> dict[str, int]:
    """Stores that a hold needs, with the number of the hold."""
    found: dict[str, int] = {}
    for hold in holds.active(session, subject.unit_id, subject.contacts):
        for store in data_map.complete_map():
            if store.category in hold.covers or store.name in NEEDED:
                found.setdefault(store.name, hold.id)
    return found


def request(session: Session, principal: Principal, contact_id: int, *, reason: str) -> int:
    """Ask for an erasure; return the number of the request that a second person decides on.

    Raises `Denied`, `NotFound`, `BadInput` without a reason, `ReauthRequired`.
    """
    found = plan(session, principal, contact_id)
    subject = data_map.subject_of(session, contact_id)
    return approvals.ask(
        session, principal, ACT, f"contact/{contact_id}",
        unit_id=subject.unit_id, plan=found, reason=reason,
    )  # fmt: skip


@handles("records.erase", attempts=3)
def erase(job: Job) -> None:
    """Carry out an approved erasure: everything in one transaction."""
    with fenced_session(job, last=True) as session:
        asked = approvals.plan_of(session, job.args["approval_id"])
        subject = _subject(session, int(asked.subject.partition("/")[2]))
        # The contact may have written since: the counts are those that were approved, while whom
        # it concerns and what is kept have to be the same.
        found = {**_planned(session, subject), "rows": asked.plan["rows"]}
        used = approvals.use(session, asked.id, ACT, found)
        _erase(session, subject, _Order(uuid4().hex, used.requested_by, used.decided_by or "",
                                        now(), used.id))  # fmt: skip
        failpoint("erase:before_commit")


@dataclass(frozen=True, slots=True)
class _Order:
    """On whose word something is erased."""

    ref: str
    requested_by: str
    approved_by: str
    at: datetime
    approval_id: int | None = None
    reapplied: bool = False


def _erase(session: Session, subject: Subject, order: _Order) -> Erasure:
    addresses = _address_hashes(session, subject)
    held = _held(session, subject)
    counts, kept = _drop(session, subject, held)
    row = Erasure(
        unit_id=subject.unit_id, ref=order.ref, contact_id=subject.contacts[0],
        approval_id=order.approval_id, requested_by=order.requested_by,
        approved_by=order.approved_by, erased_at=order.at, counts=counts, kept=kept,
        reapplied=order.reapplied,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _settle(session, subject, row)
    # Before the commit: were it after it, a crash between the two would let a backup undo it.
    erasure_list.append(
        Line(order.ref, subject.unit_id, subject.refs, addresses, order.at.isoformat())
    )
    return row


def _drop(
    session: Session, subject: Subject, held: dict[str, int]
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    counts: dict[str, int] = {}
    kept: list[dict[str, Any]] = []
    for store in data_map.complete_map():
        if store.stays:
            continue
        rows = len(store.keys(session, subject))
        if store.name in held:
            kept += [{"store": store.name, "rows": rows, "hold": held[store.name]}] if rows else []
        elif rows:
            counts[store.name] = store.erase(session, subject)
    return counts, kept


def _settle(session: Session, subject: Subject, row: Erasure) -> None:
    """Entry, scrubbing, and word to every process that has something of the contact in memory."""
    session.info.pop("data_keys", None)
    for number in subject.contacts:
        ledger.record(
            session, row.requested_by, "contact:erase", f"contact/{number}",
            unit_id=row.unit_id, erasure=row.id, stores=row.counts,
            kept=[each["store"] for each in row.kept], approval=row.approval_id,
            reapplied=row.reapplied,
        )  # fmt: skip
    enqueue(
        session, "records.scrub", unit_id=row.unit_id, lane=f"erasure/{row.id}", erasure_id=row.id
    )
    nudge(session, row.unit_id, f"erased/{row.contact_id}")


def _address_hashes(session: Session, subject: Subject) -> tuple[str, ...]:
    found: list[str] = []
    for piece in pieces(subject.identities):
        found += session.scalars(select(Identity.address_index).where(Identity.id.in_(piece)))
    return tuple(sorted(found))


@handles("records.scrub", attempts=20)
def scrub(job: Job) -> None:
    """Clean the database's files of what was erased, then sign the certificate."""
    with open_session(job.scope, read_only=True) as session:
        row = _row(session, job.args["erasure_id"])
        tables = sorted(row.counts)
    try:
        skipped = database.scrub(tables)
    except Unavailable:
        raise RetryLater("the journal is being read", AGAIN) from None
    with fenced_session(job, last=True) as session:
        row = _row(session, job.args["erasure_id"])
        row.scrubbed_at = now()
        certificates.sign(row, left_to_the_database=skipped)
        ledger.record(
            session, "system/0", "contact:erased", f"contact/{row.contact_id}",
            unit_id=row.unit_id, erasure=row.id, document=certificates.digest(row),
        )  # fmt: skip


def _row(session: Session, erasure_id: int) -> Erasure:
    row = session.scalar(select(Erasure).where(Erasure.id == erasure_id))
    if row is None:
        raise NotFound("no such erasure")
    return row


def re_apply() -> int:
    """Erase again whom a restored backup has brought back; return how many contacts it was.

    Call it before anybody is served. Raises `Misconfigured` when the list is damaged.
    """
    lines = erasure_list.read()
    with open_session(NOBODY, read_only=True) as session:
        units = [unit.id for unit in people.units(session)]
    with open_session(Scope.of(*units), read_only=True) as session:
        done = set(session.scalars(select(Erasure.ref)))
    missing = [line for line in lines if line.ref not in done and line.unit_id in units]
    gone = sum(_again(line) for line in missing)
    if gone:
        database.scrub(sorted(store.name for store in data_map.complete_map()))
        log.warning("erasures.reapplied", count=gone)
    return gone


def _again(line: Line) -> int:
    order = _Order(line.ref, "system/0", "", line.erased_at, reapplied=True)
    gone = 0
    with open_session(Scope.of(line.unit_id)) as session:
        if session.scalar(select(Erasure.id).where(Erasure.ref == line.ref)) is not None:
            return 0  # another process was faster
        while (contact_id := _back(session, line)) is not None:
            subject = _subject(session, contact_id)
            counts, kept = _drop(session, subject, _held(session, subject))
            row = Erasure(
                unit_id=line.unit_id, ref=order.ref if not gone else uuid4().hex,
                contact_id=contact_id, requested_by=order.requested_by, approved_by="",
                erased_at=order.at, counts=counts, kept=kept, reapplied=True,
            )  # fmt: skip
            session.add(row)
            session.flush()
            _settle(session, subject, row)
            gone += len(subject.contacts)
            if kept:
                break  # a hold of the backup keeps it: the daily look erases it when that ends
        if not gone:
            # Nothing of it is here; the row says that this line has been looked at.
            session.add(
                Erasure(
                    unit_id=line.unit_id, ref=line.ref, contact_id=0, requested_by="system/0",
                    approved_by="", erased_at=order.at, counts={}, kept=[], reapplied=True,
                    scrubbed_at=now(),
                )
            )  # fmt: skip
    return gone


def _back(session: Session, line: Line) -> int | None:
    """A contact that the line says is erased: by its reference, or as old as that by an address.

    A contact that came later under the same address is somebody who began anew.
    """
    by_address = select(Identity.contact_id).where(
        Identity.unit_id == line.unit_id, Identity.address_index.in_(line.addresses)
    )
    return session.scalar(
        select(Contact.id)
        .where(
            or_(
                Contact.key_context.in_(line.contacts),
                and_(Contact.id.in_(by_address), Contact.created_at <= line.erased_at),
            )
        )
        .order_by(Contact.id)
        .limit(1)
    )


def finish_held(session: Session, unit_id: int) -> int:
    """Erase what holds had kept of erased contacts, where those have ended; return how many."""
    done = 0
    rows = session.scalars(select(Erasure).where(Erasure.unit_id == unit_id)).all()
    for row in [each for each in rows if each.kept]:
        try:
            subject = _subject(session, row.contact_id)
        except NotFound:
            continue
        held = _held(session, subject)
        counts, kept = _drop(session, subject, held)
        if not counts:
            continue
        row.counts = {
            name: row.counts.get(name, 0) + counts.get(name, 0) for name in {**row.counts, **counts}
        }
        row.kept, row.scrubbed_at = kept, None
        _settle(session, subject, row)
        done += 1
    return done
