"""Reading and writing what is encrypted under a contact's data key."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.models import Attribute, Contact, Identity, Message
from records.record_models import ContactNote, FollowUp
from runtime import secrets
from runtime.errors import NotFound

Sealed = Attribute | Identity | Message | ContactNote | FollowUp


def data_key(session: Session, contact_id: int) -> bytes:
    """The contact's data key, unwrapped once per session. Raises `NotFound`."""
    known: dict[int, bytes] = session.info.setdefault("data_keys", {})
    if contact_id not in known:
        contact = session.scalar(select(Contact).where(Contact.id == contact_id))
        if contact is None:
            raise NotFound("no such contact")
        known[contact_id] = secrets.keys().unwrap(contact.data_key, contact.key_context)
    return known[contact_id]


def seal(key: bytes, row: Sealed, column: str, text: str) -> bytes:
    """Encrypt for this row and column. The row needs its `ref` already."""
    return secrets.seal(key, text, context=_place(row, column))


def unseal(key: bytes, row: Sealed, column: str) -> str:
    """The text of a sealed column, empty when there is none."""
    sealed: bytes | None = getattr(row, f"{column}_sealed")
    return "" if sealed is None else secrets.open_sealed(key, sealed, context=_place(row, column))


def unseal_json(key: bytes, row: Sealed, column: str) -> dict[str, Any]:
    text = unseal(key, row, column)
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def _place(row: Sealed, column: str) -> str:
    return f"{row.unit_id}|{row.__tablename__}|{row.ref}|{column}"


def address_index(unit_id: int, kind: str, address: str) -> str:
    """The keyed hash under which an address is found."""
    return secrets.keys().mac("identity", f"{unit_id}|{kind}|{address}")


def external_index(account_id: int, external_id: str) -> str:
    """The keyed hash under which a platform's message id is found."""
    return secrets.keys().mac("message", f"{account_id}|{external_id}")
