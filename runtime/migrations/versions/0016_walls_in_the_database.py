"""walls in the database: row-level security on every table whose rows belong to one unit."""

from __future__ import annotations

from alembic import op

from runtime import walls

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Protect what is there by now. A migration that makes such a table later calls `protect`."""
    connection = op.get_bind()
    walls.protect(connection, walls.there(connection, walls.scoped()))
