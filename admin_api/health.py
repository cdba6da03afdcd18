"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

import shutil
from datetime import timedelta

from fastapi import APIRouter, Response

from access import Permission
from admin_api.deps import CurrentPrincipal, needs, open_to
from ledger import entries
from runtime import migrate, queue
from runtime.database import open_session
from runtime.errors import AppError
from runtime.scope import NOBODY
from runtime.settings import current

router = APIRouter(tags=["health"])

LEDGER_LAG = timedelta(seconds=5)
QUEUE_AGE = 120.0
DISK_FREE = 0.05


@router.get("/healthz", dependencies=[open_to("probes")])
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", dependencies=[open_to("probes")])
def ready(response: Response) -> dict[str, str]:
    """Database at the right revision, ledger sequenced, queue moving, disk not full; else 503."""
    checks = {"database": _database(), "ledger": _ledger(), "queue": _queue(), "disk": _disk()}
    if any(state != "ok" for state in checks.values()):
        response.status_code = 503
    return checks


def _database() -> str:
    try:
        return "ok" if migrate.is_current() else "run `frontdesk migrate`"
    except AppError as error:
        return error.message


def _ledger() -> str:
    try:
        with open_session(NOBODY, read_only=True) as session:
            lag = entries.lag(session)
    except AppError as error:
        return error.message
    return "ok" if lag < LEDGER_LAG else f"entries wait since {int(lag.total_seconds())} s"


def _queue() -> str:
    try:
        waited = queue.backlog().oldest_due_seconds
    except AppError as error:
        return error.message
    return "ok" if waited < QUEUE_AGE else f"a job waits since {int(waited)} s"


def _disk() -> str:
    try:
        space = shutil.disk_usage(current().data_dir)
    except OSError as error:
        return f"the data directory cannot be read: {type(error).__name__}"
    free = space.free / space.total
    return "ok" if free > DISK_FREE else f"only {free:.0%} of the disk is free"


@router.get("/api/v1/jobs", tags=["jobs"], dependencies=[needs(Permission.JOB_READ)])
def read_jobs(_: CurrentPrincipal) -> dict[str, float]:
    """How the queue stands: open, failed for good, age of the oldest due job in seconds."""
    backlog = queue.backlog()
    return {
        "open": backlog.open,
        "failed": backlog.failed,
        "oldest_due_seconds": round(backlog.oldest_due_seconds, 1),
    }
