"""the ledger at depth: whom entries are about, and the tree's inner hashes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from runtime.database import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT_ONCE = 5000


def upgrade() -> None:
    _indexes()
    _tables()
    _say_whom_entries_are_about(op.get_bind())
    dialect = op.get_bind().dialect.name
    for statement in SQLITE if dialect == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _indexes() -> None:
    """A question asks for the newest entries: the number belongs into each index."""
    for name in ("actor", "subject", "unit_id"):
        op.drop_index(op.f(f"ix_ledger_entry_{name}"), "ledger_entry")
    for name in ("action", "actor", "subject", "unit_id"):
        op.create_index(op.f(f"ix_ledger_entry_{name}"), "ledger_entry", [name, "id"])


def _tables() -> None:
    op.create_table(
        "ledger_about",
        sa.Column("entry_id", _ID, autoincrement=False, nullable=False),
        sa.Column("contact_id", _ID, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "contact_id", name=op.f("pk_ledger_about")),
    )
    columns = ["contact_id", "at", "entry_id", "unit_id"]
    op.create_index("ix_ledger_about_contact", "ledger_about", columns)
    op.create_index("ix_ledger_about_at", "ledger_about", ["at", "contact_id", "unit_id"])
    op.create_table(
        "ledger_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", _ID, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(length=512), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_ledger_tile")),
    )
    _exports()
    # The sequencer makes the tiles of older entries when it runs next.
    op.add_column("ledger_head", sa.Column("tiled", _ID, server_default="0", nullable=False))


def _exports() -> None:
    op.create_table(
        "transcript_export",
        sa.Column("id", _ID, nullable=False),
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("approval_id", _ID, nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], ondelete="CASCADE",
            name=op.f("fk_transcript_export_contact_id_contact"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], ondelete="CASCADE",
            name=op.f("fk_transcript_export_conversation_id_conversation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript_export")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_transcript_export_approval_id")),
    )  # fmt: skip
    for name in ("contact_id", "requested_by", "unit_id"):
        op.create_index(op.f(f"ix_transcript_export_{name}"), "transcript_export", [name])


def _say_whom_entries_are_about(connection: sa.Connection) -> None:
    """What entries of before name, and whose the conversations are that they name."""
    tables = sa.MetaData()
    entry = sa.Table("ledger_entry", tables, autoload_with=connection)
    talk = sa.Table("conversation", tables, autoload_with=connection)
    columns = (entry.c.id, entry.c.at, entry.c.unit_id, entry.c.subject, entry.c.detail)
    about = sa.table("ledger_about", *(sa.column(name) for name in _ABOUT))
    after = 0
    while rows := connection.execute(
        sa.select(*columns).where(entry.c.id > after).order_by(entry.c.id).limit(_AT_ONCE)
    ).all():
        after = rows[-1].id
        named = {row.id: _conversations(row) for row in rows}
        wanted = sorted({each for found in named.values() for each in found})
        owners: dict[int, int] = {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            query = sa.select(talk.c.id, talk.c.contact_id).where(talk.c.id.in_(part))
            owners |= {row.id: row.contact_id for row in connection.execute(query)}
        made = [
            dict(zip(_ABOUT, (row.id, contact, row.at, row.unit_id), strict=True))
            for row in rows
            for contact in sorted(_contacts(row) | {owners[n] for n in named[row.id] & set(owners)})
        ]
        if made:
            connection.execute(about.insert(), made)


_ABOUT = ("entry_id", "contact_id", "at", "unit_id")


def _contacts(row: Any) -> set[int]:
    return set(_numbers(row, "contact", ("contact", "contacts")))


def _conversations(row: Any) -> set[int]:
    return set(_numbers(row, "conversation", ("conversation", "conversations")))


def _numbers(row: Any, kind: str, names: tuple[str, str]) -> Iterator[int]:
    named, _, number = row.subject.partition("/")
    if named == kind and number.isdecimal():
        yield int(number)
    for name in names:
        value = row.detail.get(name)
        given = value if isinstance(value, list) else [value] if name == kind else []
        yield from (each for each in given if type(each) is int)


SQLITE = (
    """CREATE TRIGGER ledger_about_no_delete BEFORE DELETE ON ledger_about
    BEGIN SELECT RAISE(ABORT, 'whom an entry is about is never deleted'); END""",
    """CREATE TRIGGER ledger_about_no_change BEFORE UPDATE ON ledger_about
    BEGIN SELECT RAISE(ABORT, 'whom an entry is about is never changed'); END""",
)
POSTGRESQL = (
    """CREATE TRIGGER ledger_about_kept BEFORE UPDATE OR DELETE ON ledger_about
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_kept()""",
    """CREATE TRIGGER ledger_about_no_truncate BEFORE TRUNCATE ON ledger_about
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_kept()""",
    """CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_kept()""",
)
