"""Who is erased is gone: from every file, dump, journal and broker, and from old backups, too.

One contact leaves more than sixty values, at least one in each field of each store. Before the
erasure every one of them, and every encrypted value, is found; after it none; nor in a copy of the
installation of before that is started beside the list of erasures.
"""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, select, text

from admin_api.main import create_app
from knowledge import index
from ledger import checkpoints
from ledger.entries import sequence_pending
from ledger.jobs import sign_if_due
from records import certificates, data_map, erasing, exporting
from records.models import Contact
from records.redacting import Redactor
from runtime import database, jobs, migrate, settings
from runtime.database import open_session
from runtime.scope import NOBODY
from runtime.secrets import keys
from tests.conftest import SERVER, _driver
from tests.proofs.scanning import Needles, all_files, dump, forms, load, scan, sealed_values
from tests.records.privacy_world import (
    UNIT,
    Trace,
    World,
    act_again,
    build,
    decide,
    leave_traces,
    work,
)

WITHIN = 60.0
"""Seconds from the approval to the last byte."""


@pytest.fixture
def installed(empty: Engine, configured: settings.Settings) -> Iterator[Engine]:
    """An installation as it is set up: on SQLite its database lies in the data directory."""
    if SERVER:
        migrate.upgrade()
        yield empty
        return
    engine = database.make_engine(configured.database())
    database.bind(engine)
    migrate.upgrade()
    yield engine
    engine.dispose()
    database.bind(empty)


@pytest.fixture
def world(installed: Engine) -> World:
    jobs.load_handlers()
    return build()


def _files(folder: Path, at: Path) -> list[Path]:
    """Everything there is of the installation: its directory, and the dump of its database."""
    found = all_files(folder)
    if SERVER:
        found.append(dump(database.engine().url.render_as_string(hide_password=False), at))
    return found


def _needles(trace: Trace) -> Needles:
    with open_session(UNIT, read_only=True) as session:
        sealed = sealed_values(session, trace.contact)
    return {**{token: forms(token) for token in trace.tokens}, **sealed}


def _erase(world: World, trace: Trace) -> float:
    """Asked for, approved and done; returns the seconds since the approval."""
    with open_session(UNIT) as session:
        approval = erasing.request(
            session, act_again(world.asks), trace.contact, reason="asked for it, Art. 17"
        )
    decide(world, approval)
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def _export(world: World, trace: Trace) -> bytes:
    with open_session(UNIT) as session:
        asked = exporting.request(session, act_again(world.asks), trace.contact, reason="Art. 15")
    decide(world, asked.approval_id)
    work()
    return b""


def test_an_erased_contact_is_nowhere_and_does_not_come_back(
    world: World, configured: settings.Settings, tmp_path: Path
) -> None:
    index.rebuild()
    trace, other = leave_traces(world, seed=1), leave_traces(world, seed=2)
    _export(world, trace)  # a copy that nobody has fetched yet is a store, too
    assert len(set(trace.tokens)) >= 60
    needles, others = _needles(trace), _needles(other)
    folder, home = configured.data_dir, tmp_path
    before = _files(folder, home / "before.sql")
    seen = scan(before, needles)
    sealed = {name for name in needles if name not in trace.tokens}
    assert sealed <= set(seen), "the scan does not find what is there"
    with open_session(UNIT, read_only=True) as session:
        subject = data_map.subject_of(session, trace.contact, addresses=True)
        told = json.dumps(exporting.gathered(session, subject, Redactor({})), ensure_ascii=False)
    assert [token for token in trace.tokens if token not in told] == []
    copy = _backup(folder, home)

    took = _erase(world, trace)
    after = _files(folder, home / "after.sql")
    left = scan(after, needles)
    print(  # noqa: T201 - the figures of the proof
        f"\n{len(trace.tokens)} values, {len(sealed)} encrypted values and hashes in "
        f"{len(before)} files: found before {len(seen)}, after {len(left)}; {took:.1f} s"
    )
    assert left == {}
    assert took < WITHIN
    assert set(scan(after, others)) >= {name for name in others if name not in other.tokens}
    _ledger_verifies(configured)
    _certificate_verifies(world, trace)

    with Restored(configured, copy, home) as restored:
        assert set(scan(_files(copy, home / "old.sql"), needles)) >= sealed
        with TestClient(create_app()):  # starting is what erases
            pass
        work()
        back = scan(_files(copy, home / "restored.sql"), needles)
        print(  # noqa: T201
            f"in the backup of before, started: {len(back)}"
        )
        assert back == {}
        assert set(scan(_files(copy, home / "again.sql"), others)) >= {
            name for name in others if name not in other.tokens
        }
        with TestClient(create_app()):
            pass
        with open_session(UNIT, read_only=True) as session:
            assert session.scalar(select(Contact.id).where(Contact.id == other.contact))
        assert restored


