"""Releases of knowledge: proposed by one person, rehearsed, let out by another; and the ways back.

A release is a set of changes on top of the live one. Nothing is copied: a version says from which
release to which it is served, so that every earlier release can be served again, as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from knowledge import index, vectors
from knowledge.index import lane
from knowledge.models import Change, Document, Release, Serving, Unit, Version
from knowledge.proposals import (
    Draft,
    ReleaseView,
    add_changes,
    changed,
    changes_of,
    locked,
    note_act,
    own,
    served_by,
    view_of,
)
from knowledge.states import ReleaseKind, ReleaseState
from runtime.database import now
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound
from runtime.failpoints import failpoint
from runtime.jobs import enqueue


def approve(
    session: Session,
    principal: Principal,
    release_id: int,
    *,
    share: int | None = None,
    override: str | None = None,
) -> ReleaseView:
    """Let a rehearsed release out, to all or first to `share` percent of the conversations.

    Not by who proposed it or wrote a part of it; a failed one only with a reason, which is kept.
    Raises `NotAllowed`, `Conflict`, `BadInput`, `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_RELEASE)
    release = own(session, principal, release_id)
    unit = locked(session, release.unit_id)
    _second_person(session, principal, release)
    _check_state(unit, release, override)
    if share is not None and not 1 <= share <= 99:
        raise BadInput("share: give a percentage from 1 to 99")
    failed = release.state is ReleaseState.FAILED
    if failed:
        release.override = (override or "").strip()[:300]
    number = _next(unit, release, principal)
    _serve(session, release, number)
    if share is None:
        _goes_live(session, unit, release)
    else:
        index.touch(session, unit.unit_id)
        release.state = ReleaseState.CANARY
        unit.canary, unit.canary_share = number, share
    act = "knowledge:override" if failed else "knowledge:release"
    note_act(session, principal, release, act, share=share or 100)
    return view_of(session, release)


def promote(session: Session, principal: Principal, release_id: int) -> ReleaseView:
    """Serve a canary release to everybody. Raises like `approve`."""
    require(principal, Permission.KNOWLEDGE_RELEASE)
    release = own(session, principal, release_id)
    unit = locked(session, release.unit_id)
    if release.state is not ReleaseState.CANARY:
        raise Conflict(f"the release is {release.state}, not being tried")
    _second_person(session, principal, release)
    _goes_live(session, unit, release)
    note_act(session, principal, release, "knowledge:release", share=100)
    return view_of(session, release)


def refuse(session: Session, principal: Principal, release_id: int) -> ReleaseView:
    """Set a proposal aside, or end a canary; also one's own. Raises `Conflict`, `Denied`."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    release = own(session, principal, release_id)
    unit = locked(session, release.unit_id)
    if release.state is ReleaseState.CANARY:
        _end_canary(session, unit)
    elif release.state in (ReleaseState.CHECKING, ReleaseState.PASSED, ReleaseState.FAILED):
        release.state = ReleaseState.REFUSED
    else:
        raise Conflict(f"the release is {release.state}: it can not be set aside any more")
    release.decided_by, release.decided_at = principal.id, now()
    note_act(session, principal, release, "knowledge:refuse")
    return view_of(session, release)


def rollback(session: Session, principal: Principal, unit_id: int, number: int) -> ReleaseView:
    """Serve an earlier release again, to the letter, as a release of its own; at once.

    Two people have seen it before. Documents that were deleted since stay deleted. Raises
    `NotFound`, `Conflict` when it is live already, `Denied`.
    """
    require(principal, Permission.KNOWLEDGE_RELEASE)
    within(principal, unit_id)
    unit = locked(session, unit_id)
    known = session.scalar(
        select(Release).where(Release.unit_id == unit_id, Release.number == number)
    )
    if known is None or known.state is not ReleaseState.RETIRED:
        raise NotFound(f"release {number} was never live before the present one")
    before = served_by(session, unit_id, unit.live)
    after = served_by(session, unit_id, number)
    both = sorted(before.keys() | after.keys())
    documents = {
        row.id: row for row in session.scalars(select(Document).where(Document.id.in_(both)))
    }
    drafts = [
        (documents[each], before.get(each), after.get(each))
        for each in both
        if before.get(each) is not after.get(each)
    ]
    for document, old, new in drafts:
        _follow(document, old, new)
    note = f"back to release {number}"
    return _at_once(session, principal, unit, ReleaseKind.ROLLBACK, note, drafts)


def withdraw(session: Session, principal: Principal, document_id: int, *, note: str) -> ReleaseView:
    """Stop serving a document at once; people answer meanwhile. Rolling back undoes it.

    Raises `NotFound`, `Conflict` when it is not served, `Denied`.
    """
    require(principal, Permission.KNOWLEDGE_RELEASE)
    document = session.scalar(select(Document).where(Document.id == document_id))
    if document is None or document.unit_id not in principal.units:
        raise NotFound("no such document")
    unit = locked(session, document.unit_id)
    version = served_by(session, unit.unit_id, unit.live).get(document_id)
    if version is None:
        raise Conflict("this document is not served")
    document.removed = True  # the next release must not bring it back unasked
    drafts: list[Draft] = [(document, version, None)]
    return _at_once(session, principal, unit, ReleaseKind.WITHDRAWAL, note, drafts)


def delete_document(session: Session, principal: Principal, document_id: int) -> None:
    """Remove a document with all its versions, for good. Raises `NotFound`, `Denied`."""
    require(principal, Permission.KNOWLEDGE_RELEASE)
    document = session.scalar(select(Document).where(Document.id == document_id))
    if document is None or document.unit_id not in principal.units:
        raise NotFound("no such document")
    unit_id = document.unit_id
    index.touch(session, unit_id)
    session.execute(delete(Document).where(Document.id == document_id))
    vectors.drop_unused(session)
    ledger.record(
        session, principal.id, "knowledge:delete", f"document/{document_id}", unit_id=unit_id
    )
    enqueue(session, "knowledge.index", unit_id=unit_id, lane=lane(unit_id))


def _follow(document: Document, old: Version | None, new: Version | None) -> None:
    """What is written next goes on from the text that is served again, not from the one that was
    taken back; a draft that was never served stays."""
    if old is not None and document.head == old.number and new is not None:
        document.head = new.number
    document.removed = new is None


def release_now(session: Session, principal: Principal, unit_id: int, *, note: str) -> None:
    """Serve all drafts without rehearsal: for an installation's first content and for tests.

    Only the system does so, never a person. Does nothing when nothing has changed.
    """
    if principal.kind != "system":
        raise NotAllowed("a person's release is rehearsed and let out by another person")
    unit = locked(session, unit_id)
    drafts = changed(session, unit_id)
    if drafts:
        _at_once(session, principal, unit, ReleaseKind.CHANGE, note, drafts)


def _second_person(session: Session, principal: Principal, release: Release) -> None:
    if principal.kind == "system":  # whoever holds the machine holds the database
        if release.state is ReleaseState.FAILED:
            raise NotAllowed("its rehearsal failed: a second person has to override that")
        return
    if principal.id == release.author:
        raise NotAllowed("you proposed this release: somebody else has to let it out")
    authors = session.scalars(
        select(Version.author)
        .join(Change, Change.version_id == Version.id)
        .where(Change.release_id == release.id)
    )
    if principal.id in set(authors):
        raise NotAllowed("you wrote a part of this release: somebody else has to let it out")


def _check_state(unit: Unit, release: Release, override: str | None) -> None:
    if release.state is ReleaseState.CHECKING:
        raise Conflict("the release is still being rehearsed")
    if release.state not in (ReleaseState.PASSED, ReleaseState.FAILED):
        raise Conflict(f"the release is {release.state}")
    if unit.canary is not None:
        raise Conflict(f"release {unit.canary} is being tried: let it out or end it first")
    if release.base != unit.live:
        raise Conflict("another release went live meanwhile: rehearse this one again")
    if release.state is ReleaseState.FAILED and len((override or "").strip()) < 10:
        raise Conflict("the rehearsal failed: a reason of at least 10 letters overrides it")


def _next(unit: Unit, release: Release, principal: Principal) -> int:
    unit.newest += 1
    release.number = unit.newest
    release.decided_by, release.decided_at = principal.id, now()
    return unit.newest


def _serve(session: Session, release: Release, number: int) -> None:
    """Let the release's versions begin with its number, and those they replace end with it."""
    for change in changes_of(session, release):
        if change.replaces_id is not None:
            session.execute(
                update(Serving)
                .where(
                    Serving.version_id == change.replaces_id,
                    Serving.since < number,
                    or_(Serving.until.is_(None), Serving.until > number),
                )
                .values(until=number)
            )
        if change.version_id is not None:
            session.add(
                Serving(unit_id=release.unit_id, version_id=change.version_id, since=number)
            )
    session.flush()
    failpoint("release:served")


def _goes_live(session: Session, unit: Unit, release: Release) -> None:
    index.touch(session, unit.unit_id)
    session.execute(
        update(Release)
        .where(Release.unit_id == unit.unit_id, Release.state == ReleaseState.LIVE)
        .values(state=ReleaseState.RETIRED)
    )
    release.state = ReleaseState.LIVE
    unit.live, unit.canary, unit.canary_share = release.number or 0, None, 0
    enqueue(session, "knowledge.embed", unit_id=unit.unit_id, lane=lane(unit.unit_id))


def _end_canary(session: Session, unit: Unit) -> None:
    number = unit.canary
    if number is None:
        return
    index.touch(session, unit.unit_id)
    session.execute(delete(Serving).where(Serving.unit_id == unit.unit_id, Serving.since == number))
    session.execute(
        update(Serving)
        .where(Serving.unit_id == unit.unit_id, Serving.until == number)
        .values(until=None)
    )
    session.execute(
        update(Release)
        .where(Release.unit_id == unit.unit_id, Release.number == number)
        .values(state=ReleaseState.REFUSED)
    )
    unit.canary, unit.canary_share = None, 0


def _at_once(
    session: Session,
    principal: Principal,
    unit: Unit,
    kind: ReleaseKind,
    note: str,
    drafts: Sequence[Draft],
) -> ReleaseView:
    """A release that waits for nobody; a canary that is out ends with it."""
    _end_canary(session, unit)
    release = Release(
        unit_id=unit.unit_id,
        kind=kind,
        state=ReleaseState.PASSED,
        base=unit.live,
        author=principal.id,
        note=note[:300],
    )
    session.add(release)
    session.flush()
    add_changes(session, release, drafts)
    _serve(session, release, _next(unit, release, principal))
    _goes_live(session, unit, release)
    note_act(session, principal, release, f"knowledge:{_ACTS[kind]}", changes=len(drafts))
    return view_of(session, release)


_ACTS = {
    ReleaseKind.CHANGE: "release",
    ReleaseKind.ROLLBACK: "rollback",
    ReleaseKind.WITHDRAWAL: "withdraw",
}
