"""The unified customer record, seen through a principal's grants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require
from records import keys, merging, sealing
from records.models import Attribute, Contact, Identity, new_ref
from records.states import Strength
from runtime.database import now
from runtime.errors import NotFound


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute's newest value, with where and when it was learned."""

    name: str
    value: str
    source: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """The part of a contact this principal may see."""

    contact_id: int
    facts: tuple[Fact, ...]
    withheld: int
    """How many further fields the record holds."""

    @property
    def attributes(self) -> dict[str, str]:
        return {fact.name: fact.value for fact in self.facts}


def read_profile(
    session: Session,
    principal: Principal,
    contact_id: int,
    *,
    purpose: str = "service",
    only: Callable[[int, Fact], bool] | None = None,
) -> Profile:
    """Return the newest value of every attribute the principal's role opens.

    The addresses of the contact's identities are fields too (`channel.telegram`): an id on a
    platform is as personal as a phone number. The contacts that were merged with this one are
    read with it, by whichever of their ids; `only` narrows what is seen further, by contact and
    fact. The reading is recorded with the names of the fields, not their values, for every
    contact that it touched. Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.CONTACT_READ)
    unit_id = session.scalar(select(Contact.unit_id).where(Contact.id == contact_id))
    if unit_id is None:
        raise NotFound("no such contact")
    whole = merging.parts(session, contact_id)
    everything = _whole(session, whole)
    seen = [
        (part, fact)
        for part, fact in everything
        if principal.may_see(Permission.CONTACT_READ, fact.name)
        and (only is None or only(part, fact))
    ]
    for part in whole:
        fields = [fact.name for owner, fact in seen if owner == part]
        if part != whole[0] and not fields:
            continue
        ledger.record(
            session,
            principal.id,
            Permission.CONTACT_READ,
            f"contact/{part}",
            unit_id=unit_id,
            fields=fields,
            purpose=purpose,
            **({} if part == whole[0] else {"part_of": whole[0]}),
        )
    facts = tuple(fact for _, fact in seen)
    return Profile(whole[0], facts, withheld=len(everything) - len(seen))


def _whole(session: Session, contact_ids: tuple[int, ...]) -> list[tuple[int, Fact]]:
    """The newest fact of every name over all parts of a person, with the part it is from.

    A name that a channel shows only fills a gap, as in `observe`.
    """
    found: dict[str, tuple[tuple[bool, datetime], int, Fact]] = {}
    for part in contact_ids:
        channels = _channels(session, part)
        for fact in _facts(session, part):
            rank = (not (fact.name == "name" and fact.source in channels), fact.observed_at)
            if fact.name not in found or rank > found[fact.name][0]:
                found[fact.name] = (rank, part, fact)
    return [(part, fact) for _, (_, part, fact) in sorted(found.items())]


def _facts(session: Session, contact_id: int) -> list[Fact]:
    """What this contact itself holds, without those it was merged with."""
    key = sealing.data_key(session, contact_id)
    rows = session.scalars(
        select(Attribute)
        .where(Attribute.contact_id == contact_id)
        .order_by(Attribute.observed_at, Attribute.id)
    )
    newest = {
        row.name: Fact(row.name, sealing.unseal(key, row, "value"), row.source, row.observed_at)
        for row in rows
    }
    for identity in session.scalars(select(Identity).where(Identity.contact_id == contact_id)):
        name = f"channel.{identity.kind}"
        value = sealing.unseal(key, identity, "address")
        newest[name] = Fact(name, value, identity.channel, identity.created_at)
    return sorted(newest.values(), key=lambda fact: fact.name)


def values_to_hide(session: Session, contact_id: int) -> list[tuple[str, str]]:
    """Every (name, value) the record holds, whatever a role opens: what a mask must know.

    Of every contact that was merged with this one, too: two values of one name are both hidden.
    For the masking itself only; what is shown to anyone comes from `read_profile`.
    """
    found = (_facts(session, part) for part in merging.parts(session, contact_id))
    return list(dict.fromkeys((fact.name, fact.value) for facts in found for fact in facts))


def directory_version(session: Session) -> tuple[int, int]:
    """Changes whenever a contact of the session's scope gains or loses a fact: count, newest."""
    count, newest = session.execute(select(func.count(Attribute.id), func.max(Attribute.id))).one()
    return int(count), int(newest or 0)


