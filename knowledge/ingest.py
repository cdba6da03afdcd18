"""Files and texts in: read, cut, embed, store. Only what is new is embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require
from knowledge import chunking, embedding, index, vectors
from knowledge.chunking import indexed_text
from knowledge.embedding import Vectors
from knowledge.jobs import lane
from knowledge.language import detect
from knowledge.loaders import Loaded, Refused
from knowledge.loaders.markdown import parse
from knowledge.loaders.text import clean
from knowledge.loaders.worker import Worker
from knowledge.models import Chunk, Document, Source
from knowledge.screening import screened
from runtime.database import insert_new, now, open_session
from runtime.errors import BadInput, NotFound
from runtime.jobs import enqueue
from runtime.scope import Scope

_EMBED_AT_ONCE = 32
"""Texts per turn at the engine, so that questions are answered in between."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file or text; `signs` say why a person should read it again."""

    path: str
    state: Literal["added", "updated", "unchanged", "failed"]
    chunks: int
    reason: str | None
    signs: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class _Text:
    """One document about to be stored."""

    name: str
    title: str
    text: str
    language: str
    url: str | None
    released: bool
    signs: tuple[str, ...] = ()

    def digest(self) -> str:
        facts = "\0".join((self.title, self.language, self.url or "", self.text))
        return sha256(facts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Piece:
    key: str
    heading: str
    start: int
    end: int
    indexed: str


def ingest_path(
    unit_id: int,
    path: Path,
    *,
    language: str | None = None,
    source: str | None = None,
    released: bool = True,
    principal: Principal,
    on_file: Callable[[FileReport], None] | None = None,
) -> list[FileReport]:
    """Take in a file, or all files of a folder, as one source of the unit.

    A file that cannot be read is reported as failed, keeps its last good version, and stops no
    other. Documents of the source whose files are gone from the folder are removed. Raises
    `BadInput` if there is no such path, `NotFound` for a unit outside the principal's.
    """
    _allow(principal, unit_id)
    if not path.exists():
        raise BadInput(f"there is no file or folder {path.name}")
    reports: list[FileReport] = []
    source_id = _source(unit_id, source or path.resolve().name)
    files = list(_files(path))
    with Worker() as worker:
        for file, name in files:
            try:
                loaded = worker.load(file)
            except Refused as refused:
                report = FileReport(str(file), "failed", 0, str(refused))
            else:
                text = _text(name, loaded, language, released)
                report = _store(unit_id, source_id, str(file), text, principal)
            reports.append(report)
            if on_file is not None:
                on_file(report)
    if path.is_dir():
        _forget(unit_id, source_id, {name for _, name in files}, principal)
    failed = [report for report in reports if report.state == "failed"]
    _conclude(unit_id, source_id, failed=len(failed), all_files=len(reports))
    return reports


def ingest_text(
    unit_id: int,
    *,
    source: str,
    name: str,
    title: str,
    text: str,
    language: str | None,
    principal: Principal,
    url: str | None = None,
) -> FileReport:
    """Take in one document, Markdown, under a name that is its own within the source."""
    _allow(principal, unit_id)
    plain = clean(text)
    if not plain.strip():
        return FileReport(name, "failed", 0, "holds no text")
    source_id = _source(unit_id, source)
    loaded = Loaded(title or parse(plain, name).title, plain, language, url)
    report = _store(unit_id, source_id, name, _text(name, loaded, language, True), principal)
    _conclude(unit_id, source_id, failed=0, all_files=1)
    return report


def delete_source(unit_id: int, source_id: int, principal: Principal) -> None:
    """Remove a source with all its documents; nothing of it is answered from this moment on."""
    _allow(principal, unit_id)
    with open_session(Scope.of(unit_id)) as session:
        index.touch(session, unit_id)
        gone = session.scalar(delete(Source).where(Source.id == source_id).returning(Source.id))
        if gone is None:
            raise NotFound("no such source")
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
            .join(Chunk, Chunk.document_id == Document.id)
            .group_by(Document.source_id)
        ).all()
    )
    # the most frequent comes last and stays
    spoken = dict(
        session.execute(
            select(Document.source_id, Document.language)
            .group_by(Document.source_id, Document.language)
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
        )
        for row in session.scalars(select(Source).order_by(Source.unit_id, Source.name))
    ]


def _allow(principal: Principal, unit_id: int) -> None:
    require(principal, Permission.KNOWLEDGE_WRITE)
    if unit_id not in principal.units:
        raise NotFound("no such unit")


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """(file, its name within the source), sorted; hidden files and links out are left alone."""
    if path.is_file():
        yield path, path.name
        return
    root = path.resolve()
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        hidden = any(part.startswith(".") for part in inside.parts)
        if not hidden and file.is_file() and file.resolve().is_relative_to(root):
            yield file, inside.as_posix()


def _source(unit_id: int, name: str) -> int:
    with open_session(Scope.of(unit_id)) as session:
        index.touch(session, unit_id)
        insert_new(
            session,
            Source,
            ["unit_id", "name"],
            unit_id=unit_id,
            name=name[:200],
            state="indexing",
            created_at=now(),
            updated_at=now(),
        )
        return session.scalars(select(Source.id).where(Source.name == name[:200])).one()


def _text(name: str, loaded: Loaded, spoken: str | None, released: bool) -> _Text:
    (text, title), signs = screened(loaded.text, loaded.title)
    return _Text(
        name=name[:400],
        title=" ".join(title.split())[:300],
        text=text,
        signs=signs,
        language=(spoken or loaded.language or detect(loaded.text))[:8],
        url=loaded.url,
        released=released,
    )


