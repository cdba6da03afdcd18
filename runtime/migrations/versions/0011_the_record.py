"""the record: fields of a unit, notes, labels, follow-ups, segments, search, imports."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from runtime.database import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _contact_import()
    _custom_field()
    _indexed_field()
    _label()
    _segment()
    _contact_label()
    _contact_note()
    _contact_term()
    _follow_up()
    _message_term()
    connection = op.get_bind()
    _open_what_is_new(connection)
    _index_what_is_there(connection)


def _contact_import() -> None:
    op.create_table(
        "contact_import",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("file_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_import")),
    )
    op.create_index(op.f("ix_contact_import_unit_id"), "contact_import", ["unit_id"], unique=False)


def _custom_field() -> None:
    op.create_table(
        "custom_field",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("data_class", sa.String(length=10), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_custom_field_unit_id_name")),
    )
    op.create_index(op.f("ix_custom_field_unit_id"), "custom_field", ["unit_id"], unique=False)


def _indexed_field() -> None:
    op.create_table(
        "indexed_field",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indexed_field")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_indexed_field_unit_id_name")),
    )
    op.create_index(op.f("ix_indexed_field_unit_id"), "indexed_field", ["unit_id"], unique=False)


def _label() -> None:
    op.create_table(
        "label",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("colour", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_label_unit_id_name")),
    )
    op.create_index(op.f("ix_label_unit_id"), "label", ["unit_id"], unique=False)


def _segment() -> None:
    op.create_table(
        "segment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_segment_unit_id_name")),
    )
    op.create_index(op.f("ix_segment_unit_id"), "segment", ["unit_id"], unique=False)


def _contact_label() -> None:
    op.create_table(
        "contact_label",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("label_id", _ID, nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_label_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["label_id"], ["label.id"], name=op.f("fk_contact_label_label_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_label")),
        sa.UniqueConstraint(
            "contact_id", "label_id", name=op.f("uq_contact_label_contact_id_label_id")
        ),
    )
    op.create_index(op.f("ix_contact_label_label_id"), "contact_label", ["label_id"], unique=False)
    op.create_index(op.f("ix_contact_label_unit_id"), "contact_label", ["unit_id"], unique=False)


def _contact_note() -> None:
    op.create_table(
        "contact_note",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_note_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_note")),
    )
    op.create_index(
        op.f("ix_contact_note_contact_id"), "contact_note", ["contact_id"], unique=False
    )
    op.create_index(op.f("ix_contact_note_unit_id"), "contact_note", ["unit_id"], unique=False)


def _contact_term() -> None:
    op.create_table(
        "contact_term",
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contact_id", _ID, autoincrement=False, nullable=False),
        sa.Column("field_id", _ID, autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_term_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["indexed_field.id"],
            name=op.f("fk_contact_term_field_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("term", "contact_id", "field_id", name=op.f("pk_contact_term")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_contact_term_contact", "contact_term", ["contact_id", "field_id"], unique=False
    )


def _follow_up() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_follow_up_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_follow_up_contact_id")),
    )
    op.create_index("ix_follow_up_due", "follow_up", ["unit_id", "state", "due_on"], unique=False)
    op.create_index(op.f("ix_follow_up_unit_id"), "follow_up", ["unit_id"], unique=False)


def _message_term() -> None:
    op.create_table(
        "message_term",
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", _ID, autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_message_term_message_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("term", "message_id", name=op.f("pk_message_term")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_term_message", "message_term", ["message_id"], unique=False)


_NEW = ("follow_up", "labels", "notes")
"""What the roles that every installation starts with see more from here on."""


def _open_what_is_new(connection: sa.Connection) -> None:
    table = sa.Table("role", sa.MetaData(), autoload_with=connection)
    rows = connection.execute(sa.select(table).where(table.c.name.in_(("service", "sales"))))
    for row in rows.mappings().all():
        grants = [dict(grant) for grant in row["grants"]]
        for grant in grants:
            if grant["permission"] == "contact:read":
                grant["fields"] = sorted({*grant.get("fields", ["*"]), *_NEW})
        connection.execute(sa.update(table).where(table.c.id == row["id"]).values(grants=grants))


def _index_what_is_there(connection: sa.Connection) -> None:
    """The words of what is there already are indexed by a job of each unit: that needs the keys."""
    unit = sa.Table("unit", sa.MetaData(), autoload_with=connection)
    job = sa.table(
        "job",
        *(sa.column(name) for name in ("kind", "lane", "unit_id", "attempts")),
        sa.column("args", sa.JSON()),
        sa.column("run_at", UtcDateTime()),
        sa.column("created_at", UtcDateTime()),
    )
    at = datetime.now(UTC)
    for (unit_id,) in connection.execute(sa.select(unit.c.id)).all():
        connection.execute(
            sa.insert(job).values(
                kind="records.index",
                lane=f"records/index/{unit_id}",
                unit_id=unit_id,
                args={"after": 0},
                attempts=0,
                run_at=at,
                created_at=at,
            )
        )