def directory(
    session: Session, endings: frozenset[str], *, after: int = 0, limit: int = 500
) -> tuple[list[tuple[str, str]], int | None]:
    """Facts of every contact of the session's scope whose name ends so ("name", "order.name").

    At most `limit` rows are read, from the row after `after` on. Returns (name, value) pairs and
    the last row's id, None when there are no more. For the masking itself only, see
    `values_to_hide`.
    """
    rows = list(
        session.scalars(
            select(Attribute).where(Attribute.id > after).order_by(Attribute.id).limit(limit)
        )
    )
    wanted = [row for row in rows if row.name.rpartition(".")[2] in endings]
    found = [
        (row.name, sealing.unseal(sealing.data_key(session, row.contact_id), row, "value"))
        for row in wanted
    ]
    return found, rows[-1].id if len(rows) == limit else None


def observe(
    session: Session,
    contact_id: int,
    values: Mapping[str, str],
    *,
    source: str,
    at: datetime | None = None,
    weak: bool = False,
) -> None:
    """Add facts about a contact. Earlier values stay as history.

    `weak` facts (a display name) only fill a gap: they never replace what is known.
    """
    contact = session.scalar(select(Contact).where(Contact.id == contact_id))
    if contact is None:
        raise NotFound("no such contact")
    key = sealing.data_key(session, contact_id)
    known = {fact.name: fact.value for fact in _facts(session, contact_id)}
    changed = []
    for name, value in values.items():
        if known.get(name) == value or (weak and name in known):
            continue
        row = Attribute(
            unit_id=contact.unit_id,
            contact_id=contact_id,
            ref=new_ref(),
            name=name,
            source=source,
            observed_at=at or now(),
            value_sealed=b"",
        )
        row.value_sealed = sealing.seal(key, row, "value", value)
        session.add(row)
        changed.append(name)
    if not changed:
        return
    session.flush()
    for name in changed:
        if name.rpartition(".")[2] in keys.OF_FIELD:
            keys.note(
                session, unit_id=contact.unit_id, contact_id=contact_id, value=values[name],
                kind=name.rpartition(".")[2], strength=Strength.ASSERTED, channel=source,
            )  # fmt: skip
    ledger.record(
        session,
        "system/0",
        "contact:observe",
        f"contact/{contact_id}",
        unit_id=contact.unit_id,
        fields=sorted(changed),
        source=source,
    )


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact in a list."""

    contact_id: int
    unit_id: int
    name: str
    channels: tuple[str, ...]


def list_contacts(
    session: Session, principal: Principal, *, before: int | None = None, limit: int = 50
) -> list[ContactLine]:
    """The newest contacts of the principal's units; names only where the role opens them."""
    require(principal, Permission.CONTACT_LIST)
    query = (
        select(Contact)
        .where(Contact.id.not_in(merging.merged_away()))
        .order_by(Contact.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(Contact.id < before)
    lines = [
        ContactLine(
            row.id,
            row.unit_id,
            display_name(session, principal, row.id),
            _channels(session, *merging.parts(session, row.id)),
        )
        for row in session.scalars(query)
    ]
    for unit in {line.unit_id for line in lines}:
        ledger.record(
            session,
            principal.id,
            Permission.CONTACT_LIST,
            f"unit/{unit}",
            unit_id=unit,
            contacts=[line.contact_id for line in lines if line.unit_id == unit],
            fields=["name"] if principal.may_see(Permission.CONTACT_READ, "name") else [],
        )
    return lines


def _channels(session: Session, *contact_ids: int) -> tuple[str, ...]:
    rows = session.scalars(
        select(Identity.channel).where(Identity.contact_id.in_(contact_ids)).distinct()
    )
    return tuple(sorted(rows))


def display_name(session: Session, principal: Principal, contact_id: int) -> str:
    """What to call the contact on a screen; the caller records the reading."""
    if principal.may_see(Permission.CONTACT_READ, "name"):
        whole = merging.parts(session, contact_id)
        # What a contact is called at its own address comes before what its other parts are.
        for part in (contact_id, *whole):
            row = session.scalar(
                select(Attribute)
                .where(Attribute.contact_id == part, Attribute.name == "name")
                .order_by(Attribute.observed_at.desc(), Attribute.id.desc())
                .limit(1)
            )
            if row is not None:
                return sealing.unseal(sealing.data_key(session, part), row, "value")
    return f"Customer {contact_id}"
