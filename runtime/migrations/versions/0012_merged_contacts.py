"""merged contacts: keys, merges, suggestions, one-time codes, proofs and links."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from runtime.database import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_LIVE = sa.text("undone_at IS NULL")


def upgrade() -> None:
    _keys()
    _merges()
    _suggestions()
    _codes()
    _proofs()
    _links()
    # Who is known already gets keys, too: a job of its own reads what is sealed.
    op.execute(
        sa.text(
            "INSERT INTO job (kind, lane, unit_id, args, run_at, attempts, created_at) "
            "SELECT 'connectors.key_contacts', 'keys', 0, '{}', CURRENT_TIMESTAMP, 0, "
            "CURRENT_TIMESTAMP WHERE EXISTS (SELECT 1 FROM contact)"
        )
    )


def _number() -> Any:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _table(name: str, *parts: Any) -> None:
    """A table whose rows belong to a unit."""
    op.create_table(
        name,
        sa.Column("id", _number(), nullable=False),
        *parts,
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    _index(name, "unit_id")


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _belongs(table: str, column: str, to: str = "contact") -> Any:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def _text(name: str, length: int, *, nullable: bool = False) -> Any:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> Any:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _keys() -> None:
    _table(
        "identity_key",
        sa.Column("contact_id", _number(), nullable=False),
        _text("kind", 20),
        _text("key_index", 64),
        _text("strength", 10),
        _text("channel", 80),
        _at("created_at"),
        _belongs("identity_key", "contact_id"),
        sa.UniqueConstraint(
            "contact_id", "key_index", name=op.f("uq_identity_key_contact_id_key_index")
        ),
    )
    op.create_index("ix_identity_key_found", "identity_key", ["unit_id", "key_index"], unique=False)


def _merges() -> None:
    _table(
        "contact_merge",
        sa.Column("winner_id", _number(), nullable=False),
        sa.Column("loser_id", _number(), nullable=False),
        _text("how", 20),
        sa.Column("evidence", sa.JSON(), nullable=False),
        _text("merged_by", 80),
        _at("merged_at"),
        _text("undone_by", 80, nullable=True),
        _at("undone_at", nullable=True),
        sa.CheckConstraint("winner_id <> loser_id", name=op.f("ck_contact_merge_two_contacts")),
        _belongs("contact_merge", "winner_id"),
        _belongs("contact_merge", "loser_id"),
    )
    _index("contact_merge", "winner_id")
    _index("contact_merge", "loser_id")
    op.create_index(
        "ix_contact_merge_live",
        "contact_merge",
        ["loser_id"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )


def _suggestions() -> None:
    _table(
        "merge_suggestion",
        sa.Column("first_id", _number(), nullable=False),
        sa.Column("second_id", _number(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        _text("state", 12),
        sa.Column("approval_id", _number(), nullable=True),
        _text("decided_by", 80, nullable=True),
        _at("decided_at", nullable=True),
        _at("created_at"),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_merge_suggestion_in_order")),
        _belongs("merge_suggestion", "first_id"),
        _belongs("merge_suggestion", "second_id"),
        sa.UniqueConstraint(
            "first_id", "second_id", name=op.f("uq_merge_suggestion_first_id_second_id")
        ),
    )
    _index("merge_suggestion", "second_id")


def _codes() -> None:
    _table(
        "code_challenge",
        sa.Column("conversation_id", _number(), nullable=False),
        _text("ref", 32),
        _text("kind", 20),
        _text("key_index", 64),
        sa.Column("target_id", _number(), nullable=True),
        _text("language", 8),
        sa.Column("tries", sa.Integer(), nullable=False),
        _at("created_at"),
        _at("expires_at"),
        _at("sent_at", nullable=True),
        _at("passed_at", nullable=True),
        _at("ended_at", nullable=True),
        _belongs("code_challenge", "conversation_id", "conversation"),
        _belongs("code_challenge", "target_id"),
        sa.UniqueConstraint("ref", name=op.f("uq_code_challenge_ref")),
    )
    _index("code_challenge", "conversation_id")
    _index("code_challenge", "target_id")


def _proofs() -> None:
    _table(
        "signed_proof",
        sa.Column("identity_id", _number(), nullable=False),
        _at("until"),
        _at("proved_at"),
        _belongs("signed_proof", "identity_id", "identity"),
        sa.UniqueConstraint("identity_id", name=op.f("uq_signed_proof_identity_id")),
    )


def _links() -> None:
    _table(
        "channel_link",
        _text("ref", 32),
        _text("token_index", 64),
        sa.Column("contact_id", _number(), nullable=False),
        sa.Column("other_id", _number(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        _at("created_at"),
        _at("expires_at"),
        _at("opened_at", nullable=True),
        _at("ended_at", nullable=True),
        _text("outcome", 12, nullable=True),
        _belongs("channel_link", "contact_id"),
        _belongs("channel_link", "other_id"),
        sa.UniqueConstraint("ref", name=op.f("uq_channel_link_ref")),
        sa.UniqueConstraint("token_index", name=op.f("uq_channel_link_token_index")),
    )
    _index("channel_link", "contact_id")
    _index("channel_link", "other_id")
