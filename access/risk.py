"""Unusual reading and exporting: counted from the ledger per person and hour, compared with what
is usual for the person and for the role, and raised as alarms.

Rows hold who, when, what kind and how often; never what was read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from access import alarms
from access.models import Activity, ActivityHead, User
from ledger import activity
from ledger.activity import Act
from runtime.database import is_sqlite, now
from runtime.jobs import Job, fenced_session
from runtime.scope import Scope

BATCH = 5000
USUAL = timedelta(days=30)
"""How far back goes what is usual."""
KEEP = timedelta(days=90)
TIMES = 3
"""So many times the usual is unusual."""
KNOWN_HOURS = 20
"""Hours somebody has worked before the time of day says something."""
UNUSUAL_READS = 5
"""Reads at a time of day at which somebody never works."""

READS, EXPORTS, REFUSED, SEARCHES, OUTSIDE = "reads", "exports", "refused", "searches", "outside"
FLOORS: Mapping[str, int] = {READS: 30, EXPORTS: 3, REFUSED: 10, SEARCHES: 40, OUTSIDE: 10}
"""Below so many within an hour nothing is unusual."""

_SIMPLE = {
    "contact:read": READS,
    "conversation:read": READS,
    "receipt:read": READS,
    "contact:export": EXPORTS,
    "conversation:export": EXPORTS,
    "refused": REFUSED,
    "session:refuse": REFUSED,
    "factor:refuse": REFUSED,
    "contact:search": SEARCHES,
    "conversation:search": SEARCHES,
    "conversation:list": SEARCHES,
}
_EXPORTING = ("contact:export", "conversation:export", "privacy:export")

Outside = Callable[[Session, Iterable[Act]], set[int]]
"""Of reads of conversations, the places in the ledger of those outside the reader's own work."""
_outside: list[Outside] = []


def reads_outside(judge: Outside) -> Outside:
    """Register who knows which conversations are somebody's own work."""
    _outside.append(judge)
    return judge


@dataclass(frozen=True, slots=True)
class _Key:
    unit_id: int
    actor: str
    hour: datetime
    measure: str


def watch(job: Job) -> None:
    """Count the entries since last time and judge the hours they are of."""
    while True:
        with fenced_session(job) as session:
            acts = activity.after(session, _head(session).position, limit=BATCH)
        if not acts:
            return
        units = frozenset(act.unit_id for act in acts)
        with fenced_session(_widened(job, units)) as session:
            head = _head(session)
            if head.position >= acts[-1].position:
                return
            hours = _count(session, acts)
            head.position = acts[-1].position
            session.flush()
            _judge(session, hours)
            session.execute(delete(Activity).where(Activity.hour < now() - KEEP))


def _widened(job: Job, units: frozenset[int]) -> Job:
    return replace(job, scope=Scope(units))


def _head(session: Session) -> ActivityHead:
    head = session.scalar(select(ActivityHead).where(ActivityHead.id == 1))
    if head is None:
        head = ActivityHead(id=1, position=0)
        session.add(head)
        session.flush()
    return head


def _count(session: Session, acts: list[Act]) -> set[tuple[int, str, datetime]]:
    """Add the acts of people to their hours; return which hours of whom have changed."""
    counts: Counter[_Key] = Counter()
    outside = {
        place
        for judge in _outside
        for place in judge(session, [act for act in acts if act.action == "conversation:read"])
    }
    for act in acts:
        if not act.actor.startswith("user/"):
            continue
        hour = act.at.replace(minute=0, second=0, microsecond=0)
        for measure, times in _measures(act):
            counts[_Key(act.unit_id, act.actor, hour, measure)] += times
        if act.position in outside:
            counts[_Key(act.unit_id, act.actor, hour, OUTSIDE)] += 1
    for key, times in counts.items():
        _add(session, key, times)
    return {(key.unit_id, key.actor, key.hour) for key in counts}


def _measures(act: Act) -> Iterable[tuple[str, int]]:
    if act.action in _SIMPLE:
        yield _SIMPLE[act.action], 1
    if act.action == "contact:list":
        listed = act.detail.get("contacts", 0)
        yield READS, len(listed) if isinstance(listed, list) else int(listed or 0)
    if act.action == "approval:ask" and act.detail.get("act") in _EXPORTING:
        yield EXPORTS, 1


