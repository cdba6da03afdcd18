"""What a release is made of: drafts that differ from what is served, frozen to be rehearsed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from knowledge import index
from knowledge.editions import Edition, in_release
from knowledge.models import Change, Document, Release, Unit, Version
from knowledge.states import ReleaseKind, ReleaseState
from runtime.errors import BadInput, Conflict, NotFound
from runtime.jobs import enqueue


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One document's part in a release; `before` and `after` are version numbers."""

    document_id: int | None
    name: str
    title: str
    kind: str
    before: int | None
    after: int | None
    source_id: int | None = None
    """Of a draft: where it is from."""


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """A release as people see it; it has a number once it was served to anybody."""

    id: int
    unit_id: int
    number: int | None
    kind: ReleaseKind
    state: ReleaseState
    base: int
    author: str
    note: str
    created_at: datetime
    report: dict[str, Any] | None
    decided_by: str | None
    decided_at: datetime | None
    override: str | None
    changes: tuple[ChangeView, ...] = ()


Draft = tuple[Document, Version | None, Version | None]
"""A document, the version that is served and the one that would be (None: not at all)."""


def propose(
    session: Session,
    principal: Principal,
    unit_id: int,
    *,
    note: str,
    documents: Collection[int] | None = None,
) -> ReleaseView:
    """Freeze the unit's drafts (or those of these documents) as a release to be rehearsed.

    Raises `BadInput` when there is nothing to release, `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_WRITE)
    within(principal, unit_id)
    unit = locked(session, unit_id)
    chosen = [
        draft
        for draft in changed(session, unit_id)
        if documents is None or draft[0].id in documents
    ]
    if not chosen:
        raise BadInput("documents: there is nothing to release, nothing has changed")
    release = Release(
        unit_id=unit_id,
        kind=ReleaseKind.CHANGE,
        state=ReleaseState.CHECKING,
        base=unit.live,
        author=principal.id,
        note=note[:300],
    )
    session.add(release)
    session.flush()
    add_changes(session, release, chosen)
    note_act(session, principal, release, "knowledge:propose", changes=len(chosen))
    enqueue(
        session, "bot.rehearse", unit_id=unit_id, lane=f"rehearse/{unit_id}", release=release.id
    )
    return view_of(session, release)


def changed(session: Session, unit_id: int) -> list[Draft]:
    """The documents whose newest state is not the served one, by name."""
    unit = session.scalar(select(Unit).where(Unit.unit_id == unit_id))
    live = served_by(session, unit_id, unit.live if unit else 0)
    found: list[Draft] = []
    rows = session.execute(
        select(Document, Version)
        .join(Version, (Version.document_id == Document.id) & (Version.number == Document.head))
        .where(Document.unit_id == unit_id)
        .order_by(Document.name, Document.id)
    )
    for document, head in rows:
        before = live.get(document.id)
        after = None if document.removed else head
        if before is not after:
            found.append((document, before, after))
    return found


def drafted(session: Session, unit_id: int) -> Edition:
    """What customers would be answered from if all drafts were released."""
    live = session.scalar(select(Unit.live).where(Unit.unit_id == unit_id)) or 0
    heads = select(Version.id).join(
        Document, (Version.document_id == Document.id) & (Version.number == Document.head)
    )
    kept = heads.where(Document.removed.is_(False))
    return Edition(unit_id, live, frozenset(session.scalars(kept)))


def trial(session: Session, release_id: int) -> Edition:
    """What customers would be answered from if the release went live on top of its base.

    Raises `NotFound`.
    """
    release = row_of(session, release_id)
    versions = {row.id for row in served_by(session, release.unit_id, release.base).values()}
    for change in changes_of(session, release):
        versions.discard(change.replaces_id or 0)
        if change.version_id is not None:
            versions.add(change.version_id)
    return Edition(release.unit_id, release.base, frozenset(versions))


def edition_of(
    session: Session, principal: Principal, unit_id: int, which: Literal["live", "draft"] | int
) -> Edition:
    """What is live, what would be if every draft went live, or what a release served.

    Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_READ)
    within(principal, unit_id)
    unit = session.scalar(select(Unit).where(Unit.unit_id == unit_id))
    live = unit.live if unit else 0
    if which == "live":
        return Edition(unit_id, live)
    if which != "draft":
        if unit is None or not 1 <= which <= unit.newest:
            raise NotFound(f"edition: there is no release {which}")
        return Edition(unit_id, which)
    served = served_by(session, unit_id, live)
    for document, _, after in changed(session, unit_id):
        served.pop(document.id, None)
        if after is not None:
            served[document.id] = after
    return Edition(unit_id, live, frozenset(version.id for version in served.values()))


def conclude(session: Session, release_id: int, report: Mapping[str, Any], *, passed: bool) -> None:
    """Write down what the rehearsal found. One that was set aside meanwhile stays as it is."""
    release = row_of(session, release_id)
    if release.state is not ReleaseState.CHECKING:
        return
    release.report = dict(report)
    release.state = ReleaseState.PASSED if passed else ReleaseState.FAILED


