"""Two contacts that are one person: merged, read as one, and parted again.

A merge moves nothing and seals nothing anew. It is one row that says "the loser is read as part of
the winner"; undoing it ends that row. So the record after an undo is the record from before, byte
for byte, and whatever came in between lies with the contact at whose address it came in. Merges
form trees: the contact at the top is what the others are read as. Each part keeps its own data
key; who erases a person erases every part (`parts`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import ledger
from records.identity_models import ContactMerge, MergeSuggestion
from records.models import Contact, Identity
from records.states import Strength
from runtime.database import now
from runtime.errors import BadInput, NotFound

Evidence = Mapping[str, Any]
"""Which key, with which strength, from which channel, on either side: codes, never values."""


def parts(session: Session, contact_id: int) -> tuple[int, ...]:
    """Every contact that is read as one with this one, the one they are read as first.

    A contact that nobody merged, or that is not here, is alone.
    """
    top = root(session, contact_id)
    found, last = [top], [top]
    while last:
        last = list(
            session.scalars(
                select(ContactMerge.loser_id)
                .where(ContactMerge.winner_id.in_(last), ContactMerge.undone_at.is_(None))
                .order_by(ContactMerge.loser_id)
            )
        )
        found += last
    return tuple(found)


def root(session: Session, contact_id: int) -> int:
    """The contact as which this one is read; itself unless it was merged away."""
    while True:
        above = session.scalar(
            select(ContactMerge.winner_id).where(
                ContactMerge.loser_id == contact_id, ContactMerge.undone_at.is_(None)
            )
        )
        if above is None:
            return contact_id
        contact_id = above


def roots(session: Session, contact_ids: Collection[int]) -> dict[int, int]:
    """`root` of many contacts at once."""
    found = {each: each for each in contact_ids}
    while True:
        above = dict(
            session.execute(
                select(ContactMerge.loser_id, ContactMerge.winner_id).where(
                    ContactMerge.loser_id.in_(set(found.values())),
                    ContactMerge.undone_at.is_(None),
                )
            ).all()
        )
        if not above:
            return found
        found = {each: above.get(top, top) for each, top in found.items()}


def merged_away() -> Any:
    """A subquery with the ids of all contacts that are read as another one."""
    return select(ContactMerge.loser_id).where(ContactMerge.undone_at.is_(None))


def join(
    session: Session,
    actor: str,
    first: int,
    second: int,
    *,
    how: str,
    evidence: Sequence[Evidence] = (),
    keep: int | None = None,
) -> int | None:
    """Read both contacts as one from now on; return the merge, None when they are one already.

    The older one stays, unless `keep` names one of them. For those who have checked that it may
    happen. Raises `NotFound`, `BadInput` for contacts of two units.
    """
    units = _locked(session, first, second)
    tops = roots(session, (first, second))
    if tops[first] == tops[second]:
        return None
    if len(set(units.values())) > 1:
        raise BadInput("first: contacts of two units are never merged")
    winner, loser = sorted(tops.values())
    if keep is not None and tops.get(keep) == loser:
        winner, loser = loser, winner
    merge = ContactMerge(
        unit_id=units[first],
        winner_id=winner,
        loser_id=loser,
        how=how,
        evidence=[dict(item) for item in evidence],
        merged_by=actor,
    )
    session.add(merge)
    session.flush()
    for each, other in ((winner, loser), (loser, winner)):
        ledger.record(
            session, actor, "contact:merge", f"contact/{each}", unit_id=merge.unit_id,
            merge=merge.id, winner=winner, other=other, how=how,
            keys=sorted({str(item.get("key", "")) for item in evidence}),
        )  # fmt: skip
    return merge.id


def _locked(session: Session, first: int, second: int) -> dict[int, int]:
    """Lock whole trees in order, so that no two merges make a circle. Units by contact."""
    wanted = {*parts(session, first), *parts(session, second)}
    while True:
        units = dict(
            session.execute(
                select(Contact.id, Contact.unit_id)
                .where(Contact.id.in_(wanted))
                .order_by(Contact.id)
                .with_for_update()
            ).all()
        )
        if not {first, second} <= units.keys():
            raise NotFound("no such contact")
        again = {*parts(session, first), *parts(session, second)}
        if again <= wanted:
            return units
        wanted |= again


def part(session: Session, actor: str, merge_id: int) -> tuple[int, int]:
    """End a merge; returns (winner, loser). Any merge can be undone, in any order.

    From then on the two are kept apart: only people join them again. Raises `NotFound`.
    """
    merge = session.scalar(
        select(ContactMerge)
        .where(ContactMerge.id == merge_id, ContactMerge.undone_at.is_(None))
        .with_for_update()
    )
    if merge is None:
        raise NotFound("no such merge")
    merge.undone_by, merge.undone_at = actor, now()
    keep_apart(session, actor, merge.unit_id, merge.winner_id, merge.loser_id, merge.evidence)
    for each in (merge.winner_id, merge.loser_id):
        ledger.record(
            session, actor, "contact:unmerge", f"contact/{each}", unit_id=merge.unit_id,
            merge=merge.id, winner=merge.winner_id,
        )  # fmt: skip
    session.flush()
    return merge.winner_id, merge.loser_id


def keep_apart(
    session: Session, actor: str, unit_id: int, one: int, other: int, evidence: Sequence[Evidence]
) -> None:
    """Remember that people hold these two for two persons."""
    first, second = sorted((one, other))
    row = _pair(session, first, second)
    if row is None:
        row = MergeSuggestion(
            unit_id=unit_id, first_id=first, second_id=second,
            evidence=[dict(item) for item in evidence],
        )  # fmt: skip
        session.add(row)
    row.state, row.decided_by, row.decided_at, row.approval_id = "dismissed", actor, now(), None
    session.flush()


def kept_apart(session: Session, one: int, other: int) -> bool:
    """Whether people said of any two of these persons' parts that they are not the same."""
    these, those = parts(session, one), parts(session, other)
    found = session.scalar(
        select(MergeSuggestion.id)
        .where(
            MergeSuggestion.state == "dismissed",
            or_(
                MergeSuggestion.first_id.in_(these) & MergeSuggestion.second_id.in_(those),
                MergeSuggestion.first_id.in_(those) & MergeSuggestion.second_id.in_(these),
            ),
        )
        .limit(1)
    )
    return found is not None


