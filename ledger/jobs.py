"""The sequencer: one job for the whole installation, every second."""

from __future__ import annotations

import shlex
import subprocess
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import checkpoints
from ledger.checkpoints import Checkpoint
from ledger.entries import BATCH, pending, sequence_pending
from ledger.models import Head
from runtime.database import now, open_session
from runtime.failpoints import failpoint
from runtime.jobs import Job, fenced_session, handles
from runtime.scope import NOBODY
from runtime.secrets import keys
from runtime.settings import current

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=5)
ENTRIES = 1000
"""A checkpoint is written after this time or this many entries, whichever comes first."""


COMMAND_TIMEOUT = 20.0
"""Seconds that the command may take which takes a checkpoint elsewhere."""


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
        signed = sign_if_due(session)
    if signed:
        pass_on(signed)


def sign_if_due(session: Session, *, force: bool = False) -> Checkpoint | None:
    """Write a checkpoint to the file outside the database, and to the log, if one is due."""
    head = session.scalar(select(Head).where(Head.id == 1).with_for_update())
    if head is None or not _due(head, force=force):
        return None
    point = checkpoints.write(head, keys().signing, current().checkpoints())
    log.info("ledger.checkpoint", size=point.size, checkpoint=point.note)
    failpoint("ledger:checkpointed")
    head.checkpoint_size, head.checkpoint_at = head.size, now()
    return point


def pass_on(point: Checkpoint) -> None:
    """Take a checkpoint to the further places that are set; what fails is logged as an error.

    Outside of any transaction: a place that is slow holds up nobody.
    """
    copy, command = current().checkpoint_copy, current().checkpoint_command
    try:
        if copy is not None:
            checkpoints.keep(point, copy)
    except OSError as error:
        log.error("ledger.copy_failed", kind="file", error=type(error).__name__)
    if not command:
        return
    try:
        subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            shlex.split(command), input=point.note.encode(), check=True, timeout=COMMAND_TIMEOUT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.error("ledger.copy_failed", kind="command", error=type(error).__name__)


def place_all(session: Session) -> None:
    """Give every entry its place that waits for one, in this transaction."""
    while sequence_pending(session) == BATCH:
        session.flush()


def catch_up() -> None:
    """Place what waits and sign it now, for who needs a proof at once.

    In two transactions: what is signed has to be committed.
    """
    with open_session(NOBODY) as session:
        place_all(session)
    with open_session(NOBODY) as session:
        sign_if_due(session, force=True)


def checkpoint_due(session: Session) -> bool:
    head = session.scalar(select(Head).where(Head.id == 1))
    return head is not None and _due(head)


def _due(head: Head, *, force: bool = False) -> bool:
    if head.size == head.checkpoint_size:
        return False
    grown = head.size - head.checkpoint_size >= ENTRIES
    old = head.checkpoint_at is None or now() - head.checkpoint_at >= EVERY
    return grown or old or force
