"""The whole database as one stream, as of one moment, and back, by the database's own means."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from runtime import walls
from runtime.errors import BadInput, Misconfigured


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of the database: the stream to keep, and an engine that sees just that moment."""

    kind: str
    stream: BinaryIO
    connection: Connection


@contextmanager
def taken(url: str, work: Path) -> Iterator[Snapshot]:
    """Take a snapshot; `work` is a directory of ours for what has to lie there meanwhile.

    Raises `Misconfigured` where a program is missing or fails.
    """
    if url.startswith("sqlite"):
        with _of_sqlite(url, work) as found:
            yield found
    else:
        with _of_postgresql(url) as found:
            yield found


@contextmanager
def _of_sqlite(url: str, work: Path) -> Iterator[Snapshot]:
    copy = work / "database"
    source = make_url(url).database
    with (
        closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=30)) as live,
        closing(sqlite3.connect(copy)) as made,
    ):
        live.backup(made)  # in one step: nobody's write lies half inside
    copy.chmod(0o600)
    engine = create_engine(f"sqlite:///{copy}")
    try:
        with copy.open("rb") as stream, engine.connect() as connection:
            yield Snapshot("sqlite", stream, connection)
    finally:
        engine.dispose()
        copy.unlink()


@contextmanager
def _of_postgresql(url: str) -> Iterator[Snapshot]:
    engine = create_engine(url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            walls.open_to_every_unit(connection)
            moment = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            arguments = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges",
                         f"--snapshot={moment}"]  # fmt: skip
            options = ""
            if not _passes_by(connection):
                # What the wall would hide is asked for: every unit there is at this moment.
                units = connection.execute(text(walls.EVERY_UNIT)).scalar_one()
                arguments.append("--enable-row-security")
                options = f"-c app.units={units}"
            with _running(arguments, url, options, stdout=subprocess.PIPE) as process:
                yield Snapshot("postgresql", process.stdout, connection)
    finally:
        engine.dispose()


def _passes_by(connection: Connection) -> bool:
    found: bool = connection.execute(
        text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    ).scalar_one()
    return found


@contextmanager
def _running(arguments: list[str], url: str, options: str = "", **pipes: Any) -> Iterator[Any]:
    """A program of PostgreSQL's. The password goes by the environment: arguments can be seen."""
    from psycopg.conninfo import make_conninfo

    engine = create_engine(url)
    _, names = engine.dialect.create_connect_args(engine.url)
    engine.dispose()
    password = str(names.pop("password", "") or "")
    names.pop("context", None)
    environment = {**os.environ, "PGPASSWORD": password, "PGOPTIONS": options}
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own words, no shell
                [*arguments, f"--dbname={make_conninfo(**names)}"],
                env=environment,
                stderr=said,
                **pipes,
            )
        except FileNotFoundError:
            raise Misconfigured(f"{arguments[0]} is not on the PATH: install it") from None
        try:
            yield process
            if process.stdin:
                with suppress(BrokenPipeError):
                    process.stdin.close()
            code = process.wait()
        finally:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with suppress(BrokenPipeError):
                        pipe.close()
            if process.poll() is None:
                process.kill()
                process.wait()
        if code:
            said.seek(0)
            # The first line says what; details could quote rows.
            line = said.readline().decode(errors="replace").strip()
            raise Misconfigured(f"{arguments[0]} failed: {line}")


def is_empty(url: str) -> bool:
    """Whether nothing is there yet. Raises `Misconfigured` when it cannot be looked at."""
    address = make_url(url)
    if url.startswith("sqlite"):
        return not Path(address.database or "").exists()
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            return not inspect(connection).get_table_names()
    except DBAPIError:
        raise Misconfigured("the database does not answer, or does not let this role in") from None
    finally:
        engine.dispose()


@contextmanager
def filled(url: str) -> Iterator[Any]:
    """Give the bytes of a snapshot to `write` of what this yields; the database has to be empty."""
    if not is_empty(url):
        raise BadInput("the place to restore into is not empty")
    if url.startswith("sqlite"):
        path = Path(make_url(url).database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        return
    arguments = ["pg_restore", "--no-owner", "--no-privileges", "--exit-on-error",
                 "--single-transaction"]  # fmt: skip
    # Its end is no news: what it says itself is more telling.
    with _running(arguments, url, stdin=subprocess.PIPE) as process, suppress(BrokenPipeError):
        yield process.stdin


@contextmanager
def temporary(url: str, directory: Path) -> Iterator[str]:
    """The address of a database of the same kind that is gone afterwards.

    Raises `Misconfigured` where the role may not make one.
    """
    if url.startswith("sqlite"):
        yield f"sqlite:///{directory / 'frontdesk.db'}"
        return
    name = f"{make_url(url).database}_verify_{os.getpid()}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        _tell(admin, f'CREATE DATABASE "{name}"')
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            _tell(admin, f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        admin.dispose()


def _tell(admin: Engine, statement: str) -> None:
    try:
        with admin.connect() as connection:
            connection.execute(text(statement))
    except DBAPIError:
        raise Misconfigured(
            "verifying needs a database of its own: let an administrator run "
            f"`ALTER ROLE {admin.url.username} CREATEDB`"
        ) from None


def revision(connection: Connection) -> str | None:
    """The revision of the tables in a snapshot."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()
