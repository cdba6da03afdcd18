"""A real database, real keys and real jobs for every test that asks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

# Before numpy is loaded: more OpenMP threads than cores cost minutes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, text

from runtime import database, failpoints, jobs, logs, migrate, plugins, secrets, settings, walls

# How long one example takes says more about the machine than about the code.
hypothesis.settings.register_profile("frontdesk", deadline=None)
hypothesis.settings.load_profile("frontdesk")

SERVER = os.environ.get("FRONTDESK_TEST_DATABASE")
"""Where set, the tests that need a database run on this PostgreSQL server instead of SQLite."""
RESTRICTED = bool(SERVER) and os.environ.get("FRONTDESK_TEST_RESTRICTED") == "true"
"""Whether they run behind row-level security there, as a role that owns nothing."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what touches a database runs again."""
    if not SERVER:
        return
    again = [item for item in items if "db" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(again)])
    items[:] = again


def missing(what: str) -> NoReturn:
    """Skip, saying what is missing; in CI everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI requires {what}")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session")
def _database_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    if not SERVER:
        yield f"sqlite:///{tmp_path_factory.mktemp('db')}/frontdesk.db"
        return
    name = f"frontdesk_test_{worker_id}"
    admin = create_engine(_driver(SERVER), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield _driver(SERVER).rsplit("/", 1)[0] + f"/{name}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(scope="session")
def _engine(_database_url: str) -> Iterator[Engine]:
    plugins.load("frontdesk.tables")
    engine = database.make_engine(_database_url)
    database.Base.metadata.create_all(engine)
    if not RESTRICTED:
        yield engine
        engine.dispose()
        return
    role = f"{engine.url.database}_app"
    with engine.begin() as connection:
        connection.execute(text(f"DROP ROLE IF EXISTS {role}"))
        walls.protect(connection, walls.scoped())
        walls.admit(connection, role, None)
    restricted = database.make_engine(
        engine.url.set(username=role).render_as_string(hide_password=False)
    )
    yield restricted
    restricted.dispose()
    with engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    engine.dispose()


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[settings.Settings]:
    """Settings and keys of a fresh installation under `tmp_path`."""
    chosen = settings.Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        reply_delay=0,
        password_memory=64,
    )
    chosen.data_dir.mkdir()
    settings.use(chosen)
    secrets.use_keys(secrets.load_keys(chosen.keys()))
    logs.configure("DEBUG")
    yield chosen
    failpoints.disarm()


def point_to(configured: settings.Settings, url: str, **given: Any) -> None:
    """Let the settings of a test name this server as its model's."""
    usual: dict[str, Any] = {
        "data_dir": configured.data_dir, "reply_delay": 0, "password_memory": 64,
        "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-made-up", "FRONTDESK_MODEL": "stub-1",
    }  # fmt: skip
    settings.use(settings.Settings(_env_file=None, **{**usual, **given}))


def serve(unit_id: int = 1) -> None:
    """Release all drafts of the unit, as the seed of an installation does."""
    from access import people
    from knowledge import releases
    from runtime.database import open_session
    from runtime.scope import Scope

    with open_session(Scope.of(unit_id)) as session:
        releases.release_now(session, people.system(unit_id), unit_id, note="for a test")


@pytest.fixture
def db(_engine: Engine, _database_url: str, configured: settings.Settings) -> Iterator[Engine]:
    """A bound, empty database."""
    database.bind(_engine)
    jobs.load_handlers()
    yield _engine
    tables = database.Base.metadata.sorted_tables
    # Behind the walls only the owner can empty a table.
    owner = create_engine(_database_url) if RESTRICTED else _engine
    with owner.begin() as connection:
        if _engine.dialect.name == "postgresql":
            names = ", ".join(f'"{table.name}"' for table in tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        else:
            for table in reversed(tables):
                connection.execute(table.delete())
            if connection.execute(
                text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
            ).first():
                connection.execute(text("DELETE FROM sqlite_sequence"))
    if owner is not _engine:
        owner.dispose()


@pytest.fixture
def empty(db: Engine, tmp_path: Path) -> Iterator[Engine]:
    """An empty database, bound; what `db` gave is bound again afterwards."""
    before = database.engine()
    if SERVER:
        admin = create_engine(_driver(SERVER), isolation_level="AUTOCOMMIT")
        name = before.url.database + "_migrate"
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name}"))
        fresh = database.make_engine(_driver(SERVER).rsplit("/", 1)[0] + f"/{name}")
    else:
        fresh = database.make_engine(f"sqlite:///{tmp_path}/empty.db")
    database.bind(fresh)
    yield fresh
    fresh.dispose()
    database.bind(before)
    if SERVER:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def migrated(empty: Engine) -> Engine:
    """A bound database as its migrations make it: with triggers, as an installation has it."""
    migrate.upgrade()
    return empty
