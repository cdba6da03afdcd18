"""A web site as a source: read, read again, and what is gone leaves with the next release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from access import Denied, Principal, people
from knowledge import crawling, proposals, retrieval, sources
from knowledge.fetching import Fetcher
from knowledge.ingest import FileReport
from knowledge.models import Source
from knowledge.states import Audience
from knowledge.website import Limits
from runtime import jobs, settings
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict
from runtime.scope import Scope
from tests.conftest import serve
from tests.knowledge.site import Site as Server

ONE = Scope.of(1)
LIMITS = Limits(per_second=1e6, page_seconds=2.0)
QUESTION = "What does the delivery of a kayak cost?"


@pytest.fixture
def site(db: object, configured: settings.Settings) -> Iterator[Server]:
    with Server() as made:
        settings.use(configured.model_copy(update={"own_hosts": made.place}))
        made.page("/", "Welcome to the shop of boats.", "/delivery", "/care")
        made.page("/delivery", "The delivery of a kayak costs EUR 79 everywhere in Portugal.")
        made.page("/care", "Rinse the hull with fresh water after every tour on the sea.")
        yield made
        made.shutdown()


def add(site: Server, editor: Principal, **chosen: object) -> int:
    with open_session(ONE) as session:
        made = crawling.Site(site.url(), **chosen)  # type: ignore[arg-type] # passed through
        return crawling.add_site(session, editor, 1, name="shop", site=made)


def read(site: Server, source_id: int) -> list[FileReport]:
    """Read the site as its job does, only without pauses."""
    fetcher = Fetcher(own=frozenset({site.place}))
    try:
        return crawling.run(
            1, source_id, people.system(1), between=lambda: None, limits=LIMITS, fetch=fetcher
        )
    finally:
        fetcher.close()


def told() -> str:
    return " ".join(passage.text for passage in retrieval.search([1], QUESTION).passages)


def row(source_id: int) -> Source:
    with open_session(ONE, read_only=True) as session:
        return session.scalars(select(Source).where(Source.id == source_id)).one()


def test_pages_become_drafts_with_their_addresses(site: Server, editor: Principal) -> None:
    source = add(site, editor, audience=Audience.CUSTOMERS)
    assert [report.state for report in read(site, source)] == ["added"] * 3
    assert told() == ""
    serve()
    passage = retrieval.search([1], QUESTION).passages[0]
    assert "EUR 79" in passage.text
    assert (passage.url, passage.audience) == (site.url("/delivery"), Audience.CUSTOMERS)
    with open_session(ONE, read_only=True) as session:
        (summary,) = sources.list_sources(session, editor)
    assert (summary.kind, summary.state, summary.done, summary.documents) == (
        "website", "ready", 3, 3,
    )  # fmt: skip
    assert summary.due_at is not None
    assert timedelta(hours=23) < summary.due_at - now() <= timedelta(hours=24)


def test_only_what_changed_is_read_anew_and_what_is_gone_leaves(
    site: Server, editor: Principal
) -> None:
    source = add(site, editor)
    read(site, source)
    serve()
    site.page("/delivery", "The delivery of a kayak costs EUR 85 everywhere in Portugal.")
    del site.pages["/care"]
    site.page("/", "Welcome to the shop of boats.", "/delivery")
    states = sorted(report.state for report in read(site, source))
    assert "updated" in states
    with open_session(ONE, read_only=True) as session:
        changes = {c.name: c.kind for c in proposals.drafts(session, editor, 1)}
    assert changes["/delivery"] == "changed"
    assert changes["/care"] == "removed"
    assert "EUR 79" in told()
    serve()
    assert "EUR 85" in told()


def test_a_site_that_is_down_keeps_what_is_known_of_it(site: Server, editor: Principal) -> None:
    source = add(site, editor)
    read(site, source)
    serve()
    for path in list(site.pages):
        site.put(path, "down for maintenance", status=503)
    read(site, source)
    with open_session(ONE, read_only=True) as session:
        assert proposals.drafts(session, editor, 1) == []
    assert row(source).error is not None


def test_its_time_comes_and_a_person_may_ask_before(site: Server, editor: Principal) -> None:
    source = add(site, editor, every_hours=2)
    read(site, source)
    crawling.ask_for_due()
    assert row(source).state == "ready"
    with open_session(ONE) as session:
        session.execute(update(Source).values(due_at=now() - timedelta(minutes=1)))
    crawling.ask_for_due()
    assert row(source).state == "waiting"
    with open_session(ONE) as session:
        crawling.read_again(session, editor, source)  # waits already: nothing more is asked for
    with open_session(ONE, read_only=True) as session:
        waiting = select(jobs.JobRow).where(
            jobs.JobRow.kind == "knowledge.crawl", jobs.JobRow.finished_at.is_(None)
        )
        assert len(session.scalars(waiting).all()) == 2  # the first one, and that of the schedule


def test_the_inside_of_the_network_is_not_read(
    site: Server, editor: Principal, configured: settings.Settings
) -> None:
    source = add(site, editor)
    settings.use(configured)  # the operator names no host of his own
    reports = crawling.run(1, source, people.system(1), between=lambda: None, limits=LIMITS)
    assert [report.state for report in reports] == ["failed"]
    assert site.paths() == []


@pytest.mark.parametrize(
    ("chosen", "said"),
    [({"pages": 0}, "pages"), ({"every_hours": -1}, "every_hours")],
)
def test_a_bad_choice_is_named(
    site: Server, editor: Principal, chosen: dict[str, int], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        add(site, editor, **chosen)


def test_names_are_taken_once_and_readers_add_nothing(
    site: Server, editor: Principal, reader: Principal
) -> None:
    add(site, editor)
    with pytest.raises(Conflict):
        add(site, editor)
    with pytest.raises(Denied):
        add(site, reader)
