"""What this package keeps about contacts: questions that found no answer, masked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from knowledge.models import Gap
from runtime.stores import Category, NotAboutContacts, Store, Subject, pieces


class _Gaps(Store):
    """A gap may stand for a cluster of others' questions: the next one takes its place."""

    def drop(self, session: Session, keys: Any) -> int:
        going = [key[0] for key in keys]
        for piece in pieces(going):
            for leader in piece:
                self._pass_on(session, leader, going)
        return super().drop(session, keys)

    def expire(self, session: Session, keys: Any) -> int:
        return self.drop(session, keys)

    def _pass_on(self, session: Session, leader: int, going: list[int]) -> None:
        others = session.execute(
            select(Gap.id, Gap.cluster).where(Gap.cluster == leader).order_by(Gap.id)
        ).all()
        heirs = [row.id for row in others if row.id not in going]
        if not heirs:
            return
        state = session.scalar(select(Gap.state).where(Gap.id == leader))
        session.execute(
            update(Gap).where(Gap.id == heirs[0]).values(cluster=None, state=state or "open")
        )
        for piece in pieces(heirs[1:]):
            session.execute(update(Gap).where(Gap.id.in_(piece)).values(cluster=heirs[0]))


def _gap(_session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    return {"at": row.created_at, "language": row.language, "question": row.question}


STORES: list[Store | NotAboutContacts] = [
    _Gaps(
        Gap,
        Category.QUESTIONS,
        "Questions that found no answer, without the personal values that were recognised",
        conversation=Gap.conversation_id,
        message=Gap.message_id,
        at=Gap.created_at,
        show=_gap,
    ),
]
