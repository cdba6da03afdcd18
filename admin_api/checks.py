"""`frontdesk check`: does every part that is configured answer?"""

from __future__ import annotations

from collections.abc import Callable

from access import people
from knowledge import chroma, upkeep
from ledger import checkpoints
from runtime import migrate, plugins, queue
from runtime.database import engine, open_session
from runtime.errors import AppError
from runtime.scope import NOBODY
from runtime.secrets import keys
from runtime.settings import current


def run_checks() -> dict[str, str]:
    """Each part with its state; a state that starts with "failed" needs attention."""
    parts: dict[str, Callable[[], str]] = {
        "database": _database,
        "queue": _queue,
        "ledger": _ledger,
        "knowledge": _knowledge,
        "broker": _broker,
        "model": _model,
        "plugins": _plugins,
    }
    return {name: _state(part) for name, part in parts.items()}


def _state(part: Callable[[], str]) -> str:
    try:
        return part()
    except AppError as error:
        return f"failed: {error.message}"


def _database() -> str:
    if not migrate.is_current():
        return "failed: run `frontdesk migrate`"
    return f"ok ({engine().dialect.name})"


def _queue() -> str:
    backlog = queue.backlog()
    return f"ok ({backlog.open} open, {backlog.failed} given up)"


def _ledger() -> str:
    signed = checkpoints.read(current().checkpoints())
    with open_session(NOBODY, read_only=True) as session:
        finding = checkpoints.verify(session, signed, keys().signing.public_key())
    return f"ok ({len(signed)} checkpoints)" if finding is None else f"failed: {finding.text}"


def _knowledge() -> str:
    with open_session(NOBODY, read_only=True) as session:
        units = people.units(session)
    reports = [upkeep.check(unit.id) for unit in units]
    if any(report.without_vector for report in reports):
        return "failed: passages lack their vectors, run `frontdesk knowledge rebuild`"
    if any(report.state == "unavailable" for report in reports):
        return "failed: the vector index does not answer; all vectors are scanned meanwhile"
    if any(report.state == "stale" for report in reports):
        return "failed: the index misses passages, run `frontdesk knowledge rebuild`"
    passages = f"{sum(report.chunks for report in reports)} passages"
    if any(report.state == "elsewhere" for report in reports):
        return f"ok ({passages}; {chroma.owner()})"
    return f"ok ({passages})"


def _broker() -> str:
    if current().redis_url is None:
        return "none: jobs run in the web process"
    from kombu.exceptions import OperationalError

    from runtime.celery_app import app

    try:
        with app().connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except OperationalError:
        return "failed: REDIS_URL does not answer"
    return "ok"


def _model() -> str:
    if not current().has_model:
        return "none: answers quote the knowledge base"
    return f"configured ({current().model_name})"


def _plugins() -> str:
    return f"ok ({sum(len(plugins.load(group)) for group in plugins.GROUPS)})"
