"""Passages for a question, and how likely they answer it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Date, Integer, bindparam, func, select

from knowledge import chroma, embedding, index, scoring, vectors
from knowledge.calibration import UNDECIDED, Decision
from knowledge.corpus import UnitIndex
from knowledge.editions import CUSTOMERS, Edition, Readers, in_release, readable
from knowledge.embedding import Vectors
from knowledge.follow_up import Earlier, Reading, Result, can_refer_back, resolve
from knowledge.language import detect
from knowledge.lexical import Weights
from knowledge.models import Chunk, Document, Source, Unit, Version
from knowledge.scoring import Cosines, Hit, Terms
from knowledge.states import Audience
from runtime.database import Prepared, now, open_session
from runtime.errors import Unavailable
from runtime.scope import Scope

CANDIDATES = 200
"""Rows of a large unit that are looked at closely, by meaning and by words each."""


_ATTEMPTS = 10
"""Looks at what is served before a search gives up: releases follow one another in seconds."""


class _Moved(Unavailable):
    """What is searched has changed meanwhile, and its old index is gone."""


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
    audience: Audience
    version: int
    release: int
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
    decision: Decision = UNDECIDED
    """Whether `answerable` is enough to answer with, by the unit's calibration."""


def search(
    units: Iterable[int],
    query: str,
    *,
    language: str | None = None,
    history: Sequence[str] = (),
    context: Sequence[str] = (),
    limit: int = 4,
    readers: Readers = CUSTOMERS,
    lot: int | None = None,
    trial: Edition | None = None,
) -> Found:
    """Find passages of these units for a customer's turn.

    `history` holds the customer's earlier turns, oldest first, and `context` the turns of both
    sides, if known; `language` is the turn's. `readers` are those the answer is for. `lot` is the
    conversation, which decides whether a canary release answers it; `trial` searches an edition
    that is not served, instead of the units'. Texts are expected masked where the engine is an
    endpoint. Opens its own sessions: call it with none open.
    """
    wanted = sorted(set(units))
    earlier = Earlier(history, context)
    try:
        return _searched(wanted, query, language, earlier, limit, readers, lot, trial)
    except Unavailable:
        return Found((), language or detect(query), 0.0, "unavailable")


