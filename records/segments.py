"""Segments: saved filters over contacts, evaluated by the database, never wider than the role.

A segment that asks about a field exists only for who may see that field; otherwise being in it
would say what the field holds. Values are kept as keyed hashes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select
from sqlalchemy.orm import Session

import ledger
from access import SENSITIVE, Permission, Principal, Role, require, within
from access.policy import EVERYTHING, matches, opens
from records import indexing, opening, reaching
from records.models import Contact, Conversation, Identity
from records.record_models import (
    ContactLabel,
    ContactTerm,
    FollowUp,
    IndexedField,
    Label,
    Segment,
)
from records.states import FollowUpState
from runtime.database import now
from runtime.errors import BadInput, Conflict, NotFound

MOST = 200
"""Segments of one unit."""
MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class Equals:
    """A field that must hold this value; kept as `hash`, the value itself is not."""

    field: str
    value: str = ""
    hash: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """What a contact must fit; every part that is given must hold."""

    labels: tuple[int, ...] = ()
    labels_match: Literal["all", "any"] = "all"
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    equals: tuple[Equals, ...] = ()
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    active_within: int | None = None
    """Days since something was said, at most."""
    silent_for: int | None = None
    """Days since something was said, at least."""
    follow_up: tuple[FollowUpState, ...] = ()
    due_within: int | None = None
    """Days until a follow-up that is not done is due, at most; what is overdue fits, too."""

    @property
    def fields(self) -> frozenset[str]:
        """What somebody must be allowed to see to be told who fits."""
        asked = {*self.has, *self.lacks, *(one.field for one in self.equals)}
        asked |= {opening.LABELS} if self.labels else set()
        asked |= {"language"} if self.languages else set()
        asked |= {opening.FOLLOW_UP} if self.follow_up or self.due_within is not None else set()
        return frozenset(asked)


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment and how many contacts it holds for this principal."""

    id: int
    unit_id: int
    name: str
    rule: Mapping[str, Any]
    count: int
    created_by: str
    created_at: datetime


def add_segment(
    session: Session, principal: Principal, unit_id: int, name: str, rule: Rule
) -> SegmentView:
    """Save a filter. Raises `Denied`, `NotFound`, `BadInput`, `Conflict`."""
    require(principal, Permission.SEGMENT_WRITE)
    require(principal, Permission.CONTACT_LIST)
    within(principal, unit_id)
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= 60:
        raise BadInput("name: write 1 to 60 characters")
    kept = _kept(session, principal, unit_id, rule)
    same = select(Segment.name).where(Segment.unit_id == unit_id)
    known = session.scalars(same).all()
    if plain in known:
        raise Conflict("name: there is such a segment already")
    if len(known) >= MOST:
        raise BadInput(f"name: a unit has at most {MOST} segments")
    row = Segment(unit_id=unit_id, name=plain, rule=_as_data(kept), created_by=principal.id)
    session.add(row)
    session.flush()
    ledger.record(
        session,
        principal.id,
        "segment:create",
        f"segment/{row.id}",
        unit_id=unit_id,
        fields=sorted(kept.fields),
    )
    return _view(session, principal, row, kept)


def _kept(session: Session, principal: Principal, unit_id: int, rule: Rule) -> Rule:
    """The rule as it is stored: checked, values as hashes."""
    _must_see(principal, rule.fields)
    parts = (rule.labels, rule.has, rule.lacks, rule.equals, rule.channels, rule.languages)
    if sum(map(len, parts)) > MOST_PARTS or rule == Rule():
        raise BadInput(f"rule: give 1 to {MOST_PARTS} parts")
    for name, days in (
        ("active_within", rule.active_within),
        ("silent_for", rule.silent_for),
        ("due_within", rule.due_within),
    ):
        if days is not None and not 0 <= days <= 3650:
            raise BadInput(f"rule.{name}: give 0 to 3650 days")
    known = set(session.scalars(select(Label.id).where(Label.unit_id == unit_id)))
    if not set(rule.labels) <= known:
        raise BadInput("rule.labels: no such label in this unit")
    if any(not one.value.strip() for one in rule.equals):
        raise BadInput("rule.equals: write the value to compare with")
    hashes = tuple(
        Equals(one.field, "", indexing.hashed(unit_id, one.field, indexing.whole(one.value)))
        for one in rule.equals
    )
    return replace(rule, equals=hashes)


def _must_see(principal: Principal, fields: frozenset[str]) -> None:
    for name in sorted(fields):
        if name.startswith(SENSITIVE):
            raise BadInput(f"rule: {name} is sensitive: it is never part of a list")
        if not principal.may_see(Permission.CONTACT_READ, name):
            raise NotFound(f"{name}: no such field")


def remove_segment(session: Session, principal: Principal, segment_id: int) -> None:
    """Forget a filter. Raises `Denied`, `NotFound`."""
    require(principal, Permission.SEGMENT_WRITE)
    row, _ = _found(session, principal, segment_id)
    unit_id = row.unit_id
    session.delete(row)
    session.flush()
    ledger.record(session, principal.id, "segment:remove", f"segment/{segment_id}", unit_id=unit_id)


def list_segments(session: Session, principal: Principal, unit_id: int) -> list[SegmentView]:
    """The unit's segments that ask about nothing the principal may not see, with counts."""
    require(principal, Permission.CONTACT_LIST)
    within(principal, unit_id)
    rows = session.scalars(select(Segment).where(Segment.unit_id == unit_id).order_by(Segment.name))
    found = [(row, _rule(row)) for row in rows]
    return [_view(session, principal, row, rule) for row, rule in found if _open(principal, rule)]