def suggest(
    session: Session, unit_id: int, one: int, other: int, evidence: Sequence[Evidence]
) -> None:
    """Let people see that two contacts may be one person; once dismissed, never again."""
    if root(session, one) == root(session, other) or kept_apart(session, one, other):
        return
    first, second = sorted((one, other))
    if one != first:
        evidence = [_turned(item) for item in evidence]
    row = _pair(session, first, second)
    if row is None:
        row = MergeSuggestion(unit_id=unit_id, first_id=first, second_id=second, evidence=[])
        session.add(row)
    fresh = [dict(item) for item in evidence if dict(item) not in row.evidence]
    if not fresh and row.id is not None and row.state == "open":
        return
    row.evidence, row.state = [*row.evidence, *fresh], "open"
    session.flush()
    ledger.record(
        session, "system/0", "contact:suggest_merge", f"contact/{first}", unit_id=unit_id,
        other=second, suggestion=row.id,
        keys=sorted({str(item.get("key", "")) for item in evidence}),
    )  # fmt: skip


def _turned(item: Evidence) -> Evidence:
    return {**item, "first": item.get("second"), "second": item.get("first")}


def _pair(session: Session, first: int, second: int) -> MergeSuggestion | None:
    return session.scalar(
        select(MergeSuggestion)
        .where(MergeSuggestion.first_id == first, MergeSuggestion.second_id == second)
        .with_for_update()
    )


def has_verified(session: Session, contact_ids: Collection[int]) -> bool:
    """Whether a platform or a host has proven who one of these contacts is."""
    return (
        session.scalar(
            select(Identity.id)
            .where(Identity.contact_id.in_(contact_ids), Identity.strength == Strength.VERIFIED)
            .limit(1)
        )
        is not None
    )