def search_words(unit_id: int, query: str, *, limit: int, readers: Readers) -> Found:
    """Find passages by their words alone: no engine is asked, and none of the text leaves.

    `answerable` is 0: the calibration is one of meaning and words. Opens its own sessions.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _by_words(index.current(unit_id), query, limit, readers)
        except _Moved:
            continue
        except Unavailable:
            break
    return Found((), detect(query), 0.0, "unavailable")


def _by_words(each: UnitIndex, query: str, limit: int, readers: Readers) -> Found:
    open_rows = each.readable(readers)
    spoken = detect(query, fallback=_main_language([each]))
    if not open_rows.any():
        return Found((), spoken, 0.0, "empty")
    covered = scoring.coverage(each.words, each.languages, Terms(query)) * open_rows
    best = [int(row) for row in np.argsort(-covered, kind="stable")[:limit] if covered[row] > 0]
    hits = {
        int(each.ids[row]): Hit(0, row, float(covered[row]), 0.0, float(covered[row]), 0.0, "blind")
        for row in best
    }
    passages = _passages(each, hits, readers) if hits else {}
    return Found(tuple(passages[each] for each in hits if each in passages), spoken, 0.0, "ok")


def _searched(
    units: Sequence[int],
    query: str,
    language: str | None,
    earlier: Earlier,
    limit: int,
    readers: Readers,
    lot: int | None,
    trial: Edition | None,
) -> Found:
    """Search what was served at the last look; if that was not the newest, look again."""
    known = index.remembered(units[0], lot=lot) if trial is None and len(units) == 1 else None
    if known is not None:
        try:
            found = _search_in([known], query, language, earlier, limit, readers)
            if found.passages:  # read with the stamp, which was still the same
                return found
        except Unavailable:
            pass
    for _ in range(_ATTEMPTS):
        indexes = [index.of(trial)] if trial else index.serving(units, lot=lot)
        try:
            return _search_in(indexes, query, language, earlier, limit, readers)
        except _Moved:
            continue
    raise Unavailable("the knowledge changes faster than it can be read")


def _search_in(
    indexes: Sequence[UnitIndex],
    query: str,
    language: str | None,
    earlier: Earlier,
    limit: int,
    readers: Readers,
) -> Found:
    held = [each for each in indexes if each.readable(readers).any()]
    spoken = language or detect(query, fallback=_main_language(held))
    if not held:
        return Found((), spoken, 0.0, "empty")
    return _search(held, query, spoken, earlier, limit, readers)


def _main_language(indexes: Sequence[UnitIndex]) -> str:
    counts: Counter[str] = Counter()
    for each in indexes:
        names, codes = scoring.coded(each.languages)
        counts.update(dict(zip(names, np.bincount(codes).tolist(), strict=True)))
    return max(counts, key=lambda name: counts[name], default="en")


def _search(
    indexes: Sequence[UnitIndex],
    query: str,
    spoken: str,
    earlier: Earlier,
    limit: int,
    readers: Readers,
) -> Found:
    if not any(sign.isalnum() for sign in query):
        return Found((), spoken, 0.0, "ok")
    setting = _setting(indexes)

    def look(reading: Reading) -> Result[Passage]:
        # some more than asked for: what is withdrawn meanwhile falls out
        hits = _rank(indexes, setting, spoken, reading.terms, reading.asked, 2 * limit, readers)
        return _read(indexes, setting, hits, readers, limit)

    def refers_back() -> bool:
        known = [each.vocabulary for each in indexes]
        return can_refer_back(query, spoken, lambda term: any(term in each for each in known))

    result = resolve(query, earlier, look, refers_back, lambda passage: passage.chunk_id)
    likely = result.decision.probability
    return Found(result.found[:limit], spoken, likely, "ok", result.decision)


def _rank(
    indexes: Sequence[UnitIndex],
    setting: str,
    spoken: str,
    terms: Terms,
    asked: str,
    limit: int,
    readers: Readers,
) -> list[Hit]:
    languages = [each.languages for each in indexes]
    covered = [scoring.coverage(each.words, each.languages, terms) for each in indexes]
    first = _cosines(indexes, setting, asked, covered)
    second = _cosines(indexes, "fast", asked, covered) if setting == "quality" else None
    open_rows = [each.readable(readers) for each in indexes]
    return scoring.fuse(setting, spoken, languages, covered, first, second, limit, open_rows)


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
        near = chroma.Collection(each.unit_id, engine, each.generation).nearest(vector, CANDIDATES)
    except Unavailable:
        everything = index.of(each.edition, exact=True)
        if not np.array_equal(everything.ids, each.ids):
            raise _Moved("this index is of an earlier state") from None
        if setting not in everything.vectors:
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


def _read(
    indexes: Sequence[UnitIndex],
    setting: str,
    hits: Sequence[Hit],
    readers: Readers,
    limit: int,
) -> Result[Passage]:
    """The hits that the database still serves, as passages, and whether they answer.

    Of those beyond `limit` there is need only where one of the first is served no more.
    """
    found: dict[int, Passage] = {}
    kept: list[Hit] = []
    for part in (hits[:limit], hits[limit:]):
        for number, each in enumerate(indexes):
            own = {int(each.ids[hit.row]): hit for hit in part if hit.corpus == number}
            if own:
                found |= _passages(each, own, readers)
        kept += [hit for hit in part if int(indexes[hit.corpus].ids[hit.row]) in found]
        if len(kept) == len(part):
            break
    calibration = indexes[kept[0].corpus if kept else 0].calibration(setting)
    passages = tuple(found[int(indexes[hit.corpus].ids[hit.row])] for hit in kept)
    return Result(passages, calibration.decide(kept))


def _passages(each: UnitIndex, hits: dict[int, Hit], readers: Readers) -> dict[int, Passage]:
    """The hits' texts as the database has them now: of this edition, for these readers, today."""
    edition = each.edition
    given = {
        "ids": list(hits),
        "unit": edition.unit_id,
        "readers": [str(each) for each in readers],
        "day": now().date(),
    }
    if edition.versions is None:
        rows = _SERVED.rows(Scope.of(edition.unit_id), given | {"release": edition.release})
    else:
        given["versions"] = sorted(edition.versions)
        rows = _TRIED.rows(Scope.of(edition.unit_id), given)
    if rows and rows[0].stamp != each.stamp:
        raise _Moved("the knowledge has changed since this index was read")
    return {
        row.id: Passage(
            chunk_id=row.id,
            document_id=row.document_id,
            source=row.source,
            title=row.title,
            heading=row.heading,
            text=row.text,
            language=row.language,
            audience=Audience(row.audience),
            version=row.number,
            release=edition.release,
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


_TEXT = func.substr(Version.text, Chunk.start_at + 1, Chunk.end_at - Chunk.start_at)
_CHOSEN = (
    select(
        Chunk.id, Chunk.heading, Chunk.start_at, Chunk.end_at, Version.document_id,
        Version.title, Version.language, Version.number, Version.url, Version.audience,
        Source.name.label("source"), _TEXT.label("text"), Unit.stamp,
    )
    .join(Version, Version.id == Chunk.version_id)
    .join(Document, Document.id == Version.document_id)
    .join(Source, Source.id == Document.source_id)
    .join(Unit, Unit.unit_id == Chunk.unit_id)
    .where(
        Chunk.id.in_(bindparam("ids", expanding=True)),
        Chunk.unit_id == bindparam("unit"),
        Version.unit_id == bindparam("unit"),
        readable(bindparam("readers", expanding=True), bindparam("day", type_=Date)),
    )
)  # fmt: skip
_TRIED = Prepared(
    _CHOSEN.where(Version.id.in_(bindparam("versions", expanding=True))),
    lists=("ids", "readers", "versions"),
)
_SERVED = Prepared(
    _CHOSEN.where(in_release(bindparam("release", type_=Integer))), lists=("ids", "readers")
)
