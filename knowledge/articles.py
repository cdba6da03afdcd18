"""Documents as people read and edit them: lists, texts, drafts, versions and how they differ."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from knowledge import documents, index, vectors
from knowledge.editions import in_release
from knowledge.language import detect
from knowledge.loaders.text import clean
from knowledge.models import Change, Document, Serving, Source, Unit, Version
from knowledge.screening import screened
from knowledge.states import Audience
from runtime.database import open_session
from runtime.errors import BadInput, Conflict, NotFound


class State(StrEnum):
    """How a document stands: as served; with a newer draft; to be taken out; never served yet;
    served once and not now."""

    LIVE = "live"
    CHANGED = "changed"
    REMOVED = "removed"
    DRAFT = "draft"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Row:
    """A document in a list, by its newest version; `live` is the number of the served one."""

    id: int
    unit_id: int
    source_id: int
    source: str
    name: str
    title: str
    language: str
    audience: Audience
    valid_from: date | None
    valid_until: date | None
    url: str | None
    state: State
    head: int
    live: int | None
    signs: tuple[str, ...]
    author: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in a document's history; `releases` are those that served it, oldest first."""

    number: int
    title: str
    author: str
    created_at: datetime
    live: bool
    since: int | None


@dataclass(frozen=True, slots=True)
class Article:
    """A document with the text of one of its versions, and its history, newest first."""

    row: Row
    number: int
    text: str
    versions: tuple[VersionRow, ...]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of two versions held against each other."""

    change: str
    """"=" in both, "+" only in the later, "-" only in the earlier one, "…" for what is left out."""
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What an editor writes of a document."""

    title: str
    text: str
    language: str | None = None
    audience: Audience = Audience.PUBLIC
    valid_from: date | None = None
    valid_until: date | None = None
    url: str | None = None


def listed(
    session: Session,
    principal: Principal,
    unit_id: int,
    *,
    text: str = "",
    state: State | None = None,
    source_id: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[Row]:
    """Documents of a unit in the order of their ids, from the one after `after` on.

    `text` is part of the title or name. Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_READ)
    within(principal, unit_id)
    query = _rows(session, unit_id).order_by(Document.id).limit(limit)
    if after is not None:
        query = query.where(Document.id > after)
    if text:
        wanted = f"%{_literal(text.casefold())}%"
        query = query.where(
            or_(
                func.lower(Version.title).like(wanted, escape="\\"),
                func.lower(Document.name).like(wanted, escape="\\"),
            )
        )
    if source_id is not None:
        query = query.where(Document.source_id == source_id)
    if state is not None:
        query = query.where(_state(_live(session, unit_id)) == state)
    return [_row(each) for each in session.execute(query)]


def read(
    session: Session, principal: Principal, document_id: int, number: int | None = None
) -> Article:
    """A document as one of its versions has it, the newest unless told. Raises `NotFound`."""
    require(principal, Permission.KNOWLEDGE_READ)
    document = _own(session, principal, document_id)
    row = _row(
        session.execute(_rows(session, document.unit_id).where(Document.id == document_id)).one()
    )
    version = _version(session, document_id, number or document.head)
    history = session.scalars(
        select(Version).where(Version.document_id == document_id).order_by(Version.number.desc())
    ).all()
    since = dict(
        session.execute(
            select(Serving.version_id, func.min(Serving.since))
            .where(Serving.version_id.in_([each.id for each in history]))
            .group_by(Serving.version_id)
        ).all()
    )
    versions = tuple(
        VersionRow(
            number=each.number,
            title=each.title,
            author=each.author,
            created_at=each.created_at,
            live=each.number == row.live,
            since=since.get(each.id),
        )
        for each in history
    )
    return Article(row, version.number, version.text, versions)


def save(principal: Principal, document_id: int, edit: Edit) -> documents.Stored:
    """Keep an edit as the document's newest draft; opens sessions of its own.

    Raises `BadInput`, `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_WRITE)
    with open_session(principal.scope, read_only=True) as session:
        document = _own(session, principal, document_id)
        unit_id, source_id, name = document.unit_id, document.source_id, document.name
    return documents.write(unit_id, source_id, _text(name, edit), principal)


def remove(session: Session, principal: Principal, document_id: int) -> None:
    """Have the next release leave a document out. Raises `Denied`, `NotFound`."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    document = _own(session, principal, document_id)
    documents.remove(session, document)
    ledger.record(
        session,
        principal.id,
        "knowledge:remove",
        f"document/{document_id}",
        unit_id=document.unit_id,
    )


def discard(session: Session, principal: Principal, document_id: int) -> None:
    """Forget what has been drafted since a document was released.

    Raises `Conflict` when nothing was, `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_WRITE)
    document = _own(session, principal, document_id)
    index.take_turn(session, document.unit_id)
    served = session.scalar(
        select(func.max(Version.number)).where(
            Version.document_id == document_id,
            exists().where(Serving.version_id == Version.id),
        )
    )
    if not document.removed and document.head == served:
        raise Conflict("nothing was drafted since this document was released")
    if served is None:
        session.execute(delete(Document).where(Document.id == document_id))
    else:
        proposed = exists().where(Change.version_id == Version.id)
        session.execute(
            delete(Version).where(
                Version.document_id == document_id, Version.number > served, ~proposed
            )
        )
        document.head, document.removed = served, False
    vectors.drop_unused(session)
    ledger.record(
        session,
        principal.id,
        "knowledge:discard",
        f"document/{document_id}",
        unit_id=document.unit_id,
    )


