"""The chunks of one edition in memory, ready to be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge import embedding, lexical, models, vectors
from knowledge.calibration import Calibration
from knowledge.editions import Edition, Readers, part_of
from knowledge.embedding import Vectors
from knowledge.models import Chunk, Unit, Version
from runtime.database import now, open_session
from runtime.scope import Scope

SAMPLE = 1_000
"""Rows of a larger unit whose cosines stand for all when scores are put on one scale."""


@dataclass(frozen=True, slots=True)
class UnitIndex:
    """The chunks of one edition; row numbers are shared by all fields."""

    edition: Edition
    stamp: str | None
    generation: int
    """Which of the unit's Chroma collections was whole when this was read."""
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
    own: Mapping[str, Calibration]
    """The unit's own calibrations, by setting."""
    _open: dict[Readers, tuple[int, NDArray[np.bool_]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def unit_id(self) -> int:
        return self.edition.unit_id

    def readable(self, readers: Readers) -> NDArray[np.bool_]:
        """The rows that these readers may be told today."""
        today = now().date().toordinal()
        day, rows = self._open.get(readers, (0, None))
        if rows is None or day != today:
            in_time = (self.first_days <= today) & (today <= self.last_days)
            rows = np.asarray(in_time & np.isin(self.audiences, sorted(readers)), dtype=np.bool_)
            self._open[readers] = today, rows
        return rows

    def calibration(self, setting: str) -> Calibration:
        """When what was found is enough: fitted on the unit's own questions, or as it ships."""
        return self.own.get(setting) or Calibration.default(setting)

    def settled(self, setting: str) -> bool:
        """Whether every chunk has this setting's vector."""
        return setting in self.vectors or setting in self.sampled


def load(edition: Edition, before: UnitIndex | None, *, wide: bool) -> UnitIndex:
    """Read an edition from the database; what `before` knows already is not read again.

    `wide`: Chroma finds the candidates, and a sample of the vectors is enough.
    """
    row_of = {key: row for row, key in enumerate(before.keys)} if before else {}
    with open_session(Scope.of(edition.unit_id), read_only=True) as session:
        state = session.execute(
            select(Unit.stamp, Unit.generation).where(Unit.unit_id == edition.unit_id)
        ).first()
        rows = session.connection().execute(
            select(
                Chunk.id, Chunk.key, Version.language, Version.audience, Version.valid_from,
                Version.valid_until,
            )
            .join(Version, Version.id == Chunk.version_id)
            .where(part_of(edition), Chunk.unit_id == edition.unit_id)
            .order_by(Chunk.id)
        ).all()  # fmt: skip
        vocabulary = before.vocabulary if before else {}
        spoken = {row.id: row.language for row in rows if row.key not in row_of}
        fresh = {
            chunk_id: lexical.encode(vocabulary, counts)
            for chunk_id, counts in vectors.terms(session, spoken)
        }
        wanted = rows[:: max(1, len(rows) // SAMPLE)] if wide else rows
        matrices = {}
        for setting in embedding.names():
            old = before.vectors.get(setting) if before else None
            matrix = _matrix(session, setting, wanted, old, row_of)
            if matrix is not None:
                matrices[setting] = matrix
        own = {
            row.setting: Calibration.load(row.content)
            for row in session.scalars(select(models.Calibration))
        }
    known = before.encoded if before else ()
    encoded = tuple(fresh.get(row.id) or known[row_of[row.key]] for row in rows)
    return UnitIndex(
        edition=edition,
        stamp=state.stamp if state else None,
        generation=state.generation if state else 0,
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
        own=own,
    )


def _days(given: Sequence[date | None], otherwise: date) -> NDArray[np.int32]:
    return np.asarray([(day or otherwise).toordinal() for day in given], dtype=np.int32)


def _matrix(
    session: Session,
    setting: str,
    rows: Sequence[Any],
    old: Vectors | None,
    row_of: Mapping[str, int],
) -> Vectors | None:
    """One vector a row, reusing those in memory; None if any is missing."""
    engine = embedding.engine(setting)
    reused = row_of if old is not None else {}
    place_of = {row.id: number for number, row in enumerate(rows) if row.key not in reused}
    size = old.shape[1] if old is not None else engine.dimensions
    made = np.empty((len(rows), size), dtype=np.float32)
    came = 0
    for chunk_id, vector in vectors.read(session, engine.name, list(place_of)):
        if len(vector) != made.shape[1]:  # an engine that does not know its size beforehand
            made = np.empty((len(rows), len(vector)), dtype=np.float32)
        made[place_of[chunk_id]] = vector
        came += 1
    if came < len(place_of):
        return None
    if old is not None:
        places = [number for number, row in enumerate(rows) if row.key in reused]
        made[places] = old[[row_of[rows[number].key] for number in places]]
    return made
