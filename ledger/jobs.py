"""The sequencer: one job for the whole installation, every second."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import checkpoints
from ledger.entries import BATCH, pending, sequence_pending
from ledger.models import Head
from runtime.database import now, open_session
from runtime.failpoints import failpoint
from runtime.jobs import Job, fenced_session, handles
from runtime.scope import NOBODY
from runtime.secrets import keys
from runtime.settings import current

EVERY = timedelta(minutes=5)
ENTRIES = 1000
"""A checkpoint is written after this time or this many entries, whichever comes first."""


@handles("ledger.sequence", every=timedelta(seconds=1))
def sequence(job: Job) -> None:
    """Give new entries their place, and sign a checkpoint when one is due."""
    with open_session(NOBODY, read_only=True) as session:
        idle = not pending(session) and not checkpoint_due(session)
    if idle:
        return  # once a second, for ever: an idle system must not write
    while True:
        with fenced_session(job) as session:
            placed = sequence_pending(session)
        failpoint("ledger:sequenced")
        if placed < BATCH:
            break
    with fenced_session(job) as session:
        sign_if_due(session)


def sign_if_due(session: Session, *, force: bool = False) -> bool:
    """Write a checkpoint to the file outside the database if one is due."""
    head = session.scalar(select(Head).where(Head.id == 1))
    if head is None or not _due(head, force=force):
        return False
    checkpoints.write(head, keys().signing, current().checkpoints())
    failpoint("ledger:checkpointed")
    head.checkpoint_size, head.checkpoint_at = head.size, now()
    return True


def checkpoint_due(session: Session) -> bool:
    head = session.scalar(select(Head).where(Head.id == 1))
    return head is not None and _due(head)


def _due(head: Head, *, force: bool = False) -> bool:
    if head.size == head.checkpoint_size:
        return False
    grown = head.size - head.checkpoint_size >= ENTRIES
    old = head.checkpoint_at is None or now() - head.checkpoint_at >= EVERY
    return grown or old or force