def difference(
    session: Session,
    principal: Principal,
    document_id: int,
    *,
    before: int | None,
    after: int | None,
) -> list[DiffLine]:
    """Two versions of a document line by line; None: without any text. Raises `NotFound`."""
    require(principal, Permission.KNOWLEDGE_READ)
    _own(session, principal, document_id)
    texts = [
        [] if number is None else _version(session, document_id, number).text.splitlines()
        for number in (before, after)
    ]
    return _diff(*texts)


_CONTEXT = 3


def _diff(before: Sequence[str], after: Sequence[str]) -> list[DiffLine]:
    found: list[DiffLine] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_CONTEXT)):
        if number:
            found.append(DiffLine("…", ""))
        for tag, first, last, start, stop in group:
            if tag == "equal":
                found.extend(DiffLine("=", line) for line in before[first:last])
                continue
            found.extend(DiffLine("-", line) for line in before[first:last])
            found.extend(DiffLine("+", line) for line in after[start:stop])
    return found


def _text(name: str, edit: Edit) -> documents.Text:
    if edit.valid_from and edit.valid_until and edit.valid_until < edit.valid_from:
        raise BadInput("valid_until: must not be before valid_from")
    (text, title), signs = screened(clean(edit.text), edit.title)
    if not text.strip():
        raise BadInput("text: holds no text")
    return documents.Text(
        name=name,
        title=" ".join(title.split())[:300],
        text=text,
        language=(edit.language or detect(text))[:8],
        url=edit.url,
        audience=edit.audience,
        valid_from=edit.valid_from,
        valid_until=edit.valid_until,
        signs=signs,
    )


def _own(session: Session, principal: Principal, document_id: int) -> Document:
    document = session.scalar(select(Document).where(Document.id == document_id))
    if document is None or document.unit_id not in principal.units:
        raise NotFound("no such document")
    return document


def _version(session: Session, document_id: int, number: int) -> Version:
    found = session.scalar(
        select(Version).where(Version.document_id == document_id, Version.number == number)
    )
    if found is None:
        raise NotFound(f"this document has no version {number}")
    return found


def _live(session: Session, unit_id: int) -> int:
    return session.scalar(select(Unit.live).where(Unit.unit_id == unit_id)) or 0


def _state(live: int) -> ColumnElement[str]:
    """The state of a `Document` whose newest `Version` is joined."""
    served = _served_number(live)
    ever = select(Version.id).where(
        Version.document_id == Document.id, exists().where(Serving.version_id == Version.id)
    )
    other = ever.correlate(Document)
    return case(
        (and_(served.is_(None), other.exists()), State.WITHDRAWN.value),
        (served.is_(None), State.DRAFT.value),
        (Document.removed.is_(True), State.REMOVED.value),
        (served != Document.head, State.CHANGED.value),
        else_=State.LIVE.value,
    )


def _served_number(live: int) -> ColumnElement[int | None]:
    return (
        select(Version.number)
        .where(Version.document_id == Document.id, in_release(live))
        .correlate(Document)
        .scalar_subquery()
    )


def _rows(session: Session, unit_id: int) -> Select[Any, Any, Any, Any, Any]:
    live = _live(session, unit_id)
    return (
        select(
            Document, Version, Source.name, _served_number(live).label("live"),
            _state(live).label("state"),
        )
        .join(Version, and_(Version.document_id == Document.id, Version.number == Document.head))
        .join(Source, Source.id == Document.source_id)
        .where(Document.unit_id == unit_id)
    )  # fmt: skip


def _row(found: Any) -> Row:
    document, head, source, live, state = found
    return Row(
        id=document.id,
        unit_id=document.unit_id,
        source_id=document.source_id,
        source=source,
        name=document.name,
        title=head.title,
        language=head.language,
        audience=head.audience,
        valid_from=head.valid_from,
        valid_until=head.valid_until,
        url=head.url,
        state=State(state),
        head=document.head,
        live=live,
        signs=tuple(head.signs),
        author=head.author,
        updated_at=head.created_at,
    )


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
