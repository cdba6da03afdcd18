"""Web sites as sources: read at the start, and again as often as was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require
from knowledge import ingest, sources, website
from knowledge.fetching import Fetch
from knowledge.ingest import FileReport
from knowledge.models import Document, Source, Unit
from knowledge.states import Audience, SourceKind
from knowledge.website import Known, Limits, Page, Problem
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotFound
from runtime.jobs import enqueue
from runtime.scope import NOBODY, Scope

MOST_PAGES = 5_000
SHORTEST = 1
"""Hours between two readings of a site."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site as a source: where to begin, how far to go, how often (hours, 0: only when asked)."""

    url: str
    prefix: str | None = None
    pages: int = 500
    every_hours: int = 24
    language: str | None = None
    audience: Audience = Audience.PUBLIC


def add_site(session: Session, principal: Principal, unit_id: int, *, name: str, site: Site) -> int:
    """Make a site a source, and have it read now; return the source's id.

    Raises `BadInput`, `Conflict` when the name is taken, `Denied`, `NotFound`.
    """
    sources.allow(principal, unit_id)
    website.crawl(site.url, prefix=site.prefix)  # says what is wrong with the address
    if not 1 <= site.pages <= MOST_PAGES:
        raise BadInput(f"pages: give a number from 1 to {MOST_PAGES}")
    if site.every_hours and not SHORTEST <= site.every_hours <= 24 * 365:
        raise BadInput("every_hours: give 0 for never, or 1 to 8760 hours")
    if session.scalar(select(Source.id).where(Source.name == name, Source.unit_id == unit_id)):
        raise Conflict("name: there is a source of this name already")
    source = Source(
        unit_id=unit_id,
        name=name[:200],
        kind=SourceKind.WEBSITE,
        state="waiting",
        settings={
            "url": site.url, "prefix": site.prefix, "pages": site.pages,
            "every_hours": site.every_hours, "language": site.language,
            "audience": str(site.audience),
        },
        due_at=now(),
    )  # fmt: skip
    session.add(source)
    session.flush()
    ledger.record(session, principal.id, "knowledge:source", f"source/{source.id}", unit_id=unit_id)
    _ask(session, source)
    return source.id


def read_again(session: Session, principal: Principal, source_id: int) -> None:
    """Have a site read now. Raises `NotFound`, `Conflict` for another kind of source, `Denied`."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    source = session.scalar(select(Source).where(Source.id == source_id))
    if source is None or source.unit_id not in principal.units:
        raise NotFound("no such source")
    if source.kind is not SourceKind.WEBSITE:
        raise Conflict("only a web site is read again: upload the files once more instead")
    if source.state not in ("waiting", "reading"):
        source.state = "waiting"
        _ask(session, source)


def ask_for_due() -> None:
    """Have every site read whose time has come."""
    with open_session(NOBODY, read_only=True) as session:
        units = list(session.scalars(select(Unit.unit_id)))
    for unit_id in units:
        with open_session(Scope.of(unit_id)) as session:
            due = select(Source).where(
                Source.kind == SourceKind.WEBSITE,
                Source.due_at <= now(),
                Source.state.not_in(("waiting", "reading")),
            )
            for source in session.scalars(due):
                source.state = "waiting"
                _ask(session, source)


def run(
    unit_id: int,
    source_id: int,
    principal: Principal,
    *,
    between: Callable[[], None],
    limits: Limits | None = None,
    fetch: Fetch | None = None,
) -> list[FileReport]:
    """Read a site; its pages become drafts, pages that are gone leave with the next release.

    `between` is called after every page and while a slow site is waited for, with no session open.
    """
    with open_session(Scope.of(unit_id)) as session:
        source = session.scalar(select(Source).where(Source.id == source_id))
        if source is None:
            return []  # deleted meanwhile
        source.state, source.done, source.total = "reading", 0, 0
        chosen = dict(source.settings)
        known = {
            row.fetched["url"]: _known(row.fetched)
            for row in session.scalars(select(Document).where(Document.source_id == source_id))
            if row.fetched.get("url") and not row.removed
        }
    reports: list[FileReport] = []
    rows: list[Page | Problem] = []
    limits = replace(limits or Limits(), pages=int(chosen["pages"]))
    visits = website.crawl(
        chosen["url"], limits=limits, prefix=chosen["prefix"], known=known, fetch=fetch,
        alive=between,
    )  # fmt: skip
    for row in visits:
        rows.append(row)
        report = _take_in(unit_id, source_id, row, chosen, principal)
        reports.extend([report] if report else [])
        sources.progress(unit_id, source_id, done=len(rows), total=limits.pages)
        between()
    gone = {row.name[:400] for row in rows if isinstance(row, Problem) and row.kind == "gone"}
    if website.summary(rows).complete:
        kept = {row.name[:400] for row in rows} - gone
        ingest.forget_others(unit_id, source_id, kept, principal)
    else:  # what was not looked at stays; what the site says is gone does not
        ingest.forget(unit_id, source_id, gone, principal)
    ingest.conclude(unit_id, source_id, reports)
    _plan(unit_id, source_id, int(chosen["every_hours"]))
    return reports


def failed(session: Session, source_id: int) -> None:
    """Say that a site could not be read; it is tried again when its time comes."""
    source = session.scalar(select(Source).where(Source.id == source_id))
    if source is not None:
        source.state, source.error = "failed", "the site could not be read"
        source.due_at = now() + timedelta(hours=int(source.settings["every_hours"]) or 24)


def _take_in(
    unit_id: int,
    source_id: int,
    row: Page | Problem,
    chosen: dict[str, Any],
    principal: Principal,
) -> FileReport | None:
    if isinstance(row, Problem):
        failed = row.kind in ("failed", "refused")
        return FileReport(row.url, "failed", 0, row.reason) if failed else None
    if row.loaded is None:
        return FileReport(row.url, "unchanged", 0, None)
    text = ingest.text_of(row.name, row.loaded, chosen["language"])
    audience = Audience(row.loaded.audience or chosen["audience"])
    text = replace(text, url=row.url, audience=audience)
    report = ingest.store(unit_id, source_id, row.url, text, principal)
    with open_session(Scope.of(unit_id)) as session:
        document = session.scalar(
            select(Document).where(Document.source_id == source_id, Document.name == text.name)
        )
        if document is not None:
            document.fetched = {
                "url": row.url, "etag": row.etag, "last_modified": row.last_modified,
                "digest": row.digest,
            }  # fmt: skip
    return report


def _known(fetched: dict[str, Any]) -> Known:
    return Known(fetched.get("etag"), fetched.get("last_modified"), fetched.get("digest"))


def _ask(session: Session, source: Source) -> None:
    enqueue(
        session, "knowledge.crawl", unit_id=source.unit_id, lane=f"crawl/{source.id}",
        source=source.id,
    )  # fmt: skip


def _plan(unit_id: int, source_id: int, hours: int) -> None:
    with open_session(Scope.of(unit_id)) as session:
        source = session.scalar(select(Source).where(Source.id == source_id))
        if source is not None:
            source.due_at = now() + timedelta(hours=hours) if hours else None
