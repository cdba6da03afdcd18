"""second factors, ways in, leavers, and what is unusual."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from runtime.database import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _factors()
    _ways_in()
    _risk()
    _columns()


def _factors() -> None:
    op.create_table(
        "factor_rule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("role_id", _ID, nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_factor_rule_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_rule")),
        sa.UniqueConstraint("role_id", name=op.f("uq_factor_rule_role_id")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_recovery_code_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"], unique=False)
    op.create_table(
        "second_factor",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("credential", sa.String(length=400), nullable=True),
        sa.Column("last_step", _ID, nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_second_factor_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("credential", name=op.f("uq_second_factor_credential")),
    )
    op.create_index(op.f("ix_second_factor_user_id"), "second_factor", ["user_id"], unique=False)


def _ways_in() -> None:
    op.create_table(
        "entry_link",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_entry_link_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_entry_link_token_hash")),
    )
    op.create_index(op.f("ix_entry_link_user_id"), "entry_link", ["user_id"], unique=False)
    op.create_table(
        "external_identity",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_external_identity_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_external_identity_issuer_subject")),
    )
    op.create_index(
        op.f("ix_external_identity_user_id"), "external_identity", ["user_id"], unique=False
    )


def _risk() -> None:
    op.create_table(
        "activity",
        sa.Column("id", _ID, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint(
            "unit_id",
            "actor",
            "hour",
            "measure",
            name=op.f("uq_activity_unit_id_actor_hour_measure"),
        ),
    )
    op.create_index(op.f("ix_activity_unit_id"), "activity", ["unit_id"], unique=False)
    op.create_table(
        "activity_head",
        sa.Column("id", _ID, nullable=False),
        sa.Column("position", _ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_head")),
    )
    op.create_table(
        "alarm",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("settled_by <> actor", name=op.f("ck_alarm_settled_by_another")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint(
            "unit_id", "kind", "actor", "hour", name=op.f("uq_alarm_unit_id_kind_actor_hour")
        ),
    )
    op.create_index(op.f("ix_alarm_actor"), "alarm", ["actor"], unique=False)
    op.create_index(op.f("ix_alarm_unit_id"), "alarm", ["unit_id"], unique=False)
    op.create_table(
        "broken_glass",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_broken_glass_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_glass")),
    )
    op.create_index(op.f("ix_broken_glass_user_id"), "broken_glass", ["user_id"], unique=False)


def _columns() -> None:
    op.add_column("api_token", sa.Column("units", sa.JSON(), nullable=True))
    op.add_column("api_token", sa.Column("last_used_at", UtcDateTime(), nullable=True))
    op.add_column("user_account", sa.Column("left_at", UtcDateTime(), nullable=True))
    op.add_column(
        "web_session", sa.Column("device", sa.String(length=60), nullable=False, server_default="")
    )
    op.add_column(
        "web_session", sa.Column("network", sa.String(length=60), nullable=False, server_default="")
    )
    op.add_column(
        "web_session",
        sa.Column("strength", sa.String(length=20), nullable=False, server_default="password"),
    )
    op.add_column("web_session", sa.Column("issuer", sa.String(length=200), nullable=True))
    op.add_column("web_session", sa.Column("issuer_session", sa.String(length=200), nullable=True))
    op.create_index(
        op.f("ix_web_session_issuer_session"), "web_session", ["issuer_session"], unique=False
    )
    # The defaults were for the rows that were there; the code gives every new row its own.
    if op.get_bind().dialect.name != "sqlite":
        for name in ("device", "network", "strength"):
            op.alter_column("web_session", name, server_default=None)
