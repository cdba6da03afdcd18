"""Fields that a unit adds to its record: what they take, how personal they are, who may see them.

A new field is visible to nobody until a role's grant names it: see `access.policy.opens`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ledger
from access import CUSTOM, SENSITIVE, Permission, Principal, require, within
from records import values
from records.models import Attribute, Contact
from records.record_models import CustomField
from records.states import DataClass, FieldType
from runtime.database import now
from runtime.errors import BadInput, Conflict, NotFound

MOST = 200
"""Fields of one unit."""
MOST_CHOICES = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}(?:\.[a-z][a-z0-9_]{0,29}){0,2}")


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as it is set up."""

    id: int
    unit_id: int
    name: str
    label: str
    type: str
    choices: tuple[str, ...]
    data_class: str
    retired: bool
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewField:
    """What a new field is to be."""

    name: str
    label: str
    type: FieldType
    data_class: DataClass
    choices: tuple[str, ...] = ()


def add_field(session: Session, principal: Principal, unit_id: int, new: NewField) -> FieldView:
    """Add a field to a unit's record. Raises `Denied`, `NotFound`, `BadInput`, `Conflict`."""
    require(principal, Permission.FIELD_WRITE)
    within(principal, unit_id)
    name = full_name(new.name, new.data_class)
    count = session.scalar(
        select(func.count()).select_from(CustomField).where(CustomField.unit_id == unit_id)
    )
    if (count or 0) >= MOST:
        raise BadInput(f"name: a unit has at most {MOST} fields of its own")
    same = select(CustomField.id).where(CustomField.unit_id == unit_id, CustomField.name == name)
    if session.scalar(same) is not None:
        raise Conflict(f"name: there is a field {name} already")
    row = CustomField(
        unit_id=unit_id,
        name=name,
        label=_label(new.label),
        type=new.type,
        choices=_choices(new.type, new.choices),
        data_class=new.data_class,
        created_by=principal.id,
    )
    session.add(row)
    session.flush()
    _record(session, principal, row, "field:create")
    return _view(row)


def full_name(name: str, data_class: DataClass) -> str:
    """The name by which roles grant it: what is sensitive says so there. Raises `BadInput`."""
    plain = name.strip().removeprefix(CUSTOM)
    sensitive = data_class is DataClass.SENSITIVE
    if sensitive:
        plain = plain.removeprefix("sensitive.")
    elif plain.partition(".")[0] == "sensitive":
        raise BadInput("name: only fields of the class sensitive begin with sensitive.")
    if not _NAME.fullmatch(plain):
        raise BadInput(
            "name: use small letters, digits and _, parts divided by dots, such as crm.segment"
        )
    return f"{SENSITIVE if sensitive else CUSTOM}{plain}"


def _label(label: str) -> str:
    plain = " ".join(label.split())
    if not 1 <= len(plain) <= 80:
        raise BadInput("label: write 1 to 80 characters")
    return plain


def _choices(kind: FieldType, given: Sequence[str]) -> list[str]:
    plain = [" ".join(choice.split()) for choice in given]
    if kind is not FieldType.CHOICE:
        if plain:
            raise BadInput("choices: only a field of type choice has them")
        return []
    if not 1 <= len(plain) <= MOST_CHOICES or any(not 1 <= len(one) <= 80 for one in plain):
        raise BadInput(f"choices: give 1 to {MOST_CHOICES}, each of 1 to 80 characters")
    if len({one.casefold() for one in plain}) < len(plain):
        raise BadInput("choices: give each one once")
    return plain


