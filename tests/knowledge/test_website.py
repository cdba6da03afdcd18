"""Visiting a site: what is found, what is left alone, and what a bad site can do (nothing)."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from knowledge.fetching import Fetcher
from knowledge.website import Known, Limits, Page, Problem, crawl, summary
from tests.knowledge.hostile import written_words
from tests.knowledge.site import Site

LIMITS = Limits(per_second=1e6, page_seconds=2.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        yield made
        made.shutdown()


def at_once(_: float) -> None:
    """A pause that takes no time."""


Visit = Callable[..., tuple[list[Page], list[Problem]]]


@pytest.fixture
def visit(site: Site) -> Iterator[Visit]:
    """Crawl the site and part pages from problems."""
    fetcher = Fetcher(own=frozenset({site.place}))

    def run(
        path: str = "/", limits: Limits = LIMITS, **more: Any
    ) -> tuple[list[Page], list[Problem]]:
        more.setdefault("pause", at_once)
        rows = list(crawl(site.url(path), limits=limits, fetch=fetcher, **more))
        return (
            [row for row in rows if isinstance(row, Page)],
            [row for row in rows if isinstance(row, Problem)],
        )

    yield run
    fetcher.close()


def names(pages: list[Page]) -> list[str]:
    return [page.name for page in pages]


def known(pages: list[Page]) -> dict[str, Known]:
    return {page.url: Known(page.etag, page.last_modified, page.digest) for page in pages}


def test_links_are_followed_within_the_host_and_in_order(site: Site, visit: Visit) -> None:
    site.page(
        "/", "Start here.", "/a", "b#part", "https://elsewhere.example/", "mailto:a@b.c", "/a"
    )
    site.page("/a", "Page A.", "/c?x=1&utm_source=mail", "//elsewhere.example/d")
    site.page("/b", "Page B.", "/image.png")
    site.page("/c?x=1", "Page C.")
    pages, problems = visit()
    assert names(pages) == ["/", "/a", "/b", "/c?x=1"]
    assert problems == []
    assert site.paths() == ["/", "/a", "/b", "/c?x=1"]
    assert pages[1].loaded is not None
    assert (pages[1].loaded.title, pages[1].loaded.text) == (
        "/a", "Page A.\n\nSee there.\n\nSee there.",
    )  # fmt: skip
    assert pages[1].url == pages[1].loaded.url == site.url("/a")


def test_a_long_address_has_a_short_name_of_its_own(site: Site, visit: Visit) -> None:
    long = [f"/{'a' * 500}{end}" for end in "xy"]
    site.page("/", "Start here.", *long, f"/{'b' * 1200}")
    for path in long:
        site.page(path, f"Page {path[-1]}.")
    pages, _ = visit()
    assert len({page.name for page in pages}) == 3
    assert max(len(page.name) for page in pages) == 400


def test_a_prefix_keeps_to_a_part_of_the_site(site: Site, visit: Visit) -> None:
    site.page("/help/", "Help.", "/help/a", "/shop")
    site.page("/help/a", "Help with A.")
    pages, _ = visit("/help/", prefix="/help/")
    assert names(pages) == ["/help/", "/help/a"]


def test_a_sitemap_lists_the_pages(site: Site, visit: Visit) -> None:
    site.page("/", "Start here.", "/not-listed")
    for number in range(3):
        site.page(f"/page-{number}", f"Page number {number}.")
    urls = [site.url(f"/page-{number}") for number in range(2)] + ["http://elsewhere.example/"]
    listed = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    site.put("/maps/one.xml", f"<urlset {space}>{listed}</urlset>", kind="application/xml")
    two = f"<urlset {space}><url><loc>{site.url('/page-2')}</loc></url></urlset>"
    site.put("/maps/two.xml.gz", gzip.compress(two.encode()), kind="application/gzip")
    maps = "".join(
        f"<sitemap><loc>{site.url(path)}</loc></sitemap>"
        for path in ("/maps/one.xml", "/maps/two.xml.gz", "/maps.xml")
    )
    site.put("/maps.xml", f"<sitemapindex {space}>{maps}</sitemapindex>", kind="text/xml")
    site.put("/robots.txt", f"Sitemap: {site.url('/maps.xml')}", kind="text/plain")
    pages, problems = visit()
    assert names(pages) == ["/", "/page-0", "/page-1", "/page-2"]
    assert problems == []
    pages, _ = visit("/maps.xml")
    assert names(pages) == ["/page-0", "/page-1", "/page-2"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<urlset><url>", "not a readable sitemap"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><urlset>&b;', "not a readable sitemap"),
        (gzip.compress(b"<urlset>" + b" " * 60_000_000), "larger than 50 MB"),
        (b"\x1f\x8b nonsense", "cannot be unpacked"),
    ],
)
def test_a_bad_sitemap_is_named_and_links_are_followed(
    site: Site, visit: Visit, content: bytes, reason: str
) -> None:
    site.put("/maps.xml", content, kind="application/xml")
    site.put("/robots.txt", f"Sitemap: {site.url('/maps.xml')}", kind="text/plain")
    site.page("/", "Start here.", "/a")
    site.page("/a", "Page A.")
    pages, problems = visit()
    assert names(pages) == ["/", "/a"]
    assert reason in problems[0].reason


def test_robots_txt_is_obeyed(site: Site, visit: Visit) -> None:
    rules = "User-agent: *\nDisallow: /private\nDisallow: /*?sort=\nAllow: /private/open$\n"
    site.put("/robots.txt", rules, kind="text/plain")
    site.page("/", "Start here.", "/private/a", "/private/open", "/list?sort=up", "/list")
    site.page("/private/open", "Open all the same.")
    site.page("/list", "A list.")
    pages, _ = visit()
    assert names(pages) == ["/", "/private/open", "/list"]
    assert not {"/private/a", "/list?sort=up"} & set(site.paths())


def test_a_site_that_wants_no_visit_gets_none(site: Site, visit: Visit) -> None:
    site.page("/", "Start here.")
    site.put("/robots.txt", "User-agent: frontdesk\nDisallow: /", kind="text/plain")
    pages, problems = visit()
    assert (pages, problems[0].kind) == ([], "gone")
    assert "robots.txt asks not to read" in problems[0].reason
    site.put("/robots.txt", "", status=503)
    pages, problems = visit()
    assert (pages, problems[0].kind) == ([], "failed")
    assert site.paths() == []


def test_the_pace_is_the_sites_or_slower(site: Site, visit: Visit) -> None:
    site.page("/", "Start here.", "/a")
    site.page("/a", "Page A.")
    passed: list[float] = []  # time passes only by waiting
    limits = Limits(per_second=0.5)
    visit(limits=limits, pause=passed.append, clock=lambda: sum(passed))
    assert passed == [2.0, 2.0, 2.0]  # robots.txt, sitemap.xml, two pages
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 7", kind="text/plain")
    passed.clear()
    visit(limits=limits, pause=passed.append, clock=lambda: sum(passed))
    assert passed == [7.0, 7.0, 7.0]
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 0", kind="text/plain")
    passed.clear()
    visit(limits=limits, pause=passed.append, clock=lambda: sum(passed))
    assert passed == [2.0, 2.0, 2.0]


def test_who_waits_with_us_hears_of_us_often(site: Site, visit: Visit) -> None:
    """A job has to renew its lease, also while a slow site yields nothing."""
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 100", kind="text/plain")
    site.page("/", "Start here.")
    heard: list[float] = []
    passed: list[float] = []
    visit(
        pause=passed.append,
        clock=lambda: sum(passed),
        alive=lambda: heard.append(sum(passed)),
    )
    assert heard[0] == 0
    assert sum(passed) == pytest.approx(200)
    assert max(after - before for before, after in pairwise([*heard, sum(passed)])) <= 15


def test_a_site_that_asks_for_a_moment_gets_it(site: Site, visit: Visit) -> None:
    site.put("/", status=429, headers={"Retry-After": "5"})
    pauses: list[float] = []
    _, problems = visit(pause=pauses.append)
    assert 5.0 in pauses
    assert [(problem.kind, problem.reason) for problem in problems] == [("failed", "answered 429")]
    assert site.paths() == ["/", "/"]


def test_noindex_and_nofollow(site: Site, visit: Visit) -> None:
    site.page("/", "Start here.", "/hidden", "/closed", "/header")
    site.page("/hidden", "Not listed.", "/behind", head='<meta name="robots" content="noindex">')
    site.page("/closed", "No links.", "/never", head='<meta content="nofollow" name="robots">')
    site.put("/header", "<p>By its header.</p>", headers={"X-Robots-Tag": "otherbot: all, noindex"})
    site.page("/behind", 'Behind. <a href="/never" rel="nofollow">no</a>')
    pages, problems = visit()
    assert names(pages) == ["/", "/closed", "/behind"]
    assert [(problem.name, problem.kind) for problem in problems] == [
        ("/hidden", "gone"), ("/header", "gone"),
    ]  # fmt: skip
    assert "/never" not in site.paths()


def test_only_what_has_changed_is_fetched_again(site: Site, visit: Visit) -> None:
    site.page("/", "Start here.", "/a", "/b", "/c")
    for name in "abc":
        site.page(f"/{name}", f"Page {name}.")
    site.pages["/a"].headers = {"ETag": '"1"', "Last-Modified": "Tue, 24 Nov 2026 08:00:00 GMT"}
    first, _ = visit()
    assert first[1].etag == '"1"'
    site.page("/b", "Page b has changed.")
    del site.pages["/c"]
    site.page("/", "Start here, too.", "/b")
    second, problems = visit(known=known(first))
    assert {page.name: page.loaded is None for page in second} == {
        "/": False, "/a": True, "/b": False,
    }  # fmt: skip
    assert [(problem.name, problem.kind) for problem in problems] == [("/c", "gone")]
    (asked,) = [headers for path, headers in site.asked[5:] if path == "/a"]
    assert asked["if-none-match"] == '"1"'
    assert asked["if-modified-since"].startswith("Tue, 24 Nov")
    counted = summary([*second, *problems])
    assert (counted.pages, counted.unchanged, counted.complete) == (3, 1, True)
    third, _ = visit(known=known(second))
    assert summary(third).unchanged == 3


def test_one_text_under_several_addresses_is_one_page(site: Site, visit: Visit) -> None:
    head = '<link rel="canonical" href="/article">'
    site.page("/", "Start here.", "/article?print=1", "/copy", "/article")
    site.page("/article?print=1", "The article to print.", head=head)
    site.page("/article", "The article.")
    site.put("/copy", site.pages["/article"].content)
    pages, problems = visit()
    assert names(pages) == ["/", "/copy"]
    assert [(problem.name, problem.kind, problem.reason) for problem in problems] == [
        ("/article?print=1", "duplicate", "is /article by another address"),
        ("/article", "duplicate", "has the same text as /copy"),
    ]


def test_every_format_is_read_and_others_are_named(site: Site, visit: Visit) -> None:
    site.page("/", "Start here.", "/guide.pdf", "/notes.md", "/plain", "/film", "/broken.pdf")
    site.put("/guide.pdf", written_words("A guide in PDF."), kind="application/pdf")
    site.put("/notes.md", "# Notes\n\nOf the shop.", kind="application/octet-stream")
    site.put("/plain", "Only text.", kind="text/plain; charset=utf-8")
    site.put("/film", b"\0\0\0", kind="video/mp4")
    site.put("/broken.pdf", b"%PDF-1.7 nothing", kind="application/pdf")
    pages, problems = visit()
    assert names(pages) == ["/", "/guide.pdf", "/notes.md", "/plain"]
    loaded = [page.loaded for page in pages]
    assert loaded[1] is not None
    assert "A guide in PDF." in loaded[1].text
    assert loaded[2] is not None
    assert loaded[2].title == "Notes"
    assert [(problem.name, problem.kind) for problem in problems] == [
        ("/film", "refused"), ("/broken.pdf", "refused"),
    ]  # fmt: skip
    assert "cannot be read (video/mp4)" in problems[0].reason


def test_redirects_stay_within_the_host(site: Site, visit: Visit) -> None:
    def to(path: str, target: str) -> None:
        site.put(path, status=302, headers={"Location": target})

    site.page("/", "Start here.", "/old", "/out", "/meta", "/circle", "/long", "/again")
    to("/old", "/new")
    to("/again", "/new")
    site.page("/new", "Moved here.")
    to("/out", "https://elsewhere.example/")
    to("/meta", "http://169.254.169.254/latest/meta-data/")
    to("/circle", "/circle")
    for number in range(9):
        to("/long" if not number else f"/long{number}", f"/long{number + 1}")
    pages, problems = visit()
    assert names(pages) == ["/", "/new"]
    reasons = {problem.name: problem.reason for problem in problems}
    assert "another site" in reasons["/out"]
    assert "another site" in reasons["/meta"]
    assert "circle" in reasons["/circle"]
    assert "more than 5 times" in reasons["/long"]
    assert {problem.kind for problem in problems} == {"refused"}


@pytest.mark.parametrize(
    ("answer", "reason", "kind"),
    [
        ({"content": b"x" * 30_000_000, "kind": "text/plain"}, "larger than 10 MB", "refused"),
        (
            {
                "content": gzip.compress(b"x" * 50_000_000),
                "headers": {"Content-Encoding": "gzip"},
            },
            "larger than 10 MB",
            "refused",
        ),
        ({"content": b"no", "headers": {"Content-Encoding": "br"}}, "not asked for", "refused"),
        ({"content": b"no", "headers": {"Content-Encoding": "gzip"}}, "be unpacked", "refused"),
        ({"content": b"<p>" + b"slow" * 9000, "drip": 0.05}, "within 2 seconds", "failed"),
        ({"status": 500}, "answered 500", "failed"),
        ({"status": 404}, "not there any more", "gone"),
        ({"status": 403}, "not open to everybody", "gone"),
        ({"content": b"<div>" * 100_000}, "nested too deeply", "refused"),
        ({"content": b"<p></p>"}, "holds no text", "refused"),
    ],
)
def test_a_bad_page_stops_no_other(
    site: Site, visit: Visit, answer: dict[str, Any], reason: str, kind: str
) -> None:
    site.page("/", "Start here.", "/bad", "/good")
    site.put("/bad", **answer)
    site.page("/good", "Good.")
    pages, problems = visit()
    assert names(pages) == ["/", "/good"]
    assert [(problem.name, problem.kind) for problem in problems] == [("/bad", kind)]
    assert reason in problems[0].reason


def test_an_endless_site_comes_to_an_end(site: Site, visit: Visit) -> None:
    def serve(path: str) -> None:
        """Every page leads to three more, for ever."""
        day = int(path.rpartition("/")[2] or 1) if path.startswith("/calendar") else 0
        links = [f"/calendar/2026/11/{day + 1}", f"/shop?page={len(path)}&x={len(site.asked)}"]
        site.page(path, f"This is the page {path}.", *links, f"{path.partition('?')[0]}/deeper")

    serve("/")
    found = dict(site.pages)

    class Endless(dict[str, Any]):
        def get(self, path: str, default: Any = None) -> Any:
            if path in ("/robots.txt", "/sitemap.xml"):
                return default
            serve(path)
            return self[path]

    site.pages = Endless(found)
    pages, problems = visit(limits=Limits(per_second=1e6, depth=10_000, pages=400))
    reasons = " ".join(problem.reason for problem in problems)
    assert "a calendar: only 30 of its days are read" in reasons
    assert "more than 20 variants of one page" in reasons
    assert "repeat themselves" in reasons
    assert len(pages) < 200
    assert summary([*pages, *problems]).complete


def test_limits_end_a_crawl_and_say_so(site: Site, visit: Visit) -> None:
    site.page("/", "Start here.", *(f"/{number}" for number in range(9)))
    for number in range(9):
        site.page(f"/{number}", f"Page {number}.", f"/{number}/more")
    pages, problems = visit(limits=Limits(per_second=1e6, pages=4))
    assert len(pages) == 4
    assert "after 4 pages: raise the limit" in problems[-1].reason
    assert not summary([*pages, *problems]).complete
    pages, problems = visit(limits=Limits(per_second=1e6, seconds=0))
    assert pages == []
    assert "seconds" in problems[-1].reason
    pages, _ = visit(limits=Limits(per_second=1e6, depth=1))
    assert len(pages) == 10


def test_a_site_of_one_text_is_left_when_nothing_new_comes(site: Site, visit: Visit) -> None:
    site.page("/", "Start here.", *(f"/{letter}" for letter in "abcdefghijklmnop"))
    for letter in "abcdefghijklmnop":
        site.put(f"/{letter}", "<title>Same</title><p>The same text everywhere.</p>")
    pages, problems = visit(limits=Limits(per_second=1e6, pages=3))
    assert names(pages) == ["/", "/a"]
    assert "among addresses without pages" in problems[-1].reason
    assert len(site.paths()) == 12


def test_a_site_that_is_down_is_left_alone(site: Site, visit: Visit) -> None:
    site.page("/", "Start here.", *(f"/{number}" for number in range(30)))
    for number in range(30):
        site.put(f"/{number}", status=500)
    pages, problems = visit()
    assert "after 10 failures" in problems[-1].reason
    assert len(site.paths()) == 11
    assert not summary([*pages, *problems]).complete
