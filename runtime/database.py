"""Sessions that cannot leave the scope they were opened with."""

from __future__ import annotations

import threading
from collections import deque, namedtuple
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Select,
    String,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    UOWTransaction,
    mapped_column,
    sessionmaker,
    with_loader_criteria,
)
from sqlalchemy.sql.base import ExecutableOption

from runtime.errors import NotAllowed, Unavailable
from runtime.scope import Scope

Id = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[StrEnum]):
    """A member of a closed list, stored as its text."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum], length: int) -> None:
        super().__init__(length)
        self.words = words
        self.length = length

    def process_bind_param(self, value: StrEnum | None, dialect: Any) -> str | None:
        return None if value is None else str(self.words(value))

    def process_result_value(self, value: str | None, dialect: Any) -> StrEnum | None:
        return None if value is None else self.words(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy's own convention


class Scoped:
    """Mixin for rows that belong to one business unit."""

    unit_id: Mapped[int] = mapped_column(Integer, index=True)


def now() -> datetime:
    return datetime.now(UTC)


PATIENCE = 10.0
"""Seconds a writer waits for its turn: whoever asks gets an answer, also while a disk hangs."""


_writing: ContextVar[bool] = ContextVar("writing", default=False)
"""Whether this flow of calls writes already. A thread would not tell: the web server's pool
opens a request's session in one thread, uses it in others, and serves others in between."""


class _Turnstile:
    """A first-come lock. SQLite's own waiting can starve a writer for seconds."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    @contextmanager
    def pass_through(self) -> Iterator[None]:
        if _writing.get():
            # It would wait for itself.
            raise RuntimeError("a writing session is open in this thread already")
        self._enter()
        _writing.set(True)
        try:
            yield
        finally:
            _writing.set(False)
            with self._guard:
                self._pass_on()

    def _enter(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        came = False
        try:
            came = mine.wait(PATIENCE)
        finally:
            if not came:
                with self._guard:
                    if mine.is_set():
                        self._pass_on()  # our turn came just when we left
                    else:
                        self._waiting.remove(mine)
        if not came:
            raise Unavailable("too many wait for the database")

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().set()  # still held, by whoever wakes up now
        else:
            self._held = False


def make_engine(url: str, *, full: bool = False) -> Engine:
    """Open a database. `full` makes SQLite wait for the disk at every commit."""
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True, pool_size=20, max_overflow=300)
        event.listen(engine, "connect", _prepare_sqlite(full))
        event.listen(engine, "begin", _begin)
        return engine
    # hide_parameters: errors and logs must not quote personal data
    return create_engine(
        url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=60
    )


def _prepare_sqlite(full: bool) -> Any:
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we send BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if full else 'NORMAL'}",
            "foreign_keys=ON",
            "busy_timeout=5000",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _begin(connection: Any) -> None:
    # A writer takes its lock at once: upgrading later could fail half-way.
    mode = "DEFERRED" if connection.get_execution_options().get("read_only") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")


_sessions: sessionmaker[Session] = sessionmaker(expire_on_commit=False)
_writers = _Turnstile()


def bind(engine: Engine) -> None:
    """Make this the process's database."""
    _sessions.configure(bind=engine)


def engine() -> Engine:
    """The process's database."""
    bound: Engine | None = _sessions.kw.get("bind")
    if bound is None:
        raise Unavailable("no database is open")
    return bound


def is_sqlite() -> bool:
    return engine().dialect.name == "sqlite"


@contextmanager
def open_session(scope: Scope, *, read_only: bool = False) -> Iterator[Session]:
    """One unit of work: commits when the block ends well, rolls back otherwise.

    Raises `Unavailable` when the database is gone, locked or full: the caller's caller retries.
    """
    gate = nullcontext() if read_only or not is_sqlite() else _writers.pass_through()
    try:
        with gate, _sessions(info={"scope": scope}) as session, session.begin():
            session.connection(
                execution_options={"read_only": read_only, "postgresql_readonly": read_only}
            )
            if not is_sqlite():
                session.execute(
                    text("SELECT set_config('app.units', :units, true)"), {"units": _listed(scope)}
                )
            yield session
    except _AWAY as error:
        raise Unavailable("the database cannot be used right now") from error
    except DatabaseError as error:
        # SQLite's "malformed" and "not a database"; what we did wrong is a subclass of it.
        if type(error) is not DatabaseError:
            raise
        raise Unavailable("the database cannot be used right now") from error


_AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""Gone, locked, full, deadlocked, read-only after a failover, no connection left."""


def scrub(tables: Sequence[str]) -> list[str]:
    """Clean the database's files of deleted rows; return the tables that could not be cleaned.

    SQLite overwrites what it deletes (`secure_delete`), but its journal has the pages as they
    were: it is emptied. PostgreSQL keeps dead rows until a VACUUM, which only the owner of a table
    may ask for: for others the database's own housekeeping comes later. Call it with no transaction
    open. Raises `Unavailable` while a reader holds the journal.
    """
    if is_sqlite():
        _empty_journal()
        return []
    skipped: list[str] = []
    connection = engine().execution_options(isolation_level="AUTOCOMMIT").connect()
    with connection:
        driver: Any = connection.connection.driver_connection
        told: list[str] = []

        def hear(notice: Any) -> None:
            told.append(notice.message_primary or "")

        driver.add_notice_handler(hear)
        try:
            for table in tables:
                told.clear()
                connection.execute(text(f'VACUUM "{Base.metadata.tables[table].name}"'))
                skipped += [table] if any("skipping" in each for each in told) else []
        finally:
            driver.remove_notice_handler(hear)
    return skipped


def _empty_journal() -> None:
    with _writers.pass_through():
        connection = engine().raw_connection()
        try:
            busy, _, _ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
    if busy:
        raise Unavailable("somebody reads the database's journal: it is emptied later")


class Prepared:
    """A statement for the way of every question: made into text once, and sent as it is.

    A session takes twenty times as long as SQLite does. The statement has to name its units itself.
    `lists` are its expanding parameters; values come back as the driver gives them.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]], lists: tuple[str, ...]) -> None:
        self._statement = statement
        self._lists = lists
        self._made: dict[tuple[object, ...], _Text] = {}
        self._row = _row_type(tuple(statement.selected_columns.keys()))

    def rows(self, scope: Scope, given: Mapping[str, Any]) -> list[Any]:
        """Run it with these parameters; raises `Unavailable` as `open_session` does."""
        dialect = engine().dialect
        key = (dialect.name, *(len(given[name]) for name in self._lists))
        if key not in self._made:
            self._made[key] = self._make(dialect, given)
        made = self._made[key]
        values = made.constants | self._flat(given)
        for name, process in made.processors.items():
            values[name] = process(values[name])
        positional = tuple(values[name] for name in made.order)
        with _sent() as cursor:
            if not is_sqlite():
                cursor.execute(f"SELECT set_config('app.units', '{_listed(scope)}', true)")
            cursor.execute(made.sql, positional or values)
            return [self._row(*row) for row in cursor.fetchall()]

    def _flat(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The values by the names that SQLAlchemy gives to each one of a list."""
        flat: dict[str, Any] = {}
        for name, value in given.items():
            if name in self._lists:
                flat |= {f"{name}_{at}": each for at, each in enumerate(value, start=1)}
            else:
                flat[name] = value
        return flat

    def _make(self, dialect: Dialect, given: Mapping[str, Any]) -> _Text:
        compiled: Any = self._statement.compile(dialect=dialect)
        state = compiled.construct_expanded_state(compiled.construct_params(given))
        varying = self._flat(given)
        constants = {name: each for name, each in state.parameters.items() if name not in varying}
        order = tuple(state.positiontup or ()) if dialect.positional else ()
        return _Text(state.statement, order, dict(state.processors), constants)


@contextmanager
def _sent() -> Iterator[Any]:
    """A cursor of the driver's own; what it has begun is rolled back."""
    driver = engine().dialect.loaded_dbapi
    connection = None
    try:
        connection = engine().raw_connection()
        yield connection.cursor()
    except (PoolTimeout, DBAPIError) as error:
        raise Unavailable("the database cannot be used right now") from error
    except driver.Error as error:
        if isinstance(error, driver.ProgrammingError | driver.DataError | driver.IntegrityError):
            raise
        raise Unavailable("the database cannot be used right now") from error
    finally:
        if connection is not None:
            connection.close()


def _listed(scope: Scope) -> str:
    return "{" + ",".join(str(int(unit)) for unit in sorted(scope.units)) + "}"


def _row_type(names: tuple[str, ...]) -> Any:
    make: Any = namedtuple  # the names are known only here
    return make("_row", names)


@dataclass(frozen=True, slots=True)
class _Text:
    """SQL for one dialect, the order of its values, how they are written, those that are fixed."""

    sql: str
    order: tuple[str, ...]
    processors: dict[str, Any]
    constants: dict[str, Any]


def insert_new(session: Session, table: type[Base], keys: list[str], **values: Any) -> int | None:
    """Insert a row unless one with the same keys is there; return its id, or None."""
    dialect: Any = sqlite if is_sqlite() else postgresql
    found: int | None = session.scalar(
        dialect.insert(table)
        .values(**values)
        .on_conflict_do_nothing(index_elements=keys)
        .returning(table.id)  # type: ignore[attr-defined] # every table of ours has an id
    )
    return found


def insert_all_new(
    session: Session, table: type[Base], keys: list[str], rows: list[dict[str, Any]]
) -> None:
    """Insert rows at once, but those that are there already by their keys."""
    if not rows:
        return
    dialect: Any = sqlite if is_sqlite() else postgresql
    session.connection().execute(
        dialect.insert(table.__table__).on_conflict_do_nothing(index_elements=keys), rows
    )


@event.listens_for(Session, "do_orm_execute")
def _confine_queries(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load:
        return  # the criteria travel with the objects already loaded
    state.statement = state.statement.options(_within(state.session.info["scope"].units))


@lru_cache(maxsize=1024)
def _within(units: frozenset[int]) -> ExecutableOption:
    """The criteria of a scope; making them costs as much as a small query."""
    return with_loader_criteria(Scoped, lambda cls: cls.unit_id.in_(units), include_aliases=True)


@event.listens_for(Session, "before_flush")
def _confine_writes(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    units = session.info["scope"].units
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Scoped) and row.unit_id not in units:
            raise NotAllowed(f"{type(row).__name__} lies outside this session's units")
