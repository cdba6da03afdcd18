"""Run by Alembic: connects it to the process's database and tables."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from runtime import plugins, walls
from runtime.database import Base, Word, engine


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """In the history, a closed list of words is text."""
    if kind == "type" and isinstance(item, Word):
        return f"sa.String(length={item.length})"
    return False


def run() -> None:
    plugins.load("frontdesk.tables")
    with engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            user_module_prefix="",
            render_item=render,
        )
        with context.begin_transaction():
            walls.open_to_every_unit(connection)
            context.run_migrations()
        connection.commit()


run()
