"""One history of the tables, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import make_url

from runtime import database, walls
from runtime.database import engine
from runtime.errors import Misconfigured, Unavailable
from runtime.settings import Settings, current

if TYPE_CHECKING:
    from alembic.config import Config


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "runtime:migrations")
    config.set_main_option("path_separator", "os")
    return config


def upgrade() -> None:
    """Bring the database to the newest revision."""
    from alembic import command

    command.upgrade(_config(), "head")


def set_up(settings: Settings) -> None:
    """Bring the database to the newest revision as its owner, and let the application's role in.

    Where no owner is named there is one role for both. Raises `Misconfigured`.
    """
    if settings.owner_database() == settings.database():
        upgrade()
        return
    ours = engine()
    owner = database.make_engine(settings.owner_database())
    try:
        database.bind(owner)
        upgrade()
        admit(settings)
    finally:
        database.bind(ours)
        owner.dispose()


def admit(settings: Settings) -> None:
    """Give the application's role its rights; the process's database is the owner's."""
    role = make_url(settings.database())
    if role.username is None or role.username == make_url(settings.owner_database()).username:
        raise Misconfigured("DATABASE_URL names the owner of the tables: name another role in it")
    with engine().begin() as connection:
        walls.admit(connection, role.username, role.password)


def is_current() -> bool:
    """Whether the database is at the revision this code expects. Raises `Unavailable`."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    try:
        # Looking must not take SQLite's one writing lock.
        with engine().connect().execution_options(read_only=True) as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable("the database cannot be used right now") from error
    return found == ScriptDirectory.from_config(_config()).get_current_head()


def knows(revision: str | None) -> bool:
    """Whether this version can bring tables of that revision to its own."""
    from alembic.script import ScriptDirectory

    known = ScriptDirectory.from_config(_config()).walk_revisions()
    return revision in {each.revision for each in known}


def require_current() -> None:
    """Refuse to work on other tables than this code was written for, or without their walls.

    Raises `Misconfigured`, `Unavailable`.
    """
    if not is_current():
        raise Misconfigured("the database is at another revision: run `frontdesk migrate` first")
    walls.require_standing(single_role=current().single_role)
