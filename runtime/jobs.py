"""Durable jobs in the application's own database.

A job is committed with the change that caused it. Threads (embedded) or Celery (scaled out)
only decide where it runs; the row decides whether.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import JSON, Index, Select, String, case, delete, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from runtime import plugins
from runtime.database import Base, Id, now, open_session
from runtime.errors import AppError
from runtime.failpoints import failpoint
from runtime.nudges import nudge_workers
from runtime.scope import NOBODY, Scope
from runtime.settings import current

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""The shortest time a worker holds a job without a word; see `lease`."""
MAX_ATTEMPTS = 8
GIVING_UP = 8
"""How often it is tried to give a job up properly before its error is all that is left."""
KEEP = timedelta(days=7)

_OPEN = text("finished_at IS NULL")
_RELEASED: dict[str, Any] = {"lease": None, "leased_until": None, "announced_at": None}


class JobRow(Base):
    __tablename__ = "job"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    lane: Mapped[str] = mapped_column(String(80))
    unit_id: Mapped[int]
    args: Mapped[dict[str, Any]] = mapped_column(JSON)
    every: Mapped[int | None]  # seconds, for work that comes back
    run_at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))

    __table_args__ = (
        Index("ix_job_open", "lane", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "ix_job_periodic",
            "kind",
            unique=True,
            sqlite_where=text("every IS NOT NULL"),
            postgresql_where=text("every IS NOT NULL"),
        ),
    )


@dataclass(frozen=True, slots=True)
class Job:
    """What a handler is given: identifiers, never personal data."""

    id: int
    kind: str
    lane: str
    scope: Scope
    args: dict[str, Any]
    attempt: int
    lease: str
    ended: list[datetime] = field(default_factory=list, compare=False, repr=False)
    """When its last session has committed, and with it the end of the job."""


class LeaseLost(AppError):
    """Another worker has this job by now: whatever this one was about to write is stale."""


class WorkerDied(AppError):
    """Every try of a job ended with its worker: it is given up before it takes another one."""


class RetryLater(AppError):
    """The job cannot go on now; run it again after `delay`, without counting an attempt."""

    def __init__(self, message: str, delay: timedelta) -> None:
        super().__init__(message)
        self.delay = delay


Handler = Callable[[Job], None]


@dataclass(frozen=True, slots=True)
class _Kind:
    handler: Handler
    attempts: int
    otherwise: Handler | None


_kinds: dict[str, _Kind] = {}
_schedule: dict[str, timedelta] = {}


