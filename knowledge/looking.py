"""The documents of a trial as its findings read them: versions, passages, sentences, neighbours."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from knowledge import embedding, index
from knowledge.changes import Line
from knowledge.contradictions import Statement, statement
from knowledge.editions import Edition
from knowledge.embedding import Vectors
from knowledge.facts import Reader
from knowledge.models import Chunk, Document, Version
from knowledge.quoting import units
from knowledge.states import Audience
from knowledge.trials import Trial
from runtime.database import open_session
from runtime.errors import Unavailable
from runtime.scope import Scope

NEAR = 12
"""Passages that a changed one is compared with."""
ABOUT = 0.35
"""Cosine below which two passages have nothing to do with each other."""
_ROWS = 256
_IDS = 1_000


@dataclass(frozen=True, slots=True)
class Page:
    """A version of a document without its text."""

    document_id: int
    version_id: int
    source_id: int
    name: str
    title: str
    language: str
    url: str | None
    audience: Audience
    valid_from: date | None
    valid_until: date | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A passage of a page, cut into sentences."""

    chunk_id: int
    version_id: int
    key: str
    heading: str
    lines: tuple[Line, ...]

    @property
    def said(self) -> tuple[Statement, ...]:
        return tuple(line.said for line in self.lines)


def pages(session: Session, edition: Edition) -> dict[int, Page]:
    """The pages of an edition that was made for a trial, by document."""
    rows = session.execute(
        select(
            Version.document_id, Version.id.label("version_id"), Document.source_id, Document.name,
            Version.title, Version.language, Version.url, Version.audience, Version.valid_from,
            Version.valid_until, Version.created_at,
        )
        .join(Document, Document.id == Version.document_id)
        .where(Version.id.in_(edition.versions or ()))
        .order_by(Document.name, Document.id)
    ).all()  # fmt: skip
    return {row.document_id: Page(*row) for row in rows}


def parts(
    session: Session,
    reader: Reader,
    *,
    versions: Collection[int] = (),
    chunks: Collection[int] = (),
) -> dict[int, Part]:
    """The passages of these versions, or these passages, by chunk."""
    text = func.substr(Version.text, Chunk.start_at + 1, Chunk.end_at - Chunk.start_at)
    found: dict[int, Part] = {}
    for column, ids in ((Chunk.version_id, sorted(versions)), (Chunk.id, sorted(chunks))):
        for at in range(0, len(ids), _IDS):
            rows = session.execute(
                select(
                    Chunk.id, Chunk.version_id, Chunk.key, Chunk.heading, Version.title,
                    Version.language, text.label("text"),
                )
                .join(Version, Version.id == Chunk.version_id)
                .where(column.in_(ids[at : at + _IDS]))
                .order_by(Chunk.version_id, Chunk.start_at)
            )  # fmt: skip
            for row in rows:
                lines = tuple(
                    Line(row.heading, statement(each, row.language, row.title, row.heading, reader))
                    for each in units(row.text)
                )
                found[row.id] = Part(row.id, row.version_id, row.key, row.heading, lines)
    return found


def lines_of(found: Collection[Part], version_id: int) -> list[Line]:
    """The sentences of one version, in order; what two passages share counts once."""
    seen: set[tuple[str, str]] = set()
    lines: list[Line] = []
    for part in found:
        if part.version_id != version_id:
            continue
        fresh = [line for line in part.lines if (line.heading, line.said.text) not in seen]
        lines += fresh
        seen |= {(line.heading, line.said.text) for line in fresh}
    return lines


def near(
    wanted: Edition, ids: Sequence[int], among: Edition
) -> Iterator[tuple[int, list[tuple[int, float]]]]:
    """Yield each of these chunks of an edition with the nearest chunks of another, and cosines.

    Raises `Unavailable` while vectors are missing.
    """
    setting = embedding.names()[0]
    ours, others = index.of(wanted, exact=True), index.of(among, exact=True)
    mine, theirs = ours.vectors.get(setting), others.vectors.get(setting)
    if mine is None or theirs is None:
        raise Unavailable("the vectors of this engine are still being made")
    row_of = {int(chunk_id): row for row, chunk_id in enumerate(ours.ids)}
    there = [chunk_id for chunk_id in ids if chunk_id in row_of]
    if not len(others.ids):
        return
    for at in range(0, len(there), _ROWS):
        some = there[at : at + _ROWS]
        cosines = mine[[row_of[chunk_id] for chunk_id in some]] @ theirs.T
        for chunk_id, row in zip(some, cosines, strict=True):
            yield chunk_id, _best(row, others.ids, chunk_id)


def _best(cosines: Vectors, ids: NDArray[np.int64], own: int) -> list[tuple[int, float]]:
    most = min(NEAR + 1, len(ids))
    best = np.argpartition(-cosines, most - 1)[:most]
    ranked = sorted(((int(ids[row]), float(cosines[row])) for row in best), key=lambda hit: -hit[1])
    return [hit for hit in ranked if hit[0] != own and hit[1] >= ABOUT]


@dataclass(frozen=True, slots=True)
class Look:
    """The two editions side by side: pages by document, passages by chunk, and neighbours."""

    before: Mapping[int, Page]
    after: Mapping[int, Page]
    touched: tuple[int, ...]
    old: Mapping[int, Part]
    new: Mapping[int, Part]
    """The passages of the touched documents, before and after."""
    around: Mapping[int, Part]
    near_old: Mapping[int, list[tuple[int, float]]]
    near_new: Mapping[int, list[tuple[int, float]]]
    names: Mapping[int, str]
    """Of documents, by version."""


def look_at(trial: Trial, reader: Reader) -> Look:
    with open_session(Scope.of(trial.unit_id), read_only=True) as session:
        before, after = pages(session, trial.before), pages(session, trial.after)
        touched = tuple(
            sorted(
                each
                for each in before.keys() | after.keys()
                if _number(before.get(each)) != _number(after.get(each))
            )
        )
        served = {page.version_id for page in (before[each] for each in touched if each in before)}
        fresh = {page.version_id for page in (after[each] for each in touched if each in after)}
        old = parts(session, reader, versions=served)
        new = parts(session, reader, versions=fresh)
    known = {part.key for part in old.values()}
    changed = [chunk_id for chunk_id, part in new.items() if part.key not in known]
    stays = {part.key for part in new.values()}
    left = [chunk_id for chunk_id, part in old.items() if part.key not in stays]
    near_new = dict(near(trial.after, changed, trial.after))
    near_old = dict(near(trial.before, left, trial.after))
    wanted = {hit for hits in (*near_new.values(), *near_old.values()) for hit, _ in hits}
    with open_session(Scope.of(trial.unit_id), read_only=True) as session:
        around = parts(session, reader, chunks=wanted - new.keys()) | new
    names = {page.version_id: page.name for page in (*before.values(), *after.values())}
    return Look(before, after, touched, old, new, around, near_old, near_new, names)


def _number(page: Page | None) -> int | None:
    return page.version_id if page else None
