"""Work on the knowledge that nobody waits for."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import update

from access import people
from knowledge import chroma, crawling, embedding, gaps, index, upkeep
from knowledge.index import lane
from knowledge.models import Source
from runtime.database import open_session
from runtime.errors import Unavailable
from runtime.jobs import Job, RetryLater, enqueue, fenced_session, handles, renew
from runtime.scope import Scope

log = structlog.get_logger(__name__)

_AWAY = timedelta(minutes=1)


def give_up_site(job: Job) -> None:
    """A site could not be read at all: the source says so, and keeps what it has."""
    with fenced_session(job) as session:
        crawling.failed(session, job.args["source"])


@handles("knowledge.embed")
def embed(job: Job) -> None:
    """Make the vectors that a unit's chunks still lack, then tell the searches."""
    (unit_id,) = job.scope.units
    for setting in embedding.names():
        while index.fill(job.scope, setting):
            renew(job)  # one batch is far shorter than the lease
    while index.count_words(job.scope):
        renew(job)
    with fenced_session(job) as session:
        session.execute(update(Source).where(Source.state == "indexing").values(state="ready"))
        index.touch(session, unit_id)
        enqueue(session, "knowledge.index", unit_id=unit_id, lane=lane(unit_id))


@handles("knowledge.index")
def synchronise(job: Job) -> None:
    """Bring a unit's Chroma collection up to date, in the process that owns it."""
    (unit_id,) = job.scope.units
    anew = bool(job.args.get("anew"))
    if not anew and not index.uses_chroma(unit_id):
        return
    try:
        # Without the lease another worker would drop what this one has built.
        index.synchronise(unit_id, anew=anew, between=lambda: renew(job))
    except Unavailable as error:
        raise RetryLater("the vector index is away or has another owner", _AWAY) from error


@handles("knowledge.crawl", attempts=3, otherwise=give_up_site)
def crawl(job: Job) -> None:
    """Read a web site; what is wrong with single pages is in the source's report."""
    (unit_id,) = job.scope.units
    crawling.run(unit_id, job.args["source"], people.system(unit_id), between=lambda: renew(job))


@handles("knowledge.schedule", every=timedelta(minutes=10))
def schedule(_: Job) -> None:
    """Have the sites read whose time has come."""
    crawling.ask_for_due()


@handles("knowledge.gather")
def gather(job: Job) -> None:
    """Put a question without an answer to those that ask the same."""
    cluster = gaps.alike(job.scope, job.args["message"])
    if cluster is not None:
        with fenced_session(job) as session:
            gaps.join(session, job.args["message"], cluster)


@handles("knowledge.watch", every=timedelta(hours=1))
def watch(job: Job) -> None:
    """Have every unit's index compared with SQL, each in its lane."""
    with fenced_session(job) as session:
        for unit_id in index.units():
            enqueue(session, "knowledge.check", unit_id=unit_id, lane=lane(unit_id))


@handles("knowledge.check")
def check(job: Job) -> None:
    """Compare a unit's index with SQL, and heal it; in the process that owns it."""
    (unit_id,) = job.scope.units
    try:
        found = upkeep.heal(unit_id, between=lambda: renew(job))
    except Unavailable as error:
        raise RetryLater("the vector index is away or has another owner", _AWAY) from error
    if found.state == "stale":
        log.warning(
            "knowledge.index_healed", unit=unit_id, missing=found.missing, surplus=found.surplus,
            unfindable=found.unfindable, probed=found.probed,
        )  # fmt: skip


def check_soon() -> None:
    """Have the indexes of large units checked, as is due after a start. One process asks for it."""
    if not chroma.ready():
        return
    for unit_id in index.units():
        if index.uses_chroma(unit_id):
            with open_session(Scope.of(unit_id)) as session:
                enqueue(session, "knowledge.check", unit_id=unit_id, lane=lane(unit_id))
