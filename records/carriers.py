"""Which kinds of addresses a one-time code can be sent to: said by whoever can send one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

Reaches = Callable[[Session, int], bool]
"""Whether a unit has an account that can reach addresses of this kind."""

_reaches: dict[str, Reaches] = {}


def carry(kind: str, reaches: Reaches) -> None:
    """Offer to bring codes to addresses of a kind (`phone`, `email`)."""
    _reaches[kind] = reaches


def kinds(session: Session, unit_id: int) -> tuple[str, ...]:
    """The kinds of addresses that a code of this unit can reach, whoever has them."""
    return tuple(kind for kind, reaches in sorted(_reaches.items()) if reaches(session, unit_id))
