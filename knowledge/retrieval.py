"""Passages for a question, and how likely they answer it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from knowledge import chroma, embedding, index, scoring, vectors
from knowledge.calibration import Calibration
from knowledge.embedding import Vectors
from knowledge.follow_up import Reading, Result, can_refer_back, resolve
from knowledge.index import UnitIndex
from knowledge.language import detect
from knowledge.lexical import Weights
from knowledge.models import Chunk, Document, Source
from knowledge.scoring import Cosines, Hit, Terms
from runtime.database import open_session
from runtime.errors import Unavailable
from runtime.scope import Scope

CANDIDATES = 200
"""Rows of a large unit that are looked at closely, by meaning and by words each."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk with its citation: `text` is characters start to end of the document's version."""

    chunk_id: int
    document_id: int
    source: str
    title: str
    heading: str
    text: str
    language: str
    version: int
    start: int
    end: int
    url: str | None
    score: float
    cosine: float
    coverage: float
    z: float


@dataclass(frozen=True, slots=True)
class Found:
    """The best passages first; `answerable` is a calibrated probability, 0 to 1.

    "empty": the units have no released knowledge. "unavailable": the knowledge could not be
    searched now, which says nothing about what it holds.
    """

    passages: tuple[Passage, ...]
    query_language: str
    answerable: float
    state: Literal["ok", "empty", "unavailable"]


def search(
    units: Iterable[int],
    query: str,
    *,
    language: str | None = None,
    history: Sequence[str] = (),
    context: Sequence[str] = (),
    limit: int = 4,
) -> Found:
    """Find passages of these units for a customer's turn.

    `history` holds the customer's earlier turns, oldest first, and `context` the turns of both
    sides, if known; `language` is the turn's. Texts are expected masked where the engine is an
    endpoint. Opens its own sessions: call it with none open.
    """
    wanted = sorted(set(units))
    try:
        indexes = [index.current(unit) for unit in wanted]
        indexes = [each for each in indexes if len(each.ids)]
        spoken = language or detect(query, fallback=_main_language(indexes))
        if not indexes:
            return Found((), spoken, 0.0, "empty")
        return _search(indexes, query, spoken, history, context, limit)
    except Unavailable:
        return Found((), language or detect(query), 0.0, "unavailable")


def _main_language(indexes: Sequence[UnitIndex]) -> str:
    if not indexes:
        return "en"
    names, counts = np.unique(
        np.concatenate([each.languages for each in indexes]), return_counts=True
    )
    return str(names[counts.argmax()])


def _search(
    indexes: Sequence[UnitIndex],
    query: str,
    spoken: str,
    history: Sequence[str],
    context: Sequence[str],
    limit: int,
) -> Found:
    if not any(sign.isalnum() for sign in query):
        return Found((), spoken, 0.0, "ok")
    setting = _setting(indexes)

    def look(reading: Reading) -> Result[Passage]:
        # some more than asked for: what is withdrawn meanwhile falls out
        hits = _rank(indexes, setting, spoken, reading.terms, reading.asked, 2 * limit)
        return _read(indexes, setting, hits)

    def refers_back() -> bool:
        known = [each.vocabulary for each in indexes]
        return can_refer_back(query, spoken, lambda term: any(term in each for each in known))

    result = resolve(query, history, context, look, refers_back, lambda passage: passage.chunk_id)
    return Found(result.found[:limit], spoken, result.decision.probability, "ok")


def _rank(
    indexes: Sequence[UnitIndex], setting: str, spoken: str, terms: Terms, asked: str, limit: int
) -> list[Hit]:
    languages = [each.languages for each in indexes]
    covered = [scoring.coverage(each.words, each.languages, terms) for each in indexes]
    first = _cosines(indexes, setting, asked, covered)
    second = _cosines(indexes, "fast", asked, covered) if setting == "quality" else None
    return scoring.fuse(setting, spoken, languages, covered, first, second, limit)


def _setting(indexes: Sequence[UnitIndex]) -> str:
    """The best setting for which no vector is missing. Raises `Unavailable` if there is none."""
    for setting in reversed(embedding.names()):
        if all(each.settled(setting) for each in indexes):
            return setting
    for each in indexes:
        index.ask_for_vectors(each)
    raise Unavailable("the vectors of this engine are still being made")


