"""Released knowledge as anybody may read it: the articles of the help centre.

Only documents with the audience "public" that the live release serves and that hold today. A
canary release is not shown: whoever reads twice must find the same.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from knowledge import retrieval
from knowledge.editions import ANYONE, Edition, part_of, readable
from knowledge.models import Document, Release, Source, Unit, Version
from knowledge.retrieval import Passage
from runtime import settings
from runtime.database import now, open_session
from runtime.errors import NotFound
from runtime.scope import Scope


@dataclass(frozen=True, slots=True)
class Article:
    """A document that anybody may read, without its text; `version` is its number."""

    document_id: int
    version: int
    source_id: int
    source: str
    name: str
    title: str
    language: str
    url: str | None
    valid_until: date | None
    updated: date


@dataclass(frozen=True, slots=True)
class Shelf:
    """All articles of a unit on one day, by title; `stamp` changes with what may be served."""

    unit_id: int
    release: int
    released: date | None
    stamp: str
    day: date
    articles: tuple[Article, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are articles in, the one with most of them first."""
        counts: dict[str, int] = {}
        for each in self.articles:
            counts[each.language] = counts.get(each.language, 0) + 1
        return tuple(sorted(counts, key=lambda code: (-counts[code], code)))

    def of(self, language: str) -> list[Article]:
        """The articles in one language."""
        return [each for each in self.articles if each.language == language]

    def article(self, document_id: int) -> Article:
        """Raises `NotFound` for what is not there for everybody today."""
        for each in self.articles:
            if each.document_id == document_id:
                return each
        raise NotFound("no such article")

    def named(self, source_id: int, name: str) -> Article | None:
        """The article of this name in a source, for links from one to another."""
        for each in self.articles:
            if each.source_id == source_id and each.name == name:
                return each
        return None

    def counterparts(self, article: Article) -> dict[str, Article]:
        """The article itself and the same one in other languages, by language.

        The same: the name is equal when the languages are taken out of it, as in `de/returns.md`
        and `en/returns.md`, or in the sources `shop-de` and `shop-en`.
        """
        wanted = _plain_name(article)
        found = {article.language: article}
        for each in self.articles:
            if _plain_name(each) == wanted:
                found.setdefault(each.language, each)
        return found


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found: at most one passage an article, the best first."""

    passages: tuple[Passage, ...]
    state: Literal["ok", "empty", "unavailable"]


_SHELVES = 64
"""Units whose lists are kept in memory."""
_shelves: dict[int, Shelf] = {}
_guard = threading.Lock()


def shelf(unit_id: int) -> Shelf:
    """The unit's articles as of now. Opens its own session."""
    today = now().date()
    with open_session(Scope.of(unit_id), read_only=True) as session:
        unit = session.scalar(select(Unit).where(Unit.unit_id == unit_id))
        if unit is None:
            return Shelf(unit_id, 0, None, "", today, ())
        known = _shelves.get(unit_id)
        if known is not None and (known.stamp, known.day) == (unit.stamp, today):
            return known
        release = session.scalar(select(Release).where(Release.number == unit.live))
        at = (release.decided_at or release.created_at) if release is not None else None
        released = at.date() if at is not None else None
        articles = tuple(_articles(session, Edition(unit_id, unit.live)))
        made = Shelf(unit_id, unit.live, released, unit.stamp, today, articles)
    with _guard:
        _shelves[unit_id] = made
        while len(_shelves) > _SHELVES:
            _shelves.pop(next(iter(_shelves)))
    return made


def text_of(unit_id: int, article: Article) -> str:
    """An article's Markdown. Raises `NotFound` when it is not served any more."""
    with open_session(Scope.of(unit_id), read_only=True) as session:
        unit = session.scalar(select(Unit).where(Unit.unit_id == unit_id))
        found = session.scalar(
            select(Version.text).where(
                Version.document_id == article.document_id,
                Version.number == article.version,
                _open_to_all(Edition(unit_id, unit.live if unit else 0)),
            )
        )
    if found is None:
        raise NotFound("no such article")
    return found


def search(unit_id: int, query: str, *, language: str, limit: int = 20) -> Hits:
    """The articles that fit a visitor's words best.

    Nothing leaves the house for a visitor: where the embedding engine is an endpoint, words alone
    are compared. Opens its own sessions: call it with none open.
    """
    if settings.current().embedding == "openai":
        found = retrieval.search_words(unit_id, query, limit=3 * limit, readers=ANYONE)
    else:
        found = retrieval.search([unit_id], query, limit=3 * limit, readers=ANYONE)
    best: dict[int, Passage] = {}
    for passage in found.passages:
        best.setdefault(passage.document_id, passage)
    kept = [passage for passage in best.values() if _fits(passage)]
    # of what fits about as well, what the visitor can read comes first
    kept.sort(key=lambda passage: passage.language != language and not passage.coverage)
    return Hits(tuple(kept[:limit]), found.state)


_NEAR = 0.35
_FAR_OUT = 2.0


def _fits(passage: Passage) -> bool:
    """Whether a passage is worth showing: it has a word asked for, or stands out by meaning.

    A list may be generous where an answer must not: nobody takes a title for an answer.
    """
    return passage.coverage > 0.02 or (passage.cosine > _NEAR and passage.z > _FAR_OUT)


def _articles(session: Session, edition: Edition) -> Iterator[Article]:
    rows = session.execute(
        select(
            Version.document_id, Version.number, Document.source_id, Source.name.label("source"),
            Document.name, Version.title, Version.language, Version.url, Version.valid_until,
            Version.created_at,
        )
        .join(Document, Document.id == Version.document_id)
        .join(Source, Source.id == Document.source_id)
        .where(_open_to_all(edition))
    ).all()  # fmt: skip
    for row in sorted(rows, key=lambda row: (row.title.casefold(), row.document_id)):
        yield Article(
            document_id=row.document_id,
            version=row.number,
            source_id=row.source_id,
            source=row.source,
            name=row.name,
            title=row.title,
            language=row.language,
            url=row.url,
            valid_until=row.valid_until,
            updated=row.created_at.date(),
        )


def _open_to_all(edition: Edition) -> ColumnElement[bool]:
    return and_(part_of(edition), readable(ANYONE))


def _plain_name(article: Article) -> str:
    """Source and name without the language in them."""
    code = re.escape(article.language.casefold())
    parts = f"{article.source}/{article.name}".casefold().split("/")
    plain = (re.sub(rf"[-_.]{code}(?=\.|$)", "", part) for part in parts)
    return "/".join(part for part in plain if part != article.language.casefold())
