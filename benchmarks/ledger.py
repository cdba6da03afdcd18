"""A million entries: how fast they are written, sequenced, verified, proven and asked about."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from benchmarks.load import quantile

Cell = dict[str, float]

ACTIONS = ("contact:read", "conversation:read", "conversation:list", "message:receive",
           "conversation:reply", "contact:list", "model:call", "session:open")  # fmt: skip
CONTACTS = 20_000
PEOPLE = 40


def _entry(number: int) -> dict[str, Any]:
    """An entry like those of a working day; a tenth of them lists fifty contacts."""
    action = ACTIONS[number % len(ACTIONS)]
    contact = number * 7919 % CONTACTS + 1
    detail: dict[str, Any] = {"message": number, "purpose": "service"}
    subject = f"conversation/{contact}"
    if action == "contact:read":
        subject, detail = f"contact/{contact}", {"fields": ["name", "order.1"], "purpose": "x"}
    elif action == "contact:list":
        listed = [(contact + step) % CONTACTS + 1 for step in range(10)]
        subject, detail = "unit/1", {"contacts": listed, "fields": ["name"]}
    elif action == "session:open":
        return {"actor": f"user/{number % PEOPLE}", "action": action, "subject": "user/1"}
    else:
        detail["contacts"] = [contact]
    return {"actor": f"user/{number % PEOPLE}", "action": action, "subject": subject, **detail}


def _pour(session: Any, numbers: range) -> None:
    """Entries as `ledger.record` writes them, many at once: only the first ones are timed."""
    from sqlalchemy import insert

    from ledger.entries import contacts_in
    from ledger.models import About, Entry
    from runtime.database import now

    rows, about, at = [], [], now().replace(microsecond=0)
    for number in numbers:
        made = _entry(number)
        fixed = {name: made.pop(name) for name in ("actor", "action", "subject")}
        rows.append({"id": number + 1, "at": at, "unit_id": 1, **fixed, "detail": made})
        about += [
            {"entry_id": number + 1, "contact_id": contact, "at": at, "unit_id": 1}
            for contact in contacts_in(fixed["subject"], made)
        ]
    session.execute(insert(Entry), rows)
    session.execute(insert(About), about)


def _timed(act: Callable[[], Any], times: int = 1) -> tuple[list[float], Any]:
    took, found = [], None
    for _ in range(times):
        begun = time.perf_counter()
        found = act()
        took.append(time.perf_counter() - begun)
    return took, found


def run(count: int, server: str | None) -> Cell:
    """Fill a fresh database with this many entries and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FRONTDESK_DATA_DIR"] = f"{folder}/data"
        os.environ["LOG_LEVEL"] = "WARNING"
        if server:
            _recreate(server)
            os.environ["DATABASE_URL"] = f"{server.rsplit('/', 1)[0]}/frontdesk_ledger"
        try:
            return _measure(count, Path(folder))
        finally:
            os.environ.pop("DATABASE_URL", None)


def _recreate(server: str) -> None:
    address = server.replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS frontdesk_ledger WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE frontdesk_ledger"))
    admin.dispose()


def _measure(count: int, folder: Path) -> Cell:
    from ledger import checkpoints, entries, jobs, proofs, questions
    from ledger import record as write
    from runtime import database, migrate, start
    from runtime.scope import NOBODY
    from runtime.secrets import keys

    settings = start.start()
    migrate.upgrade()
    cell: Cell = {"entries": float(count)}

    sample = min(count, 20_000)

    def fill() -> None:
        for first in range(0, sample, 100):
            with database.open_session(NOBODY) as session:
                for number in range(first, first + 100):
                    write(session, unit_id=1, **_entry(number))

    took, _ = _timed(fill)
    cell["written/s"] = sample / took[0]
    for first in range(sample, count, 5000):
        with database.open_session(NOBODY) as session:
            _pour(session, range(first, min(count, first + 5000)))

    def place() -> None:
        placed = entries.BATCH
        while placed == entries.BATCH:
            with database.open_session(NOBODY) as session:
                placed = entries.sequence_pending(session)
        with database.open_session(NOBODY) as session:
            jobs.sign_if_due(session, force=True)

    took, _ = _timed(place)
    cell["sequenced/s"] = count / took[0]

    def verify() -> Any:
        signed = checkpoints.read(settings.checkpoints())
        with database.open_session(NOBODY, read_only=True) as session:
            return checkpoints.verify(session, signed, keys().signing.public_key())

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took, finding = _timed(verify)
    if finding is not None:
        raise SystemExit(f"the ledger does not verify: {finding.text}")
    cell["verify s"] = took[0]
    cell["verified/s"] = count / took[0]
    cell["verify MB more"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    ids = [count * step // 23 + 1 for step in range(23)]

    def prove() -> Any:
        with database.open_session(NOBODY, read_only=True) as session:
            return proofs.prove(session, ids.pop())

    took, proof = _timed(prove, 23)
    cell["prove ms"] = quantile(took, 0.5) * 1000
    cell["proof bytes"] = float(len(json.dumps(proof.as_data(), separators=(",", ":"))))

    def grown() -> Any:
        with database.open_session(NOBODY, read_only=True) as session:
            return proofs.consistency(session, count // 3, count)

    took, _ = _timed(grown, 5)
    cell["consistency ms"] = quantile(took, 0.5) * 1000
    cell |= _asked(questions)
    used = sum(file.stat().st_size for file in folder.rglob("frontdesk.db*"))
    if used:
        cell["bytes/entry"] = used / count
    database.engine().dispose()
    return cell


def _asked(questions: Any) -> Cell:
    from runtime.database import now, open_session
    from runtime.scope import NOBODY

    units, begun = [1], now().replace(year=2000)

    def ask(name: str, **given: Any) -> float:
        def act() -> Any:
            with open_session(NOBODY, read_only=True) as session:
                return getattr(questions, name)(session, units, **given)

        return max(_timed(act, 3)[0]) * 1000

    return {
        "who saw a contact ms": ask("who_saw", contact_id=777),
        "what did somebody do ms": ask("acts_of", actor="user/7"),
        "what did somebody touch ms": ask("touched", actor="user/7"),
        "a contact's key ms": ask("touched", contact_id=777),
        "everything in the period ms": ask("touched", since=begun),
    }


def run_all(count: int, server: str | None) -> None:
    """Print a table for SQLite and, where a server is named, for PostgreSQL."""
    print("| database | " + " | ".join(cell := run(count, None)) + " |", flush=True)
    print("|---" * (len(cell) + 1) + "|")
    print("| SQLite | " + " | ".join(f"{value:,.1f}" for value in cell.values()) + " |")
    if server:
        names = list(cell)
        cell = _apart(count, server)
        row = (f"{cell[name]:,.1f}" if name in cell else "–" for name in names)
        print("| PostgreSQL | " + " | ".join(row) + " |")


def _apart(count: int, server: str) -> Cell:
    """Measured in a process of its own: the plugins and the settings are read once a process."""
    code = (
        "import json; from benchmarks import ledger; "
        f"print(json.dumps(ledger.run({count}, {server!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    cell: Cell = json.loads(done.stdout.splitlines()[-1])
    return cell
