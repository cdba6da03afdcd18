"""What a unit's questions are compared with: derived from SQL, in memory and in Chroma."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from knowledge import chroma, corpus, embedding, vectors
from knowledge.corpus import UnitIndex
from knowledge.editions import Edition, chosen, in_release, served
from knowledge.models import Chunk, Unit, Version, new_stamp
from runtime import settings
from runtime.database import Prepared, insert_new, open_session
from runtime.errors import NotFound, Unavailable
from runtime.failpoints import failpoint
from runtime.jobs import enqueue
from runtime.scope import NOBODY, Scope

EXACT_BELOW = 50_000
"""Chunks of a unit below which all vectors are scanned. Of 25,000 a scan takes 4.2 ms CPU; Chroma
takes 5.5 ms for the nearest 200, and the vectors of as many rows found by words come on top."""
_FILL = 32
_BATCH = 1_000
"""Vectors given to Chroma at once: a few seconds."""
_KEPT = 4
"""Editions of a unit that are kept in memory: the live one, a canary, what is being tried."""
_units: dict[int, dict[Edition, UnitIndex]] = {}
_loading: dict[int, threading.Lock] = {}
_guard = threading.Lock()
_asked: dict[int, str | None] = {}

_STATES = Prepared(
    select(Unit.unit_id, Unit.stamp, Unit.live, Unit.canary, Unit.canary_share).where(
        Unit.unit_id.in_(bindparam("units", expanding=True))
    ),
    lists=("units",),
)


@dataclass(frozen=True, slots=True)
class _State:
    """What of a unit is served, as of a stamp."""

    stamp: str
    live: int
    canary: int | None
    canary_share: int


_states: dict[int, _State] = {}
_LOOKS = 10


def serving(units: Iterable[int], *, lot: int | None = None) -> list[UnitIndex]:
    """The indexes that a conversation of this lot is answered from, as of now.

    Changes made by other processes are seen at once. Raises `Unavailable` when the database is
    away.
    """
    wanted = list(units)
    for _ in range(_LOOKS):
        rows = _STATES.rows(NOBODY, {"units": wanted})
        read = {row.unit_id: _State(*row[1:]) for row in rows}
        _states.update(read)
        found = [_serving(unit_id, read.get(unit_id), lot) for unit_id in wanted]
        if None not in found:
            return [each for each in found if each is not None]
    raise Unavailable("what is served changes faster than it can be read")


def remembered(unit_id: int, *, lot: int | None = None) -> UnitIndex | None:
    """As `serving`, as of the last look: whoever uses it compares its stamp afterwards.

    None when it can not be told without another look.
    """
    state = _states.get(unit_id)
    return None if state is None else _serving(unit_id, state, lot)


def _serving(unit_id: int, state: _State | None, lot: int | None) -> UnitIndex | None:
    """None: it had to be read anew, and by now another release may be the one that is served."""
    if state is None:
        return _at(Edition(unit_id, 0), None)
    edition = chosen(unit_id, state.live, state.canary, state.canary_share, lot)
    found = _at(edition, state.stamp)
    return found if found.stamp == state.stamp else None


def current(unit_id: int, *, lot: int | None = None) -> UnitIndex:
    """As `serving`, of one unit."""
    return serving([unit_id], lot=lot)[0]


def of(edition: Edition, *, exact: bool = False) -> UnitIndex:
    """The index of an edition, whether it is served or only tried.

    `exact` loads all vectors even of a large unit.
    """
    with open_session(NOBODY, read_only=True) as session:
        stamp = session.scalar(select(Unit.stamp).where(Unit.unit_id == edition.unit_id))
    return _at(edition, stamp, exact=exact)


def _at(edition: Edition, stamp: str | None, *, exact: bool = False) -> UnitIndex:
    unit_id = edition.unit_id
    with _guard:
        lock = _loading.setdefault(unit_id, threading.Lock())
        kept = _units.setdefault(unit_id, {})
    with lock:
        known = kept.pop(edition, None)
        if known is None or known.stamp != stamp or (exact and known.sampled):
            before = known or next(reversed(kept.values()), None)
            known = corpus.load(edition, before, wide=not exact and _chroma_serves(edition))
        kept[edition] = known
        while len(kept) > _KEPT:
            kept.pop(next(iter(kept)))
        return known


def forget() -> None:
    """Drop everything kept in memory; the next search reads it again."""
    with _guard:
        _units.clear()
        _states.clear()
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
        unit_id=unit_id, stamp=new_stamp(), live=0, newest=0, canary_share=0, generation=0,
    )  # fmt: skip
    session.execute(update(Unit).where(Unit.unit_id == unit_id).values(newest=Unit.newest))


def _chroma_serves(edition: Edition) -> bool:
    """Whether the edition is large and live, and Chroma holds all of it by now.

    The ids are compared, not their number: one release may replace as many chunks as it adds.
    """
    with open_session(NOBODY, read_only=True) as session:
        if served(session, edition.unit_id) != edition:
            return False
    truth = chunks_served(edition.unit_id)
    if len(truth) < EXACT_BELOW:
        return False
    try:
        return chroma.ready() and all(
            each.ids() >= truth for each in collections(edition.unit_id).values()
        )
    except Unavailable:
        return False


def collections(unit_id: int, *, ahead: int = 0) -> dict[str, chroma.Collection]:
    """By setting, the unit's Chroma collections; `ahead` 1: those that are being built."""
    with open_session(NOBODY, read_only=True) as session:
        known = session.scalar(select(Unit.generation).where(Unit.unit_id == unit_id)) or 0
    return {
        setting: chroma.Collection(unit_id, embedding.engine(setting).name, known + ahead)
        for setting in embedding.names()
    }


