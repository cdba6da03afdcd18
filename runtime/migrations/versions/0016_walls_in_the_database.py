"""walls in the database: row-level security on what belongs to one unit; shared contacts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from runtime import walls
from runtime.database import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Protect what is there by now. A migration that makes such a table later calls `protect`."""
    _shares()
    connection = op.get_bind()
    walls.protect(connection, walls.there(connection, walls.scoped()))


_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _shares() -> None:
    op.create_table(
        "contact_share",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("other_unit_id", sa.Integer(), nullable=False),
        sa.Column("other_contact_id", _ID, nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("approval_id", _ID, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_share_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_share")),
        sa.UniqueConstraint("ref", "given", name=op.f("uq_contact_share_ref_given")),
    )
    for column in ("contact_id", "unit_id"):
        op.create_index(op.f(f"ix_contact_share_{column}"), "contact_share", [column])
