"""Versions of documents: written, cut and embedded. Nothing here is served before a release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session

import ledger
from access import Principal
from knowledge import chunking, embedding, index, vectors
from knowledge.chunking import indexed_text
from knowledge.embedding import Vectors
from knowledge.models import Change, Chunk, Document, Serving, Version
from knowledge.states import Audience
from runtime.database import open_session
from runtime.failpoints import failpoint
from runtime.scope import Scope

_EMBED_AT_ONCE = 32
"""Texts per turn at the engine, so that questions are answered in between."""


@dataclass(frozen=True, slots=True)
class Text:
    """One document about to be stored; `signs` say why a person should read it again."""

    name: str
    title: str
    text: str
    language: str
    url: str | None = None
    audience: Audience = Audience.PUBLIC
    valid_from: date | None = None
    valid_until: date | None = None
    signs: tuple[str, ...] = ()

    def digest(self) -> str:
        """The hash by which a version is told from the one before it."""
        facts = (
            self.title, self.language, self.url or "", self.audience,
            str(self.valid_from), str(self.valid_until), self.text,
        )  # fmt: skip
        return sha256("\0".join(facts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a text."""

    state: Literal["added", "updated", "unchanged"]
    document_id: int
    version: int
    chunks: int


@dataclass(frozen=True, slots=True)
class _Piece:
    key: str
    heading: str
    start: int
    end: int
    indexed: str


def write(unit_id: int, source_id: int, text: Text, principal: Principal) -> Stored:
    """Store a text as the newest version of its document; only new pieces are embedded.

    The version, its chunks and vectors commit together, so that a process that dies leaves either
    nothing or all of it. A draft that was never served is replaced.
    """
    scope = Scope.of(unit_id)
    setting = embedding.names()[0]
    name = embedding.engine(setting).name
    with open_session(scope, read_only=True) as session:
        same = _unchanged(session, source_id, text)
        if same is not None:
            return same
        pieces = _pieces(text)
        known = vectors.known(session, name, [piece.key for piece in pieces])
    # no transaction is open while the engine works: an endpoint may take seconds
    fresh = [piece for piece in pieces if piece.key not in known]
    made = dict(zip([piece.key for piece in fresh], _embed(setting, fresh), strict=True))
    failpoint("ingest:embedded")
    with open_session(scope) as session:
        index.take_turn(session, unit_id)
        before = _draft_keys(session, source_id, text.name)
        document, version, state = _write(session, unit_id, source_id, text, principal)
        _write_chunks(session, version, pieces)
        vectors.store(session, unit_id, name, made)
        words = {piece.key: piece.indexed for piece in fresh}
        vectors.store_words(session, unit_id, text.language, words)
        vectors.drop_unused(session, among=before)
        ledger.record(
            session,
            principal.id,
            "knowledge:ingest",
            f"document/{document.id}",
            unit_id=unit_id,
            chunks=len(pieces),
            version=version.number,
            signs=list(text.signs),
        )
        failpoint("ingest:written")
        stored = Stored(state, document.id, version.number, len(pieces))
    failpoint("ingest:stored")
    return stored


def head_of(session: Session, document: Document) -> Version:
    """The newest version of a document."""
    return session.scalars(
        select(Version).where(Version.document_id == document.id, Version.number == document.head)
    ).one()


def remove(session: Session, document: Document) -> None:
    """Have the next release leave a document out; one that was never served goes at once."""
    index.take_turn(session, document.unit_id)
    ever = exists().where(Serving.version_id == Version.id, Version.document_id == document.id)
    if session.scalar(select(ever)):
        document.removed = True
        return
    session.execute(delete(Document).where(Document.id == document.id))
    vectors.drop_unused(session)


def _named(source_id: int, name: str) -> Select[Document]:
    return select(Document).where(Document.source_id == source_id, Document.name == name)


def _unchanged(session: Session, source_id: int, text: Text) -> Stored | None:
    document = session.scalar(_named(source_id, text.name))
    if document is None or document.removed:
        return None
    head = head_of(session, document)
    if head.digest != text.digest():
        return None
    count = select(func.count(Chunk.id)).where(Chunk.version_id == head.id)
    return Stored("unchanged", document.id, head.number, session.scalar(count) or 0)


def _pieces(text: Text) -> list[_Piece]:
    made: list[_Piece] = []
    seen: dict[str, int] = {}
    for piece in chunking.split(text.text):
        indexed = indexed_text(text.title, piece.heading, text.text[piece.start : piece.end])
        again = seen[indexed] = seen.get(indexed, 0) + 1
        facts = f"{text.language}\0{again}\0{indexed}"
        key = sha256(facts.encode()).hexdigest()
        made.append(_Piece(key, piece.heading, piece.start, piece.end, indexed))
    return made


def _embed(setting: str, pieces: Sequence[_Piece]) -> list[Vectors]:
    texts = [piece.indexed for piece in pieces]
    starts = range(0, len(texts), _EMBED_AT_ONCE)
    parts = (embedding.embed(setting, texts[at : at + _EMBED_AT_ONCE]) for at in starts)
    return [vector for part in parts for vector in part]


def _write(
    session: Session, unit_id: int, source_id: int, text: Text, principal: Principal
) -> tuple[Document, Version, Literal["added", "updated"]]:
    document = session.scalar(_named(source_id, text.name))
    state: Literal["added", "updated"] = "added" if document is None else "updated"
    if document is None:
        document = Document(unit_id=unit_id, source_id=source_id, name=text.name)
        session.add(document)
        session.flush()
    elif not document.removed and document.head:
        _drop_draft(session, head_of(session, document))
    newest = select(func.max(Version.number)).where(Version.document_id == document.id)
    # the head may be an earlier one, after a way back
    document.head = 1 + (session.scalar(newest) or 0)
    document.removed = False
    version = Version(
        unit_id=unit_id,
        document_id=document.id,
        number=document.head,
        title=text.title,
        language=text.language,
        url=text.url,
        audience=text.audience,
        valid_from=text.valid_from,
        valid_until=text.valid_until,
        text=text.text,
        digest=text.digest(),
        signs=list(text.signs),
        author=principal.id,
    )
    session.add(version)
    session.flush()
    return document, version, state


def _draft_keys(session: Session, source_id: int, name: str) -> list[str]:
    """The keys of the pieces that the document's newest version has so far."""
    rows = select(Chunk.key).join(Version, Version.id == Chunk.version_id)
    named = rows.join(Document, Document.id == Version.document_id).where(
        Document.source_id == source_id, Document.name == name, Version.number == Document.head
    )
    return list(session.scalars(named))


def _drop_draft(session: Session, head: Version) -> None:
    """A draft that no release knows has no reader left once there is a newer one."""
    kept = session.scalar(
        select(
            exists().where(Serving.version_id == head.id)
            | exists().where(Change.version_id == head.id)
        )
    )
    if not kept:
        session.delete(head)
        session.flush()


def _write_chunks(session: Session, version: Version, pieces: Sequence[_Piece]) -> None:
    session.add_all(
        Chunk(
            unit_id=version.unit_id,
            version_id=version.id,
            key=piece.key,
            heading=piece.heading,
            start_at=piece.start,
            end_at=piece.end,
        )
        for piece in pieces
    )
    session.flush()