def change_field(
    session: Session,
    principal: Principal,
    field_id: int,
    *,
    label: str | None = None,
    choices: Sequence[str] | None = None,
    data_class: DataClass | None = None,
    retired: bool | None = None,
) -> FieldView:
    """Change what may change: its name and type stay, and choices that are in use with them.

    Raises `Denied`, `NotFound`, `BadInput`.
    """
    require(principal, Permission.FIELD_WRITE)
    row = session.scalar(select(CustomField).where(CustomField.id == field_id))
    if row is None:
        raise NotFound("no such field")
    if label is not None:
        row.label = _label(label)
    if choices is not None:
        wanted = _choices(row.type, choices)
        if not {one.casefold() for one in row.choices} <= {one.casefold() for one in wanted}:
            raise BadInput("choices: keep those that are there, they may be in use")
        row.choices = wanted
    if data_class is not None and data_class is not row.data_class:
        if DataClass.SENSITIVE in (data_class, row.data_class):
            raise BadInput(
                "data_class: whether a field is sensitive is part of its name: add a new field"
            )
        row.data_class = data_class
    if retired is not None:
        row.retired_at = (row.retired_at or now()) if retired else None
    session.flush()
    _record(session, principal, row, "field:change")
    return _view(row)


def list_fields(session: Session, principal: Principal, unit_id: int) -> list[FieldView]:
    """The unit's own fields: all for who sets them up, for others those their role opens."""
    require(principal, Permission.CONTACT_LIST)
    within(principal, unit_id)
    rows = session.scalars(
        select(CustomField).where(CustomField.unit_id == unit_id).order_by(CustomField.name)
    )
    everything = principal.may(Permission.FIELD_WRITE)
    return [
        _view(row)
        for row in rows
        if everything or principal.may_see(Permission.CONTACT_READ, row.name)
    ]


def _view(row: CustomField) -> FieldView:
    return FieldView(
        row.id,
        row.unit_id,
        row.name,
        row.label,
        str(row.type),
        tuple(row.choices),
        str(row.data_class),
        row.retired_at is not None,
        row.created_by,
        row.created_at,
    )


def _record(session: Session, principal: Principal, row: CustomField, act: str) -> None:
    ledger.record(
        session,
        principal.id,
        act,
        f"field/{row.id}",
        unit_id=row.unit_id,
        fields=[row.name],
        type=str(row.type),
        data_class=str(row.data_class),
    )


def of_unit(session: Session, unit_id: int) -> Mapping[str, CustomField]:
    """The unit's own fields by name; for the other modules of the record."""
    rows = session.scalars(select(CustomField).where(CustomField.unit_id == unit_id))
    return {row.name: row for row in rows}


def checked(
    session: Session,
    unit_id: int,
    name: str,
    value: str,
    *,
    own: Mapping[str, CustomField] | None = None,
    country: str | None = None,
) -> str:
    """The value as the field keeps it. Raises `BadInput` naming the field and the fix."""
    if name.startswith(CUSTOM):
        found = (own if own is not None else of_unit(session, unit_id)).get(name)
        if found is None or found.retired_at is not None:
            raise NotFound(f"{name}: no such field")
        return values.checked(name, found.type, value, choices=found.choices, country=country)
    return values.checked(name, values.STANDARD.get(name, FieldType.TEXT), value, country=country)


def exists(session: Session, unit_id: int, contact_id: int, name: str) -> bool:
    """Whether a person may write this field of the contact: the product's, the unit's, or one
    that the record has from elsewhere."""
    if name.startswith("channel."):
        return False  # an address belongs to its channel
    if name in values.STANDARD:
        return True
    if name.startswith(CUSTOM):
        return name in of_unit(session, unit_id)
    known = select(Attribute.id).where(Attribute.contact_id == contact_id, Attribute.name == name)
    return session.scalar(known.limit(1)) is not None


def writable(session: Session, contact: Contact) -> list[str]:
    """The fields of a contact that people may write, as far as their roles allow."""
    own = [
        name for name, row in of_unit(session, contact.unit_id).items() if row.retired_at is None
    ]
    there = session.scalars(
        select(Attribute.name).where(Attribute.contact_id == contact.id).distinct()
    )
    plain = [name for name in there if not name.startswith(CUSTOM)]
    return sorted({*values.STANDARD, *own, *plain})


def not_for_masks(session: Session, unit_id: int) -> frozenset[str]:
    """Own fields whose values identify nobody: a mask would hide every "yes" of a conversation."""
    return frozenset(
        name
        for name, row in of_unit(session, unit_id).items()
        if row.data_class is DataClass.NONE or row.type is FieldType.YES_NO
    )
