"""How long what is kept: rules per class of data, unit and purpose; what is over age goes.

Nothing is for ever: where a unit has no rule of its own, the default counts. The dry run names
exactly the rows that the run deletes, for both ask the same function. Legal holds come first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, approvals, people, require, within
from records import data_map, erasing, holds
from records.privacy_models import RetentionRule
from runtime import database
from runtime.database import now, open_session
from runtime.errors import BadInput, NotFound, Unavailable
from runtime.jobs import Job, enqueue, fenced_session, handles
from runtime.scope import NOBODY, Scope
from runtime.stores import Category, Store, Subject, pieces

ACT = approvals.needs_two(
    "retention:change", asks=Permission.RETENTION_WRITE, job="records.change_retention"
).name
DEFAULTS: Mapping[Category, int] = {
    Category.CONTACTS: 365,
    Category.PROFILE: 365,
    Category.CONVERSATIONS: 365,
    Category.MODEL_CALLS: 180,
    Category.DELIVERIES: 30,
    Category.QUESTIONS: 180,
    Category.REQUESTS: 365,
    Category.EXPORTS: 30,
    Category.WORK: 90,
}
"""Days, where a unit has decided nothing."""
LONGEST = 3650
BATCH = 2_000
"""Rows that one transaction deletes."""

Keys = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A class of data is kept for a purpose for so many days. `own`: the unit decided it."""

    category: Category
    purpose: str
    days: int
    own: bool


@dataclass(frozen=True, slots=True)
class Due:
    """Rows of a store whose time is over, by their keys."""

    store: str
    category: Category
    what: str
    keys: tuple[tuple[Any, ...], ...]


def rules(session: Session, principal: Principal, unit_id: int) -> list[Rule]:
    """What holds in a unit. Raises `Denied`, `NotFound`."""
    require(principal, Permission.RETENTION_READ)
    within(principal, unit_id)
    return _rules(session, unit_id)


def _rules(session: Session, unit_id: int) -> list[Rule]:
    rows = session.scalars(select(RetentionRule).where(RetentionRule.unit_id == unit_id))
    own = {(row.category, row.purpose): row.days for row in rows}
    pairs = {(store.category, purpose) for store in data_map.complete_map()
             for purpose in store.purposes}  # fmt: skip
    return [
        Rule(category, purpose, own.get((category, purpose), DEFAULTS[category]),
             (category, purpose) in own)
        for category, purpose in sorted(pairs)
    ]  # fmt: skip


def ask_to_change(
    session: Session, principal: Principal, unit_id: int, changes: Mapping[str, int], *, reason: str
) -> int:
    """Ask for other rules: "category/purpose" to days; return the number of the request.

    Raises `BadInput` naming the rule, `Denied`, `NotFound`, `ReauthRequired`.
    """
    require(principal, Permission.RETENTION_WRITE)
    within(principal, unit_id)
    plan = _change(session, unit_id, changes)
    return approvals.ask(
        session, principal, ACT, f"unit/{unit_id}", unit_id=unit_id, plan=plan, reason=reason
    )


def _change(session: Session, unit_id: int, changes: Mapping[str, int]) -> dict[str, Any]:
    before = {f"{rule.category}/{rule.purpose}": rule.days for rule in _rules(session, unit_id)}
    for name, days in changes.items():
        if name not in before:
            raise BadInput(f"changes: {name[:60]} is none of {', '.join(before)}")
        if not 1 <= days <= LONGEST:
            raise BadInput(f"changes: {name} takes 1 to {LONGEST} days")
    if not changes:
        raise BadInput("changes: say what is kept for how many days")
    return {"unit": unit_id, "before": {name: before[name] for name in changes},
            "after": dict(changes)}  # fmt: skip


@handles("records.change_retention", attempts=3)
def change(job: Job) -> None:
    """Put approved rules in force."""
    with fenced_session(job, last=True) as session:
        asked = approvals.plan_of(session, job.args["approval_id"])
        after: dict[str, int] = asked.plan["after"]
        plan = _change(session, asked.unit_id, after)
        used = approvals.use(session, asked.id, ACT, plan)
        for name, days in after.items():
            category, _, purpose = name.partition("/")
            session.execute(
                delete(RetentionRule).where(
                    RetentionRule.unit_id == asked.unit_id,
                    RetentionRule.category == category,
                    RetentionRule.purpose == purpose,
                )
            )
            session.add(
                RetentionRule(unit_id=asked.unit_id, category=category, purpose=purpose,
                              days=days, set_by=used.requested_by)
            )  # fmt: skip
        ledger.record(
            session, used.requested_by, "retention:change", f"unit/{asked.unit_id}",
            unit_id=asked.unit_id, approval=asked.id, rules=after,
        )  # fmt: skip


