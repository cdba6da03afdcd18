"""The unified customer record, seen through a principal's grants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ledger
from access import CUSTOM, Permission, Principal, decide, require
from records import fields, indexing, reaching, sealing
from records.lenses import lens
from records.models import Attribute, Contact, Identity, new_ref
from runtime.database import now
from runtime.errors import NotFound


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute's newest value, with where and when it was learned."""

    name: str
    value: str
    source: str
    observed_at: datetime
    id: int = 0
    """The row it is from, for whoever changes it; 0 for the address of an identity."""


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
    conversation_id: int | None = None,
    topics: frozenset[str] | None = None,
) -> Profile:
    """Return the newest value of every attribute the principal's role opens.

    The addresses of the contact's identities are fields too (`channel.telegram`): an id on a
    platform is as personal as a phone number. `topics` is what the reading is about, for grants
    that are for some topics only; `conversation_id` the conversation it is for. The reading is
    recorded with the names of the fields, not their values. Raises `Denied`; `NotFound`, also for
    a contact out of the principal's reach.
    """
    require(principal, Permission.CONTACT_READ)
    contact = session.scalar(select(Contact).where(Contact.id == contact_id))
    if contact is None:
        raise NotFound("no such contact")
    resource = reaching.of_contact(session, contact, conversation_id=conversation_id, topics=topics)
    require(principal, Permission.CONTACT_READ, resource)
    everything = _facts(session, contact_id)
    names = [fact.name for fact in everything]
    opened = decide(principal, Permission.CONTACT_READ, resource, names).seen
    seen = tuple(fact for fact in everything if fact.name in opened)
    ledger.record(
        session,
        principal.id,
        Permission.CONTACT_READ,
        f"contact/{contact_id}",
        unit_id=contact.unit_id,
        fields=[fact.name for fact in seen],
        purpose=purpose,
    )
    return Profile(contact_id, seen, withheld=len(everything) - len(seen))


def _facts(session: Session, contact_id: int) -> list[Fact]:
    key = sealing.data_key(session, contact_id)
    found = {
        row.name: Fact(
            row.name, sealing.unseal(key, row, "value"), row.source, row.observed_at, row.id
        )
        for row in indexing.newest(_rows(session, contact_id)).values()
    }
    for identity in session.scalars(select(Identity).where(Identity.contact_id == contact_id)):
        name = f"channel.{identity.kind}"
        value = sealing.unseal(key, identity, "address")
        found[name] = Fact(name, value, identity.channel, identity.created_at)
    # An empty value says that there is none any more.
    return sorted((fact for fact in found.values() if fact.value), key=lambda fact: fact.name)


def _rows(session: Session, contact_id: int) -> Sequence[Attribute]:
    """Every value a contact ever had, oldest first."""
    return session.scalars(
        select(Attribute)
        .where(Attribute.contact_id == contact_id)
        .order_by(Attribute.observed_at, Attribute.id)
    ).all()


def values_to_hide(session: Session, contact_id: int) -> list[tuple[str, str]]:
    """Every (name, value) the record holds, whatever a role opens: what a mask must know.

    Not in it are a unit's own fields that identify nobody (class none, yes or no). For the
    masking itself only; what is shown to anyone comes from `read_profile`.
    """
    facts = _facts(session, contact_id)
    harmless: frozenset[str] = frozenset()
    if any(fact.name.startswith(CUSTOM) for fact in facts):
        unit_id = session.scalar(select(Contact.unit_id).where(Contact.id == contact_id))
        harmless = fields.not_for_masks(session, unit_id or 0)
    return [(fact.name, fact.value) for fact in facts if fact.name not in harmless]


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
    known = {
        name: sealing.unseal(key, row, "value")
        for name, row in indexing.newest(_rows(session, contact_id)).items()
    }
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
    index_fields(session, contact.unit_id, contact_id, changed)
    ledger.record(
        session,
        "system/0",
        "contact:observe",
        f"contact/{contact_id}",
        unit_id=contact.unit_id,
        fields=sorted(changed),
        source=source,
    )


def index_fields(session: Session, unit_id: int, contact_id: int, names: Sequence[str]) -> None:
    """Let the search know what these fields hold now: what was learned may be older than that."""
    key = sealing.data_key(session, contact_id)
    current = indexing.newest(_rows(session, contact_id))
    for name in names:
        indexing.put_field(
            session, unit_id, contact_id, name, [sealing.unseal(key, current[name], "value")]
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
    """The newest contacts the principal reaches; names only where the role opens them."""
    require(principal, Permission.CONTACT_LIST)
    query = (
        select(Contact)
        .where(reaching.contacts(principal, Permission.CONTACT_LIST))
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
            _channels(session, row.id),
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


def _channels(session: Session, contact_id: int) -> tuple[str, ...]:
    rows = session.scalars(
        select(Identity.channel).where(Identity.contact_id == contact_id).distinct()
    )
    return tuple(sorted(rows))


def display_name(session: Session, principal: Principal, contact_id: int) -> str:
    """What to call the contact on a screen; the caller records the reading."""
    return lens(session, principal, contact_id).name
