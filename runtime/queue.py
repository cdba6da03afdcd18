"""How the queue stands: for workers that wait, for probes and for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from runtime import jobs
from runtime.database import now, open_session
from runtime.jobs import JobRow
from runtime.scope import NOBODY


def next_due() -> datetime | None:
    """When the next first of a lane that nobody works on becomes due, or None."""
    with open_session(NOBODY, read_only=True) as session:
        return session.scalar(
            select(func.min(JobRow.run_at)).where(
                JobRow.id.in_(jobs.heads()), JobRow.leased_until.is_(None)
            )
        )


@dataclass(frozen=True, slots=True)
class Backlog:
    """How the queue stands."""

    open: int
    failed: int
    oldest_due_seconds: float


def backlog() -> Backlog:
    """Count open and failed jobs, and how long the oldest due one has waited."""
    with open_session(NOBODY, read_only=True) as session:
        open_jobs = session.scalar(
            select(func.count()).where(JobRow.finished_at.is_(None), JobRow.every.is_(None))
        )
        failed = session.scalar(
            select(func.count()).where(JobRow.finished_at.is_not(None), JobRow.error.is_not(None))
        )
        # What waits behind the first of its lane waits on purpose.
        oldest = session.scalar(
            jobs.runnable().order_by(None).with_only_columns(func.min(JobRow.run_at))
        )
    waited = (now() - oldest).total_seconds() if oldest else 0.0
    return Backlog(open_jobs or 0, failed or 0, waited)
