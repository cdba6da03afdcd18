"""Run by Alembic: connects it to the process's database and tables."""

from __future__ import annotations

from alembic import context

from runtime import plugins
from runtime.database import Base, engine


def run() -> None:
    plugins.load("frontdesk.tables")
    with engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            user_module_prefix="",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