def _open(principal: Principal, rule: Rule) -> bool:
    return all(principal.may_see(Permission.CONTACT_READ, name) for name in rule.fields)


def _found(session: Session, principal: Principal, segment_id: int) -> tuple[Segment, Rule]:
    row = session.scalar(select(Segment).where(Segment.id == segment_id))
    if row is None or not _open(principal, _rule(row)):
        raise NotFound("no such segment")
    return row, _rule(row)


def _view(session: Session, principal: Principal, row: Segment, rule: Rule) -> SegmentView:
    fits = fitting(session, principal, row.unit_id, rule)
    count = session.scalar(select(func.count()).select_from(Contact).where(*fits)) or 0
    shown = {name: value for name, value in row.rule.items() if name != "equals" and value}
    shown["equals"] = [{"field": one.field} for one in rule.equals]
    return SegmentView(row.id, row.unit_id, row.name, shown, count, row.created_by, row.created_at)


def _as_data(rule: Rule) -> dict[str, Any]:
    return {
        **asdict(rule),
        "equals": [{"field": one.field, "hash": str(one.hash)} for one in rule.equals],
        "follow_up": [str(state) for state in rule.follow_up],
    }


def _rule(row: Segment) -> Rule:
    data: dict[str, Any] = dict(row.rule)
    data["equals"] = tuple(
        Equals(one["field"], "", int(one["hash"])) for one in data.get("equals", [])
    )
    data["follow_up"] = tuple(FollowUpState(word) for word in data.get("follow_up", []))
    lists = ("labels", "has", "lacks", "channels", "languages")
    return Rule(**{**data, **{name: tuple(data.get(name, [])) for name in lists}})


def of_segment(
    session: Session, principal: Principal, segment_id: int
) -> Sequence[ColumnElement[bool]]:
    """What a query of `Contact` is narrowed by for a saved segment. Raises `NotFound`."""
    row, rule = _found(session, principal, segment_id)
    return fitting(session, principal, row.unit_id, rule)


def fitting(
    session: Session, principal: Principal, unit_id: int, rule: Rule
) -> list[ColumnElement[bool]]:
    """What a query of `Contact` is narrowed by: the rule, and what the principal may be told."""
    within_reach = reaching.contacts(principal, Permission.CONTACT_LIST)
    clauses = [Contact.unit_id == unit_id, within_reach]
    clauses += [seeing(principal, name) for name in sorted(rule.fields)]
    clauses += _labels(rule)
    clauses += [_has(session, unit_id, name) for name in rule.has]
    clauses += [not_(_has(session, unit_id, name)) for name in rule.lacks]
    clauses += [_holding(one.hash) for one in rule.equals]
    if rule.channels:
        clauses.append(_any_of(Identity.contact_id, Identity.channel.in_(rule.channels)))
    if rule.languages:
        clauses.append(_speaking(unit_id, rule.languages))
    clauses += _activity(rule)
    if rule.follow_up:
        clauses.append(_any_of(FollowUp.contact_id, FollowUp.state.in_(rule.follow_up)))
    if rule.due_within is not None:
        due = (now() + timedelta(days=rule.due_within)).date()
        undone = and_(FollowUp.state != FollowUpState.DONE, FollowUp.due_on <= due)
        clauses.append(_any_of(FollowUp.contact_id, undone))
    return clauses


def seeing(principal: Principal, name: str) -> ColumnElement[bool]:
    """Contacts of which the principal may see this field, as SQL."""
    rules = principal.role.rules(Permission.CONTACT_READ)
    grants = [grant for _, grant in rules.allows if opens(grant.fields, name)]
    denies = [
        replace(grant, fields=EVERYTHING)
        for _, grant in rules.denies
        if matches(grant.fields, name)
    ]
    only = replace(principal, role=Role(principal.role.name, (*grants, *denies)))
    return reaching.contacts(only, Permission.CONTACT_READ)


def _any_of(column: Any, clause: ColumnElement[bool]) -> ColumnElement[bool]:
    return Contact.id.in_(select(column).where(clause))


def _labels(rule: Rule) -> list[ColumnElement[bool]]:
    if not rule.labels:
        return []
    if rule.labels_match == "any":
        return [_any_of(ContactLabel.contact_id, ContactLabel.label_id.in_(rule.labels))]
    return [_any_of(ContactLabel.contact_id, ContactLabel.label_id == one) for one in rule.labels]


def _has(session: Session, unit_id: int, name: str) -> ColumnElement[bool]:
    field_id = session.scalar(
        select(IndexedField.id).where(IndexedField.unit_id == unit_id, IndexedField.name == name)
    )
    if field_id is None:
        return false()
    return exists(
        select(ContactTerm.term).where(
            ContactTerm.contact_id == Contact.id, ContactTerm.field_id == field_id
        )
    )


def _holding(number: int) -> ColumnElement[bool]:
    return _any_of(ContactTerm.contact_id, ContactTerm.term == number)


def _speaking(unit_id: int, languages: Sequence[str]) -> ColumnElement[bool]:
    known = [
        _holding(indexing.hashed(unit_id, "language", indexing.whole(one))) for one in languages
    ]
    return or_(*known, _any_of(Conversation.contact_id, Conversation.language.in_(languages)))


def _activity(rule: Rule) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for days, recent in ((rule.active_within, True), (rule.silent_for, False)):
        if days is None:
            continue
        since = now() - timedelta(days=days)
        said = _any_of(Conversation.contact_id, Conversation.touched_at >= since)
        found.append(said if recent else not_(said))
    return found