def _store(
    unit_id: int, source_id: int, path: str, text: _Text, principal: Principal
) -> FileReport:
    scope = Scope.of(unit_id)
    digest = text.digest()
    with open_session(scope, read_only=True) as session:
        document = session.scalar(_named(source_id, text.name))
        if document and document.digest == digest and document.released == text.released:
            return FileReport(path, "unchanged", _count(session, document.id), None)
        known = (
            set(session.scalars(select(Chunk.key).where(Chunk.document_id == document.id)))
            if document
            else set()
        )
    pieces = _pieces(text)
    # no transaction is open while the engine works: an endpoint may take seconds
    setting = embedding.names()[0]
    fresh = [piece for piece in pieces if piece.key not in known]
    made = dict(zip([piece.key for piece in fresh], _embed(setting, fresh), strict=True))
    with open_session(scope) as session:
        index.touch(session, unit_id)
        document, state = _write_document(session, unit_id, source_id, text, digest)
        _write_chunks(session, document, pieces, embedding.engine(setting).name, made)
        ledger.record(
            session,
            principal.id,
            "knowledge:ingest",
            f"document/{document.id}",
            unit_id=unit_id,
            chunks=len(pieces),
            version=document.version,
            signs=list(text.signs),
        )
    return FileReport(path, state, len(pieces), None, text.signs)


def _named(source_id: int, name: str) -> Select[Document]:
    return select(Document).where(Document.source_id == source_id, Document.name == name)


def _count(session: Session, document_id: int) -> int:
    return session.scalar(select(func.count(Chunk.id)).where(Chunk.document_id == document_id)) or 0


def _pieces(text: _Text) -> list[_Piece]:
    made: list[_Piece] = []
    seen: dict[str, int] = {}
    for piece in chunking.split(text.text):
        indexed = indexed_text(text.title, piece.heading, text.text[piece.start : piece.end])
        again = seen[indexed] = seen.get(indexed, 0) + 1
        facts = f"{text.language}\0{again}\0{indexed}"
        key = sha256(facts.encode()).hexdigest()
        made.append(_Piece(key, piece.heading, piece.start, piece.end, indexed))
    return made


def _embed(setting: str, pieces: list[_Piece]) -> list[Vectors]:
    texts = [piece.indexed for piece in pieces]
    starts = range(0, len(texts), _EMBED_AT_ONCE)
    parts = (embedding.embed(setting, texts[at : at + _EMBED_AT_ONCE]) for at in starts)
    return [vector for part in parts for vector in part]


def _write_document(
    session: Session, unit_id: int, source_id: int, text: _Text, digest: str
) -> tuple[Document, Literal["added", "updated"]]:
    document = session.scalar(_named(source_id, text.name))
    state: Literal["added", "updated"] = "added" if document is None else "updated"
    if document is None:
        document = Document(unit_id=unit_id, source_id=source_id, name=text.name, version=0)
        session.add(document)
    if document.digest != digest:
        document.version += 1
    document.title = text.title
    document.language = text.language
    document.url = text.url
    document.text = text.text
    document.digest = digest
    document.released = text.released
    document.updated_at = now()
    session.flush()
    return document, state


def _write_chunks(
    session: Session,
    document: Document,
    pieces: list[_Piece],
    engine: str,
    made: dict[str, Vectors],
) -> None:
    before = {
        chunk.key: chunk
        for chunk in session.scalars(select(Chunk).where(Chunk.document_id == document.id))
    }
    wanted = {piece.key for piece in pieces}
    gone = [chunk.id for key, chunk in before.items() if key not in wanted]
    for at in range(0, len(gone), 500):
        session.execute(delete(Chunk).where(Chunk.id.in_(gone[at : at + 500])))
    added: dict[str, Chunk] = {}
    for piece in pieces:
        if (chunk := before.get(piece.key)) is not None:
            chunk.start_at, chunk.end_at = piece.start, piece.end
            continue
        added[piece.key] = Chunk(
            unit_id=document.unit_id,
            document_id=document.id,
            key=piece.key,
            heading=piece.heading,
            start_at=piece.start,
            end_at=piece.end,
        )
    session.add_all(added.values())
    session.flush()
    # a chunk that vanished since we looked has no vector here: the job makes it
    ready = {chunk.id: made[key] for key, chunk in added.items() if key in made}
    vectors.store(session, document.unit_id, engine, ready)


def _forget(unit_id: int, source_id: int, names: set[str], principal: Principal) -> None:
    with open_session(Scope.of(unit_id)) as session:
        rows = session.execute(
            select(Document.id, Document.name).where(Document.source_id == source_id)
        ).all()
        for row in rows:
            if row.name not in names:
                index.touch(session, unit_id)
                session.execute(delete(Document).where(Document.id == row.id))
                ledger.record(
                    session,
                    principal.id,
                    "knowledge:delete",
                    f"document/{row.id}",
                    unit_id=unit_id,
                )


def _conclude(unit_id: int, source_id: int, *, failed: int, all_files: int) -> None:
    """Write how the source stands, and leave the rest to the jobs."""
    background = len(embedding.names()) > 1
    with open_session(Scope.of(unit_id)) as session:
        row = session.scalars(select(Source).where(Source.id == source_id)).one()
        row.state = "indexing" if background else "ready"
        row.error = f"{failed} of {all_files} files could not be read" if failed else None
        if failed and failed == all_files:
            row.state = "failed"
        row.updated_at = now()
        kind = "knowledge.embed" if background else "knowledge.index"
        enqueue(session, kind, unit_id=unit_id, lane=lane(unit_id))
