"""Bring one-time codes to proven addresses, past the record: no code is ever a message of ours.

A channel that can reach a kind of address registers a `CodeSender`; e-mail does so when it exists.
"""

from __future__ import annotations

from typing import Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors import accounts, code_words
from connectors.channel import ChannelAccount, ChannelError, Outbound, channel_named
from connectors.models import AccountRow, AccountStatus
from records import carriers, verification
from records.verification import Errand
from runtime import jobs
from runtime.database import open_session
from runtime.jobs import Job

log = structlog.get_logger(__name__)


class CodeSender(Protocol):
    """Brings a code to one kind of address."""

    kind: str
    """`phone` or `email`."""
    channels: tuple[str, ...]
    """The channels on which whoever has such an address can be reached."""

    def send(self, account: ChannelAccount, errand: Errand, text: str) -> None:
        """Raises `ChannelError`."""
        ...


class Messenger:
    """To the chat in which the platform has proven whose phone number it is."""

    kind = "phone"
    channels: tuple[str, ...] = ("telegram", "whatsapp")

    def send(self, account: ChannelAccount, errand: Errand, text: str) -> None:
        outbound = Outbound(errand.addresses, text, "")
        channel_named(account.channel).send(account, outbound)


_senders: dict[str, CodeSender] = {}


def use_sender(sender: CodeSender) -> None:
    """Register a sender, in place of an earlier one of its kind."""
    _senders[sender.kind] = sender

    def reaches(session: Session, unit_id: int) -> bool:
        found = select(AccountRow.id).where(
            AccountRow.unit_id == unit_id,
            AccountRow.channel.in_(sender.channels),
            AccountRow.status == AccountStatus.ACTIVE,
        )
        return session.scalar(found.limit(1)) is not None

    carriers.carry(sender.kind, reaches)


use_sender(Messenger())


def send(job: Job) -> None:
    """Send the code of a challenge at most once; where nobody has the address, do nothing."""
    with jobs.fenced_session(job) as session:
        kind = verification.kind_of(session, job.args["challenge_id"])
        sender = _senders.get(kind or "")
        errand = (
            verification.errand(session, job.args["challenge_id"], sender.channels)
            if sender is not None
            else None
        )
        account = None if errand is None else accounts.numbered(session, errand.account_id)
    if sender is None or errand is None or account is None:
        return
    try:
        sender.send(account, errand, code_words.text(errand.language, errand.code))
    except ChannelError as error:
        # Who asked is told nothing of it: whether an address is anybody's is not theirs to know.
        log.warning("code.not_sent", account=account.name, kind=str(error.kind), code=error.code)


def give_up(job: Job) -> None:
    """It failed for reasons of our own: whoever waits can ask for a person."""
    with open_session(job.scope) as session:
        verification.end(session, job.args["challenge_id"])
