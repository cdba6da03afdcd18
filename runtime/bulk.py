"""Writing many rows with one statement, on every database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, column, update, values
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from runtime.database import Base, is_sqlite


def put_all(
    session: Session, table: type[Base], keys: list[str], rows: list[dict[str, Any]]
) -> None:
    """Insert rows at once; those that are there already by their keys take the new values."""
    if not rows:
        return
    dialect: Any = sqlite if is_sqlite() else postgresql
    insert = dialect.insert(table.__table__)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    session.connection().execute(
        insert.on_conflict_do_update(index_elements=keys, set_=changed), rows
    )


def update_each(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Give rows their new values, at once; each names its `id`, and all name the same columns."""
    if not rows:
        return
    made: Any = table.__table__
    names = [name for name in rows[0] if name != "id"]
    if is_sqlite():
        given = [{f"_{name}": value for name, value in row.items()} for row in rows]
        session.connection().execute(
            update(made)
            .where(made.c.id == bindparam("_id"))
            .values({name: bindparam(f"_{name}") for name in names}),
            given,
        )
        return
    # One statement instead of one a row: a server answers each of them.
    columns = [column(name, made.c[name].type) for name in ("id", *names)]
    new = values(*columns, name="new").data([tuple(row[c.name] for c in columns) for row in rows])
    session.connection().execute(
        update(made).where(made.c.id == new.c.id).values({name: new.c[name] for name in names})
    )