def dry_run(session: Session, principal: Principal, unit_id: int) -> list[Due]:
    """Exactly the rows that the next run would delete. Raises `Denied`, `NotFound`."""
    require(principal, Permission.RETENTION_READ)
    within(principal, unit_id)
    found = _due(session, unit_id)
    return [
        Due(store.name, store.category, store.what, tuple(found[store.name]))
        for store in data_map.complete_map()
        if found.get(store.name)
    ]


def _due(session: Session, unit_id: int) -> Keys:
    """Keys by store: over age by themselves, or part of what is."""
    at = now()
    days = {(rule.category, rule.purpose): rule.days for rule in _rules(session, unit_id)}
    over: dict[str, set[tuple[Any, ...]]] = {}
    spared = _spared(session, unit_id)
    for store in data_map.complete_map():
        for purpose in store.purposes:
            before = at - timedelta(days=days[store.category, purpose])
            found = set(store.aged(session, unit_id, purpose, before))
            over.setdefault(store.name, set()).update(found - spared.get(store.name, set()))
    for subject in _wholes(session, unit_id, over):
        for store in data_map.complete_map():
            if not store.stays:
                found = set(store.keys(session, subject)) - spared.get(store.name, set())
                over.setdefault(store.name, set()).update(found)
    return {name: sorted(keys) for name, keys in over.items()}


def _wholes(
    session: Session, unit_id: int, over: Mapping[str, set[tuple[Any, ...]]]
) -> list[Subject]:
    """What goes with everything that hangs on it: contacts, conversations, messages."""
    found = [
        data_map.subject_of(session, key[0], addresses=True) for key in sorted(over["contact"])
    ]
    for piece in pieces(sorted(key[0] for key in over["conversation"])):
        found.append(data_map.subject_of_conversations(session, unit_id, piece))
    said = tuple(sorted(key[0] for key in over["message"]))
    return [*found, Subject(unit_id, messages=said)]


def _spared(session: Session, unit_id: int) -> dict[str, set[tuple[Any, ...]]]:
    """Keys by store that a legal hold protects, with what they need to be readable."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for hold in holds.active(session, unit_id):
        for contact in _held_contacts(session, hold):
            try:
                subject = data_map.subject_of(session, contact, addresses=True)
            except NotFound:
                continue
            for store in data_map.complete_map():
                if store.category in hold.covers or store.name in erasing.NEEDED:
                    found.setdefault(store.name, set()).update(store.keys(session, subject))
    return found


def _held_contacts(session: Session, hold: holds.Hold) -> list[int]:
    if hold.contact_id is not None:
        return [hold.contact_id]
    return data_map.contacts_of(session, hold.unit_id)


@handles("records.retain", every=timedelta(days=1))
def retain(_job: Job) -> None:
    """Once a day: delete what is over age, and finish erasures whose holds have ended."""
    with open_session(NOBODY, read_only=True) as session:
        units = [unit.id for unit in people.units(session)]
    for unit_id in units:
        run(unit_id)
        with open_session(Scope.of(unit_id)) as session:
            erasing.finish_held(session, unit_id)


def run(unit_id: int) -> dict[str, int]:
    """Delete what is over age in a unit, in bounded transactions; return the counts by store."""
    with open_session(Scope.of(unit_id), read_only=True) as session:
        due = _due(session, unit_id)
    counts: dict[str, int] = {}
    for store in data_map.complete_map():
        keys = due.get(store.name, [])
        for start in range(0, len(keys), BATCH):
            gone = _expire(unit_id, store, keys[start : start + BATCH])
            counts[store.name] = counts.get(store.name, 0) + gone
    if counts:
        _clean(unit_id, counts)
    return counts


def _expire(unit_id: int, store: Store, keys: list[tuple[Any, ...]]) -> int:
    with open_session(Scope.of(unit_id)) as session:
        gone = store.expire(session, keys)
        ledger.record(
            session, "system/0", "retention:run", f"unit/{unit_id}", unit_id=unit_id,
            store=store.name, category=str(store.category), rows=len(keys),
        )  # fmt: skip
    return max(gone, len(keys))


def _clean(unit_id: int, counts: Mapping[str, int]) -> None:
    try:
        database.scrub(sorted(counts))
    except Unavailable:
        # A reader is at it: a job of its own tries until it is through.
        with open_session(Scope.of(unit_id)) as session:
            enqueue(session, "records.empty_journal", unit_id=unit_id, lane=f"scrub/{unit_id}",
                    stores=sorted(counts))  # fmt: skip


@handles("records.empty_journal", attempts=20)
def empty_journal(job: Job) -> None:
    """Clean the database's files after a run of retention."""
    database.scrub(job.args["stores"])
