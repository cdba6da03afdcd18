"""A web site as a source: its pages, found by its sitemap or by its links, politely.

`crawl` yields what became of every page; `summary` counts it. Who stores the pages keeps `etag`,
`last_modified` and `digest` beside each and gives them back as `known`: the next crawl then asks
for every known page again, and fetches only what has changed.
"""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from knowledge import robots
from knowledge.addresses import Site, name_of, normal
from knowledge.fetching import AGENT, Fetch, Fetched, Fetcher, NotFetched, kind_of, unpacked
from knowledge.loaders import Loaded, Refused
from knowledge.loaders.worker import Worker
from knowledge.pages import ENDED, Kind, Known, Limits, Page, Problem, Summary, summary
from knowledge.robots import Robots
from runtime.errors import BadInput

__all__ = ["Known", "Limits", "Page", "Problem", "Summary", "crawl", "summary"]

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_SITEMAPS = 50
_SITEMAP_BYTES = 50 * 1024 * 1024
"""What sitemaps.org allows, unpacked."""

_MOST_ASKED, _MOST_MET = 4, 40
"""Addresses that are asked, and that are remembered, for each page that may be read."""

_SLICE = 15.0
"""Seconds of waiting in one piece."""

_LONGEST_PAUSE = 60.0
_MOST_FAILURES = 10
"""So many failures one after the other: the site is down, or does not want us."""


def crawl(
    start_url: str,
    *,
    limits: Limits | None = None,
    fetch: Fetch | None = None,
    prefix: str | None = None,
    known: Mapping[str, Known] | None = None,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    alive: Callable[[], None] = lambda: None,
) -> Iterator[Page | Problem]:
    """Visit a site, one page after the other, and yield what became of each.

    `start_url` is a page or a sitemap. Pages are those that the site's sitemaps list, and where
    there is none, those that links lead to; always on the start page's host, and under `prefix`
    (a path) where one is given. `known` maps addresses to what an earlier crawl yielded for them.
    robots.txt, noindex and nofollow are obeyed. `pause` and `clock` are the time, in seconds.
    `alive` is called before every request and, however long a site wants to be waited for, at least
    each quarter of a minute of waiting: many requests may pass without a page to yield.
    Raises `BadInput` for an address that is none, at once.
    """
    site = Site.of(start_url, prefix)
    return _visits(site, limits or Limits(), fetch, known or {}, pause, clock, alive)


def _visits(
    site: Site,
    limits: Limits,
    fetch: Fetch | None,
    known: Mapping[str, Known],
    pause: Callable[[float], None],
    clock: Callable[[], float],
    alive: Callable[[], None],
) -> Iterator[Page | Problem]:
    own = Fetcher() if fetch is None else None
    try:
        with tempfile.TemporaryDirectory(prefix="crawl-") as folder, Worker() as worker:
            yield from _Crawl(
                site,
                limits,
                fetch or own or Fetcher(),
                known,
                pause,
                clock,
                alive,
                worker,
                Path(folder),
            ).visits()
    finally:
        if own is not None:
            own.close()


