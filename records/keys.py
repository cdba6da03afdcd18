"""What makes two contacts the same person: equal keys, and how well each of them is proven.

Only equal keys that are proven on both sides merge by themselves (connectors: identity facts).
Whatever somebody typed, or a list says, is for people to look at. Names never count.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from records import merging
from records.canonical import canonical
from records.identity_models import IdentityKey
from records.states import Strength
from runtime import secrets

_RANK = {Strength.WEAK: 0, Strength.ASSERTED: 1, Strength.VERIFIED: 2}
OF_HANDLE = {"wa_id": "phone", "email": "email", "phone": "phone"}
"""What kind of key the address of a channel is. Ids of a platform are found as they are."""
OF_FIELD = ("email", "phone")
"""The last words of fields whose values are keys: `email`, `billing.phone`."""


def index(unit_id: int, kind: str, value: str) -> str | None:
    """The keyed hash of an address in its one form; None when it is no whole address."""
    form = canonical(kind, value)
    return None if form is None else secrets.keys().mac("identity key", f"{unit_id}|{kind}|{form}")


def note(
    session: Session,
    *,
    unit_id: int,
    contact_id: int,
    kind: str,
    value: str,
    strength: Strength,
    channel: str,
) -> None:
    """Remember a key of a contact, and let follow what follows from an equal one elsewhere.

    A key only gets stronger. Weak facts (display names, user names) are no keys.
    """
    found = index(unit_id, kind, value)
    if found is None or strength is Strength.WEAK:
        return
    row = session.scalar(
        select(IdentityKey).where(
            IdentityKey.contact_id == contact_id, IdentityKey.key_index == found
        )
    )
    if row is not None and _RANK[row.strength] >= _RANK[strength]:
        return
    if row is None:
        row = IdentityKey(unit_id=unit_id, contact_id=contact_id, kind=kind, key_index=found)
        session.add(row)
    row.strength, row.channel = strength, channel
    session.flush()
    ledger.record(
        session, "system/0", "contact:key", f"contact/{contact_id}", unit_id=unit_id,
        key=kind, strength=str(strength), channel=channel,
    )  # fmt: skip
    _compare(session, row)


def _compare(session: Session, row: IdentityKey) -> None:
    others = session.scalars(
        select(IdentityKey)
        .where(
            IdentityKey.unit_id == row.unit_id,
            IdentityKey.key_index == row.key_index,
            IdentityKey.contact_id != row.contact_id,
        )
        .order_by(IdentityKey.contact_id)
    ).all()
    for other in others:
        if merging.root(session, other.contact_id) == merging.root(session, row.contact_id):
            continue
        evidence = [{"key": row.kind, "first": _side(row), "second": _side(other)}]
        proven = row.strength is Strength.VERIFIED and other.strength is Strength.VERIFIED
        if proven and not _told_apart(session, row.contact_id, other.contact_id):
            merging.join(
                session, "system/0", row.contact_id, other.contact_id,
                how="verified_key", evidence=evidence,
            )  # fmt: skip
        else:
            merging.suggest(session, row.unit_id, row.contact_id, other.contact_id, evidence)


def _told_apart(session: Session, one: int, other: int) -> bool:
    """Whether people, or a host by two ids of its own for them, say that these are two persons."""
    if merging.kept_apart(session, one, other):
        return True
    these, those = (_user_ids(session, merging.parts(session, each)) for each in (one, other))
    return any(found.isdisjoint(those[host]) for host, found in these.items() if those.get(host))


def _user_ids(session: Session, contact_ids: tuple[int, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = session.scalars(
        select(IdentityKey).where(
            IdentityKey.contact_id.in_(contact_ids),
            IdentityKey.kind == "user_id",
            IdentityKey.strength == Strength.VERIFIED,
        )
    )
    for row in rows:
        found.setdefault(row.channel, set()).add(row.key_index)
    return found


def _side(row: IdentityKey) -> dict[str, str]:
    return {"strength": str(row.strength), "channel": row.channel}


def holders(session: Session, unit_id: int, key_index: str) -> list[int]:
    """The contacts whose proven key this is, the oldest first: one person, if several.

    Nobody when they are told apart: then it cannot be said whose it is.
    """
    found = session.scalars(
        select(IdentityKey.contact_id)
        .where(
            IdentityKey.unit_id == unit_id,
            IdentityKey.key_index == key_index,
            IdentityKey.strength == Strength.VERIFIED,
        )
        .order_by(IdentityKey.contact_id)
    ).all()
    one_person = len(set(merging.roots(session, found).values())) == 1
    return list(found) if one_person else []


def asserted_kinds(session: Session, contact_id: int, channel: str) -> list[str]:
    """What this contact claimed of itself on a channel: kinds of keys."""
    rows = session.scalars(
        select(IdentityKey.kind)
        .where(
            IdentityKey.contact_id == contact_id,
            IdentityKey.strength == Strength.ASSERTED,
            IdentityKey.channel == channel,
        )
        .distinct()
    )
    return sorted(rows)
