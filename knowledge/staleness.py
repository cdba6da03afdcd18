"""Pages that are about to be wrong because nobody touches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.looking import Page
from knowledge.models import Version
from runtime.database import now

SOON = timedelta(days=30)
"""How long before its last day a page is named."""
LONG = timedelta(days=365)
"""How long a page may stay as it is while others of its source change."""
_LINKS = 100
"""Pages that went, whose links are looked for."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A page to look after. `why`: "expired", "expires", "unchanged" (`detail` is a day), or
    "dead_link" (`detail` is the page that is gone)."""

    document: str
    why: str
    detail: str


def stale(
    session: Session, before: Mapping[int, Page], after: Mapping[int, Page]
) -> Iterator[Stale]:
    """All pages of an edition that somebody should look at; `before` is what is served now."""
    today = now().date()
    newest: dict[int, datetime] = {}
    for page in after.values():
        newest[page.source_id] = max(newest.get(page.source_id, page.created_at), page.created_at)
    for page in after.values():
        if page.valid_until is not None and page.valid_until <= today + SOON:
            why = "expired" if page.valid_until < today else "expires"
            yield Stale(page.name, why, page.valid_until.isoformat())
        kept = page.created_at < now() - LONG
        if kept and newest[page.source_id] >= now() - LONG:
            yield Stale(page.name, "unchanged", page.created_at.date().isoformat())
    yield from _dead_links(session, before, after)


def _dead_links(
    session: Session, before: Mapping[int, Page], after: Mapping[int, Page]
) -> Iterator[Stale]:
    gone = [page for document, page in before.items() if document not in after][:_LINKS]
    names = {page.version_id: page.name for page in after.values()}
    served = {page.url for page in after.values()}
    for page in gone:
        sought = [f"]({page.name})", f"]({page.name}#"]
        if page.url and page.url not in served:
            sought.append(page.url)
        for text in sought:
            rows = session.scalars(
                select(Version.id).where(
                    Version.id.in_(names), Version.text.contains(text, autoescape=True)
                )
            )
            yield from (Stale(names[each], "dead_link", page.name) for each in rows)
