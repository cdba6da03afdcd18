"""Where documents come from, and how the last run of each went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from knowledge import embedding, index, vectors
from knowledge.index import lane
from knowledge.models import Chunk, Document, Source, Version
from knowledge.states import SourceKind
from runtime.database import insert_new, now, open_session
from runtime.errors import NotFound
from runtime.jobs import enqueue
from runtime.scope import Scope


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """A source as lists show it; `language` is what most of its documents are in."""

    id: int
    unit_id: int
    name: str
    documents: int
    chunks: int
    language: str
    state: str
    error: str | None
    updated_at: datetime
    kind: SourceKind
    done: int
    total: int
    reports: tuple[dict[str, Any], ...]
    """Of the last run: files that failed, and texts that somebody should read again."""
    settings: dict[str, Any]
    due_at: datetime | None


def delete_source(unit_id: int, source_id: int, principal: Principal) -> None:
    """Remove a source with all its documents, for good and at once; people answer then.

    Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_RELEASE)
    within(principal, unit_id)
    with open_session(Scope.of(unit_id)) as session:
        index.touch(session, unit_id)
        gone = session.scalar(delete(Source).where(Source.id == source_id).returning(Source.id))
        if gone is None:
            raise NotFound("no such source")
        vectors.drop_unused(session)
        ledger.record(
            session, principal.id, "knowledge:delete", f"source/{source_id}", unit_id=unit_id
        )
        enqueue(session, "knowledge.index", unit_id=unit_id, lane=lane(unit_id))


def list_sources(session: Session, principal: Principal) -> list[SourceSummary]:
    """The sources of the session's units, by name."""
    require(principal, Permission.KNOWLEDGE_READ)
    documents = dict(
        session.execute(select(Document.source_id, func.count()).group_by(Document.source_id)).all()
    )
    chunks = dict(
        session.execute(
            select(Document.source_id, func.count(Chunk.id))
            .join(Version, _head())
            .join(Chunk, Chunk.version_id == Version.id)
            .group_by(Document.source_id)
        ).all()
    )
    # the most frequent comes last and stays
    spoken = dict(
        session.execute(
            select(Document.source_id, Version.language)
            .join(Version, _head())
            .group_by(Document.source_id, Version.language)
            .order_by(func.count())
        ).all()
    )
    return [
        SourceSummary(
            id=row.id,
            unit_id=row.unit_id,
            name=row.name,
            documents=documents.get(row.id, 0),
            chunks=chunks.get(row.id, 0),
            language=spoken.get(row.id, ""),
            state=row.state,
            error=row.error,
            updated_at=row.updated_at,
            kind=row.kind,
            done=row.done,
            total=row.total,
            reports=tuple(row.reports),
            settings=row.settings,
            due_at=row.due_at,
        )
        for row in session.scalars(select(Source).order_by(Source.unit_id, Source.name))
    ]


def _head() -> ColumnElement[bool]:
    return and_(Version.document_id == Document.id, Version.number == Document.head)


def allow(principal: Principal, unit_id: int) -> None:
    """Raise unless the principal may change the unit's knowledge: `Denied`, `NotFound`."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    within(principal, unit_id)


def begin(unit_id: int, name: str, *, kind: SourceKind = SourceKind.FILES) -> int:
    """Find or make the source of this name, as one that is being read; return its id."""
    with open_session(Scope.of(unit_id)) as session:
        index.take_turn(session, unit_id)
        insert_new(
            session,
            Source,
            ["unit_id", "name"],
            unit_id=unit_id,
            name=name[:200],
            kind=kind,
            reports=[],
            settings={},
            done=0,
            total=0,
            state="indexing",
            created_at=now(),
            updated_at=now(),
        )
        return session.scalars(select(Source.id).where(Source.name == name[:200])).one()


_REPORTS = 500
"""Reports of a run that are kept."""


def progress(unit_id: int, source_id: int, *, done: int, total: int) -> None:
    """Write how far a run is, every now and then."""
    if done % max(1, total // 50):
        return
    with open_session(Scope.of(unit_id)) as session:
        session.execute(update(Source).where(Source.id == source_id).values(done=done, total=total))


def conclude(
    unit_id: int,
    source_id: int,
    *,
    failed: int,
    all_files: int,
    reports: Sequence[dict[str, Any]] = (),
) -> None:
    """Write how a run of the source went, and leave the rest to the jobs."""
    background = len(embedding.names()) > 1
    with open_session(Scope.of(unit_id)) as session:
        row = session.scalar(select(Source).where(Source.id == source_id))
        if row is None:  # deleted meanwhile
            return
        row.state = "indexing" if background else "ready"
        row.error = f"{failed} of {all_files} files could not be read" if failed else None
        if failed and failed == all_files:
            row.state = "failed"
        row.reports = list(reports[:_REPORTS])
        row.done = row.total = all_files
        row.updated_at = now()
        kind = "knowledge.embed" if background else "knowledge.index"
        enqueue(session, kind, unit_id=unit_id, lane=lane(unit_id))
