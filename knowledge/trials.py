"""What a rehearsal needs to know of a proposal: the two editions, and what happened before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.editions import Edition, in_release
from knowledge.models import Document, Release, Version
from knowledge.proposals import changes_of, row_of, trial
from knowledge.states import ReleaseState


@dataclass(frozen=True, slots=True)
class Trial:
    """A proposal beside the release it would replace.

    `people` proposed it or wrote a part of it; `fresh` are the versions that come in; `touched`
    the ids of the changed documents; `kept` and `since` are the cases (id to hash) and the moment
    of the last rehearsal after which a release was let out.
    """

    release_id: int
    unit_id: int
    base: int
    people: frozenset[str]
    before: Edition
    after: Edition
    fresh: frozenset[int]
    touched: frozenset[int]
    kept: Mapping[int, str]
    since: datetime | None


def prepare(session: Session, release_id: int) -> Trial | None:
    """The trial of a proposal, None if it does not wait for a rehearsal. Raises `NotFound`."""
    release = row_of(session, release_id)
    if release.state is not ReleaseState.CHECKING:
        return None
    changes = changes_of(session, release)
    versions = [change.version_id for change in changes if change.version_id is not None]
    writers = session.scalars(select(Version.author).where(Version.id.in_(versions)))
    served = frozenset(
        session.scalars(
            select(Version.id).where(Version.unit_id == release.unit_id, in_release(release.base))
        )
    )
    kept, since = _last(session, release.unit_id)
    return Trial(
        release_id=release.id,
        unit_id=release.unit_id,
        base=release.base,
        people=frozenset({release.author, *writers}),
        before=Edition(release.unit_id, release.base, served),
        after=trial(session, release_id),
        fresh=frozenset(versions),
        touched=frozenset(each.document_id for each in changes if each.document_id is not None),
        kept=kept,
        since=since,
    )


def still_waits(session: Session, of: Trial) -> bool:
    """Whether the proposal is still to be rehearsed on this base."""
    release = row_of(session, of.release_id)
    return release.state is ReleaseState.CHECKING and release.base == of.base


def names(session: Session, *editions: Edition) -> dict[int, str]:
    """The names of the documents of editions that were made for a trial, by their ids."""
    versions = frozenset[int]().union(*(each.versions or () for each in editions))
    rows = session.execute(
        select(Document.id, Document.name)
        .join(Version, Version.document_id == Document.id)
        .where(Version.id.in_(versions))
    )
    return dict(rows.all())


def names_served(session: Session, edition: Edition) -> dict[int, str]:
    """The names of the documents of a release, by their ids."""
    rows = session.execute(
        select(Document.id, Document.name)
        .join(Version, Version.document_id == Document.id)
        .where(Version.unit_id == edition.unit_id, in_release(edition.release))
    )
    return dict(rows.all())


def _last(session: Session, unit_id: int) -> tuple[dict[int, str], datetime | None]:
    """The cases of the last rehearsal after which somebody let the release out.

    Not of any later one: whoever took a case away could rehearse twice.
    """
    reports = session.scalars(
        select(Release.report)
        .where(
            Release.unit_id == unit_id,
            Release.number.is_not(None),
            Release.state.in_((ReleaseState.LIVE, ReleaseState.RETIRED, ReleaseState.CANARY)),
            Release.report.is_not(None),
        )
        .order_by(Release.number.desc())
    )
    for report in reports:
        if report and "cases" in report:
            kept = report["cases"]["kept"]
            since = datetime.fromisoformat(report["at"])
            return {int(case_id): digest for case_id, digest in kept.items()}, since
    return {}, None