def _cosines(
    indexes: Sequence[UnitIndex], setting: str, asked: str, covered: Sequence[Weights]
) -> list[Cosines]:
    vector = embedding.embed_cached(setting, [asked], query=True)[0]
    return [
        scoring.exact(each.vectors[setting], vector)
        if setting in each.vectors
        else _from_chroma(each, setting, vector, by_words)
        for each, by_words in zip(indexes, covered, strict=True)
    ]


def _from_chroma(each: UnitIndex, setting: str, vector: Vectors, by_words: Weights) -> Cosines:
    """Cosines of a large unit's nearest and best-covering rows; mean and deviation by sample."""
    engine = embedding.engine(setting).name
    try:
        near = chroma.Collection(each.unit_id, engine).nearest(vector, CANDIDATES)
    except Unavailable:
        everything = index.current(each.unit_id, exact=True)
        if everything.stamp != each.stamp or setting not in everything.vectors:
            raise
        return scoring.exact(everything.vectors[setting], vector)
    rows = np.full(len(each.ids), np.nan, dtype=np.float32)
    places = np.searchsorted(each.ids, [chunk_id for chunk_id, _ in near])
    for at, (chunk_id, cosine) in zip(places, near, strict=True):
        if at < len(each.ids) and each.ids[at] == chunk_id:
            rows[at] = cosine
    _add_by_words(each, engine, vector, by_words, rows)
    sample = scoring.exact(each.sampled[setting], vector)
    return Cosines(rows, sample.mean, sample.deviation, len(rows))


def _add_by_words(
    each: UnitIndex, engine: str, vector: Vectors, by_words: Weights, rows: NDArray[np.float32]
) -> None:
    best = np.argpartition(-by_words, min(CANDIDATES, len(by_words) - 1))[:CANDIDATES]
    open_rows = [int(row) for row in best if by_words[row] > 0 and np.isnan(rows[row])]
    with open_session(Scope.of(each.unit_id), read_only=True) as session:
        there = vectors.stored(session, engine, [int(each.ids[row]) for row in open_rows])
    for row in open_rows:
        if (stored := there.get(int(each.ids[row]))) is not None:
            rows[row] = float(stored @ vector)


def _read(indexes: Sequence[UnitIndex], setting: str, hits: Sequence[Hit]) -> Result[Passage]:
    """The hits that the database still serves, as passages, and whether they answer."""
    by_id = {int(indexes[hit.corpus].ids[hit.row]): hit for hit in hits}
    passages = _passages([each.unit_id for each in indexes], by_id)
    kept = [chunk_id for chunk_id in by_id if chunk_id in passages]
    decision = Calibration.default(setting).decide([by_id[chunk_id] for chunk_id in kept])
    return Result(tuple(passages[chunk_id] for chunk_id in kept), decision)


def _passages(units: Sequence[int], hits: dict[int, Hit]) -> dict[int, Passage]:
    """The hits' texts as the database has them now: of these units only, and only if released."""
    text = func.substr(Document.text, Chunk.start_at + 1, Chunk.end_at - Chunk.start_at)
    with open_session(Scope.of(*units), read_only=True) as session:
        rows = session.execute(
            select(
                Chunk.id, Chunk.heading, Chunk.start_at, Chunk.end_at, Chunk.document_id,
                Document.title, Document.language, Document.version, Document.url,
                Source.name.label("source"), text.label("text"),
            )
            .join(Document, Document.id == Chunk.document_id)
            .join(Source, Source.id == Document.source_id)
            .where(Chunk.id.in_(hits), Document.released.is_(True))
        ).all()  # fmt: skip
    return {
        row.id: Passage(
            chunk_id=row.id,
            document_id=row.document_id,
            source=row.source,
            title=row.title,
            heading=row.heading,
            text=row.text,
            language=row.language,
            version=row.version,
            start=row.start_at,
            end=row.end_at,
            url=row.url,
            score=hits[row.id].score,
            cosine=hits[row.id].cosine,
            coverage=hits[row.id].coverage,
            z=hits[row.id].z,
        )
        for row in rows
    }
