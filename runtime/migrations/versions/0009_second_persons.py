"""requests for acts that need a second person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from runtime.database import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _approval()
    _proved_at()
    _grant_what_is_new(op.get_bind())


def _approval() -> None:
    op.create_table(
        "approval",
        sa.Column("id", _ID, nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("decided_by <> requested_by", name=op.f("ck_approval_second_person")),
        sa.CheckConstraint("decided_at <= expires_at", name=op.f("ck_approval_decided_in_time")),
        sa.CheckConstraint("used_at <= expires_at", name=op.f("ck_approval_used_in_time")),
        sa.CheckConstraint(
            "used_at IS NULL OR (approved IS NOT NULL AND approved)",
            name=op.f("ck_approval_used_when_approved"),
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (approved IS NULL) "
            "AND (decided_by IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_approval_decided_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_subject"), "approval", ["subject"], unique=False)
    op.create_index(op.f("ix_approval_unit_id"), "approval", ["unit_id"], unique=False)
    dialect = op.get_bind().dialect.name
    for statement in SQLITE if dialect == "sqlite" else POSTGRESQL:
        op.execute(statement)


_ASKED = (
    "id", "act", "subject", "plan", "plan_hash", "requested_by", "requested_at", "expires_at",
    "unit_id",
)  # fmt: skip
_DECIDED = ("decided_by", "decided_at", "approved")

# What was asked for never changes; a decision is taken once, and used once.
SQLITE = (
    f"""CREATE TRIGGER approval_as_asked BEFORE UPDATE OF {", ".join(_ASKED)} ON approval
    BEGIN SELECT RAISE(ABORT, 'a request never changes'); END""",
    f"""CREATE TRIGGER approval_decided_once BEFORE UPDATE OF {", ".join(_DECIDED)} ON approval
    WHEN OLD.decided_by IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a request is decided once'); END""",
    """CREATE TRIGGER approval_used_once BEFORE UPDATE OF used_at ON approval
    WHEN OLD.used_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'an approval is used once'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION approval_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'a request never changes, is decided once and used once'; END $$""",
    f"""CREATE TRIGGER approval_as_asked BEFORE UPDATE OF {", ".join(_ASKED)} ON approval
    FOR EACH ROW EXECUTE FUNCTION approval_kept()""",
    f"""CREATE TRIGGER approval_decided_once BEFORE UPDATE OF {", ".join(_DECIDED)} ON approval
    FOR EACH ROW WHEN (OLD.decided_by IS NOT NULL) EXECUTE FUNCTION approval_kept()""",
    """CREATE TRIGGER approval_used_once BEFORE UPDATE OF used_at ON approval
    FOR EACH ROW WHEN (OLD.used_at IS NOT NULL) EXECUTE FUNCTION approval_kept()""",
)


def _proved_at() -> None:
    op.add_column("web_session", sa.Column("proved_at", UtcDateTime(), nullable=True))
    op.execute(sa.text("UPDATE web_session SET proved_at = created_at"))
    with op.batch_alter_table("web_session") as batch:
        batch.alter_column("proved_at", existing_type=UtcDateTime(), nullable=False)


_NEW = {
    "service": ("contact:write",),
    "sales": ("contact:import", "contact:write", "segment:write"),
    "management": (
        "approval:decide", "approval:read", "contact:erase", "contact:export", "contact:list",
        "contact:merge", "contact:share", "conversation:export", "field:write", "privacy:read",
        "privacy:write", "retention:read", "retention:write", "risk:read",
    ),
    "admin": (
        "approval:decide", "approval:read", "field:write", "privacy:read", "retention:read",
        "risk:read", "role:write", "unit:write",
    ),
}  # fmt: skip
"""What the roles that every installation starts with may do more from here on."""


def _grant_what_is_new(connection: sa.Connection) -> None:
    table = sa.Table("role", sa.MetaData(), autoload_with=connection)
    for row in connection.execute(sa.select(table)).mappings().all():
        grants = list(row["grants"])
        held = {grant["permission"] for grant in grants}
        grants += [
            {"permission": name, "fields": ["*"], "needs_approval": False}
            for name in _NEW.get(row["name"], ())
            if name not in held
        ]
        connection.execute(sa.update(table).where(table.c.id == row["id"]).values(grants=grants))
