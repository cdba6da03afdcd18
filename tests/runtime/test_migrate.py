"""The history of the tables leads to exactly the tables the code declares."""

# ruff: noqa: S608 - statements put together from what stands here

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from runtime import database, migrate


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


def test_what_was_served_before_there_were_releases_is_release_one(empty):
    command.upgrade(migrate._config(), "0007")
    at = "2026-05-01 08:00:00"
    with empty.begin() as connection:
        for statement in (
            "INSERT INTO role (name, grants) VALUES ('editor', "
            '\'[{"permission": "knowledge:write", "fields": ["*"], "needs_approval": false}]\')',
            "INSERT INTO knowledge_unit (id, unit_id, stamp) VALUES (1, 1, 'old')",
            "INSERT INTO knowledge_source (id, unit_id, name, state, created_at, updated_at) "
            f"VALUES (4, 1, 'files', 'ready', '{at}', '{at}')",
            *(
                "INSERT INTO knowledge_document (id, unit_id, source_id, name, title, language, "
                "text, digest, version, released, updated_at) VALUES "
                f"({number}, 1, 4, '{number}.md', 'T', 'en', 'Lamps cost EUR 9.', 'd', 3, "
                f"{released}, '{at}')"
                for number, released in ((7, "true"), (8, "false"))
            ),
            "INSERT INTO knowledge_chunk (id, unit_id, document_id, key, heading, start_at, end_at)"
            " VALUES (11, 1, 7, 'k', '', 0, 17)",
        ):
            connection.execute(text(statement))
        connection.execute(
            text(
                "INSERT INTO knowledge_vector (id, unit_id, chunk_id, engine, vector) "
                "VALUES (1, 1, 11, 'e', :vector)"
            ),
            {"vector": b"ab"},
        )
    migrate.upgrade()
    with empty.connect() as connection:
        served = connection.execute(
            text(
                "SELECT v.document_id, v.number, c.key, x.vector FROM knowledge_serving s "
                "JOIN knowledge_version v ON v.id = s.version_id "
                "JOIN knowledge_chunk c ON c.version_id = v.id "
                "JOIN knowledge_vector x ON x.key = c.key AND x.unit_id = c.unit_id "
                "WHERE s.since = 1 AND s.until IS NULL"
            )
        ).all()
        unit = connection.execute(text("SELECT live, newest FROM knowledge_unit")).all()
        grants = connection.execute(text("SELECT grants FROM role")).scalar_one()
    assert [(row[0], row[1], row[2], bytes(row[3])) for row in served] == [(7, 3, "k", b"ab")]
    assert [tuple(row) for row in unit] == [(1, 1)]
    assert "knowledge:release" in str(grants)
