"""What a unit's questions are compared with: derived from SQL, in memory and in Chroma."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from knowledge import chroma, embedding, lexical, vectors
from knowledge.editions import Edition, Readers, in_release, part_of, served
from knowledge.embedding import Vectors
from knowledge.models import Chunk, Unit, Version, new_stamp
from knowledge.tokens import tokens
from runtime import settings
from runtime.database import insert_new, now, open_session
from runtime.errors import NotFound, Unavailable
from runtime.jobs import enqueue
from runtime.scope import NOBODY, Scope

EXACT_BELOW = 20_000
"""Chunks of a unit below which scanning all vectors beats Chroma (0.4 ms at 10,000)."""
SAMPLE = 1_000
"""Rows of a larger unit whose cosines stand for all when scores are put on one scale."""
_PROBES = 50
_FILL = 32
_BATCH = 1_000
"""Vectors given to Chroma at once: a few seconds."""


@dataclass(frozen=True, slots=True)
class UnitIndex:
    """The chunks of one edition, ready to be searched; row numbers are shared by all fields."""

    edition: Edition
    stamp: str | None
    ids: NDArray[np.int64]
    keys: tuple[str, ...]
    languages: NDArray[np.str_]
    audiences: NDArray[np.str_]
    first_days: NDArray[np.int32]
    last_days: NDArray[np.int32]
    """Ordinals of the days between which a row holds."""
    encoded: tuple[lexical.Encoded, ...]
    vocabulary: dict[str, int]
    words: lexical.Lexical
    vectors: Mapping[str, Vectors]
    """By setting ("fast", "quality", …): every row's vector, where none is missing."""
    sampled: Mapping[str, Vectors]
    """Instead of `vectors`, where Chroma finds the candidates."""

    @property
    def unit_id(self) -> int:
        return self.edition.unit_id

    def readable(self, readers: Readers) -> NDArray[np.bool_]:
        """The rows that these readers may be told today."""
        today = now().date().toordinal()
        in_time = (self.first_days <= today) & (today <= self.last_days)
        return np.asarray(in_time & np.isin(self.audiences, sorted(readers)), dtype=np.bool_)

    def settled(self, setting: str) -> bool:
        """Whether every chunk has this setting's vector."""
        return setting in self.vectors or setting in self.sampled


@dataclass(frozen=True, slots=True)
class IndexReport:
    """How a unit's indexes stand against the truth in SQL."""

    unit_id: int
    engine: str
    chunks: int
    without_vector: int
    indexed: int
    missing: int
    surplus: int
    unfindable: int
    state: Literal["exact", "ok", "stale", "unavailable"]
    """"exact": no Chroma is used for this unit; "stale": rebuild it."""


_KEPT = 4
"""Editions of a unit that are kept in memory: the live one, a canary, what is being tried."""
_units: dict[int, dict[Edition, UnitIndex]] = {}
_loading: dict[int, threading.Lock] = {}
_guard = threading.Lock()
_asked: dict[int, str | None] = {}


def current(unit_id: int, *, lot: int | None = None, exact: bool = False) -> UnitIndex:
    """The index a conversation of this lot is answered from, as of now.

    Changes made by other processes are seen at once. `exact` loads all vectors even of a large
    unit. Raises `Unavailable` when the database is away.
    """
    with open_session(NOBODY, read_only=True) as session:
        edition = served(session, unit_id, lot)
    return of(edition, exact=exact)


def of(edition: Edition, *, exact: bool = False) -> UnitIndex:
    """The index of an edition, whether it is served or only tried."""
    unit_id = edition.unit_id
    with open_session(NOBODY, read_only=True) as session:
        stamp = session.scalar(select(Unit.stamp).where(Unit.unit_id == unit_id))
    with _guard:
        lock = _loading.setdefault(unit_id, threading.Lock())
        kept = _units.setdefault(unit_id, {})
    with lock:
        known = kept.pop(edition, None)
        if known is None or known.stamp != stamp or (exact and known.sampled):
            before = known or next(reversed(kept.values()), None)
            known = _load(edition, before, exact=exact)
        kept[edition] = known
        while len(kept) > _KEPT:
            kept.pop(next(iter(kept)))
        return known


def forget() -> None:
    """Drop everything kept in memory; the next search reads it again."""
    with _guard:
        _units.clear()
        _asked.clear()


def touch(session: Session, unit_id: int) -> None:
    """Tell every process that what the unit serves changes; also makes its writers take turns."""
    take_turn(session, unit_id)
    session.execute(update(Unit).where(Unit.unit_id == unit_id).values(stamp=new_stamp()))


def lane(unit_id: int) -> str:
    """Changes of one unit's index happen one after the other."""
    return f"knowledge/{unit_id}"


