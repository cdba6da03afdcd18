"""A contact as one principal may see it anywhere: what it is called, and what is blacked out.

A phone number is as hidden in a name, a preview or a file's name as in its own field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from access import Permission, Principal, Resource, decide
from records import reaching, sealing
from records.models import Attribute, Contact, Identity

BLACKED_OUT = "•••"
ENDINGS = frozenset({"email", "mobile", "phone", "telephone"})
"""Attributes that identify a person wherever they are quoted, by the last part of their name."""
_RUN = re.compile(r"\+?\d(?:[\s().\-/]*\d)*")
LOCAL = 7
"""Digits from the end that make two spellings of a phone number the same."""


@dataclass(frozen=True, slots=True)
class Lens:
    """`name` is what to call the contact; `hidden` the identifiers the principal may not see."""

    name: str
    hidden: tuple[str, ...] = ()

    def text(self, value: str) -> str:
        """The text with hidden identifiers blacked out, however they are spelled."""
        return black_out(value, self.hidden) if self.hidden and value else value

    def data(self, value: Any) -> Any:
        """The same for every text in JSON data; keys stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.data(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and str(value) in self.hidden:
            return BLACKED_OUT
        return value


def black_out(text: str, hidden: Iterable[str]) -> str:
    """Replace every occurrence of these identifiers; numbers are compared by their digits."""
    numbers: list[str] = []
    for value in hidden:
        if re.search(r"[^\d\s().+\-/]", value):
            text = re.sub(re.escape(value), BLACKED_OUT, text, flags=re.IGNORECASE)
        else:
            numbers.append(re.sub(r"\D", "", value))

    def instead(run: re.Match[str]) -> str:
        return BLACKED_OUT if _is_one_of(re.sub(r"\D", "", run[0]), numbers) else run[0]

    return _RUN.sub(instead, text) if numbers else text


def _is_one_of(digits: str, numbers: list[str]) -> bool:
    national = digits.lstrip("0")
    for number in numbers:
        if digits == number:
            return True
        if min(len(national), len(number)) < LOCAL:
            continue
        if number.endswith(national) or national.endswith(number):
            return True
    return False


def lens(session: Session, principal: Principal, contact_id: int) -> Lens:
    """How this principal sees the contact; the caller records the reading."""
    contact = session.scalar(select(Contact).where(Contact.id == contact_id))
    if contact is None:
        return Lens(f"Customer {contact_id}")
    resource = _resource(session, principal, contact)
    key = sealing.data_key(session, contact_id)
    rows = session.scalars(
        select(Attribute)
        .where(Attribute.contact_id == contact_id)
        .order_by(Attribute.observed_at, Attribute.id)
    ).all()
    asked = [row for row in rows if row.name == "name" or row.name.rpartition(".")[2] in ENDINGS]
    addresses = session.scalars(select(Identity).where(Identity.contact_id == contact_id)).all()
    fields = {row.name for row in asked} | {f"channel.{each.kind}" for each in addresses}
    seen = decide(principal, Permission.CONTACT_READ, resource, sorted(fields)).seen
    hidden = [
        sealing.unseal(key, row, "value")
        for row in asked
        if row.name != "name" and row.name not in seen
    ]
    hidden += [
        sealing.unseal(key, each, "address")
        for each in addresses
        if f"channel.{each.kind}" not in seen
    ]
    kept = tuple(dict.fromkeys(value for value in hidden if value.strip()))
    names = [row for row in asked if row.name == "name"]
    # An empty one says that the name was taken out.
    name = sealing.unseal(key, names[-1], "value") if names and "name" in seen else ""
    return Lens(black_out(name, kept) if name else f"Customer {contact_id}", kept)


def _resource(session: Session, principal: Principal, contact: Contact) -> Resource:
    if reaching.everywhere(principal, Permission.CONTACT_READ):
        return Resource("contact", contact.unit_id)
    return reaching.of_contact(session, contact)