def _add(session: Session, key: _Key, times: int) -> None:
    dialect = sqlite if is_sqlite() else postgresql
    session.execute(
        dialect.insert(Activity)
        .values(
            unit_id=key.unit_id, actor=key.actor, hour=key.hour, measure=key.measure, count=times
        )
        .on_conflict_do_update(
            index_elements=["unit_id", "actor", "hour", "measure"],
            set_={"count": Activity.count + times},
        )
    )


def _judge(session: Session, hours: set[tuple[int, str, datetime]]) -> None:
    by_unit: dict[int, set[str]] = defaultdict(set)
    for unit_id, actor, _ in hours:
        by_unit[unit_id].add(actor)
    for unit_id, actors in by_unit.items():
        peers = _peers(session, actors)
        for _, actor, hour in sorted(item for item in hours if item[0] == unit_id):
            _judge_hour(session, unit_id, actor, hour, peers.get(actor, frozenset()))


def _peers(session: Session, actors: Iterable[str]) -> dict[str, frozenset[str]]:
    """For each of these users the others of the same role."""
    numbers = {int(actor.partition("/")[2]) for actor in actors}
    roles = dict(
        session.execute(select(User.id, User.role_id).where(User.id.in_(numbers))).tuples().all()
    )
    mates: dict[int, set[str]] = defaultdict(set)
    for user_id, role_id in session.execute(
        select(User.id, User.role_id).where(User.role_id.in_(set(roles.values())))
    ):
        mates[role_id].add(f"user/{user_id}")
    return {
        f"user/{number}": frozenset(mates[role] - {f"user/{number}"})
        for number, role in roles.items()
    }


def _judge_hour(
    session: Session, unit_id: int, actor: str, hour: datetime, peers: frozenset[str]
) -> None:
    found = dict(
        session.execute(
            select(Activity.measure, Activity.count).where(
                Activity.unit_id == unit_id, Activity.actor == actor, Activity.hour == hour
            )
        )
        .tuples()
        .all()
    )
    for measure, times in found.items():
        if times < FLOORS[measure]:
            continue
        own = _usual(session, unit_id, {actor}, measure, hour)
        role = _usual(session, unit_id, peers, measure, hour)
        if times > TIMES * max(own, role):
            alarms.raise_one(
                session, unit_id, measure, actor,
                {"count": times, "own": round(own, 1), "role": round(role, 1)}, hour=hour,
            )  # fmt: skip
    if found.get(READS, 0) >= UNUSUAL_READS and _never_at(session, unit_id, actor, hour):
        alarms.raise_one(
            session, unit_id, "hours", actor, {"count": found[READS], "hour": hour.hour}, hour=hour
        )


def _usual(
    session: Session, unit_id: int, actors: Iterable[str], measure: str, hour: datetime
) -> float:
    """The mean of an hour in which these people did this at all, in the 30 days before."""
    mean = session.scalar(
        select(func.avg(case((Activity.count > 0, Activity.count)))).where(
            Activity.unit_id == unit_id,
            Activity.actor.in_(list(actors)),
            Activity.measure == measure,
            Activity.hour < hour,
            Activity.hour >= hour - USUAL,
        )
    )
    return float(mean or 0)


def _never_at(session: Session, unit_id: int, actor: str, hour: datetime) -> bool:
    """Whether somebody whose hours are known has not worked near this time of the day before."""
    before = session.scalars(
        select(Activity.hour)
        .where(
            Activity.unit_id == unit_id,
            Activity.actor == actor,
            Activity.measure == READS,
            Activity.hour < hour,
            Activity.hour >= hour - USUAL,
        )
        .distinct()
    ).all()
    if len(before) < KNOWN_HOURS:
        return False
    near = {(hour.hour + shift) % 24 for shift in (-2, -1, 0, 1, 2)}
    # The shift that has just begun says nothing about what was usual before it.
    return not any(item.hour in near for item in before if item < hour - timedelta(hours=12))
