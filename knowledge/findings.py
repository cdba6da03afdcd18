"""What a second person should see of a proposal before it is let out, beside its texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.facts import Reader
from knowledge.models import Document, Version
from knowledge.trials import Trial
from runtime.database import open_session
from runtime.scope import Scope


@dataclass(frozen=True, slots=True)
class Suspicious:
    """A new version that seems to give orders to the assistant."""

    document: str
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found in the changed documents of a proposal."""

    suspicious: tuple[Suspicious, ...]


def examine(trial: Trial, reader: Reader, between: Callable[[], None]) -> Findings:
    """Look through the changed documents of a proposal. Opens its own sessions.

    `between` is called now and then. Raises `Unavailable` when vectors are missing.
    """
    with open_session(Scope.of(trial.unit_id), read_only=True) as session:
        return Findings(suspicious=_suspicious(session, trial))


def _suspicious(session: Session, trial: Trial) -> tuple[Suspicious, ...]:
    rows = session.execute(
        select(Document.name, Version.signs)
        .join(Version, Version.document_id == Document.id)
        .where(Version.id.in_(trial.fresh))
        .order_by(Document.name)
    )
    return tuple(Suspicious(name, tuple(signs)) for name, signs in rows if signs)
