"""What this package keeps about contacts: the reasons people wrote when they asked for an act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from access.models import Approval, User
from runtime.stores import Category, NotAboutContacts, Store, Subject, pieces

GONE = "(erased)"


class _Requests(Store):
    """Requests are kept, the free text in them is not: who decided what stays provable."""

    def clauses(self, subject: Subject) -> Iterator[ColumnElement[bool]]:
        about = [f"contact/{number}" for number in subject.contacts]
        about += [f"conversation/{number}" for number in subject.conversations]
        for piece in pieces(about):
            yield Approval.subject.in_(piece) & (Approval.reason != GONE)

    def drop(self, session: Session, keys: Any) -> int:
        for piece in pieces(keys):
            session.execute(
                update(Approval)
                .where(Approval.id.in_([key[0] for key in piece]))
                .values(reason=GONE)
            )
        return len(keys)

    def expire(self, session: Session, keys: Any) -> int:
        return self.drop(session, keys)

    def of_purpose(self, purpose: str) -> ColumnElement[bool]:
        return super().of_purpose(purpose) & (Approval.reason != GONE)


def _request(_session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    return {
        "at": row.requested_at, "act": row.act, "reason": row.reason, "approved": row.approved,
        "decided_at": row.decided_at, "used_at": row.used_at,
    }  # fmt: skip


def colleague_names(session: Session) -> list[str]:
    """Names and addresses of all our people, to be taken out of what is handed to a customer."""
    rows = session.execute(select(User.name, User.email)).all()
    return [value for row in rows for value in row if len(value) > 2]


STORES: list[Store | NotAboutContacts] = [
    _Requests(
        Approval,
        Category.REQUESTS,
        "Requests for acts on the record that a second person decided on",
        at=Approval.requested_at,
        show=_request,
        inner=True,
    ),
]
