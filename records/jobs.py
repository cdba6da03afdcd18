"""Work on the record that nobody waits for."""

from __future__ import annotations

from sqlalchemy.orm import Session

from records import indexing
from runtime.jobs import Job, enqueue, fenced_session, handles

CHUNK = 20
"""Contacts that are indexed, with all they said, in one transaction."""


@handles("records.index")
def index(job: Job) -> None:
    """Index a unit's contacts and messages anew, a piece at a time."""
    (unit_id,) = job.scope.units
    with fenced_session(job, last=True) as session:
        _, after = indexing.renew_after(session, unit_id, int(job.args["after"]), CHUNK)
        if after is not None:
            enqueue_index(session, unit_id, after)


def enqueue_index(session: Session, unit_id: int, after: int = 0) -> None:
    """Let a unit be indexed anew, from the contact after this one on."""
    enqueue(session, "records.index", unit_id=unit_id, lane=f"records/index/{unit_id}", after=after)