def take_turn(session: Session, unit_id: int) -> None:
    """Wait until nobody else writes knowledge of this unit; nobody searches anew for it."""
    insert_new(
        session, Unit, ["unit_id"],
        unit_id=unit_id, stamp=new_stamp(), live=0, newest=0, canary_share=0,
    )  # fmt: skip
    session.execute(update(Unit).where(Unit.unit_id == unit_id).values(newest=Unit.newest))


def _load(edition: Edition, before: UnitIndex | None, *, exact: bool) -> UnitIndex:
    row_of = {key: row for row, key in enumerate(before.keys)} if before else {}
    known = before.encoded if before else ()
    vocabulary = before.vocabulary if before else {}
    wide = not exact and _chroma_serves(edition)
    with open_session(Scope.of(edition.unit_id), read_only=True) as session:
        stamp = session.scalar(select(Unit.stamp).where(Unit.unit_id == edition.unit_id))
        rows = session.execute(
            select(
                Chunk.id, Chunk.key, Version.language, Version.audience, Version.valid_from,
                Version.valid_until,
            )
            .join(Version, Version.id == Chunk.version_id)
            .where(part_of(edition))
            .order_by(Chunk.id)
        ).all()  # fmt: skip
        fresh = dict(vectors.texts(session, [row.id for row in rows if row.key not in row_of]))
        wanted = rows[:: max(1, len(rows) // SAMPLE)] if wide else rows
        matrices = {}
        for setting in embedding.names():
            old = before.vectors.get(setting) if before else None
            matrix = _matrix(session, setting, wanted, old, row_of)
            if matrix is not None:
                matrices[setting] = matrix
    encoded = tuple(
        lexical.encode(vocabulary, tokens(fresh[row.id], row.language))
        if row.id in fresh
        else known[row_of[row.key]]
        for row in rows
    )
    return UnitIndex(
        edition=edition,
        stamp=stamp,
        ids=np.asarray([row.id for row in rows], dtype=np.int64),
        keys=tuple(row.key for row in rows),
        languages=np.asarray([row.language for row in rows], dtype=np.str_),
        audiences=np.asarray([str(row.audience) for row in rows], dtype=np.str_),
        first_days=_days([row.valid_from for row in rows], date.min),
        last_days=_days([row.valid_until for row in rows], date.max),
        encoded=encoded,
        vocabulary=vocabulary,
        words=lexical.build(vocabulary, encoded),
        vectors={} if wide else matrices,
        sampled=matrices if wide else {},
    )


def _days(given: Sequence[date | None], otherwise: date) -> NDArray[np.int32]:
    return np.asarray([(day or otherwise).toordinal() for day in given], dtype=np.int32)


def _chroma_serves(edition: Edition) -> bool:
    """Whether the edition is large and live, and Chroma holds all of it by now."""
    with open_session(NOBODY, read_only=True) as session:
        if served(session, edition.unit_id) != edition:
            return False
    size = len(_served(edition.unit_id))
    if size < EXACT_BELOW:
        return False
    try:
        return chroma.ready() and all(
            chroma.Collection(edition.unit_id, embedding.engine(setting).name).count() == size
            for setting in embedding.names()
        )
    except Unavailable:
        return False


def _matrix(
    session: Session,
    setting: str,
    rows: Sequence[Any],
    old: Vectors | None,
    row_of: Mapping[str, int],
) -> Vectors | None:
    """One vector a row, reusing those in memory; None if any is missing."""
    engine = embedding.engine(setting)
    kept = row_of if old is not None else {}
    read = vectors.stored(session, engine.name, [row.id for row in rows if row.key not in kept])
    made: list[Vectors] = []
    for row in rows:
        if old is not None and row.key in kept:
            made.append(old[kept[row.key]])
        elif row.id in read:
            made.append(read[row.id])
        else:
            return None
    return np.stack(made) if made else np.zeros((0, engine.dimensions), dtype=np.float32)


def fill(session_scope: Scope, setting: str) -> int:
    """Embed one batch of chunks that lack the setting's vector; return how many there were."""
    (unit_id,) = session_scope.units
    name = embedding.engine(setting).name
    with open_session(session_scope, read_only=True) as session:
        wanted = vectors.missing(session, name, _FILL)
        texts = dict(vectors.texts(session, [*wanted.values()]))
    if texts:
        made = embedding.embed(setting, [texts[chunk_id] for chunk_id in wanted.values()])
        with open_session(session_scope) as session:
            vectors.store(session, unit_id, name, dict(zip(wanted, made, strict=True)))
    return len(texts)


def ask_for_vectors(each: UnitIndex) -> None:
    """Have the missing vectors of this state of the unit made, once (another engine was chosen)."""
    if _asked.get(each.unit_id) == each.stamp:
        return
    _asked[each.unit_id] = each.stamp
    with open_session(Scope.of(each.unit_id)) as session:
        enqueue(session, "knowledge.embed", unit_id=each.unit_id, lane=lane(each.unit_id))


def units() -> list[int]:
    """The units that have knowledge."""
    with open_session(NOBODY, read_only=True) as session:
        return list(session.scalars(select(Unit.unit_id).order_by(Unit.unit_id)))


def rebuild(unit_id: int | None = None) -> int:
    """Make the vectors that are missing and the index of a unit (or all) anew; return the chunks.

    Where another process owns the embedded Chroma, that process is given the job. Raises
    `NotFound` for a unit without knowledge.
    """
    known = units()
    if unit_id is not None and unit_id not in known:
        raise NotFound("this unit has no knowledge")
    done = 0
    for unit in known if unit_id is None else [unit_id]:
        scope = Scope.of(unit)
        for setting in embedding.names():
            while fill(scope, setting):
                pass
        engines = [embedding.engine(setting).name for setting in embedding.names()]
        with open_session(scope) as session:
            vectors.keep_only(session, engines)
            touch(session, unit)
            done += len(_served(unit))
            if not chroma.ready():
                enqueue(session, "knowledge.index", unit_id=unit, lane=lane(unit), anew=True)
        _units.pop(unit, None)
        if chroma.ready():
            synchronise(unit, anew=True)
    return done


def uses_chroma(unit_id: int) -> bool:
    """Whether a Chroma collection is kept for this unit: it is large, or a server is named."""
    if settings.current().chroma_url is not None:
        return True
    return len(_served(unit_id)) >= EXACT_BELOW


def _nothing() -> None:
    """What happens between batches when nobody wants to know."""


def synchronise(unit_id: int, *, anew: bool = False, between: Callable[[], None] = _nothing) -> int:
    """Bring the unit's Chroma collections to what SQL says; return the vectors added.

    `between` is called after every batch, with no session open: a large unit takes minutes.
    Raises `Unavailable` when Chroma is away or another process owns it.
    """
    added = 0
    changed = anew
    for setting in embedding.names():
        engine = embedding.engine(setting).name
        collection = chroma.Collection(unit_id, engine)
        if anew:
            collection.drop()
        there = collection.ids()
        truth = _served(unit_id)
        with open_session(Scope.of(unit_id), read_only=True) as session:
            new = vectors.stored(session, engine, sorted(truth - there))
        ids = list(new)
        for at in range(0, len(ids), _BATCH):
            collection.add({each: new[each] for each in ids[at : at + _BATCH]})
            between()
        if gone := sorted(there - truth):
            collection.remove(gone)
        added += len(new)
        changed = changed or bool(new or gone)
    if changed:  # searches that scanned meanwhile may ask Chroma again
        with open_session(Scope.of(unit_id)) as session:
            touch(session, unit_id)
    return added


def _served(unit_id: int) -> set[int]:
    with open_session(Scope.of(unit_id), read_only=True) as session:
        return set(
            session.scalars(
                select(Chunk.id)
                .join(Version, Version.id == Chunk.version_id)
                .where(in_release(served(session, unit_id).release))
            )
        )


def check(unit_id: int) -> IndexReport:
    """Compare the unit's index with SQL: ids one by one, and vectors that must find themselves."""
    setting = embedding.names()[-1]
    engine = embedding.engine(setting).name
    truth = _served(unit_id)
    with open_session(Scope.of(unit_id), read_only=True) as session:
        have = vectors.stored(session, engine, sorted(truth))
    without = len(truth) - len(have)
    collection = chroma.Collection(unit_id, engine)
    try:
        there = collection.ids() if chroma.ready() else set()
        # a lost row is still counted; only asking for it shows that it is lost
        step = max(1, len(have) // _PROBES)
        unfindable = sum(
            not _finds_itself(collection, chunk_id, have[chunk_id])
            for chunk_id in sorted(there & have.keys())[::step]
        )
    except Unavailable:
        return IndexReport(unit_id, engine, len(truth), without, 0, 0, 0, 0, "unavailable")
    missing, surplus = len(have.keys() - there), len(there - truth)
    if not there and not uses_chroma(unit_id):
        return IndexReport(unit_id, engine, len(truth), without, 0, 0, 0, 0, "exact")
    stale = bool(missing or surplus or unfindable or without)
    return IndexReport(
        unit_id, engine, len(truth), without, len(there), missing, surplus, unfindable,
        "stale" if stale else "ok",
    )  # fmt: skip


def _finds_itself(collection: chroma.Collection, chunk_id: int, vector: Vectors) -> bool:
    found = collection.nearest(vector, 10)
    # of several equal texts any will do
    return any(each == chunk_id or cosine > 0.9999 for each, cosine in found)
