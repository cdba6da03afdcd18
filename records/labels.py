"""Labels: a unit's words with colours, and which contacts have them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from records import opening
from records.record_models import ContactLabel, Label
from records.states import Colour
from runtime.errors import BadInput, Conflict, NotFound
from runtime.nudges import nudge

MOST = 200
"""Labels of one unit."""


@dataclass(frozen=True, slots=True)
class LabelView:
    id: int
    unit_id: int
    name: str
    colour: str


def add_label(
    session: Session, principal: Principal, unit_id: int, *, name: str, colour: Colour
) -> LabelView:
    """Set up a label. Raises `Denied`, `NotFound`, `BadInput`, `Conflict`."""
    require(principal, Permission.FIELD_WRITE)
    within(principal, unit_id)
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= 40:
        raise BadInput("name: write 1 to 40 characters")
    known = session.scalars(select(Label.name).where(Label.unit_id == unit_id)).all()
    if len(known) >= MOST:
        raise BadInput(f"name: a unit has at most {MOST} labels")
    if plain.casefold() in {one.casefold() for one in known}:
        raise Conflict("name: there is such a label already")
    row = Label(unit_id=unit_id, name=plain, colour=colour)
    session.add(row)
    session.flush()
    ledger.record(session, principal.id, "label:create", f"label/{row.id}", unit_id=unit_id)
    return LabelView(row.id, unit_id, row.name, str(row.colour))


def remove_label(session: Session, principal: Principal, label_id: int) -> None:
    """Take a label away, from every contact. Raises `Denied`, `NotFound`."""
    require(principal, Permission.FIELD_WRITE)
    row = session.scalar(select(Label).where(Label.id == label_id))
    if row is None:
        raise NotFound("no such label")
    unit_id = row.unit_id
    session.delete(row)
    session.flush()
    ledger.record(session, principal.id, "label:remove", f"label/{label_id}", unit_id=unit_id)


def list_labels(session: Session, principal: Principal, unit_id: int) -> list[LabelView]:
    """The unit's labels, for who may see labels of contacts or sets them up."""
    require(principal, Permission.CONTACT_LIST)
    within(principal, unit_id)
    if not (
        principal.may(Permission.FIELD_WRITE)
        or principal.may_see(Permission.CONTACT_READ, opening.LABELS)
    ):
        return []
    rows = session.scalars(select(Label).where(Label.unit_id == unit_id).order_by(Label.name))
    return [LabelView(row.id, row.unit_id, row.name, str(row.colour)) for row in rows]


def set_labels(
    session: Session, principal: Principal, contact_id: int, wanted: Collection[int]
) -> None:
    """Give a contact exactly these labels. Raises `Denied`, `NotFound`, `BadInput`."""
    opened = opening.to_change(session, principal, contact_id)
    opened.must_change(opening.LABELS)
    contact = opened.contact
    there = set(
        session.scalars(
            select(Label.id).where(Label.unit_id == contact.unit_id, Label.id.in_(wanted))
        )
    )
    if there != set(wanted):
        raise BadInput("labels: no such label in the customer's unit")
    held = set(
        session.scalars(select(ContactLabel.label_id).where(ContactLabel.contact_id == contact_id))
    )
    added, taken = sorted(there - held), sorted(held - there)
    if not added and not taken:
        return
    session.execute(
        delete(ContactLabel).where(
            ContactLabel.contact_id == contact_id, ContactLabel.label_id.in_(taken)
        )
    )
    session.add_all(
        ContactLabel(
            unit_id=contact.unit_id, contact_id=contact_id, label_id=one, set_by=principal.id
        )
        for one in added
    )
    session.flush()
    opened.record(session, "contact:label", [opening.LABELS], added=added, taken=taken)
    nudge(session, contact.unit_id, f"contact/{contact_id}")


def of_contacts(session: Session, contact_ids: Collection[int]) -> dict[int, list[LabelView]]:
    """Which labels these contacts have; the caller has checked and records the reading."""
    rows = session.execute(
        select(ContactLabel.contact_id, Label)
        .join(Label, Label.id == ContactLabel.label_id)
        .where(ContactLabel.contact_id.in_(contact_ids))
        .order_by(Label.name)
    ).all()
    found: dict[int, list[LabelView]] = {}
    for contact_id, row in rows:
        view = LabelView(row.id, row.unit_id, row.name, str(row.colour))
        found.setdefault(contact_id, []).append(view)
    return found
