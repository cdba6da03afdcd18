"""Chroma as a derived index: one collection per unit and engine, one process that owns it.

Two processes on one embedded folder lose rows without an error and without `count()` noticing
(measured: 3.7 %), so the owner holds a lock; everybody else scans the SQL vectors.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from knowledge.embedding import Vectors
from runtime import settings
from runtime.errors import Unavailable

log = structlog.get_logger(__name__)

_BATCH = 500
_opening = threading.RLock()
_opened: dict[str, Any] = {}
_locks: dict[str, Any] = {}


def ready() -> bool:
    """Whether this process may use Chroma: a server is named, or the embedded folder is ours."""
    return settings.current().chroma_url is not None or _own() is not None


def _own() -> str | None:
    """The embedded folder, if this process holds its lock or can take it now."""
    from filelock import FileLock, Timeout

    data = settings.current().data_dir.resolve()
    folder = str(data / "chroma")
    with _opening:
        if folder not in _locks:
            data.mkdir(parents=True, exist_ok=True)
            lock = FileLock(data / "chroma.lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except (Timeout, OSError):
                return None
            _locks[folder] = lock
            _sign(data)
        return folder


def _sign(data: Path) -> None:
    """Say who holds the lock, for whoever is turned away."""
    holder = {"process": os.getpid(), "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])}
    (data / "chroma.owner").write_text(json.dumps(holder), encoding="utf-8")


def owner() -> str:
    """Who has the embedded index open, and what to do about it."""
    try:
        signed = (settings.current().data_dir / "chroma.owner").read_text(encoding="utf-8")
        holder = json.loads(signed)
        name = f"process {int(holder['process'])} ({holder['command']})"
    except (OSError, ValueError, KeyError, TypeError):
        name = "another process"
    return (
        f"the vector index is open in {name}, and only one process may open it: leave the work to "
        "that process or end it first; for several processes start a Chroma server and name it in "
        "CHROMA_URL"
    )


def release() -> None:
    """Give up the embedded folders this process owns (at shutdown, and in tests)."""
    with _opening:
        while _opened:
            _opened.popitem()[1].close()
        while _locks:
            _locks.popitem()[1].release()


def _client() -> Any:
    url = settings.current().chroma_url
    folder = None if url else _own()
    place = str(url) if url else folder
    if place is None:
        raise Unavailable(owner())
    with _opening:
        if place not in _opened:
            import chromadb
            from chromadb.config import Settings

            quiet = Settings(anonymized_telemetry=False)
            if url:
                _opened[place] = chromadb.HttpClient(
                    host=url.host or "localhost",
                    port=url.port or 8000,
                    ssl=url.scheme == "https",
                    settings=quiet,
                )
            else:
                _opened[place] = chromadb.PersistentClient(path=place, settings=quiet)
        return _opened[place]


def collection_name(unit_id: int, engine: str, generation: int) -> str:
    """Isolation is by collection: a `where` filter costs 6 to 120 times the query."""
    safe = re.sub(r"[^a-zA-Z0-9-]+", "-", engine).strip("-")
    return f"{_prefix(unit_id)}{safe}-{generation}"


def _prefix(unit_id: int) -> str:
    return f"unit-{unit_id}-"


def drop_others(unit_id: int, kept: Iterable[Collection]) -> None:
    """Remove the unit's collections but these: older ones, and those of other engines."""
    names = {each.name for each in kept}
    with _failures():
        for there in _client().list_collections():
            if there.name.startswith(_prefix(unit_id)) and there.name not in names:
                _client().delete_collection(there.name)


class Collection:
    """One unit's vectors of one engine. Everything raises `Unavailable` when Chroma does not."""

    def __init__(self, unit_id: int, engine: str, generation: int = 0) -> None:
        self.name = collection_name(unit_id, engine, generation)

    def _open(self) -> Any:
        # Without embedding_function=None Chroma downloads a model at the first use.
        return _client().get_or_create_collection(
            self.name, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )

    def ids(self) -> set[int]:
        """The chunks whose vectors can be read back; `count()` stays right when rows are lost."""
        with _failures():
            there = self._open()
            found = there.get(include=[])["ids"]
            return {int(each) for each in found}

    def count(self) -> int:
        """How many vectors it was given; some of them may be lost all the same."""
        with _failures():
            return int(self._open().count())

    def nearest(self, query: Vectors, limit: int) -> list[tuple[int, float]]:
        """(chunk id, cosine) of the nearest vectors, nearest first."""
        return self.nearest_of(query[np.newaxis], limit)[0]

    def nearest_of(self, queries: Vectors, limit: int) -> list[list[tuple[int, float]]]:
        """As `nearest`, for each of several vectors.

        A collection that is gone is not made anew here: an empty answer would seem to be one.
        """
        with _failures():
            there = _client().get_collection(self.name, embedding_function=None)
            answer = there.query(
                query_embeddings=queries.tolist(), n_results=limit, include=["distances"]
            )
        return [
            [(int(each), 1.0 - float(distance)) for each, distance in zip(ids, far, strict=True)]
            for ids, far in zip(answer["ids"], answer["distances"], strict=True)
        ]

    def add(self, vectors: Mapping[int, Vectors]) -> None:
        """Add or replace vectors."""
        ids = list(vectors)
        with _failures():
            there = self._open()
            for at in range(0, len(ids), _BATCH):
                part = ids[at : at + _BATCH]
                there.upsert(
                    ids=[str(each) for each in part],
                    embeddings=[vectors[each].tolist() for each in part],
                )

    def remove(self, ids: Sequence[int]) -> None:
        """Remove vectors."""
        with _failures():
            there = self._open()
            for at in range(0, len(ids), _BATCH):
                there.delete(ids=[str(each) for each in ids[at : at + _BATCH]])

    def drop(self) -> None:
        """Remove the whole collection; HNSW never shrinks otherwise."""
        from chromadb.errors import NotFoundError

        with _failures():
            try:
                _client().delete_collection(self.name)
            except (NotFoundError, ValueError):
                return


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what Chroma and the way to it raise into `Unavailable`."""
    import httpx
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, httpx.HTTPError, OSError, ValueError, RuntimeError) as error:
        log.warning("knowledge.chroma_failed", error=type(error).__name__)
        raise Unavailable("the vector index cannot be used right now") from error