@dataclass(slots=True)
class _Crawl:
    site: Site
    limits: Limits
    fetch: Fetch
    known: Mapping[str, Known]
    pause: Callable[[float], None]
    clock: Callable[[], float]
    alive: Callable[[], None]
    worker: Worker
    folder: Path
    robots: Robots = field(default_factory=Robots)
    waiting: deque[tuple[str, int]] = field(default_factory=deque)
    met: set[str] = field(default_factory=set)
    """Addresses that wait or were asked."""
    read: dict[str, str] = field(default_factory=dict)
    """Digest of every text yielded, with the name of its page."""
    named: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    follows: bool = True
    asked_at: float | None = None
    until: float = 0.0

    def visits(self) -> Iterator[Page | Problem]:
        self.until = self.clock() + self.limits.seconds
        if problem := self._read_robots():
            yield problem
            return
        yield from self._enter()
        failures = pages = asked = 0
        while self.waiting:
            asked += 1
            if asked > _MOST_ASKED * self.limits.pages:
                yield self._end("among addresses without pages: give a prefix, or a sitemap")
                return
            if pages >= self.limits.pages:
                yield self._end(f"after {pages} pages: raise the limit, or give a prefix")
                return
            if self.clock() > self.until:
                yield self._end(f"after {self.limits.seconds:.0f} seconds: raise the limit")
                return
            url, depth = self.waiting.popleft()
            for outcome in self._visit(url, depth):
                pages += isinstance(outcome, Page)
                failed = isinstance(outcome, Problem) and outcome.kind == "failed"
                failures = failures + 1 if failed else 0
                yield outcome
            if failures >= _MOST_FAILURES:
                yield self._end(f"after {failures} failures one after the other: try later")
                return

    def _end(self, why: str) -> Problem:
        return _problem(self.site.start, f"{ENDED} {why}", "left out")

    def _read_robots(self) -> Problem | None:
        try:
            answer = self._aside(self.site.at("/robots.txt"), self.limits.page_bytes)
        except NotFetched as error:
            return _problem(self.site.start, f"{ENDED}: robots.txt {error.message}", "failed")
        if answer.status == 200:
            text = answer.content[: robots.MAX_BYTES].decode("utf-8", "replace")
            self.robots = robots.parse(text, AGENT)
        elif answer.status >= 500 or answer.status == 429:
            # RFC 9309, 2.3.1.4: what cannot be read forbids everything
            why = f"{ENDED}: robots.txt answered {answer.status}, try later"
            return _problem(self.site.start, why, "failed")
        if not self.robots.allows(self.site.start):
            why = f"{ENDED}: robots.txt asks not to read this page"
            return _problem(self.site.start, why, "gone")
        return None

    def _enter(self) -> Iterator[Problem]:
        """Fill the queue: from sitemaps, else from the start page; known pages come along."""
        start = self.site.start
        is_map = urlsplit(start).path.lower().endswith((".xml", ".xml.gz"))
        stated = [start] if is_map else list(self.robots.sitemaps)
        maps = stated or [self.site.at("/sitemap.xml")]
        listed: list[str] = []
        for outcome in self._listed(maps, stated=bool(stated)):
            if isinstance(outcome, Problem):
                yield outcome
            else:
                listed.append(outcome)
        if not is_map:
            yield from self._meet(start, 0)
        for url in listed:
            yield from self._meet(url, 1)
        self.follows = not any(url != start and self.site.holds(url) for url in listed)
        for url in self.known:
            yield from self._meet(url, 1)

    def _listed(self, maps: list[str], *, stated: bool) -> Iterator[str | Problem]:
        """Pages of the sitemaps and of those that they list."""
        waiting = deque(maps)
        seen: set[str] = set()
        while waiting and len(seen) < _MOST_SITEMAPS:
            url = normal(waiting.popleft(), self.site.start)
            if url is None or url in seen or not self.site.is_here(url):
                continue
            seen.add(url)
            try:
                pages, more = self._sitemap(url)
            except (NotFetched, Refused, BadInput) as error:
                if stated:  # nobody has promised the usual place
                    yield _problem(url, f"sitemap {error}", "refused")
                continue
            waiting.extend(more)
            yield from pages

    def _sitemap(self, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        answer = self._aside(url, _SITEMAP_BYTES)
        if answer.status != 200:
            raise NotFetched(f"answered {answer.status}")
        content = answer.content
        if content[:2] == b"\x1f\x8b":
            content = unpacked(content, _SITEMAP_BYTES)
        file = self.folder / "sitemap.xml"
        file.write_bytes(content)
        return self.worker.sitemap(file)

    def _meet(self, link: str, depth: int, base: str = "") -> Iterator[Problem]:
        """Queue an address, unless it is elsewhere, known, unwanted, or one of a trap's."""
        url = normal(link, base or self.site.start)
        if url is None or url in self.met or depth > self.limits.depth:
            return
        if not self.site.holds(url) and url != self.site.start:
            return
        if len(self.met) > _MOST_MET * self.limits.pages:  # far more than will be read
            return
        self.met.add(url)
        if not self.robots.allows(url):
            if url in self.known:
                yield _problem(url, "robots.txt asks not to read it any more", "gone")
            return
        why = self.site.trap(url)
        if why is None:
            self.waiting.append((url, depth))
        elif why and (said := f"{why} {urlsplit(url).path}") not in self.told:
            self.told.add(said)
            yield _problem(url, why, "left out")

    def _visit(self, url: str, depth: int) -> Iterator[Page | Problem]:
        try:
            final, answer = self._followed(url)
        except NotFetched as error:
            yield _problem(url, error.message, "refused" if error.lasting else "failed")
            return
        if answer is None:  # another visit's page
            return
        before = self.known.get(final)
        if answer.status == 304 and before is not None:
            yield self._unchanged(final, before, answer)
        elif answer.status == 200:
            yield from self._read(final, depth, answer)
        elif answer.status in (404, 410):
            yield _problem(url, "is not there any more", "gone")
        elif answer.status in (401, 403):
            yield _problem(url, "is not open to everybody", "gone")
        else:
            yield _problem(url, f"answered {answer.status}", "failed")

    def _unchanged(self, url: str, before: Known, answer: Fetched) -> Page:
        if before.digest:
            self.read.setdefault(before.digest, name_of(url))
        self.named.add(name_of(url))
        etag = answer.headers.get("etag") or before.etag
        return Page(name_of(url), url, None, etag, before.last_modified, before.digest)

    def _followed(self, url: str) -> tuple[str, Fetched | None]:
        """The answer at the end of the redirects. Raises `NotFetched`."""
        seen = {url}
        for _ in range(self.limits.redirects + 1):
            answer = self._patient(url)
            if answer.status not in _REDIRECTS:
                return url, answer
            target = normal(answer.headers.get("location", ""), url)
            if target is None or not self.site.is_here(target):
                raise NotFetched(
                    "leads to another site: give that one as a source of its own", lasting=True
                )
            if target in seen:
                raise NotFetched("leads in a circle", lasting=True)
            if not self.site.holds(target):
                raise NotFetched("leads out of the part of the site that is read", lasting=True)
            if not self.robots.allows(target):
                raise NotFetched("leads to where robots.txt asks not to read", lasting=True)
            if target in self.met:
                return target, None
            seen.add(target)
            self.met.add(target)
            url = target
        raise NotFetched(f"leads on more than {self.limits.redirects} times", lasting=True)

    def _aside(self, url: str, most_bytes: int) -> Fetched:
        """robots.txt or a sitemap, at the end of its redirects. Raises `NotFetched`."""
        for _ in range(self.limits.redirects + 1):
            answer = self._ask(url, most_bytes)
            target = normal(answer.headers.get("location", ""), url)
            if answer.status not in _REDIRECTS or target is None or not self.site.is_here(target):
                return answer
            url = target
        return answer

    def _patient(self, url: str) -> Fetched:
        """Ask; once more where the site asks for a moment."""
        answer = self._ask(url, self.limits.page_bytes, self.known.get(url))
        after = answer.headers.get("retry-after", "")
        if answer.status in (429, 503) and after.isdigit() and int(after) <= _LONGEST_PAUSE:
            self._wait(float(after))
            answer = self._ask(url, self.limits.page_bytes, self.known.get(url))
        return answer

    def _ask(self, url: str, most_bytes: int, before: Known | None = None) -> Fetched:
        """One request, no sooner than the rate allows."""
        gap = max(1 / self.limits.per_second, self.robots.delay)
        if self.asked_at is not None:
            self._wait(self.asked_at + gap - self.clock())
        self.alive()
        self.asked_at = self.clock()
        headers = {}
        if before and before.etag:
            headers["if-none-match"] = before.etag
        if before and before.last_modified:
            headers["if-modified-since"] = before.last_modified
        seconds = max(1.0, min(self.limits.page_seconds, self.until - self.asked_at))
        return self.fetch(url, headers=headers, most_bytes=most_bytes, seconds=seconds)

    def _wait(self, seconds: float) -> None:
        while seconds > 0:
            self.alive()
            self.pause(min(seconds, _SLICE))
            seconds -= _SLICE

    def _read(self, url: str, depth: int, answer: Fetched) -> Iterator[Page | Problem]:
        kind, ending = kind_of(url, answer)
        if ending is None:
            yield _problem(url, f"is of a kind that cannot be read ({kind})", "refused")
            return
        file = self.folder / f"{Path(urlsplit(url).path).stem[:80] or 'page'}{ending}"
        file.write_bytes(answer.content)
        try:
            visited = self.worker.page(file)
        finally:
            file.unlink()
        said = visited.robots | robots.said_by_header(answer.headers.get("x-robots-tag", ""), AGENT)
        if self.follows and not said & {"nofollow", "none"}:
            for link in visited.links:
                yield from self._meet(link, depth + 1, url)
        if said & {"noindex", "none"}:
            yield _problem(url, "asks not to be listed (noindex)", "gone")
        elif visited.loaded is None:
            yield _problem(url, visited.reason or "cannot be read", "refused")
        else:
            yield self._page(url, visited.canonical, visited.loaded, answer)

    def _page(
        self, url: str, canonical: str | None, loaded: Loaded, answer: Fetched
    ) -> Page | Problem:
        preferred = normal(canonical, url) if canonical else None
        if preferred and preferred != url and self.site.holds(preferred):
            # a canonical page that was asked for speaks for itself
            if preferred in self.met:
                return _problem(url, f"is {name_of(preferred)} by another address", "duplicate")
            self.met.add(preferred)
            url = preferred
        name = name_of(url)
        digest = sha256(f"{loaded.title}\0{loaded.text}".encode()).hexdigest()
        if (twin := self.read.get(digest)) is not None:
            return _problem(url, f"has the same text as {twin}", "duplicate")
        if name in self.named:  # by http and by https
            return _problem(url, "has been read by another address", "duplicate")
        self.read[digest] = name
        self.named.add(name)
        before = self.known.get(url)
        same = before is not None and before.digest == digest
        return Page(
            name, url, None if same else replace(loaded, url=url),
            answer.headers.get("etag"), answer.headers.get("last-modified"), digest,
        )  # fmt: skip


def _problem(url: str, reason: str, kind: Kind) -> Problem:
    return Problem(name_of(url), url, reason, kind)
