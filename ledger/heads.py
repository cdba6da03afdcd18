"""How far the ledger goes, for whoever keeps a copy of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import tree
from ledger.models import Head


@dataclass(frozen=True, slots=True)
class Reach:
    """The number of sequenced entries, and the root over them."""

    size: int
    root: bytes


def reach(session: Session) -> Reach:
    """As the head says; `checkpoints.verify` tells whether it is true."""
    head = session.scalar(select(Head).where(Head.id == 1))
    if head is None:
        return Reach(0, tree.root([]))
    return Reach(head.size, tree.root([bytes.fromhex(peak) for peak in head.peaks]))
