"""What a crawl yields, and how far it goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from knowledge.loaders import Loaded

ENDED = "the crawl ended"
"""How the reason of the problem begins that ends a crawl."""

Kind = Literal["gone", "failed", "refused", "left out", "duplicate"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a crawl goes. Bytes are of one page, unpacked; times in seconds."""

    pages: int = 500
    depth: int = 5
    page_bytes: int = 10 * 1024 * 1024
    page_seconds: float = 30.0
    seconds: float = 3600.0
    redirects: int = 5
    per_second: float = 1.0
    """Requests; a site's Crawl-delay makes it fewer, never more."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier crawl knows of a page."""

    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site. `loaded` is None when nothing has changed since it was `known`.

    `name` is path and query, unique within the site; `digest` is of title and text.
    """

    name: str
    url: str
    loaded: Loaded | None
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """An address that gave no page, and why.

    "gone": take the page out (404, noindex, robots.txt). "failed": keep the last good version, it
    may come back. "refused": it is there and cannot be used. "left out": never asked for.
    "duplicate": the same text as another page.
    """

    name: str
    url: str
    reason: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Summary:
    """A crawl in figures: pages with text, of them unchanged; what gave none, with the reasons."""

    pages: int
    unchanged: int
    problems: tuple[Problem, ...]
    complete: bool
    """Whether no limit ended it and the site answered: only then may missing pages be removed."""


def summary(outcome: Iterable[Page | Problem]) -> Summary:
    """Count what a crawl has yielded."""
    rows = list(outcome)
    pages = [row for row in rows if isinstance(row, Page)]
    problems = tuple(row for row in rows if isinstance(row, Problem))
    return Summary(
        pages=len(pages),
        unchanged=sum(page.loaded is None for page in pages),
        problems=problems,
        complete=not any(problem.reason.startswith(ENDED) for problem in problems),
    )
