"""Write entries in the act's own transaction; give them their place afterwards; read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ledger import tiles, tree
from ledger.models import About, Entry, Head
from runtime.bulk import update_each
from runtime.database import now

BATCH = 1000
"""How many entries one transaction gives their place: others write in between."""

ContactsOf = Callable[[Session, Collection[int]], dict[int, int]]
"""Conversations, and the contact of each: `records` knows that, and this package lies below it."""

_contacts_of: ContactsOf | None = None


def conversations_are_of(find: ContactsOf) -> None:
    """Say how the contacts of conversations are found, for entries that do not name them."""
    global _contacts_of
    _contacts_of = find


def record(
    session: Session,
    actor: str,
    action: str,
    subject: str,
    *,
    unit_id: int,
    concerns: int | Iterable[int] = (),
    **detail: Any,
) -> None:
    """Write an entry in the caller's transaction: no change without its entry.

    `detail` holds identifiers, codes and names of fields; never values or free text. `concerns` are
    the contacts it is about, where `subject` or a detail (`contact`, `contacts`, `conversation`,
    `conversations`) does not say so.
    """
    at = now()
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    # Milliseconds: what is hashed must be what every database gives back.
    told = _told(subject, detail)
    meant = {concerns} if isinstance(concerns, int) else set(concerns)
    meant |= _met(session, subject, detail) if not (meant or told) else set()
    if meant - told:
        # The entry itself says whom it is about: the index beside it is not in the tree.
        detail["contacts"] = sorted(meant | _listed(detail, "contacts"))
    session.add(
        Entry(
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            unit_id=unit_id,
            detail=detail,
            about=[
                About(contact_id=contact_id, at=at, unit_id=unit_id)
                for contact_id in sorted(meant | told)
            ],
        )
    )


def contacts_in(subject: str, detail: dict[str, Any]) -> set[int]:
    """The contacts that an entry says it is about."""
    return _told(subject, detail)


def _told(subject: str, detail: dict[str, Any]) -> set[int]:
    kind, _, number = subject.partition("/")
    told = {int(number)} if kind == "contact" and number.isdecimal() else set()
    return told | _listed(detail, "contact") | _listed(detail, "contacts")


def _listed(detail: dict[str, Any], name: str) -> set[int]:
    """The row numbers under a name: one, or a list of them; a mere count is none."""
    value = detail.get(name)
    if isinstance(value, list):
        return {each for each in value if type(each) is int}
    return {value} if type(value) is int and not name.endswith("s") else set()


def _met(session: Session, subject: str, detail: dict[str, Any]) -> set[int]:
    """The contacts of the conversations that an entry names."""
    kind, _, number = subject.partition("/")
    named = {int(number)} if kind == "conversation" and number.isdecimal() else set()
    named |= _listed(detail, "conversation") | _listed(detail, "conversations")
    if not named or _contacts_of is None:
        return set()
    return set(_contacts_of(session, named).values())


# What is hashed of an entry, and what is needed to say where it stands.
FACTS = (
    Entry.id, Entry.position, Entry.at, Entry.unit_id, Entry.actor, Entry.action, Entry.subject,
    Entry.detail, Entry.leaf, Entry.chain,
)  # fmt: skip


def facts(entry: Entry | EntryView | Row[Any], position: int) -> bytes:
    return tree.canonical(
        position=position,
        at=entry.at,
        unit_id=entry.unit_id,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
    )


def sequence_pending(session: Session, *, batch: int = BATCH) -> int:
    """Give new entries position, leaf and chain, in order of their ids; return how many.

    Entries are written without a place so that writers never wait for each other; only one
    sequencer runs at a time (a job of one lane, and the locked head). At most `batch` are placed.
    """
    head = session.scalar(select(Head).where(Head.id == 1).with_for_update())
    if head is None:
        head = Head(id=1, size=0, chain="", peaks=[], tiled=0, checkpoint_size=0)
        session.add(head)
        session.flush()
    peaks = [bytes.fromhex(peak) for peak in head.peaks]
    placeless = session.execute(
        select(*FACTS).where(Entry.position.is_(None)).order_by(Entry.id).limit(batch)
    ).all()
    if not placeless:
        return 0
    size, chain, leaves, placed = head.size, head.chain, [], []
    for entry in placeless:
        leaf = tree.leaf_hash(facts(entry, size + 1))
        peaks = tree.append(size, peaks, leaf)
        size += 1
        chain = tree.chain_hash(chain, leaf)
        leaves.append(leaf)
        placed.append({"id": entry.id, "position": size, "leaf": leaf.hex(), "chain": chain})
    update_each(session, Entry, placed)
    head.size, head.chain, head.peaks = size, chain, [peak.hex() for peak in peaks]
    tiles.extend(session, head, leaves)
    return len(placed)


def pending(session: Session) -> bool:
    """Whether any entry still waits for its place."""
    return session.scalar(select(Entry.id).where(Entry.position.is_(None)).limit(1)) is not None


def lag(session: Session) -> timedelta:
    """How long the oldest entry without a place has waited for it."""
    oldest = session.scalar(select(func.min(Entry.at)).where(Entry.position.is_(None)))
    return now() - oldest if oldest else timedelta()


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as an auditor reads it. `position` is None until it is sequenced."""

    id: int
    position: int | None
    at: datetime
    unit_id: int
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    leaf: str | None


def of_units(
    session: Session,
    units: Collection[int],
    *,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    contact: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[EntryView]:
    """The newest entries of these units, newest first; `before` is an entry id to page from.

    `contact` are those about this contact; `action` may be a whole kind, "contact:*".
    """
    query = select(*FACTS).where(Entry.unit_id.in_(units)).order_by(Entry.id.desc()).limit(limit)
    if subject:
        query = query.where(Entry.subject == subject)
    if actor:
        query = query.where(Entry.actor == actor)
    if action and action.endswith("*"):
        query = query.where(Entry.action.startswith(action[:-1], autoescape=True))
    elif action:
        query = query.where(Entry.action == action)
    if contact:
        query = query.join(About, About.entry_id == Entry.id).where(About.contact_id == contact)
    if since:
        query = query.where(Entry.at >= since)
    if until:
        query = query.where(Entry.at < until)
    if before:
        query = query.where(Entry.id < before)
    return [view(row) for row in session.execute(query)]


def view(row: Row[Any]) -> EntryView:
    """A row of `FACTS` as it is read."""
    return EntryView(
        row.id, row.position, row.at, row.unit_id, row.actor, row.action, row.subject, row.detail,
        row.leaf,
    )  # fmt: skip
