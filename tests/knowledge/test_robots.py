from __future__ import annotations

import pytest

from knowledge.robots import NOTHING, parse

RULES = """
User-agent: Other
Disallow: /

User-agent: *
Crawl-delay: 2.5
Disallow: /cart
Disallow: /*?sort=   # every list
Disallow: /*.pdf$
Allow: /cart/help
Disallow: /caf%C3%A9
Disallow:

Sitemap: https://example.com/map.xml
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True), ("", True), ("/cart", False), ("/cart/1", False), ("/cart/help/2", True),
        ("/list?sort=a", False), ("/list?page=2", True), ("/a/b.pdf", False),
        ("/a/b.pdf?x", True), ("/café/x", False), ("/caf%c3%a9", False),
    ],
)  # fmt: skip
def test_the_longest_rule_decides(path: str, allowed: bool) -> None:
    assert parse(RULES, "Frontdesk").allows(f"https://example.com{path}") is allowed


def test_the_rest_of_the_file() -> None:
    found = parse(RULES, "Frontdesk")
    assert (found.delay, found.sitemaps) == (2.5, ("https://example.com/map.xml",))
    assert not parse(RULES, "other").allows("https://example.com/")
    assert not NOTHING.allows("https://example.com/a")
    assert parse("", "Frontdesk").allows("https://example.com/a")


def test_own_groups_count_together_and_alone() -> None:
    text = "User-agent: *\nDisallow: /\nUser-agent: a\nUser-agent: frontdesk\nDisallow: /x\n"
    found = parse(f"{text}\nuser-AGENT: Frontdesk\nDisallow: /y\nCrawl-delay: soon", "Frontdesk")
    assert [found.allows(f"http://a/{path}") for path in "xyz"] == [False, False, True]
    assert found.delay == 0


@pytest.mark.parametrize(
    "pattern", ["/" + "*a" * 500, "/" + "*" * 1500, "*" * 900 + "$", "$", "*$"]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    found = parse(f"User-agent: *\nDisallow: {pattern}\n" * 500, "Frontdesk")
    assert found.allows("http://example.com/" + "b" * 900) in (True, False)


@pytest.mark.parametrize("text", ["\0\x01", "Disallow: /", "a" * 100_000, ":::\n::", "Allow"])
def test_nonsense_allows_everything(text: str) -> None:
    assert parse(text, "Frontdesk").allows("http://example.com/a")
