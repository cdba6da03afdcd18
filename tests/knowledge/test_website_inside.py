"""Addresses of the inside, and what is no address: nothing of them is visited."""

from __future__ import annotations

import re

import pytest

from knowledge.fetching import Fetcher
from knowledge.website import Limits, Problem, crawl
from runtime.errors import BadInput
from tests.knowledge.site import Site


def at_once(_: float) -> None:
    """A pause that takes no time."""


def test_the_inside_is_not_visited() -> None:
    limits = Limits(per_second=1e6, page_seconds=2.0)
    with Site() as site:
        site.page("/", "Start here.")
        for url in (site.url(), "http://127.0.0.1/", "http://169.254.169.254/", "http://[::1]/"):
            with_door = Fetcher(own=frozenset())
            (problem,) = crawl(url, limits=limits, fetch=with_door, pause=at_once)
            with_door.close()
            assert isinstance(problem, Problem)
            assert re.search("inner network|none of a web site", problem.reason)
        assert site.asked == []
        site.shutdown()


@pytest.mark.parametrize("url", ["", "ftp://example.com/", "http://", "http://a:b@example.com/"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(BadInput, match="start_url"):
        crawl(url)