def rehearse_again(session: Session, principal: Principal, release_id: int) -> ReleaseView:
    """Put a proposal on top of what is live by now, and rehearse it anew.

    Raises `Conflict` for one that is out or set aside, `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_WRITE)
    release = own(session, principal, release_id)
    unit = locked(session, release.unit_id)
    if release.state not in (ReleaseState.PASSED, ReleaseState.FAILED):
        raise Conflict(f"a release that is {release.state} is not rehearsed again")
    live = served_by(session, unit.unit_id, unit.live)
    for change in changes_of(session, release):
        before = live.get(change.document_id or 0)
        change.replaces_id = before.id if before else None
    release.base, release.state, release.report = unit.live, ReleaseState.CHECKING, None
    enqueue(
        session,
        "bot.rehearse",
        unit_id=release.unit_id,
        lane=f"rehearse/{release.unit_id}",
        release=release.id,
    )
    return view_of(session, release)


def drafts(session: Session, principal: Principal, unit_id: int) -> list[ChangeView]:
    """What a release of everything would change, by name. Raises `Denied`, `NotFound`."""
    require(principal, Permission.KNOWLEDGE_READ)
    within(principal, unit_id)
    return [
        replace(
            _change_view(document.id, document.name, before, after, _kind(before, after)),
            source_id=document.source_id,
        )
        for document, before, after in changed(session, unit_id)
    ]


def releases(
    session: Session, principal: Principal, unit_id: int, *, before: int | None = None, limit: int
) -> list[ReleaseView]:
    """A unit's releases and proposals without their changes, newest first.

    `before` is the id from which to go on. Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_READ)
    within(principal, unit_id)
    query = select(Release).where(Release.unit_id == unit_id).order_by(Release.id.desc())
    if before is not None:
        query = query.where(Release.id < before)
    return [_view(row) for row in session.scalars(query.limit(limit))]


def read(session: Session, principal: Principal, release_id: int) -> ReleaseView:
    """A release with its changes and report. Raises `Denied`, `NotFound`."""
    require(principal, Permission.KNOWLEDGE_READ)
    return view_of(session, own(session, principal, release_id))


def view_of(session: Session, release: Release) -> ReleaseView:
    """A release with its changes."""
    rows = changes_of(session, release)
    ids = {row.version_id for row in rows} | {row.replaces_id for row in rows}
    versions = {row.id: row for row in session.scalars(select(Version).where(Version.id.in_(ids)))}
    changes = tuple(
        _change_view(
            row.document_id,
            row.name,
            versions.get(row.replaces_id or 0),
            versions.get(row.version_id or 0),
            row.kind,
        )
        for row in rows
    )
    return replace(_view(release), changes=changes)


def _view(row: Release) -> ReleaseView:
    return ReleaseView(
        id=row.id,
        unit_id=row.unit_id,
        number=row.number,
        kind=row.kind,
        state=row.state,
        base=row.base,
        author=row.author,
        note=row.note,
        created_at=row.created_at,
        report=row.report,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        override=row.override,
    )


def _change_view(
    document_id: int | None,
    name: str,
    before: Version | None,
    after: Version | None,
    kind: str,
) -> ChangeView:
    shown = after or before
    return ChangeView(
        document_id=document_id,
        name=name,
        title=shown.title if shown else name,
        kind=kind,
        before=before.number if before else None,
        after=after.number if after else None,
    )


def _kind(before: Version | None, after: Version | None) -> str:
    return "removed" if after is None else "changed" if before else "added"


def row_of(session: Session, release_id: int) -> Release:
    """A release of the session's units. Raises `NotFound`."""
    release = session.scalar(select(Release).where(Release.id == release_id))
    if release is None:
        raise NotFound("no such release")
    return release


def own(session: Session, principal: Principal, release_id: int) -> Release:
    """A release of the principal's units. Raises `NotFound`."""
    release = row_of(session, release_id)
    if release.unit_id not in principal.units:
        raise NotFound("no such release")
    return release


def locked(session: Session, unit_id: int) -> Unit:
    """The unit's row; whoever writes a release waits here for the one before."""
    index.take_turn(session, unit_id)
    return session.scalars(
        select(Unit).where(Unit.unit_id == unit_id).execution_options(populate_existing=True)
    ).one()


def served_by(session: Session, unit_id: int, number: int) -> dict[int, Version]:
    """The versions of a unit's release, by document; every unit counts its own numbers."""
    rows = session.scalars(select(Version).where(Version.unit_id == unit_id, in_release(number)))
    return {row.document_id: row for row in rows}


def changes_of(session: Session, release: Release) -> Sequence[Change]:
    """The changes of a release, by the documents' names."""
    return session.scalars(
        select(Change).where(Change.release_id == release.id).order_by(Change.name, Change.id)
    ).all()


def add_changes(session: Session, release: Release, drafts: Sequence[Draft]) -> None:
    """Write down what a release changes."""
    session.add_all(
        Change(
            unit_id=release.unit_id,
            release_id=release.id,
            document_id=document.id,
            version_id=after.id if after else None,
            replaces_id=before.id if before else None,
            kind=_kind(before, after),
            name=document.name,
        )
        for document, before, after in drafts
    )
    session.flush()


def note_act(
    session: Session, principal: Principal, release: Release, act: str, **more: Any
) -> None:
    """Record an act on a release in the ledger."""
    ledger.record(
        session,
        principal.id,
        act,
        f"release/{release.id}",
        unit_id=release.unit_id,
        number=release.number,
        **more,
    )
