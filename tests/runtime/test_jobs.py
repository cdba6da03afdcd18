"""Jobs: committed with their cause, one at a time per lane, run again after a crash."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from runtime import jobs, queue, settings
from runtime.database import now, open_session
from runtime.errors import Unavailable
from runtime.scope import NOBODY

RAN: list[tuple[str, int]] = []
GAVE_UP: list[int] = []


def _give_up(job: jobs.Job) -> None:
    if job.args.get("fail_at_the_end") and not GAVE_UP.count(-1):
        GAVE_UP.append(-1)
        raise ValueError
    GAVE_UP.append(job.args["n"])


@jobs.handles("test.note", attempts=2, otherwise=_give_up)
def _note(job: jobs.Job) -> None:
    RAN.append((job.lane, job.args["n"]))
    if job.args.get("fail"):
        raise ValueError("anna@example.org is secret")


@pytest.fixture(autouse=True)
def _fresh(db):
    RAN.clear()
    GAVE_UP.clear()


def _add(n: int, lane: str = "a", **args: object) -> None:
    with open_session(NOBODY) as session:
        jobs.enqueue(session, "test.note", unit_id=1, lane=lane, n=n, **args)


def _rows() -> list[jobs.JobRow]:
    with open_session(NOBODY, read_only=True) as session:
        return list(session.scalars(select(jobs.JobRow).order_by(jobs.JobRow.id)))


def _make_due() -> None:
    with open_session(NOBODY) as session:
        session.execute(update(jobs.JobRow).values(run_at=now() - timedelta(seconds=1)))


def test_a_rolled_back_change_leaves_no_job():
    with pytest.raises(RuntimeError), open_session(NOBODY) as session:
        jobs.enqueue(session, "test.note", unit_id=1, lane="a", n=1)
        raise RuntimeError
    assert jobs.claim() is None


def test_jobs_of_a_lane_run_in_order_and_one_at_a_time():
    for n in range(3):
        _add(n)
    _add(9, lane="b")
    first = jobs.claim()
    second = jobs.claim()
    assert first is not None
    assert second is not None
    assert (first.lane, second.lane) == ("a", "b")
    assert jobs.claim() is None
    jobs.run(first)
    jobs.run(second)
    jobs.drain()
    assert [n for lane, n in RAN if lane == "a"] == [0, 1, 2]


def test_a_job_is_claimed_once():
    _add(1)
    assert jobs.claim() is not None
    assert jobs.claim() is None


def test_a_failing_job_waits_then_tries_again_and_is_given_up_at_last():
    _add(1, fail=True)
    jobs.drain()
    (row,) = _rows()
    assert row.finished_at is None
    assert row.run_at > now()
    _make_due()
    jobs.drain()
    (row,) = _rows()
    assert row.finished_at is not None
    assert GAVE_UP == [1]
    assert queue.backlog().failed == 1


def test_a_job_keeps_the_type_of_its_error_and_never_the_text():
    _add(1, fail=True)
    jobs.drain()
    assert _rows()[0].error == "ValueError"


def test_a_failing_job_holds_back_its_own_lane_only():
    _add(1, fail=True)
    _add(2)
    _add(3, lane="b")
    jobs.drain()
    assert [n for _, n in RAN] == [1, 3]


def test_after_a_lease_ran_out_another_worker_takes_over_and_the_first_may_not_write():
    _add(1)
    first = jobs.claim()
    assert first is not None
    with open_session(NOBODY) as session:
        session.execute(update(jobs.JobRow).values(leased_until=now() - timedelta(seconds=1)))
    second = jobs.claim()
    assert second is not None
    with pytest.raises(jobs.LeaseLost), jobs.fenced_session(first):
        pass
    with jobs.fenced_session(second):
        pass
    jobs.run(first)  # its settlement changes nothing either
    assert _rows()[0].lease == second.lease


def test_a_delayed_job_waits():
    with open_session(NOBODY) as session:
        jobs.enqueue(session, "test.note", unit_id=1, lane="a", delay=timedelta(minutes=1), n=1)
    assert jobs.drain() == 0


def test_periodic_work_has_one_row_and_comes_back():
    jobs.schedule_periodic()
    jobs.schedule_periodic()
    kinds = [row.kind for row in _rows()]
    assert len(kinds) == len(set(kinds))
    assert "ledger.sequence" in kinds
    jobs.drain(limit=len(kinds))
    row = next(row for row in _rows() if row.kind == "ledger.sequence")
    assert row.finished_at is None
    assert row.run_at > now() - timedelta(seconds=1)


def _lapse() -> None:
    with open_session(NOBODY) as session:
        session.execute(update(jobs.JobRow).values(leased_until=now() - timedelta(seconds=1)))


def test_a_job_that_kills_its_workers_is_given_up_like_any_other():
    _add(1)
    for _ in range(2):  # two workers die with it
        assert jobs.claim() is not None
        _lapse()
    jobs.drain()
    (row,) = _rows()
    assert RAN == []
    assert GAVE_UP == [1]
    assert (row.finished_at is not None, row.error) == (True, "WorkerDied")


def test_giving_up_is_tried_again_when_that_fails():
    _add(1, fail=True, fail_at_the_end=True)
    for _ in range(3):
        jobs.drain()
        _make_due()
    assert GAVE_UP == [-1, 1]
    assert [n for _, n in RAN] == [1, 1]  # the job itself is not run beyond its tries
    assert _rows()[0].finished_at is not None


def test_a_job_of_a_kind_that_nobody_knows_waits_for_a_version_that_does_and_ends_visibly():
    with open_session(NOBODY) as session:
        jobs.enqueue(session, "test.unheard", unit_id=1, lane="a")
    for _ in range(20):
        jobs.drain()
        _make_due()
    (row,) = _rows()
    assert (row.attempts, row.error) == (jobs.MAX_ATTEMPTS, "KeyError")
    assert row.finished_at is not None


def test_periodic_work_that_an_older_version_gave_up_comes_back():
    jobs.schedule_periodic()
    with open_session(NOBODY) as session:
        session.execute(
            update(jobs.JobRow).values(finished_at=now(), run_at=now() + timedelta(days=1))
        )
    jobs.schedule_periodic()
    rows = {row.kind: row for row in _rows()}
    assert all(row.finished_at is None for row in rows.values())
    assert rows["ledger.sequence"].run_at < now() + timedelta(seconds=5)


def test_periodic_work_is_never_given_up_however_many_workers_die_with_it():
    jobs.schedule_periodic()
    with open_session(NOBODY) as session:
        session.execute(update(jobs.JobRow).values(attempts=50))
    jobs.drain(limit=len(_rows()))
    assert {(row.finished_at, row.attempts, row.error) for row in _rows()} == {(None, 0, None)}


def test_a_lease_is_longer_than_a_turn_may_think(configured):
    settings.use(configured.model_copy(update={"model_deadline": 120.0}))
    _add(1)
    claimed = jobs.claim()
    assert claimed is not None
    assert _rows()[0].leased_until > now() + timedelta(seconds=150)
    jobs.must_hold(claimed, seconds=150)
    with pytest.raises(jobs.LeaseLost):
        jobs.must_hold(claimed, seconds=200)


def test_what_waits_behind_a_halted_job_neither_alarms_nor_keeps_workers_awake():
    _add(1)
    _add(2)
    claimed = jobs.claim()
    assert claimed is not None
    jobs._put_back(claimed, timedelta(minutes=5))
    with open_session(NOBODY) as session:
        session.execute(
            update(jobs.JobRow)
            .where(jobs.JobRow.id != claimed.id)
            .values(run_at=now() - timedelta(hours=1))
        )
    assert queue.backlog().oldest_due_seconds == 0
    due = queue.next_due()
    assert due is not None
    assert due > now() + timedelta(minutes=4)


def test_a_worker_thread_outlives_whatever_the_database_does(monkeypatch):
    from sqlalchemy.exc import IntegrityError

    from runtime.workers import Workers

    faults = [IntegrityError("", {}, Exception()), Unavailable("away")]
    claim = jobs.claim

    def claim_or_fail() -> jobs.Job | None:
        if faults:
            raise faults.pop()
        return claim()

    monkeypatch.setattr(jobs, "claim", claim_or_fail)
    monkeypatch.setattr("runtime.workers.POLL", 0.01)
    workers = Workers(1)
    workers.start()
    _add(1)
    until = time.monotonic() + 10
    while not RAN and time.monotonic() < until:
        time.sleep(0.01)
    workers.stop()
    assert RAN == [("a", 1)]


@jobs.handles("test.last")
def _last(job: jobs.Job) -> None:
    with jobs.fenced_session(job, last=True) as session:
        jobs.enqueue(session, "test.note", unit_id=1, lane="b", n=7)
        if job.args.get("conflict"):
            raise ValueError
    if job.args.get("trip"):
        raise ValueError


@pytest.mark.parametrize("trip", [False, True])
def test_a_job_ends_with_its_last_session_whatever_comes_after_that(trip):
    with open_session(NOBODY) as session:
        jobs.enqueue(session, "test.last", unit_id=1, lane="a", trip=trip)
    jobs.drain()
    _make_due()
    jobs.drain()
    assert [n for _, n in RAN] == [7]
    assert all(row.finished_at is not None and row.error is None for row in _rows())


def test_a_last_session_that_is_rolled_back_ends_nothing():
    with open_session(NOBODY) as session:
        jobs.enqueue(session, "test.last", unit_id=1, lane="a", conflict=True)
    jobs.drain()
    (row,) = _rows()
    assert (row.finished_at, row.error, row.attempts) == (None, "ValueError", 1)
    assert RAN == []
