"""The pieces' texts and vectors in SQL: the truth every index is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from sqlalchemy import ColumnElement, Function, and_, delete, exists, func, select
from sqlalchemy.orm import Session

from knowledge.chunking import indexed_text
from knowledge.embedding import Vectors
from knowledge.models import Chunk, ChunkVector, Version
from runtime.database import insert_new

_AT_ONCE = 1_000
"""Ids in one statement; SQLite allows 32,766 variables."""


def texts(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield (chunk id, the text that is indexed for it)."""
    for part in _parts(ids):
        rows = session.execute(
            select(Chunk.id, Version.title, Chunk.heading, _slice())
            .join(Version, Version.id == Chunk.version_id)
            .where(Chunk.id.in_(part))
        )
        for chunk_id, title, heading, text in rows:
            yield chunk_id, indexed_text(title, heading, text)


def _slice() -> Function[str]:
    length = Chunk.end_at - Chunk.start_at
    return func.substr(Version.text, Chunk.start_at + 1, length)


def stored(session: Session, engine: str, ids: Sequence[int]) -> dict[int, Vectors]:
    """The engine's vectors of these chunks, where there are any."""
    found: dict[int, Vectors] = {}
    for part in _parts(ids):
        rows = session.execute(
            select(Chunk.id, ChunkVector.vector)
            .join(ChunkVector, _of_chunk(engine))
            .where(Chunk.id.in_(part))
        )
        found |= {chunk_id: unpack(vector) for chunk_id, vector in rows}
    return found


def _of_chunk(engine: str) -> ColumnElement[bool]:
    return and_(
        ChunkVector.unit_id == Chunk.unit_id,
        ChunkVector.key == Chunk.key,
        ChunkVector.engine == engine,
    )


def known(session: Session, engine: str, keys: Sequence[str]) -> set[str]:
    """Those of the keys that have a vector of this engine already."""
    found: set[str] = set()
    for at in range(0, len(keys), _AT_ONCE):
        found.update(
            session.scalars(
                select(ChunkVector.key).where(
                    ChunkVector.engine == engine, ChunkVector.key.in_(keys[at : at + _AT_ONCE])
                )
            )
        )
    return found


def store(session: Session, unit_id: int, engine: str, vectors: Mapping[str, Vectors]) -> None:
    """Keep the engine's vectors by the keys of their texts; one that is there already stays."""
    for key, vector in vectors.items():
        insert_new(
            session,
            ChunkVector,
            ["unit_id", "key", "engine"],
            unit_id=unit_id,
            key=key,
            engine=engine,
            vector=pack(vector),
        )


def missing(session: Session, engine: str, limit: int) -> dict[str, int]:
    """By key, a chunk of the session's units that has no vector of this engine yet."""
    there = exists().where(_of_chunk(engine))
    rows = session.execute(
        select(Chunk.key, func.min(Chunk.id).label("id"))
        .where(~there)
        .group_by(Chunk.key)
        .order_by(func.min(Chunk.id))
        .limit(limit)
    )
    return {row.key: row.id for row in rows}


def drop_unused(session: Session) -> None:
    """Drop the vectors of the session's units whose text no version has any more."""
    used = exists().where(Chunk.unit_id == ChunkVector.unit_id, Chunk.key == ChunkVector.key)
    session.execute(delete(ChunkVector).where(~used))


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