def fill(scope: Scope, setting: str) -> int:
    """Embed one batch of chunks that lack the setting's vector; return how many there were."""
    (unit_id,) = scope.units
    name = embedding.engine(setting).name
    with open_session(scope, read_only=True) as session:
        wanted = vectors.missing(session, name, _FILL)
        texts = dict(vectors.texts(session, [*wanted.values()]))
    if texts:
        made = embedding.embed(setting, [texts[chunk_id] for chunk_id in wanted.values()])
        with open_session(scope) as session:
            vectors.store(session, unit_id, name, dict(zip(wanted, made, strict=True)))
        failpoint("index:filled")
    return len(texts)


def count_words(scope: Scope) -> int:
    """Count and keep the words of one batch of chunks that lack them; return how many."""
    (unit_id,) = scope.units
    with open_session(scope, read_only=True) as session:
        wanted = vectors.missing(session, vectors.words(), _BATCH)
        found = vectors.texts_by_language(session, wanted)
    for language, texts in found.items():
        with open_session(scope) as session:
            vectors.store_words(session, unit_id, language, texts)
    return len(wanted)


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

    Questions are answered meanwhile, from what was there. Where another process owns the embedded
    Chroma, that process is given the job. Raises `NotFound` for a unit without knowledge.
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
        while count_words(scope):
            pass
        engines = [embedding.engine(setting).name for setting in embedding.names()]
        with open_session(scope) as session:
            vectors.keep_only(session, engines)
            touch(session, unit)
        done += len(chunks_served(unit))
        if not uses_chroma(unit):
            continue
        if chroma.ready():
            synchronise(unit, anew=True)
            continue
        with open_session(scope) as session:
            enqueue(session, "knowledge.index", unit_id=unit, lane=lane(unit), anew=True)
    return done


def uses_chroma(unit_id: int) -> bool:
    """Whether a Chroma collection is kept for this unit: it is large, or a server is named."""
    if settings.current().chroma_url is not None:
        return True
    return len(chunks_served(unit_id)) >= EXACT_BELOW


def _nothing() -> None:
    """What happens between batches when nobody wants to know."""


def synchronise(unit_id: int, *, anew: bool = False, between: Callable[[], None] = _nothing) -> int:
    """Bring the unit's Chroma collections to what SQL says; return the vectors added.

    `anew` builds them beside those that are searched, and lets go of these only when the new ones
    are whole. `between` is called after every batch, with no session open: a large unit takes
    minutes. Raises `Unavailable` when Chroma is away or another process owns it.
    """
    added = 0
    changed = anew
    made = collections(unit_id, ahead=1 if anew else 0)
    for setting, collection in made.items():
        if anew:
            collection.drop()  # what an attempt that was cut off has left
        there = collection.ids()
        truth = chunks_served(unit_id)
        with open_session(Scope.of(unit_id), read_only=True) as session:
            engine = embedding.engine(setting).name
            new = vectors.stored(session, engine, sorted(truth - there))
        ids = list(new)
        for at in range(0, len(ids), _BATCH):
            collection.add({each: new[each] for each in ids[at : at + _BATCH]})
            failpoint("index:batch")
            between()
        if gone := sorted(there - truth):
            collection.remove(gone)
        added += len(new)
        changed = changed or bool(new or gone)
    if changed:  # searches that scanned meanwhile may ask Chroma again
        with open_session(Scope.of(unit_id)) as session:
            touch(session, unit_id)
            if anew:
                session.execute(
                    update(Unit)
                    .where(Unit.unit_id == unit_id)
                    .values(generation=Unit.generation + 1)
                )
        chroma.drop_others(unit_id, made.values())
    return added


def chunks_served(unit_id: int) -> set[int]:
    """The chunks of the unit's live release."""
    with open_session(Scope.of(unit_id), read_only=True) as session:
        return set(
            session.scalars(
                select(Chunk.id)
                .join(Version, Version.id == Chunk.version_id)
                .where(in_release(served(session, unit_id).release))
            )
        )
