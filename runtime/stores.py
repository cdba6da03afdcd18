"""The data map: every package says what it keeps about contacts, and how that is found and erased.

Packages register their stores under the entry-point group `frontdesk.stores`; the record, which
may not know the packages above it, exports, erases and ages through them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, delete, false, or_, select
from sqlalchemy.orm import Session

from runtime import plugins
from runtime.database import Base
from runtime.errors import Misconfigured

PIECE = 400
"""Rows that are named in one statement: below what every database takes."""


class Category(StrEnum):
    """Classes of data that a retention rule is about."""

    CONTACTS = "contacts"
    PROFILE = "profile"
    CONVERSATIONS = "conversations"
    MODEL_CALLS = "model_calls"
    DELIVERIES = "deliveries"
    QUESTIONS = "questions"
    REQUESTS = "requests"
    EXPORTS = "exports"
    WORK = "work"


SERVICE = "service"
"""The purpose for which most of it is kept."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what is to be found: a contact with all its parts, or some conversations of it."""

    unit_id: int
    contacts: tuple[int, ...] = ()
    conversations: tuple[int, ...] = ()
    messages: tuple[int, ...] = ()
    identities: tuple[int, ...] = ()
    addresses: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)
    """Channel, kind and value of every address, in clear: what raw deliveries are searched for."""
    refs: tuple[str, ...] = ()
    """Opaque references of the contacts, the same in every backup."""


Show = Callable[[Session, Subject, Any], dict[str, Any]]


@dataclass(frozen=True)
class Store:
    """A table with rows about contacts. Subclasses are for what a column cannot find."""

    model: type[Base]
    category: Category
    what: str
    """What is in it, for the one who answers an access request."""
    contact: Any = None
    """The column (or columns) that name a contact; so for conversation, message, identity."""
    conversation: Any = None
    message: Any = None
    identity: Any = None
    at: Any = None
    """The column from which the age counts; None: it goes with what it belongs to."""
    show: Show | None = None
    """A row for the export, with its personal values in clear; None: nothing to show."""
    purposes: tuple[str, ...] = (SERVICE,)
    inner: bool = False
    """Whether colleagues wrote it among themselves: others' names are taken out of an export."""
    stays: str = ""
    """Why it is not erased with the contact; empty: it is."""

    @property
    def name(self) -> str:
        return self.model.__tablename__

    def clauses(self, subject: Subject) -> Iterator[ColumnElement[bool]]:
        """Conditions that together find the rows about a subject."""
        for column, ids in (
            (self.contact, subject.contacts),
            (self.conversation, subject.conversations),
            (self.message, subject.messages),
            (self.identity, subject.identities),
        ):
            for each in column if isinstance(column, tuple) else (column,):
                if each is not None:
                    yield from (each.in_(piece) for piece in pieces(ids))

    def keys(self, session: Session, subject: Subject) -> list[tuple[Any, ...]]:
        """Primary keys of the rows about a subject, each once, in order."""
        found: set[tuple[Any, ...]] = set()
        for clause in self.clauses(subject):
            found.update(tuple(row) for row in session.execute(select(*self._key).where(clause)))
        return sorted(found)

    def rows(self, session: Session, subject: Subject) -> Iterator[Any]:
        """The rows about a subject, oldest first."""
        for piece in pieces(self.keys(session, subject)):
            yield from session.scalars(
                select(self.model).where(self._among(piece)).order_by(*self._key)
            )

    def exported(self, session: Session, subject: Subject) -> list[dict[str, Any]]:
        """What the contact is given of it."""
        if self.show is None:
            return []
        return [self.show(session, subject, row) for row in self.rows(session, subject)]

    def drop(self, session: Session, keys: Sequence[tuple[Any, ...]]) -> int:
        """Delete these rows; return how many there were."""
        gone = 0
        for piece in pieces(keys):
            statement = delete(self.model).where(self._among(piece))
            done = session.execute(statement.execution_options(synchronize_session=False))
            gone += cast("CursorResult[Any]", done).rowcount
        return gone

    def erase(self, session: Session, subject: Subject) -> int:
        """Delete all rows about a subject; return how many there were."""
        return self.drop(session, self.keys(session, subject))

    def aged(
        self, session: Session, unit_id: int, purpose: str, before: datetime
    ) -> list[tuple[Any, ...]]:
        """Keys of the unit's rows kept for a purpose that are older than this."""
        if self.at is None or purpose not in self.purposes:
            return []
        unit: Any = self.model
        rows = session.execute(
            select(*self._key)
            .where(unit.unit_id == unit_id, self.at < before, self.of_purpose(purpose))
            .order_by(*self._key)
        )
        return [tuple(row) for row in rows]

    def of_purpose(self, purpose: str) -> ColumnElement[bool]:
        """Which of its rows are kept for a purpose."""
        return and_(True) if purpose in self.purposes else false()

    def expire(self, session: Session, keys: Sequence[tuple[Any, ...]]) -> int:
        """Delete rows whose time is over, for good where `drop` leaves the fact."""
        return Store.drop(self, session, keys)

    @property
    def _key(self) -> tuple[Any, ...]:
        return tuple(
            getattr(self.model, column.key)
            for column in self.model.metadata.tables[self.name].primary_key
        )

    def _among(self, keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
        if len(self._key) == 1:
            only: ColumnElement[bool] = self._key[0].in_([key[0] for key in keys])
            return only
        return or_(
            *(
                and_(*(column == value for column, value in zip(self._key, key, strict=True)))
                for key in keys
            )
        )


@dataclass(frozen=True, slots=True)
class NotAboutContacts:
    """A table that looks as if it were about contacts, and why it is not, or stays."""

    table: str
    why: str


def pieces(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut a list so that every piece fits into one statement."""
    for start in range(0, len(items), PIECE):
        yield items[start : start + PIECE]


_ORDER = ("connectors", "guardrails", "knowledge", "access")
"""What lies above the record first; the record's own rows, which others refer to, at the end."""


def declared() -> list[Store | NotAboutContacts]:
    """The data map: the stores of all packages, plugins' too, in the order in which they erase."""
    groups: dict[str, Sequence[Store | NotAboutContacts]] = plugins.load("frontdesk.stores")
    if "records" not in groups:
        raise Misconfigured("the data map is not installed: install the package once more")
    last = [name for name in groups if name != "records"]
    first = sorted(last, key=lambda name: (_ORDER.index(name) if name in _ORDER else -1, name))
    return [store for name in (*first, "records") for store in groups[name]]


def stores() -> list[Store]:
    """The stores of the data map that hold something about contacts."""
    return [entry for entry in declared() if isinstance(entry, Store)]


_REFERENCES = ("contact_id", "conversation_id", "message_id", "identity_id")
_TABLES = ("contact", "conversation", "identity", "message")


def undeclared() -> list[str]:
    """Tables that refer to contacts or hold something sealed, and are in nobody's part of the map.

    While there is one, nothing is erased or exported: it would be incomplete.
    """
    known = {
        entry.table if isinstance(entry, NotAboutContacts) else entry.name for entry in declared()
    }
    return sorted(
        name
        for name, table in Base.metadata.tables.items()
        if name not in known and (name in _TABLES or any(map(_personal, table.columns)))
    )


def _personal(column: Any) -> bool:
    named = column.name.endswith("_sealed") or column.name.endswith(_REFERENCES)
    return named or any(key.column.table.name in _TABLES for key in column.foreign_keys)
