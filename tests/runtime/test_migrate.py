"""The history of the tables leads to exactly the tables the code declares."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from runtime import database, migrate
from tests.conftest import SERVER, _driver


@pytest.fixture
def empty(db, tmp_path: Path):
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


def test_an_empty_database_becomes_what_the_code_declares(empty):
    assert not migrate.is_current()
    migrate.upgrade()
    assert migrate.is_current()
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, database.Base.metadata) == []


def test_ledger_entries_cannot_be_changed_or_deleted_even_by_sql(empty):
    migrate.upgrade()
    with empty.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO ledger_entry (at, unit_id, actor, action, subject, detail) "
                "VALUES ('2026-01-01 00:00:00', 1, 'a', 'b', 'c', '{}')"
            )
        )
    for statement in ("DELETE FROM ledger_entry", "UPDATE ledger_entry SET actor = 'x'"):
        with pytest.raises(DatabaseError), empty.begin() as connection:
            connection.execute(text(statement))
    with empty.begin() as connection:
        connection.execute(text("UPDATE ledger_entry SET position = 1"))
