"""PostgreSQL as an installation has it: an owner without privileges, and the application's role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.conftest import SERVER, _driver, missing

LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"
PASSWORD = "long enough for anybody, made up"


@dataclass(frozen=True)
class Server:
    """A new database of its own, the addresses of its two roles, and the superuser's engine."""

    owner: str
    app: str
    superuser: Engine
    role: str


@contextmanager
def server(name: str) -> Iterator[Server]:
    """Make a database that an owner without privileges owns; the other role is not made yet."""
    address = make_url(_driver(SERVER or LOCAL))
    admin = create_engine(
        address, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
    )
    try:
        admin.connect().close()
    except OperationalError:
        admin.dispose()
        missing("a PostgreSQL server (FRONTDESK_TEST_DATABASE)")
    owner, app = f"{name}_owner", f"{name}_app"
    _drop(admin, name, owner, app)
    with admin.connect() as connection:
        connection.execute(
            text(f"CREATE ROLE {owner} LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'")
        )
        connection.execute(text(f"CREATE DATABASE {name} OWNER {owner}"))
    place = address.set(database=name)
    superuser = create_engine(place)
    try:
        yield Server(
            *(
                place.set(username=each, password=PASSWORD).render_as_string(hide_password=False)
                for each in (owner, app)
            ),
            superuser,
            app,
        )
    finally:
        superuser.dispose()
        _drop(admin, name, owner, app)
        admin.dispose()


def _drop(admin: Engine, name: str, *roles: str) -> None:
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}_back WITH (FORCE)"))
        for role in reversed(roles):
            connection.execute(text(f"DROP ROLE IF EXISTS {role}"))
