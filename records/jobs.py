"""Work on the record that nobody waits for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from records import importing, indexing
from runtime.database import open_session
from runtime.jobs import Job, enqueue, fenced_session, handles
from runtime.scope import NOBODY, Scope

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


@handles("records.import")
def take_in(job: Job) -> None:
    """Take in the next rows of a file."""
    (unit_id,) = job.scope.units
    import_id = int(job.args["import_id"])
    with fenced_session(job, last=True) as session:
        if importing.take_in(session, import_id):
            importing.enqueue_import(session, unit_id, import_id)


@handles("records.forget_files", every=timedelta(hours=1))
def forget_files(_job: Job) -> None:
    """Empty files with contacts that nobody took in for a day."""
    with open_session(NOBODY, read_only=True) as session:
        units = importing.units_of_imports(session)
    for unit_id in units:
        with open_session(Scope.of(unit_id)) as session:
            importing.forget_old(session)
