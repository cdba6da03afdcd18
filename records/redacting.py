"""Others in what is handed out about a contact: colleagues by their role, other customers not.

What the contact said and was told is the contact's own. Notes and other inner texts may name
others: their names, addresses and numbers, as the record knows them, are taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from access.stores import colleague_names
from records import contacts
from runtime.database import open_session
from runtime.scope import NOBODY, Scope
from runtime.stores import Store, Subject

OTHER = "[another customer]"
COLLEAGUE = "[a colleague]"
_TELLING = frozenset({"name", "email", "phone", "street", "number"})
"""Last words of the names of facts that tell a person from others."""
_SHORT = 5
"""Characters below which a value is as likely something else."""


@dataclass(frozen=True)
class Redactor:
    """What is taken out of inner texts: value to what stands there instead."""

    instead: Mapping[str, str]

    @classmethod
    def of_unit(cls, scope: Scope) -> Redactor:
        """Everybody the record of these units knows, read a piece at a time."""
        found: dict[str, str] = {}
        after: int | None = 0
        while after is not None:
            with open_session(scope, read_only=True) as session:
                facts, after = contacts.directory(session, _TELLING, after=after)
            found.update((value, OTHER) for _, value in facts if len(value) >= _SHORT)
        with open_session(NOBODY, read_only=True) as session:
            for name in colleague_names(session):
                found[name] = COLLEAGUE
        return cls(found)

    def sparing(self, session: Session, subject: Subject) -> Redactor:
        """The same without what is the contact's own."""
        own = {
            value
            for contact in subject.contacts
            for _, value in contacts.values_to_hide(session, contact)
        }
        return replace(
            self, instead={value: put for value, put in self.instead.items() if value not in own}
        )

    def rows(self, store: Store, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows of a store for the export, JSON throughout."""
        return [
            self._clean(plain) if store.inner or row.get("internal") else plain
            for row in rows
            if isinstance(plain := as_json(row), dict)
        ]

    def _clean(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._clean(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self._clean(part) for part in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        # The longest first: a whole name before the first name in it.
        there = (value for value in self.instead if value in text)
        for value in sorted(there, key=len, reverse=True):
            text = text.replace(value, self.instead[value])
        return text


def as_json(value: Any) -> Any:
    """A value of a row as JSON has it: times in ISO 8601."""
    if isinstance(value, dict):
        return {str(name): as_json(part) for name, part in value.items()}
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Iterable):
        return [as_json(part) for part in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
