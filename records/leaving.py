"""What somebody leaves behind here, and which reading is outside of one's own work."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from access import Principal, leaving, risk
from access.leaving import Leaver
from ledger.activity import Act
from records import conversations
from records.models import Conversation


@leaving.hands_over("conversations")
def hand_on(session: Session, principal: Principal, leaver: Leaver) -> int:
    """Pass on the open conversations."""
    return conversations.hand_on(
        session, principal, leaver.user_id, sorted(leaver.units), leaver.successor
    )


@risk.reads_outside
def outside(session: Session, acts: Iterable[Act]) -> set[int]:
    """Reads of conversations that belong to another colleague."""
    by_place = {act.position: act for act in acts if act.subject.startswith("conversation/")}
    numbers = {int(act.subject.partition("/")[2]) for act in by_place.values()}
    owners = dict(
        session.execute(
            select(Conversation.id, Conversation.user_id).where(
                Conversation.id.in_(numbers), Conversation.user_id.is_not(None)
            )
        )
        .tuples()
        .all()
    )
    return {
        place
        for place, act in by_place.items()
        if (owner := owners.get(int(act.subject.partition("/")[2]))) is not None
        and act.actor != f"user/{owner}"
    }
