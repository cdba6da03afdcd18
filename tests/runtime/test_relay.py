"""What a relay announces, to which queue, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, update

from runtime import celery_app, jobs, settings
from runtime.database import now, open_session
from runtime.scope import NOBODY


@jobs.handles("shop.restock")
def _restock(_job: jobs.Job) -> None:
    """A plugin's kind of work."""


@pytest.fixture(autouse=True)
def broker(db: Engine, configured: settings.Settings) -> Iterator[None]:
    """A broker inside this process."""
    settings.use(configured.model_copy(update={"redis_url": SecretStr("memory://")}))
    celery_app.app.cache_clear()
    yield
    _waiting()
    celery_app.app().close()
    celery_app.app.cache_clear()


def _waiting() -> list[tuple[str, int]]:
    """Take what waits in the queues: (queue, job number)."""
    found = []
    with celery_app.app().connection_for_read() as connection:
        for name in celery_app.queues():
            queue = connection.SimpleQueue(name)
            while queue.qsize():
                message = queue.get(block=False)
                message.ack()
                found.append((name, message.payload[0][0]))
            queue.close()
    return sorted(found)


def _add(kind: str, lane: str) -> None:
    with open_session(NOBODY) as session:
        jobs.enqueue(session, kind, unit_id=1, lane=lane)


def _wait() -> None:
    with open_session(NOBODY) as session:
        session.execute(update(jobs.JobRow).values(announced_at=now() - timedelta(minutes=1)))


def test_every_kind_has_a_queue_that_workers_take_from() -> None:
    _add("shop.restock", "a")
    _add("nobody.knows", "b")
    assert celery_app.relay_once() == 2
    assert set(celery_app.queues()) >= {"bot", "connectors", "knowledge", "ledger", "runtime"}
    assert _waiting() == [("runtime", 2), ("shop", 1)]


def test_a_job_is_announced_again_after_a_while_and_not_before() -> None:
    _add("shop.restock", "a")
    assert celery_app.relay_once() == 1
    assert celery_app.relay_once() == 0
    _wait()
    assert celery_app.relay_once() == 1
    assert _waiting() == [("shop", 1), ("shop", 1)]


def test_a_queue_that_nobody_empties_is_not_filled_with_repetitions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(celery_app, "FULL", 2)
    for lane in "abc":
        _add("shop.restock", lane)
    celery_app.relay_once()
    for _ in range(3):
        _wait()
        celery_app.relay_once()
    _add("shop.restock", "d")
    celery_app.relay_once()
    assert _waiting() == [("shop", number) for number in (1, 2, 3, 4)]