def _backup(folder: Path, home: Path) -> Path:
    """A copy of the installation as it stands, for later."""
    copy = home / "copy"
    if not SERVER:
        with database.engine().connect() as connection:  # a consistent copy of a live database
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql(f"VACUUM INTO '{home / 'backup.db'}'")
    shutil.copytree(folder, copy)
    if not SERVER:
        for name in ("frontdesk.db", "frontdesk.db-wal", "frontdesk.db-shm"):
            (copy / name).unlink(missing_ok=True)
        shutil.move(home / "backup.db", copy / "frontdesk.db")
    return copy


class Restored:
    """The backup as an installation beside the same keys and the same list of erasures."""

    def __init__(self, configured: settings.Settings, copy: Path, home: Path) -> None:
        self.before, self.engine_before = configured, database.engine()
        self.chosen = configured.model_copy(
            update={
                "data_dir": copy,
                "key_file": configured.keys(),
                "erasure_file": configured.erasures(),
            }
        )
        self.home, self.name = home, ""

    def __enter__(self) -> Engine:
        settings.use(self.chosen)
        if SERVER:
            self.name = f"{self.engine_before.url.database}_restored"
            _on_server(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
            _on_server(f"CREATE DATABASE {self.name}")
            url = _driver(SERVER).rsplit("/", 1)[0] + f"/{self.name}"
            load(url, self.home / "before.sql")
        else:
            url = self.chosen.database()
        self.engine = database.make_engine(url)
        database.bind(self.engine)
        return self.engine

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()
        database.bind(self.engine_before)
        settings.use(self.before)
        if SERVER:
            _on_server(f"DROP DATABASE {self.name} WITH (FORCE)")


def _on_server(statement: str) -> None:
    admin = create_engine(_driver(SERVER or ""), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()


def _ledger_verifies(configured: settings.Settings) -> None:
    with open_session(NOBODY) as session:
        while sequence_pending(session):
            pass
        sign_if_due(session, force=True)
    with open_session(NOBODY, read_only=True) as session:
        points = checkpoints.read(configured.checkpoints())
        assert checkpoints.verify(session, points, keys().signing.public_key()) is None


def _certificate_verifies(world: World, trace: Trace) -> None:
    with open_session(UNIT) as session:
        (view,) = certificates.listed(session, world.asks)
        told = certificates.certificate(session, world.asks, view.id)
    assert (told["kind"], told["body"]["contact"]) == ("erasure", trace.contact)
    assert (told["body"]["data_key"], told["body"]["kept"]) == ("destroyed", [])
    assert told["proof"]["path"] is not None
    assert not any(token in json.dumps(told, ensure_ascii=False) for token in trace.tokens)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(told["public_key"]))
    signed = certificates.signed(certificates.canonical(told["body"]))
    public.verify(base64.b64decode(told["signature"]), signed)
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(told["signature"]), signed.replace(b"destroyed", b"kept"))
