"""The pieces' texts and vectors in SQL: the truth every index is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from sqlalchemy import Function, delete, exists, func, select
from sqlalchemy.orm import Session

from knowledge.chunking import indexed_text
from knowledge.embedding import Vectors
from knowledge.models import Chunk, ChunkVector, Document
from runtime.database import insert_new

_AT_ONCE = 1_000
"""Ids in one statement; SQLite allows 32,766 variables."""


def texts(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield (chunk id, the text that is indexed for it)."""
    for part in _parts(ids):
        rows = session.execute(
            select(Chunk.id, Document.title, Chunk.heading, _slice())
            .join(Document, Document.id == Chunk.document_id)
            .where(Chunk.id.in_(part))
        )
        for chunk_id, title, heading, text in rows:
            yield chunk_id, indexed_text(title, heading, text)


def _slice() -> Function[str]:
    length = Chunk.end_at - Chunk.start_at
    return func.substr(Document.text, Chunk.start_at + 1, length)


def stored(session: Session, engine: str, ids: Sequence[int]) -> dict[int, Vectors]:
    """The engine's vectors of these chunks, where there are any."""
    found: dict[int, Vectors] = {}
    for part in _parts(ids):
        rows = session.execute(
            select(ChunkVector.chunk_id, ChunkVector.vector).where(
                ChunkVector.engine == engine, ChunkVector.chunk_id.in_(part)
            )
        )
        found |= {chunk_id: unpack(vector) for chunk_id, vector in rows}
    return found


def store(session: Session, unit_id: int, engine: str, vectors: Mapping[int, Vectors]) -> None:
    """Keep the engine's vectors of chunks; one that is there already stays."""
    for chunk_id, vector in vectors.items():
        insert_new(
            session,
            ChunkVector,
            ["chunk_id", "engine"],
            unit_id=unit_id,
            chunk_id=chunk_id,
            engine=engine,
            vector=pack(vector),
        )


def missing(session: Session, engine: str, limit: int) -> list[int]:
    """Chunks of the session's units that have no vector of this engine yet."""
    there = exists().where(ChunkVector.chunk_id == Chunk.id, ChunkVector.engine == engine)
    return list(session.scalars(select(Chunk.id).where(~there).order_by(Chunk.id).limit(limit)))


def keep_only(session: Session, engines: Sequence[str]) -> None:
    """Drop the vectors of engines that are no longer used."""
    session.execute(delete(ChunkVector).where(ChunkVector.engine.not_in(engines)))


def pack(vector: Vectors) -> bytes:
    return vector.astype("<f2").tobytes()


def unpack(stored_vector: bytes) -> Vectors:
    vector = np.frombuffer(stored_vector, dtype="<f2").astype(np.float32)
    # half floats leave the length off by up to 0.0005
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), _AT_ONCE):
        yield ids[at : at + _AT_ONCE]
