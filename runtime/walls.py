"""Row-level security: on PostgreSQL the database itself keeps the units apart.

The session's own criteria (`runtime.database`) are the first wall, on both databases. This is the
second: whatever a statement forgets to ask, the server shows no row of another unit to the
application's role, which owns nothing and may not pass by. It does not stop injected SQL, which
could set `app.units` itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from runtime.database import Base, Scoped, engine, is_sqlite
from runtime.errors import Misconfigured, Unavailable

log = structlog.get_logger(__name__)

POLICY = "unit"
_WITHIN = "unit_id = ANY (nullif(current_setting('app.units', true), '')::int[])"
# nullif: on a pooled connection the setting comes back as an empty text, not as null.

UNSCOPED: Mapping[str, str] = {
    "alembic_version": "the revision of the tables",
    "api_token": "a token is looked up before anybody knows whose it is",
    "assistant": "works in several units; read by `access` only",
    "attempt": "counters of limits, keyed hashes of no unit",
    "job": "the queue: a worker takes the next job, whichever unit it is of; identifiers only",
    "knowledge_unit": "stamps and release numbers, read for several units with each question",
    "ledger_about": "which entry is about which contact: numbers, verified as a whole",
    "ledger_entry": "one ledger, sequenced and verified as a whole; identifiers and codes only",
    "ledger_head": "one row for the whole ledger",
    "ledger_tile": "hashes of the whole ledger's tree",
    "role": "one list of roles for the installation",
    "team": "read to find out which units a principal is in; by `access` only",
    "team_member": "read to find out which teams a principal is in; by `access` only",
    "unit": "the tree of units itself: it decides what a scope is",
    "user_account": "a person is looked up before anybody knows which units are his",
    "user_unit": "decides what a person's scope is",
    "web_session": "a session is looked up before anybody knows whose it is",
}
"""Tables without a wall, and why. A table that is neither here nor `Scoped` fails a test."""

LIMITED: Mapping[str, tuple[str, ...] | None] = {
    "ledger_entry": ("position", "leaf", "chain"),
    "ledger_head": None,
}
"""Tables the application may not delete from, and the columns it may change (None: all)."""


def scoped() -> list[str]:
    """The names of all tables whose rows belong to one unit."""
    mappers = (each for each in Base.registry.mappers if issubclass(each.class_, Scoped))
    return sorted({str(each.local_table.key) for each in mappers})  # type: ignore[attr-defined]


def unscoped() -> list[str]:
    """The names of all other tables of ours."""
    return sorted(set(Base.metadata.tables) - set(scoped()))


def protect(connection: Connection, tables: Iterable[str]) -> None:
    """Build the wall on these tables; for migrations that make a scoped table. Safe to repeat.

    On SQLite there is nothing to do.
    """
    if connection.dialect.name != "postgresql":
        return
    quote = connection.dialect.identifier_preparer.quote
    for name in tables:
        table = quote(name)
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            # Also for the owner: an installation with a single role has a wall, too.
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS {POLICY} ON {table}",
            f"CREATE POLICY {POLICY} ON {table} USING ({_WITHIN}) WITH CHECK ({_WITHIN})",
        ):
            connection.execute(text(statement))


def there(connection: Connection, tables: Iterable[str]) -> list[str]:
    """Those of these tables that exist by now."""
    known = set(inspect(connection).get_table_names())
    return [name for name in tables if name in known]


def open_to_every_unit(connection: Connection) -> None:
    """Let this transaction see all units: for migrations and backups, whose role is the owner."""
    if connection.dialect.name != "postgresql" or not there(connection, ["unit"]):
        return
    connection.execute(text(f"SELECT set_config('app.units', ({EVERY_UNIT}), true)"))


EVERY_UNIT = "SELECT '{' || coalesce(string_agg(id::text, ','), '') || '}' FROM unit"


def faults(connection: Connection) -> list[str]:
    """What keeps the wall from standing for this connection's role; empty when it stands."""
    found = _of_role(connection)
    standing = {
        row.relname: row
        for row in connection.execute(
            text(
                "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced, "
                "(SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies, "
                "(SELECT pg_get_expr(p.polqual, c.oid) FROM pg_policy p WHERE p.polrelid = c.oid "
                " AND p.polname = :policy AND p.polcmd = '*' AND p.polroles = '{0}') AS reads, "
                "(SELECT pg_get_expr(p.polwithcheck, c.oid) FROM pg_policy p "
                " WHERE p.polrelid = c.oid AND p.polname = :policy) AS writes "
                "FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace"
            ),
            {"policy": POLICY},
        )
    }
    for name in scoped():
        row = standing.get(name)
        if row is None:
            found.append(f"table {name} is missing")
        # A second policy would open what the first one closes.
        elif not row.forced or row.policies != 1 or {_bare(row.reads), _bare(row.writes)} != _RULE:
            found.append(f"table {name} lacks its row-level security")
    return found