def handles(
    kind: str,
    *,
    every: timedelta | None = None,
    attempts: int = MAX_ATTEMPTS,
    otherwise: Handler | None = None,
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job. Handlers must be safe to run twice.

    `every` makes it periodic: one row for the whole installation, run again and again.
    `otherwise` is what happens when all `attempts` have failed: nothing ends in silence.
    """

    def register(handler: Handler) -> Handler:
        if kind in _kinds:
            raise ValueError(f"two handlers for {kind}")
        _kinds[kind] = _Kind(handler, attempts, otherwise)
        if every is not None:
            _schedule[kind] = every
        return handler

    return register


def enqueue(
    session: Session,
    kind: str,
    *,
    unit_id: int,
    lane: str,
    delay: timedelta = timedelta(),
    **args: Any,
) -> None:
    """Add a job to this transaction. Jobs of one lane run one at a time, in order."""
    session.add(JobRow(kind=kind, lane=lane, unit_id=unit_id, args=args, run_at=now() + delay))
    nudge_workers(session)


def lane(*parts: object) -> str:
    """Name a lane after things that may be personal, without naming them."""
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def lease() -> timedelta:
    """How long a worker may be silent: longer than a turn may think or a call to a channel take."""
    chosen = current()
    longest = max(chosen.model_deadline + 60, 2 * chosen.channel_timeout + 30)
    return max(LEASE, timedelta(seconds=longest))


def load_handlers() -> None:
    """Import every module that registers handlers, ours and plugins'."""
    plugins.load("frontdesk.jobs")


def queues() -> list[str]:
    """The first words of all kinds: what Celery's queues are called."""
    return sorted({kind.partition(".")[0] for kind in _kinds})


def schedule_periodic() -> None:
    """Make sure that every periodic kind has its one row, due within its period.

    A row may have been given up by a version that did not know the kind, or lie in the future
    after the clock was put back.
    """
    for kind, every in _schedule.items():
        with open_session(NOBODY) as session:
            seconds = max(1, int(every.total_seconds()))
            values = {"kind": kind, "lane": f"every/{kind}", "unit_id": 0, "args": {}}
            soonest = now() + every
            known = session.scalar(
                update(JobRow)
                .where(JobRow.kind == kind, JobRow.every.is_not(None))
                .values(
                    every=seconds,
                    finished_at=None,
                    run_at=case((JobRow.run_at > soonest, soonest), else_=JobRow.run_at),
                )
                .returning(JobRow.id)
                .execution_options(synchronize_session=False)
            )
            if known is None:
                session.add(JobRow(**values, every=seconds))


def heads() -> Select[int]:
    """The first open job of every lane."""
    # Grouping stays linear whatever the planner knows about this table; the
    # obvious "no earlier job exists" turns quadratic while statistics are stale.
    return select(func.min(JobRow.id)).where(JobRow.finished_at.is_(None)).group_by(JobRow.lane)


def runnable() -> Select[JobRow]:
    """Jobs that are due, unleased and first in their lane."""
    at = now()
    return (
        select(JobRow)
        .where(
            JobRow.id.in_(heads()),
            JobRow.run_at <= at,
            or_(JobRow.leased_until.is_(None), JobRow.leased_until < at),
        )
        .order_by(JobRow.id)
    )


def claim(job_id: int | None = None) -> Job | None:
    """Lease the next runnable job (or this one), or None.

    Looking takes no lock; the lease is a compare-and-set, so two workers that
    see the same job cannot both get it.
    """
    candidates = runnable().limit(1) if job_id is None else runnable().where(JobRow.id == job_id)
    while True:
        with open_session(NOBODY, read_only=True) as session:
            row = session.scalar(candidates)
        if row is None:
            return None
        mine, at = uuid4().hex, now()
        with open_session(NOBODY) as session:
            won = session.scalar(
                update(JobRow)
                .where(
                    JobRow.id == row.id,
                    JobRow.attempts == row.attempts,
                    JobRow.lease.is_(row.lease) if row.lease is None else JobRow.lease == row.lease,
                    JobRow.finished_at.is_(None),
                    # A job that was put back meanwhile looks the same but for its time.
                    JobRow.run_at <= at,
                )
                .values(lease=mine, leased_until=at + lease(), attempts=row.attempts + 1)
                .returning(JobRow.id)
                .execution_options(synchronize_session=False)
            )
        if won is not None:
            failpoint("job:claimed")
            return Job(
                row.id, row.kind, row.lane, Scope.of(row.unit_id), row.args, row.attempts + 1, mine
            )


@contextmanager
def fenced_session(job: Job, *, last: bool = False) -> Iterator[Session]:
    """A writing session that commits only while this worker still holds the job's lease.

    Raises `LeaseLost` otherwise. The fence renews the lease; the `last` one ends the job in the
    same transaction, which saves a commit and closes the gap between the two.
    """
    values: dict[str, Any] = {"leased_until": now() + lease()}
    if last:
        values = {**_RELEASED, "finished_at": now(), "error": None}
    with open_session(job.scope) as session:
        held = session.scalar(
            update(JobRow)
            .where(
                JobRow.id == job.id,
                JobRow.lease == job.lease,
                JobRow.leased_until > now(),
                JobRow.finished_at.is_(None),
            )
            .values(**values)
            .returning(JobRow.id)
            .execution_options(synchronize_session=False)
        )
        if held is None:
            raise LeaseLost("another worker has taken this job over")
        if last:
            nudge_workers(session)  # for the next of its lane
        yield session
    if last:
        job.ended.append(now())


def renew(job: Job) -> None:
    """Keep the lease in the middle of long work. Raises `LeaseLost`."""
    with fenced_session(job):
        pass


def must_hold(job: Job, *, seconds: float) -> None:
    """Begin nothing that may outlast the lease. Raises `LeaseLost` if it has not this long left."""
    with open_session(NOBODY, read_only=True) as session:
        until = session.scalar(
            select(JobRow.leased_until).where(JobRow.id == job.id, JobRow.lease == job.lease)
        )
    if until is None or until <= now() + timedelta(seconds=seconds):
        raise LeaseLost("another worker may take this job over in the middle of a call")


def run(claimed: Job) -> None:
    """Run one leased job and record how it ended."""
    try:
        if claimed.attempt > _tries(claimed) and not _comes_back(claimed):
            raise WorkerDied("every try ended with its worker")
        _kinds[claimed.kind].handler(claimed)
    except LeaseLost:
        log.warning("job.lease_lost", job=claimed.id, kind=claimed.kind)
        return
    except RetryLater as later:
        _put_back(claimed, later.delay)
        return
    except Exception as error:
        log.error("job.failed", job=claimed.id, kind=claimed.kind, exc_info=error)
        if not claimed.ended:
            _fail(claimed, error)
    else:
        if not claimed.ended:
            _settle(claimed, None, over=True)
    failpoint("job:done")


def _fail(claimed: Job, error: Exception) -> None:
    over = claimed.attempt >= _tries(claimed)
    kind = _kinds.get(claimed.kind)
    if over and kind is not None and kind.otherwise is not None:
        try:
            kind.otherwise(claimed)
        except LeaseLost:
            return
        except Exception as second:
            log.error("job.gave_up_badly", job=claimed.id, kind=claimed.kind, exc_info=second)
            # Nothing ends in silence: giving up is tried again, too.
            over = claimed.attempt >= _tries(claimed) + GIVING_UP
    _settle(claimed, error, over=over)


def _tries(claimed: Job) -> int:
    kind = _kinds.get(claimed.kind)
    return kind.attempts if kind else MAX_ATTEMPTS


def _comes_back(claimed: Job) -> bool:
    return claimed.kind in _schedule and claimed.lane.startswith("every/")


def _put_back(claimed: Job, delay: timedelta) -> None:
    _write(claimed, **_RELEASED, attempts=claimed.attempt - 1, run_at=now() + delay)


def _settle(claimed: Job, error: Exception | None, *, over: bool) -> None:
    # never str(error): it may quote personal data
    values: dict[str, Any] = {**_RELEASED, "error": type(error).__name__ if error else None}
    if _comes_back(claimed):
        values |= {"attempts": 0, "run_at": now() + _schedule[claimed.kind]}
    elif over:
        values["finished_at"] = now()
    else:
        values["run_at"] = now() + timedelta(seconds=min(2**claimed.attempt, 600))
    _write(claimed, **values)


def _write(claimed: Job, **values: Any) -> None:
    with open_session(NOBODY) as session:
        session.execute(
            update(JobRow)
            .where(JobRow.id == claimed.id, JobRow.lease == claimed.lease)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        nudge_workers(session)


def drain(limit: int = 10_000) -> int:
    """Run everything that is due, here and now (tests and the command line)."""
    done = 0
    while done < limit and (claimed := claim()):
        run(claimed)
        done += 1
    return done


@handles("runtime.sweep", every=timedelta(hours=1))
def sweep(job: Job) -> None:
    """Drop jobs that finished well a week ago; failed ones stay visible."""
    with fenced_session(job) as session:
        session.execute(
            delete(JobRow).where(JobRow.finished_at < now() - KEEP, JobRow.error.is_(None))
        )
