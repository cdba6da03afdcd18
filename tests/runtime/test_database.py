"""What is wrong with a database is said in time, and nothing has to be started again after it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select, text

from runtime import database, jobs, migrate
from runtime.database import open_session
from runtime.errors import Unavailable
from runtime.scope import NOBODY
from tests.conftest import SERVER

only_sqlite = pytest.mark.skipif(bool(SERVER), reason="about SQLite's one writer")
only_postgresql = pytest.mark.skipif(not SERVER, reason="about PostgreSQL's connections")


def _add(size: int = 1) -> None:
    with open_session(NOBODY) as session:
        jobs.enqueue(session, "test.none", unit_id=1, lane="a", filler="x" * size)


def _count() -> int:
    with open_session(NOBODY, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(jobs.JobRow)) or 0


@pytest.fixture
def file(db: Engine, tmp_path: Path) -> Iterator[Path]:
    """A database file of its own, bound, that nobody waits for long."""
    path = tmp_path / "own.db"
    engine = database.make_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=20"))
    database.bind(engine)
    database.Base.metadata.create_all(engine)
    yield path
    engine.dispose()
    database.bind(db)


@contextmanager
def _held() -> Iterator[None]:
    """Another thread is writing."""
    inside, leave = threading.Event(), threading.Event()

    def write() -> None:
        with open_session(NOBODY):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=write)
    thread.start()
    assert inside.wait(10)
    yield
    leave.set()
    thread.join()


@only_sqlite
def test_a_writer_inside_a_writer_is_told_instead_of_waiting_for_itself(db: Engine) -> None:
    with pytest.raises(RuntimeError, match="open in this thread"), open_session(NOBODY):
        _add()
    _add()
    assert _count() == 1


@only_sqlite
def test_a_thread_that_opened_a_session_for_another_flow_waits_like_everybody(db: Engine) -> None:
    """As the web server's pool does: opened in one thread, closed in another, others between."""
    request = open_session(NOBODY)
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as another:
        pool.submit(copy_context().run, request.__enter__).result(10)
        waiting = pool.submit(copy_context().run, _add)
        another.submit(copy_context().run, request.__exit__, None, None, None).result(10)
        waiting.result(10)
    assert _count() == 1


@only_sqlite
def test_nobody_waits_for_ever_behind_a_writer_that_hangs(
    db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with _held():
        for _ in range(2):
            with pytest.raises(Unavailable):
                _add()
        assert _count() == 0
    _add()
    assert _count() == 1


@only_sqlite
def test_looking_at_the_revision_does_not_wait_for_writers(file: Path) -> None:
    with _held():
        assert not migrate.is_current()


@only_sqlite
def test_a_second_process_that_holds_the_file_is_waited_out_without_a_restart(file: Path) -> None:
    import sqlite3

    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        _add()
    other.execute("ROLLBACK")
    other.close()
    _add()
    assert _count() == 1


@only_sqlite
def test_a_full_disk_refuses_whole_changes_until_there_is_room_again(file: Path) -> None:
    _add()
    engine = database.engine()

    def limit(pages: int) -> None:
        engine.dispose()
        event.listen(
            engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages}")
        )

    limit(1)
    with pytest.raises(Unavailable):
        _add(200_000)
    assert _count() == 1
    limit(1_000_000)
    _add(200_000)
    assert _count() == 2


@only_sqlite
def test_a_file_that_is_no_database_any_more_is_called_unavailable(file: Path) -> None:
    database.engine().dispose()
    file.write_bytes(b"x" * 8192)
    with pytest.raises(Unavailable):
        _count()


@only_postgresql
def test_a_connection_that_the_server_cuts_is_unavailable_once_and_then_replaced(
    db: Engine,
) -> None:
    with pytest.raises(Unavailable), open_session(NOBODY) as session:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    _add()
    assert _count() == 1


@only_postgresql
def test_a_server_that_takes_no_writes_is_unavailable(db: Engine) -> None:
    with pytest.raises(Unavailable), open_session(NOBODY, read_only=True) as session:
        jobs.enqueue(session, "test.none", unit_id=1, lane="a")
        session.flush()
