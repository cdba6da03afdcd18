"""Questions that found no answer, gathered by what they ask.

Texts come in masked and are kept so: a gap shows what is missing, not who missed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from knowledge import embedding
from knowledge.models import Gap
from knowledge.tokens import common, tokens
from runtime.database import insert_new, now, open_session
from runtime.errors import NotFound
from runtime.jobs import enqueue
from runtime.scope import Scope

EXAMPLES = 5
LONGEST = 500
"""Characters of a question that are kept."""
ALIKE = 0.64
"""Cosine of the bundled quick engine from which two questions ask the same. Among the questions of
tests/knowledge/test_gaps.py, the pairs that do lie at .50 to .95 (10 of 12 above .64, also across
languages), those that do not below .48."""
SHARED = 0.5
"""Or the share of their telling words that they have in common."""
_LEADERS = 1_000
"""Open clusters of a unit that a new question is compared with, the newest first."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that ask the same; `id` is that of the first, `examples` are masked."""

    id: int
    unit_id: int
    state: str
    count: int
    language: str
    examples: tuple[str, ...]
    message_ids: tuple[int, ...]
    first_at: datetime
    last_at: datetime


def note(
    session: Session,
    unit_id: int,
    *,
    message_id: int,
    conversation_id: int,
    language: str,
    question: str,
) -> None:
    """Keep an unanswered question, masked before; the same message counts once."""
    insert_new(
        session,
        Gap,
        ["unit_id", "message_id"],
        unit_id=unit_id,
        message_id=message_id,
        conversation_id=conversation_id,
        language=language[:8],
        question=question[:LONGEST],
        state="open",
        created_at=now(),
    )
    enqueue(
        session, "knowledge.gather", unit_id=unit_id, lane=f"gaps/{unit_id}", message=message_id
    )


def alike(scope: Scope, message_id: int) -> int | None:
    """The cluster that asks the same as a new question, or None: it begins one itself.

    Opens sessions of its own: no transaction is open while the engine works.
    """
    with open_session(scope, read_only=True) as session:
        new = session.scalar(select(Gap).where(Gap.message_id == message_id))
        if new is None or new.cluster is not None:
            return None
        leaders = session.scalars(
            select(Gap)
            .where(Gap.cluster.is_(None), Gap.id < new.id, Gap.state != "dismissed")
            .order_by(Gap.id.desc())
            .limit(_LEADERS)
        ).all()
        asked = (new.question, new.language)
        known = [(leader.id, leader.question, leader.language) for leader in leaders]
    return _alike(asked, known)


def join(session: Session, message_id: int, cluster: int) -> None:
    """Put a question to a cluster."""
    session.execute(update(Gap).where(Gap.message_id == message_id).values(cluster=cluster))


def _alike(asked: tuple[str, str], known: Sequence[tuple[int, str, str]]) -> int | None:
    if not known:
        return None
    words = _telling(*asked)
    shared = np.asarray([_overlap(words, _telling(text, tongue)) for _, text, tongue in known])
    scores = shared / SHARED
    if embedding.names()[0] != "openai":  # an endpoint is not asked for statistics
        vectors = embedding.embed_cached(
            embedding.names()[0], [asked[0], *(text for _, text, _ in known)], query=True
        )
        scores = np.maximum(scores, (vectors[1:] @ vectors[0]) / ALIKE)
    best = int(scores.argmax())
    return known[best][0] if scores[best] >= 1 else None


def _telling(text: str, language: str) -> frozenset[str]:
    return frozenset(tokens(text, language)) - common(language)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    both = one | other
    return len(one & other) / len(both) if both else 0.0


def clusters(
    session: Session, principal: Principal, unit_id: int, *, state: str = "open", limit: int = 50
) -> list[Cluster]:
    """What is asked for most and not known, the most frequent first.

    Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_READ)
    within(principal, unit_id)
    leader = func.coalesce(Gap.cluster, Gap.id)
    counted = session.execute(
        select(leader, func.count(), func.min(Gap.created_at), func.max(Gap.created_at))
        .where(
            Gap.unit_id == unit_id,
            leader.in_(select(Gap.id).where(Gap.cluster.is_(None), Gap.state == state)),
        )
        .group_by(leader)
        .order_by(func.count().desc(), func.max(Gap.created_at).desc())
        .limit(limit)
    ).all()
    return [_cluster(session, *row) for row in counted]


def read(session: Session, principal: Principal, gap_id: int) -> Cluster:
    """One cluster. Raises `Denied`, `NotFound`."""
    require(principal, Permission.KNOWLEDGE_READ)
    leader = _leader(session, principal, gap_id)
    count, first, last = session.execute(
        select(func.count(), func.min(Gap.created_at), func.max(Gap.created_at)).where(
            or_(Gap.id == leader.id, Gap.cluster == leader.id)
        )
    ).one()
    return _cluster(session, leader.id, count, first, last)


def settle(session: Session, principal: Principal, gap_id: int, *, drafted: bool) -> None:
    """Take a cluster from the list: an article is drafted, or nothing is to be written.

    Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_WRITE)
    leader = _leader(session, principal, gap_id)
    leader.state = "drafted" if drafted else "dismissed"
    ledger.record(
        session,
        principal.id,
        "knowledge:gap",
        f"gap/{leader.id}",
        unit_id=leader.unit_id,
        state=leader.state,
    )


def _leader(session: Session, principal: Principal, gap_id: int) -> Gap:
    found = session.scalar(select(Gap).where(Gap.id == gap_id, Gap.cluster.is_(None)))
    if found is None or found.unit_id not in principal.units:
        raise NotFound("no such gap")
    return found


def _cluster(
    session: Session, leader_id: int, count: int, first: datetime, last: datetime
) -> Cluster:
    rows = session.scalars(
        select(Gap)
        .where(or_(Gap.id == leader_id, Gap.cluster == leader_id))
        .order_by(Gap.id)
        .limit(EXAMPLES)
    ).all()
    leader = rows[0]
    return Cluster(
        id=leader_id,
        unit_id=leader.unit_id,
        state=leader.state,
        count=count,
        language=leader.language,
        examples=tuple(dict.fromkeys(row.question for row in rows)),
        message_ids=tuple(row.message_id for row in rows),
        first_at=first,
        last_at=last,
    )
