"""Contacts from a file: looked at, tried out row by row, then taken in by a job.

What a file says is asserted: it never becomes an address of a channel, so a message of somebody
else cannot land in a record because a list had a wrong number in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, people, require, within
from records import contacts, fields, identities, indexing, sealing, tabular, values
from records.models import Identity
from records.record_models import ContactImport, ContactTerm, CustomField
from records.states import ImportState
from runtime import secrets
from runtime.database import now
from runtime.errors import AppError, BadInput, Conflict, NotFound
from runtime.jobs import enqueue

KEEP = timedelta(days=1)
"""How long the text of a file waits to be taken in."""
CHUNK = 50
MOST_REPORTED = 500
IDENTIFIERS = ("email", "phone")
_GUESSES = {
    "e-mail": "email", "mail": "email", "email address": "email", "telephone": "phone",
    "tel": "phone", "mobile": "phone", "full name": "name", "customer": "name",
    "street": "address.street", "postcode": "address.zip", "zip": "address.zip",
    "city": "address.city", "date of birth": "birthday",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportView:
    """A file and how far it is. `report` names row, column and what to do, never a value."""

    id: int
    unit_id: int
    state: str
    columns: tuple[str, ...]
    mapping: Mapping[str, str]
    rows: int
    done: int
    counts: Mapping[str, int]
    report: Sequence[Mapping[str, Any]]
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    facts: Mapping[str, str]
    problems: tuple[tuple[str, str], ...]
    """Column and what to do."""


def look_at(
    session: Session,
    principal: Principal,
    unit_id: int,
    raw: bytes,
    *,
    encoding: str | None = None,
) -> ImportView:
    """Keep a file, sealed, and guess which column is which field; nothing is taken in yet."""
    require(principal, Permission.CONTACT_IMPORT)
    within(principal, unit_id)
    text = tabular.decoded(raw, encoding)
    table = tabular.read(text)
    row = ContactImport(
        unit_id=unit_id,
        columns=list(table.header),
        state=ImportState.CHECKED,
        rows=len(table.rows),
        created_by=principal.id,
        mapping=_guessed(session, unit_id, table.header),
    )
    session.add(row)
    session.flush()
    row.file_sealed = _seal(row, text)
    session.flush()
    return _view(row)


def _seal(row: ContactImport, text: str) -> bytes:
    return secrets.keys().seal(text, context=f"{row.unit_id}|contact_import|{row.ref}")


def _text(row: ContactImport) -> str:
    if row.file_sealed is None:
        raise Conflict("this file is gone: bring it once more")
    return secrets.keys().open(row.file_sealed, context=f"{row.unit_id}|contact_import|{row.ref}")


def _guessed(session: Session, unit_id: int, header: Sequence[str]) -> dict[str, str]:
    labels = {row.label.casefold(): name for name, row in fields.of_unit(session, unit_id).items()}
    found: dict[str, str] = {}
    for place, name in enumerate(header):
        plain = name.casefold()
        field = plain if plain in values.STANDARD else _GUESSES.get(plain) or labels.get(plain)
        if field and field not in found.values():
            found[str(place)] = field
    return found


def try_out(
    session: Session,
    principal: Principal,
    import_id: int,
    mapping: Mapping[str, str],
    *,
    country: str | None = None,
) -> ImportView:
    """Check every row with this mapping and report what would happen; nothing is written of it."""
    row = _of(session, principal, import_id)
    if row.state is not ImportState.CHECKED:
        raise Conflict("this file is taken in or set aside already")
    _must_fit(session, principal, row, mapping)
    given = {**mapping, **({"country": country} if country else {})}
    row.mapping = dict(given)
    counts: Counter[str] = Counter()
    report: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for one in _rows(session, row):
        doubled = next((seen[key] for key in _keys(one) if key in seen), None)
        known, problem = _known(session, row.unit_id, one)
        problems = [*one.problems, *([problem] if problem else [])]
        if doubled is not None:
            problems.append(("", f"it names the same person as line {doubled}"))
        seen.update(dict.fromkeys(_keys(one), one.line))
        counts["errors" if problems else "updated" if known else "created"] += 1
        report += [{"row": one.line, "column": column, "fix": fix} for column, fix in problems]
    row.counts, row.report = dict(counts), report[:MOST_REPORTED]
    session.flush()
    return _view(row)


def _keys(one: _Row) -> list[str]:
    return [f"{name}:{one.facts[name].casefold()}" for name in IDENTIFIERS if name in one.facts]


def _must_fit(
    session: Session, principal: Principal, row: ContactImport, mapping: Mapping[str, str]
) -> None:
    own = fields.of_unit(session, row.unit_id)
    if not mapping:
        raise BadInput("mapping: say for at least one column which field it is")
    if len(set(mapping.values())) < len(mapping):
        raise BadInput("mapping: give each field to one column only")
    for place, name in mapping.items():
        if not place.isdecimal() or int(place) >= len(row.columns):
            raise BadInput("mapping: there is no such column")
        there = name in values.STANDARD or name in own
        if not there or not principal.may_see(Permission.CONTACT_READ, name):
            raise NotFound(f"mapping: no such field {name}")


def _rows(session: Session, row: ContactImport) -> list[_Row]:
    table = tabular.read(_text(row))
    own = fields.of_unit(session, row.unit_id)
    mapping = dict(row.mapping)
    country = mapping.pop("country", None)
    return [
        _checked(session, row.unit_id, table, at, mapping, own, country)
        for at in range(len(table.rows))
    ]


def _checked(
    session: Session,
    unit_id: int,
    table: tabular.Table,
    at: int,
    mapping: Mapping[str, str],
    own: Mapping[str, CustomField],
    country: str | None,
) -> _Row:
    facts: dict[str, str] = {}
    problems: list[tuple[str, str]] = []
    for place, name in mapping.items():
        cell = table.rows[at][int(place)].strip()
        if not cell:
            continue
        try:
            facts[name] = fields.checked(session, unit_id, name, cell, own=own, country=country)
        except AppError as error:
            problems.append((table.header[int(place)], error.message))
    if not any(name in facts for name in (*IDENTIFIERS, "name")):
        problems.append(("", "it needs a name, an e-mail address or a phone number"))
    return _Row(table.lines[at], facts, tuple(problems))


def _known(session: Session, unit_id: int, one: _Row) -> tuple[int | None, tuple[str, str] | None]:
    """The contact a row is about, by its verified and asserted identifiers; a problem if two."""
    found: set[int] = set()
    for name in IDENTIFIERS:
        if name not in one.facts:
            continue
        value = one.facts[name]
        number = indexing.hashed(unit_id, name, indexing.whole(value))
        found |= set(
            session.scalars(select(ContactTerm.contact_id).where(ContactTerm.term == number))
        )
        spellings = (value, value.lower(), value.lstrip("+"))
        kinds = (name, "wa_id") if name == "phone" else (name,)
        hashes = [
            sealing.address_index(unit_id, kind, spelled) for kind in kinds for spelled in spellings
        ]
        found |= set(
            session.scalars(
                select(Identity.contact_id).where(
                    Identity.unit_id == unit_id, Identity.address_index.in_(hashes)
                )
            )
        )
    if len(found) > 1:
        return None, ("", "its identifiers belong to two customers: merge them first")
    return next(iter(found), None), None


def start(session: Session, principal: Principal, import_id: int) -> ImportView:
    """Let a file that was tried out be taken in. Rows with errors are left out."""
    row = _of(session, principal, import_id)
    if row.state is not ImportState.CHECKED or not row.counts:
        raise Conflict("try the file out first; it is taken in once")
    row.state, row.done, row.counts, row.report = ImportState.RUNNING, 0, {}, []
    enqueue_import(session, row.unit_id, row.id)
    session.flush()
    return _view(row)


def enqueue_import(session: Session, unit_id: int, import_id: int) -> None:
    """Add the job that takes in the next rows."""
    enqueue(
        session,
        "records.import",
        unit_id=unit_id,
        lane=f"records/import/{import_id}",
        import_id=import_id,
    )


def take_in(session: Session, import_id: int) -> bool:
    """Take in the next rows; whether there are more. `done` goes with the rows: safe to repeat."""
    row = session.scalar(
        select(ContactImport).where(ContactImport.id == import_id).with_for_update()
    )
    if row is None or row.state is not ImportState.RUNNING:
        return False
    rows = _rows(session, row)
    counts, report = Counter(row.counts), list(row.report)
    for one in rows[row.done : row.done + CHUNK]:
        known, problem = _known(session, row.unit_id, one)
        problems = [*one.problems, *([problem] if problem else [])]
        if problems:
            counts["errors"] += 1
            report += [{"row": one.line, "column": column, "fix": fix} for column, fix in problems]
            continue
        counts["updated" if known else "created"] += 1
        contact_id = known or identities.new_contact(session, row.unit_id, "import")
        contacts.observe(session, contact_id, one.facts, source=f"import/{row.id}")
    row.done = min(row.done + CHUNK, len(rows))
    row.counts, row.report = dict(counts), report[:MOST_REPORTED]
    if row.done < len(rows):
        return True
    row.state, row.finished_at, row.file_sealed = ImportState.DONE, now(), None
    ledger.record(
        session,
        row.created_by,
        Permission.CONTACT_IMPORT,
        f"import/{row.id}",
        unit_id=row.unit_id,
        fields=sorted(name for place, name in row.mapping.items() if place.isdecimal()),
        rows=row.rows,
        **counts,
    )
    return False


def set_aside(session: Session, principal: Principal, import_id: int) -> None:
    """Forget a file that was not taken in."""
    row = _of(session, principal, import_id)
    if row.state is not ImportState.CHECKED:
        raise Conflict("this file is being taken in, or was")
    row.state, row.file_sealed, row.finished_at = ImportState.SET_ASIDE, None, now()


def read_import(session: Session, principal: Principal, import_id: int) -> ImportView:
    """How far a file is. Raises `Denied`, `NotFound`."""
    return _view(_of(session, principal, import_id))


def list_imports(session: Session, principal: Principal, unit_id: int) -> list[ImportView]:
    """The unit's files, newest first."""
    require(principal, Permission.CONTACT_IMPORT)
    within(principal, unit_id)
    rows = session.scalars(
        select(ContactImport)
        .where(ContactImport.unit_id == unit_id)
        .order_by(ContactImport.id.desc())
        .limit(50)
    )
    return [_view(row) for row in rows]


