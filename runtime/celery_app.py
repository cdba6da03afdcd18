"""Scaled-out mode: a relay announces runnable jobs to Celery; workers claim and run them.

The broker carries job numbers and nothing else. It may lose all of them: what is not claimed in
time is announced again.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from threading import Event

import structlog
from celery import Celery, signals
from kombu.exceptions import OperationalError
from sqlalchemy import or_

from runtime import jobs, nudges
from runtime.database import now, open_session
from runtime.errors import Misconfigured, Unavailable
from runtime.scope import NOBODY
from runtime.settings import current

log = structlog.get_logger(__name__)

AGAIN = timedelta(seconds=30)
TASK = "runtime.run"
UNCLAIMED = "runtime"
"""Where jobs of a kind go that nobody has registered: they fail there, where it is seen."""
FULL = 1_000
"""Announcements in a queue from which on none is repeated: nobody is taking them."""


@cache
def app() -> Celery:
    """The Celery application. Raises `Misconfigured` without a broker."""
    broker = current().redis_url
    if broker is None:
        raise Misconfigured("REDIS_URL: the relay and its workers need a broker")
    made = Celery("frontdesk", broker=broker.get_secret_value())
    made.conf.update(
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        task_acks_late=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        # Shorter than the lease: a stuck task must not outlive its right to write.
        task_soft_time_limit=int(jobs.lease().total_seconds()) - 10,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 2},
    )
    made.task(name=TASK)(run_job)
    return made


def run_job(job_id: int) -> None:
    """Run one job if it is still there to be run."""
    claimed = jobs.claim(job_id)
    if claimed is not None:
        jobs.run(claimed)


def queues() -> tuple[str, ...]:
    """The queues a worker takes from: the first words of all kinds, plugins' too."""
    return tuple(sorted({*jobs.queues(), UNCLAIMED}))


def work(threads: int) -> None:
    """Run jobs until told to stop.

    A broker that dies at a bad moment can end Celery's worker with an error of its own; then this
    process begins anew, so that no supervisor is needed for it.
    """
    told: list[str] = []

    def stopping(sig: str, **_: object) -> None:
        told.append(sig)

    signals.worker_shutting_down.connect(stopping, weak=False)
    try:
        app().worker_main(
            [
                "worker",
                "--pool=threads",
                f"--concurrency={threads}",
                f"--queues={','.join(queues())}",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
                "--loglevel=WARNING",
            ]
        )
    except SystemExit as end:
        if told or not end.code:
            raise
        log.error("worker.failed", reason="celery ended by itself: beginning anew")
        time.sleep(1)
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - ourselves


def relay_once() -> int:
    """Announce what is runnable and was not announced lately; return how many."""
    with open_session(NOBODY) as session:
        rows = session.scalars(
            jobs.runnable()
            .where(
                or_(jobs.JobRow.announced_at.is_(None), jobs.JobRow.announced_at < now() - AGAIN)
            )
            .limit(100)
        ).all()
        found = [(row.id, row.kind, row.announced_at is not None) for row in rows]
        for row in rows:
            row.announced_at = now()
    # After the commit: a worker must find the row as announced, and no network call is made
    # with a transaction open. What the broker does not take is announced again.
    known, task = frozenset(jobs.queues()), app().tasks[TASK]
    full: dict[str, bool] = {}
    for job_id, kind, again in found:
        word = kind.partition(".")[0]
        queue = word if word in known else UNCLAIMED
        if again and full.setdefault(queue, _is_full(queue)):
            continue  # while no worker runs, the broker must not fill up with repetitions
        task.apply_async((job_id,), queue=queue, retry=False)
    return len(found)


def _is_full(queue: str) -> bool:
    """Raises kombu's `OperationalError` while the broker is away."""
    with app().connection_for_write() as connection:
        try:
            connection.connect()
            declared = connection.channel().queue_declare(queue, passive=True)
        except connection.channel_errors:
            return False  # no such queue yet
        except connection.connection_errors as error:
            raise OperationalError("the broker is away") from error
    return bool(declared.message_count >= FULL)


def relay_forever(stop: Event, wait: float = 0.5) -> None:
    """Announce until stopped; a broker that is away is asked again."""
    awake = Event()

    def wake(item: nudges.Nudge) -> None:
        if item == nudges.JOBS:
            awake.set()

    unlisten: Callable[[], None] = nudges.listen(wake)
    try:
        while not stop.is_set():
            awake.clear()
            try:
                if relay_once():
                    continue
            except (OperationalError, Unavailable) as error:
                log.warning("relay.waits", error=type(error).__name__)
                _forget_announcements()
                time.sleep(wait)
            awake.wait(wait)
    finally:
        unlisten()


def _forget_announcements() -> None:
    """What may not have reached the broker is announced again at once, not in 30 s."""
    try:
        with open_session(NOBODY) as session:
            for row in session.scalars(
                jobs.runnable().where(jobs.JobRow.announced_at.is_not(None)).limit(1000)
            ):
                row.announced_at = None
    except Unavailable:
        return
