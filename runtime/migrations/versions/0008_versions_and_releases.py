"""versions of documents, and releases of knowledge."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from runtime.database import UtcDateTime, now

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OLD = (
    "knowledge_vector", "knowledge_chunk", "knowledge_document", "knowledge_unit",
    "knowledge_source",
)  # fmt: skip
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Rows = list[dict[str, Any]]


def upgrade() -> None:
    """What was served goes on being served: as release 1 of its unit."""
    connection = op.get_bind()
    old = {name: _rows(connection, name) for name in _OLD}
    for name in _OLD:
        op.drop_table(name)
    _create()
    units = sorted({row["unit_id"] for row in old["knowledge_document"]})
    _put(connection, "knowledge_unit", [_unit(each) for each in units])
    _put(connection, "knowledge_release", [_first(each) for each in units])
    _put(connection, "knowledge_source", [_source(row) for row in old["knowledge_source"]])
    documents = old["knowledge_document"]
    _put(connection, "knowledge_document", [_document(row) for row in documents])
    # one version a document: it takes the document's number
    _put(connection, "knowledge_version", [_version(row) for row in documents])
    served = [row for row in documents if row["released"]]
    _put(connection, "knowledge_serving", [_serving(row) for row in served])
    chunks = old["knowledge_chunk"]
    _put(connection, "knowledge_chunk", [_chunk(row) for row in chunks])
    key_of = {row["id"]: row["key"] for row in chunks}
    vectors = {
        (row["unit_id"], key_of[row["chunk_id"]], row["engine"]): row["vector"]
        for row in old["knowledge_vector"]
    }
    _put(
        connection,
        "knowledge_vector",
        [
            {"unit_id": unit, "key": key, "engine": engine, "vector": vector}
            for (unit, key, engine), vector in vectors.items()
        ],
    )
    _let_editors_release(connection)
    if connection.dialect.name == "postgresql":
        for name in ("source", "document", "version", "chunk"):
            table = f"knowledge_{name}"
            op.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608 - our own
                f"(SELECT coalesce(max(id), 1) FROM {table}))"
            )


def _let_editors_release(connection: sa.Connection) -> None:
    """Releasing is a permission of its own now; whoever could change what is served keeps it."""
    table = sa.Table("role", sa.MetaData(), autoload_with=connection)
    for row in connection.execute(sa.select(table)).mappings().all():
        grants = list(row["grants"])
        held = {grant["permission"] for grant in grants}
        if "knowledge:write" in held and "knowledge:release" not in held:
            grants.append(
                {"permission": "knowledge:release", "fields": ["*"], "needs_approval": False}
            )
            connection.execute(
                sa.update(table).where(table.c.id == row["id"]).values(grants=grants)
            )


def _rows(connection: sa.Connection, name: str) -> Rows:
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def _put(connection: sa.Connection, name: str, rows: Rows) -> None:
    if rows:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(table), rows)


def _unit(unit_id: int) -> dict[str, Any]:
    return {
        "unit_id": unit_id, "stamp": uuid4().hex, "live": 1, "newest": 1, "canary_share": 0,
        "generation": 0,
    }  # fmt: skip


def _first(unit_id: int) -> dict[str, Any]:
    return {
        "unit_id": unit_id, "number": 1, "kind": "change", "state": "live", "base": 0,
        "author": "system/0", "note": "served before there were releases", "created_at": now(),
    }  # fmt: skip


def _source(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "kind": "files", "done": 0, "total": 0, "reports": [], "settings": {}}


def _document(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("id", "unit_id", "source_id", "name")}
    return {**kept, "head": row["version"], "removed": False, "fetched": {}}


def _version(row: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "unit_id", "title", "language", "url", "text", "digest")
    return {
        **{name: row[name] for name in names},
        "document_id": row["id"], "number": row["version"], "audience": "public", "signs": [],
        "author": "system/0", "created_at": row["updated_at"],
    }  # fmt: skip


def _serving(row: dict[str, Any]) -> dict[str, Any]:
    return {"unit_id": row["unit_id"], "version_id": row["id"], "since": 1}


def _chunk(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key != "document_id"}
    return {**kept, "version_id": row["document_id"]}


def _create() -> None:
    op.create_table(
        "knowledge_calibration",
        sa.Column("id", _ID, nullable=False),
        sa.Column("setting", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_calibration")),
        sa.UniqueConstraint(
            "unit_id", "setting", name=op.f("uq_knowledge_calibration_unit_id_setting")
        ),
    )
    op.create_index(
        op.f("ix_knowledge_calibration_unit_id"), "knowledge_calibration", ["unit_id"], unique=False
    )
    op.create_table(
        "knowledge_case",
        sa.Column("id", _ID, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("expects", sa.String(length=10), nullable=False),
        sa.Column("document", sa.String(length=400), nullable=True),
        sa.Column("holds", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_case")),
    )
    op.create_index(op.f("ix_knowledge_case_unit_id"), "knowledge_case", ["unit_id"], unique=False)
    op.create_table(
        "knowledge_gap",
        sa.Column("id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("cluster", _ID, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_gap")),
        sa.UniqueConstraint(
            "unit_id", "message_id", name=op.f("uq_knowledge_gap_unit_id_message_id")
        ),
    )
    op.create_index(op.f("ix_knowledge_gap_cluster"), "knowledge_gap", ["cluster"], unique=False)
    op.create_index(op.f("ix_knowledge_gap_unit_id"), "knowledge_gap", ["unit_id"], unique=False)
    op.create_table(
        "knowledge_release",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("override", sa.String(length=300), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_release")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_knowledge_release_unit_id_number")),
    )
    op.create_index(
        op.f("ix_knowledge_release_unit_id"), "knowledge_release", ["unit_id"], unique=False
    )
    op.create_table(
        "knowledge_source",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("reports", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_source")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_knowledge_source_unit_id_name")),
    )
    op.create_index(
        op.f("ix_knowledge_source_unit_id"), "knowledge_source", ["unit_id"], unique=False
    )
    op.create_table(
        "knowledge_unit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.String(length=32), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("canary", sa.Integer(), nullable=True),
        sa.Column("canary_share", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_unit")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_knowledge_unit_unit_id")),
    )
    op.create_table(
        "knowledge_vector",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("engine", sa.String(length=80), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_vector")),
        sa.UniqueConstraint(
            "unit_id", "key", "engine", name=op.f("uq_knowledge_vector_unit_id_key_engine")
        ),
    )
    op.create_index(
        op.f("ix_knowledge_vector_unit_id"), "knowledge_vector", ["unit_id"], unique=False
    )
    op.create_table(
        "knowledge_document",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("fetched", sa.JSON(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["knowledge_source.id"],
            name=op.f("fk_knowledge_document_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_document")),
        sa.UniqueConstraint("source_id", "name", name=op.f("uq_knowledge_document_source_id_name")),
    )
    op.create_index(
        op.f("ix_knowledge_document_unit_id"), "knowledge_document", ["unit_id"], unique=False
    )
    op.create_table(
        "knowledge_version",
        sa.Column("id", _ID, nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["knowledge_document.id"],
            name=op.f("fk_knowledge_version_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_version")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_knowledge_version_document_id_number")
        ),
    )
    op.create_index(
        op.f("ix_knowledge_version_unit_id"), "knowledge_version", ["unit_id"], unique=False
    )
    op.create_table(
        "knowledge_change",
        sa.Column("id", _ID, nullable=False),
        sa.Column("release_id", _ID, nullable=False),
        sa.Column("document_id", _ID, nullable=True),
        sa.Column("version_id", _ID, nullable=True),
        sa.Column("replaces_id", _ID, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["knowledge_document.id"],
            name=op.f("fk_knowledge_change_document_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["knowledge_release.id"],
            name=op.f("fk_knowledge_change_release_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["knowledge_version.id"],
            name=op.f("fk_knowledge_change_replaces_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["knowledge_version.id"],
            name=op.f("fk_knowledge_change_version_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_change")),
    )
    op.create_index(
        op.f("ix_knowledge_change_release_id"), "knowledge_change", ["release_id"], unique=False
    )
    op.create_index(
        op.f("ix_knowledge_change_unit_id"), "knowledge_change", ["unit_id"], unique=False
    )
    op.create_table(
        "knowledge_chunk",
        sa.Column("id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("start_at", sa.Integer(), nullable=False),
        sa.Column("end_at", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["knowledge_version.id"],
            name=op.f("fk_knowledge_chunk_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_chunk")),
        sa.UniqueConstraint("version_id", "key", name=op.f("uq_knowledge_chunk_version_id_key")),
    )
    op.create_index(op.f("ix_knowledge_chunk_key"), "knowledge_chunk", ["key"], unique=False)
    op.create_index(
        op.f("ix_knowledge_chunk_unit_id"), "knowledge_chunk", ["unit_id"], unique=False
    )
    op.create_table(
        "knowledge_serving",
        sa.Column("id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["knowledge_version.id"],
            name=op.f("fk_knowledge_serving_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_serving")),
    )
    op.create_index(
        op.f("ix_knowledge_serving_unit_id"), "knowledge_serving", ["unit_id"], unique=False
    )
    op.create_index(
        op.f("ix_knowledge_serving_version_id"), "knowledge_serving", ["version_id"], unique=False
    )