def report_as_csv(session: Session, principal: Principal, import_id: int) -> str:
    """What was wrong with which row, as a table."""
    row = _of(session, principal, import_id)
    return tabular.written(
        ("row", "column", "fix"), ((one["row"], one["column"], one["fix"]) for one in row.report)
    )


def forget_old(session: Session) -> None:
    """Empty files that nobody took in for a day; for the scope of the session."""
    session.execute(
        update(ContactImport)
        .where(ContactImport.state == ImportState.CHECKED, ContactImport.created_at < now() - KEEP)
        .values(state=ImportState.SET_ASIDE, file_sealed=None, finished_at=now())
        .execution_options(synchronize_session=False)
    )


def _of(session: Session, principal: Principal, import_id: int) -> ContactImport:
    require(principal, Permission.CONTACT_IMPORT)
    row = session.scalar(
        select(ContactImport).where(ContactImport.id == import_id).with_for_update()
    )
    if row is None:
        raise NotFound("no such file")
    return row


def _view(row: ContactImport) -> ImportView:
    return ImportView(
        row.id,
        row.unit_id,
        str(row.state),
        tuple(row.columns),
        {place: name for place, name in row.mapping.items() if place.isdecimal()},
        row.rows,
        row.done,
        dict(row.counts),
        tuple(row.report),
        row.created_by,
        row.created_at,
    )


def units_of_imports(session: Session) -> list[int]:
    """All units, for the job that empties old files."""
    return [unit.id for unit in people.units(session)]
