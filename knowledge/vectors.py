"""The pieces' texts, words and vectors in SQL: the truth every index is made from."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files

import numpy as np
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Function,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
)
from sqlalchemy.orm import Session

from knowledge.chunking import indexed_text
from knowledge.embedding import Vectors
from knowledge.lexical import count
from knowledge.models import Chunk, ChunkVector, Version
from knowledge.tokens import tokens
from runtime.database import insert_all_new

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


def texts_by_language(session: Session, ids_by_key: Mapping[str, int]) -> dict[str, dict[str, str]]:
    """By language and key, the texts that are indexed for these chunks."""
    spoken: dict[int, str] = {}
    for part in _parts(list(ids_by_key.values())):
        spoken |= dict(
            session.execute(
                select(Chunk.id, Version.language)
                .join(Version, Version.id == Chunk.version_id)
                .where(Chunk.id.in_(part))
            ).all()
        )
    key_of = {chunk_id: key for key, chunk_id in ids_by_key.items()}
    found: dict[str, dict[str, str]] = {}
    for chunk_id, text in texts(session, list(key_of)):
        found.setdefault(spoken[chunk_id], {})[key_of[chunk_id]] = text
    return found


def _slice() -> Function[str]:
    length = Chunk.end_at - Chunk.start_at
    return func.substr(Version.text, Chunk.start_at + 1, length)


def stored(session: Session, engine: str, ids: Sequence[int]) -> dict[int, Vectors]:
    """The engine's vectors of these chunks, where there are any."""
    return dict(read(session, engine, ids))


def read(session: Session, engine: str, ids: Sequence[int]) -> Iterator[tuple[int, Vectors]]:
    """As `stored`, a part at a time: of many, twice as much memory would be needed at once."""
    for part in _parts(ids):
        rows = _kept(session, engine, part)
        if len({len(kept) for kept in rows.values()}) == 1:
            yield from zip(rows, _unpacked(b"".join(rows.values()), len(rows)), strict=True)
        else:  # none, or an engine whose vectors have changed their size
            yield from ((chunk_id, unpack(kept)) for chunk_id, kept in rows.items())


def terms(session: Session, languages: Mapping[int, str]) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield how often each word occurs in these chunks, given with their languages.

    Cutting ten thousand texts into words takes seconds: what is kept is not cut again.
    """
    for part in _parts(list(languages)):
        kept = _kept(session, words(), part)
        yield from ((chunk_id, json.loads(counts)) for chunk_id, counts in kept.items())
        for chunk_id, text in texts(session, [each for each in part if each not in kept]):
            yield chunk_id, count(tokens(text, languages[chunk_id]))


@cache
def words() -> str:
    """The name that the words of a text are kept under, as an engine's vector is.

    Another way of cutting texts has another name: its words are counted anew.
    """
    how = sha256(files("knowledge").joinpath("tokens.py").read_bytes())
    how.update(version("snowballstemmer").encode())
    how.update(unicodedata.unidata_version.encode())
    return f"words/{how.hexdigest()[:16]}"


def _kept(session: Session, engine: str, ids: Sequence[int]) -> dict[int, bytes]:
    rows = session.connection().execute(
        _KEPT, {"engine": engine, "ids": ids, "units": list(session.info["scope"].units)}
    )
    return {row.id: row.vector for row in rows}


def _of_chunk(engine: str | BindParameter[str]) -> ColumnElement[bool]:
    return and_(
        ChunkVector.unit_id == Chunk.unit_id,
        ChunkVector.key == Chunk.key,
        ChunkVector.engine == engine,
    )


# Made once: making it takes longer than running it for a few rows.
_KEPT = (
    select(Chunk.id, ChunkVector.vector)
    .join(ChunkVector, _of_chunk(bindparam("engine")))
    .where(
        Chunk.id.in_(bindparam("ids", expanding=True)),
        Chunk.unit_id.in_(bindparam("units", expanding=True)),
    )
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
    _store(session, unit_id, engine, {key: pack(each) for key, each in vectors.items()})


def store_words(
    session: Session, unit_id: int, language: str, texts_by_key: Mapping[str, str]
) -> None:
    """Keep the words of texts by their keys, as they are counted when they are searched."""
    made = {
        key: json.dumps(count(tokens(text, language)), ensure_ascii=False).encode()
        for key, text in texts_by_key.items()
    }
    _store(session, unit_id, words(), made)


def _store(session: Session, unit_id: int, engine: str, made: Mapping[str, bytes]) -> None:
    rows = [
        {"unit_id": unit_id, "key": key, "engine": engine, "vector": kept}
        for key, kept in made.items()
    ]
    insert_all_new(session, ChunkVector, ["unit_id", "key", "engine"], rows)


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


def drop_unused(session: Session, *, among: Sequence[str] | None = None) -> None:
    """Drop the vectors of the session's units (or these keys') whose text no version has any more.

    Words go with them.
    """
    used = exists().where(Chunk.unit_id == ChunkVector.unit_id, Chunk.key == ChunkVector.key)
    if among is None:
        session.execute(delete(ChunkVector).where(~used))
        return
    for at in range(0, len(among), _AT_ONCE):
        some = ChunkVector.key.in_(among[at : at + _AT_ONCE])
        session.execute(delete(ChunkVector).where(some, ~used))


def keep_only(session: Session, engines: Sequence[str]) -> None:
    """Drop the vectors of engines, and words, that are no longer used."""
    used = [*engines, words()]
    session.execute(delete(ChunkVector).where(ChunkVector.engine.not_in(used)))


def pack(vector: Vectors) -> bytes:
    return vector.astype("<f2").tobytes()


def unpack(stored_vector: bytes) -> Vectors:
    unpacked: Vectors = _unpacked(stored_vector, 1)[0]
    return unpacked


def _unpacked(many: bytes, count_of_rows: int) -> Vectors:
    rows = np.frombuffer(many, dtype="<f2").astype(np.float32).reshape(count_of_rows, -1)
    # half floats leave the length off by up to 0.0005
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), _AT_ONCE):
        yield ids[at : at + _AT_ONCE]
