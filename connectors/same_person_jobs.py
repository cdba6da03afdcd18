"""Work on identities that is done beside the requests: merges two people agreed on, first keys."""

from __future__ import annotations

import structlog

from connectors import accounts
from records import identities, same_person
from runtime import jobs
from runtime.database import open_session
from runtime.errors import Conflict, NotAllowed
from runtime.jobs import Job
from runtime.scope import Scope

log = structlog.get_logger(__name__)


def merge_contacts(job: Job) -> None:
    """Merge what two people agreed on; what is no longer what they agreed on is left alone."""
    try:
        with jobs.fenced_session(job, last=True) as session:
            same_person.merge_approved(session, job.args["approval_id"])
    except (Conflict, NotAllowed) as refused:
        log.warning("merge.refused", approval=job.args["approval_id"], reason=refused.message)
        with jobs.fenced_session(job, last=True) as session:
            same_person.forget_request(session, job.args["approval_id"])


def key_contacts(job: Job) -> None:
    """Note the keys of everybody who was known before there were keys. Safe to run again."""
    for unit in sorted(accounts.everywhere().units):
        after: int | None = 0
        while after is not None:
            with open_session(Scope.of(unit)) as session:
                after = identities.key_contacts(session, after=after)
            jobs.renew(job)
