"""Threads that run jobs inside the web process (embedded mode)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from runtime import jobs, nudges, queue
from runtime.database import now
from runtime.errors import AppError

log = structlog.get_logger(__name__)

POLL = 1.0
"""Seconds between looks when nobody was nudged: the safety net, not the mechanism."""
LONG = 5.0
"""The same for those who do not watch the clock."""


class Workers:
    """`count` threads that claim and run jobs until stopped.

    A nudge wakes one thread. Of those that have nothing to do, one watches the clock for jobs
    that become due; the others sleep: looking is a query, and thirty threads that look at every
    nudge leave no time for the work.
    """

    def __init__(self, count: int) -> None:
        self._stopping = False
        self._work = threading.Condition()
        self._claiming = threading.Lock()
        self._nudged = 0
        self._watched = False
        self._unlisten: Callable[[], None] | None = None
        self._threads = [
            threading.Thread(target=self._loop, name=f"worker-{n}", daemon=True)
            for n in range(count)
        ]

    def start(self) -> None:
        if not self._threads:
            return
        self._unlisten = nudges.listen(self._on_nudge)
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 30) -> None:
        """Let every thread finish its job; wait at most `timeout` seconds each."""
        if self._unlisten:
            self._unlisten()
        with self._work:
            self._stopping = True
            self._work.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    def _on_nudge(self, item: nudges.Nudge) -> None:
        if item == nudges.JOBS:
            with self._work:
                self._nudged = min(self._nudged + 1, len(self._threads))
                self._work.notify()

    def _loop(self) -> None:
        while not self._stopping:
            try:
                # In turn: threads that look at once see the same job, and all but one look again.
                with self._claiming:
                    claimed = jobs.claim()
                if claimed is not None:
                    jobs.run(claimed)
                    continue
                self._rest()
            except (AppError, SQLAlchemyError) as error:
                # Whatever the database does: a thread that ends here is missed for ever.
                log.warning("worker.waits", error=type(error).__name__)
                time.sleep(POLL)

    def _rest(self) -> None:
        """Sleep until a nudge, or (the one who watches) until a job becomes due."""
        with self._work:
            watching = not self._watched
            self._watched = True
        pause = LONG
        try:
            if watching:
                pause = self._until_due()
            with self._work:
                if not self._nudged and not self._stopping:
                    self._work.wait(pause)
                self._nudged = max(0, self._nudged - 1)
        finally:
            if watching:
                with self._work:
                    self._watched = False
                    self._work.notify()  # somebody else watches while this one works

    def _until_due(self) -> float:
        due = queue.next_due()
        if due is None:
            return POLL
        return min(POLL, max(0.005, (due - now()).total_seconds()))