def _of_role(connection: Connection) -> list[str]:
    role = connection.execute(
        text(
            "SELECT rolname, rolsuper, rolbypassrls, EXISTS (SELECT 1 FROM pg_class "
            " WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') "
            " AND pg_has_role(rolname, relowner, 'MEMBER')) AS owns, "
            "has_table_privilege(rolname, 'ledger_entry', 'DELETE, TRUNCATE') AS deletes "
            "FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    if role.rolsuper:
        return [f"the role {role.rolname} is a superuser"]
    found = []
    if role.rolbypassrls:
        found.append(f"the role {role.rolname} has BYPASSRLS")
    if role.owns:
        found.append(f"the role {role.rolname} owns the tables")
    elif role.deletes:
        found.append(f"the role {role.rolname} may delete entries of the ledger")
    return found


def _bare(expression: str | None) -> str:
    """An expression as it was meant, whatever casts and brackets the server adds in showing it."""
    return re.sub(r"::[a-z\[\]]+|[()\s]", "", expression or "").lower()


_RULE = {_bare(_WITHIN)}


def require_standing(*, single_role: bool) -> None:
    """Refuse to work on PostgreSQL where nothing but our own code keeps the units apart.

    `single_role` says that this is a test installation; then the log says so instead.
    Raises `Misconfigured`, naming the fix, and `Unavailable` when the database is away.
    """
    if is_sqlite():
        return
    try:
        with engine().connect() as connection:
            found = faults(connection)
    except (OperationalError, PoolTimeout) as error:
        raise Unavailable("the database cannot be used right now") from error
    if not found:
        return
    if single_role:
        log.warning("walls.single_role", faults=len(found))
        return
    shown = "; ".join(found[:5]) + (f"; and {len(found) - 5} more" if len(found) > 5 else "")
    raise Misconfigured(
        f"the database does not keep the units apart: {shown}. Run `frontdesk migrate` with "
        "FRONTDESK_OWNER_DATABASE_URL set to the owner's address and DATABASE_URL to that of "
        "another role, which it makes; or set FRONTDESK_SINGLE_ROLE=true on a test installation"
    )


def admit(connection: Connection, role: str, password: str | None) -> None:
    """Give the application's role what it needs and no more, making it where it is missing.

    The connection is the owner's. Raises `Misconfigured` when the role can pass by the wall, or
    is missing and the owner may not make it.
    """
    quote = connection.dialect.identifier_preparer.quote
    name = quote(role)
    _make(connection, role, name, password)
    schema = quote(connection.execute(text("SELECT current_schema()")).scalar_one())
    known = there(connection, [*Base.metadata.tables, "alembic_version"])
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {name}"))
    connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {name}"))
    for table in map(quote, known):
        connection.execute(text(f"REVOKE ALL ON {table} FROM {name}"))
        connection.execute(text(f"GRANT {_rights(table)} ON {table} TO {name}"))


def _rights(table: str) -> str:
    if table == "alembic_version":
        return "SELECT"
    if table not in LIMITED:
        return "SELECT, INSERT, UPDATE, DELETE"
    columns = LIMITED[table]
    return "SELECT, INSERT, UPDATE" + (f" ({', '.join(columns)})" if columns else "")


def _make(connection: Connection, role: str, name: str, password: str | None) -> None:
    found = connection.execute(
        text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = :role"), {"role": role}
    ).scalar()
    if found:
        raise Misconfigured(
            f"DATABASE_URL names the role {role}, which is a superuser or has BYPASSRLS: "
            "name another one"
        )
    if found is not None:
        return
    secret = "" if password is None else f" PASSWORD '{_scrambled(connection, role, password)}'"
    wanted = f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
    try:
        with connection.begin_nested():
            connection.execute(text((wanted + secret).replace(":", r"\:")))
    except DBAPIError:
        raise Misconfigured(
            f"the owner may not make roles: have an administrator run `{wanted} PASSWORD '…'`, "
            "and run this again"
        ) from None


def _scrambled(connection: Connection, role: str, password: str) -> str:
    """The password as the server keeps it: in clear it would stand in the server's log."""
    driver: Any = connection.connection.driver_connection
    made: bytes = driver.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return made.decode()
