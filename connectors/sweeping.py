"""Letting go of what has served its purpose."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from connectors import accounts, receiving
from connectors.models import EventRow, EventState, InboxRow, InboxState
from runtime.database import now, open_session
from runtime.jobs import Job

KEEP = timedelta(days=30)
"""Longer than any platform repeats a delivery (Meta: 7 days)."""
BATCH = 5_000


def sweep(_job: Job) -> None:
    """Drop deliveries and events that are through; what nobody could read stays."""
    before = now() - KEEP
    old_events = select(EventRow.id).where(
        EventRow.state == EventState.DONE, EventRow.received_at < before
    )
    old_deliveries = select(InboxRow.id).where(
        InboxRow.state == InboxState.PARSED, InboxRow.received_at < before
    )
    with open_session(accounts.everywhere()) as session:
        receiving.forget_waiting(session)
        session.execute(delete(EventRow).where(EventRow.id.in_(old_events.limit(BATCH))))
        session.execute(delete(InboxRow).where(InboxRow.id.in_(old_deliveries.limit(BATCH))))
