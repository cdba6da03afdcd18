"""Vectors kept in a file between the runs of an evaluation: making them takes most of its time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path

import numpy as np

from knowledge import embedding
from knowledge.embedding import Vectors

_AT_ONCE = 32
_ASKED = 500

_open: ContextVar[sqlite3.Connection | None] = ContextVar("vectors of an evaluation", default=None)


@contextmanager
def kept_in(path: Path | None) -> Iterator[None]:
    """Read and keep vectors in this SQLite file meanwhile (keys are hashes, no text is kept)."""
    if path is None:
        yield
        return
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB)")
        token = _open.set(connection)
        try:
            yield
        finally:
            _open.reset(token)


def embed(setting: str, texts: Sequence[str], *, query: bool = False) -> Vectors:
    """As `embedding.embed`, asking the file first."""
    connection = _open.get()
    if connection is None or not texts:
        return embedding.embed(setting, texts, query=query)
    label = f"{embedding.engine(setting).name}|{query}|"
    keys = [sha256((label + text).encode()).digest() for text in texts]
    known = _known(connection, keys)
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    wanted = list(missing.items())
    for at in range(0, len(wanted), _AT_ONCE):
        part = wanted[at : at + _AT_ONCE]
        made = embedding.embed(setting, [text for _, text in part], query=query)
        with connection:
            connection.executemany(
                "INSERT OR IGNORE INTO vector VALUES (?, ?)",
                [(key, row.tobytes()) for (key, _), row in zip(part, made, strict=True)],
            )
        known.update({key: row for (key, _), row in zip(part, made, strict=True)})
    return np.stack([known[key] for key in keys])


def _known(connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
    found: dict[bytes, Vectors] = {}
    for at in range(0, len(keys), _ASKED):
        part = keys[at : at + _ASKED]
        marks = ",".join("?" * len(part))
        rows = connection.execute(
            f"SELECT key, value FROM vector WHERE key IN ({marks})",  # noqa: S608 # marks only
            part,
        )
        found.update({key: np.frombuffer(value, dtype=np.float32) for key, value in rows})
    return found
