"""Whether the indexes hold what SQL says, and what is done when they do not."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from knowledge import chroma, embedding, index, vectors
from knowledge.embedding import Vectors
from runtime.database import open_session
from runtime.errors import Unavailable
from runtime.scope import Scope

PROBES = 1_000
"""Vectors that have to find themselves in one check, drawn anew each time; all where there are no
more. Of n probes at least one hits a share p that was lost with probability 1-(1-p)^n at least: of
1 % with 99.996 %, of 0.1 % with 63 % in one check and 99.99 % in nine."""
_AT_ONCE = 100
_NEAREST = 10


@dataclass(frozen=True, slots=True)
class IndexReport:
    """How a unit's index of one engine stands against the truth in SQL."""

    unit_id: int
    engine: str
    chunks: int
    without_vector: int
    indexed: int = 0
    missing: int = 0
    surplus: int = 0
    probed: int = 0
    unfindable: int = 0
    state: Literal["exact", "ok", "stale", "unavailable", "elsewhere"] = "ok"
    """"exact": no Chroma is used for this unit; "stale": it has to be healed; "elsewhere": another
    process owns the index, and checks it."""


def check(unit_id: int) -> IndexReport:
    """Compare a unit's indexes with SQL: ids one by one, and vectors that must find themselves.

    The report is that of the engine whose index is the worst.
    """
    truth = index.chunks_served(unit_id)
    try:
        ready = chroma.ready()
        found = [
            _check(unit_id, setting, each if ready else None, truth)
            for setting, each in index.collections(unit_id).items()
        ]
    except Unavailable:
        engine = embedding.engine(embedding.names()[-1]).name
        return IndexReport(unit_id, engine, len(truth), 0, state="unavailable")
    return max(found, key=lambda report: report.state == "stale")


def _check(
    unit_id: int, setting: str, collection: chroma.Collection | None, truth: set[int]
) -> IndexReport:
    engine = embedding.engine(setting).name
    with open_session(Scope.of(unit_id), read_only=True) as session:
        have = vectors.stored(session, engine, sorted(truth))
    without = len(truth) - len(have)
    used = index.uses_chroma(unit_id)
    if collection is None:
        state: Literal["elsewhere", "exact"] = "elsewhere" if used else "exact"
        return IndexReport(unit_id, engine, len(truth), without, state=state)
    there = collection.ids()
    if not there and not used:
        return IndexReport(unit_id, engine, len(truth), without, state="exact")
    missing, surplus = len(have.keys() - there), len(there - truth)
    # a lost row is still counted; only asking for it shows that it is lost
    present = sorted(there & have.keys())
    drawn = random.sample(present, min(PROBES, len(present)))
    unfindable = _unfindable(collection, {each: have[each] for each in drawn})
    stale = bool(missing or surplus or unfindable or without)
    return IndexReport(
        unit_id, engine, len(truth), without, len(there), missing, surplus, len(drawn), unfindable,
        "stale" if stale else "ok",
    )  # fmt: skip


def _unfindable(collection: chroma.Collection, probes: Mapping[int, Vectors]) -> int:
    lost = 0
    ids = list(probes)
    for at in range(0, len(ids), _AT_ONCE):
        part = ids[at : at + _AT_ONCE]
        found = collection.nearest_of(np.stack([probes[each] for each in part]), _NEAREST)
        lost += sum(
            # of several equal texts any will do
            not any(other == each or cosine > 0.9999 for other, cosine in near)
            for each, near in zip(part, found, strict=True)
        )
    return lost


def heal(unit_id: int, *, between: Callable[[], None] = lambda: None) -> IndexReport:
    """Check a unit's indexes and repair what is wrong; return what was found before.

    Rows that are missing are added and surplus ones removed; where rows cannot be found the index
    is built anew, beside the old one. Raises `Unavailable` when Chroma is away or another process
    owns it.
    """
    scope = Scope.of(unit_id)
    for setting in embedding.names():
        while index.fill(scope, setting):
            between()
    while index.count_words(scope):
        between()
    report = check(unit_id)
    if report.state == "unavailable":
        raise Unavailable("the vector index cannot be used right now")
    if report.state == "elsewhere":
        raise Unavailable(chroma.owner())
    if report.state != "stale":
        return report
    between()
    if not report.unfindable:
        index.synchronise(unit_id, between=between)
    if report.unfindable or check(unit_id).state == "stale":
        index.synchronise(unit_id, anew=True, between=between)
    return report
