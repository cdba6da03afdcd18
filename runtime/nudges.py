"""Wake whoever waits for a change, after its transaction has committed. No data travels here.

Inside one process a nudge is a callback. Between processes it is PostgreSQL's NOTIFY, heard by
one listening thread per process.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from runtime.database import engine, is_sqlite

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Nudge:
    """Something of this topic changed in this unit, e.g. `conversation/7`."""

    unit_id: int
    topic: str


Listener = Callable[[Nudge], None]

JOBS = Nudge(0, "jobs")
"""There may be work in the job table."""

_listeners: set[Listener] = set()
_guard = threading.Lock()
_CHANNEL = "frontdesk"


def nudge(session: Session, unit_id: int, topic: str) -> None:
    """Wake the listeners once this transaction has committed."""
    _add(session, Nudge(unit_id, topic))


def nudge_workers(session: Session) -> None:
    """Tell workers and relays, after the commit, that there may be work."""
    _add(session, JOBS)


def _add(session: Session, item: Nudge) -> None:
    pending: dict[Nudge, None] = session.info.setdefault("nudges", {})
    if item in pending:
        return
    pending[item] = None
    if not is_sqlite():
        payload = json.dumps([item.unit_id, item.topic])
        session.execute(
            text("SELECT pg_notify(:channel, :payload)"),
            {"channel": _CHANNEL, "payload": payload},
        )


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    for item in session.info.pop("nudges", {}):
        _tell(item)


def _tell(item: Nudge) -> None:
    with _guard:
        listeners = list(_listeners)
    for listener in listeners:
        listener(item)


def listen(listener: Listener) -> Callable[[], None]:
    """Call `listener` for every nudge, from whichever thread; returns how to stop."""
    with _guard:
        _listeners.add(listener)

    def stop() -> None:
        with _guard:
            _listeners.discard(listener)

    return stop


class CrossProcess:
    """Hears the nudges of other processes (PostgreSQL only; elsewhere it does nothing)."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if is_sqlite():
            return
        self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        import psycopg

        args, names = engine().dialect.create_connect_args(engine().url)
        while not self._stop.is_set():
            try:
                with psycopg.connect(*args, **names, autocommit=True) as connection:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    while not self._stop.is_set():
                        for notice in connection.notifies(timeout=0.5, stop_after=20):
                            unit_id, topic = json.loads(notice.payload)
                            _tell(Nudge(unit_id, topic))
            except psycopg.Error as error:
                log.warning("nudges.reconnect", error=type(error).__name__)
                time.sleep(0.5)
