"""Certificates of erasure: signed with the installation's key, checkable without the product."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from sqlalchemy import select
from sqlalchemy.orm import Session

from access import Permission, Principal, require
from ledger import checkpoints, entries
from records.privacy_models import Erasure
from runtime.errors import Conflict, NotFound
from runtime.secrets import keys


@dataclass(frozen=True, slots=True)
class ErasureView:
    """An erasure as the desk lists it. `certified` once its certificate can be fetched."""

    id: int
    unit_id: int
    contact_id: int
    requested_by: str
    approved_by: str
    approval_id: int | None
    erased_at: datetime
    scrubbed_at: datetime | None
    rows: int
    kept: tuple[str, ...]
    reapplied: bool
    certified: bool


def sign(row: Erasure, *, left_to_the_database: list[str]) -> None:
    """Write the certificate of an erasure that is through."""
    body = {
        "type": "frontdesk/erasure/1",
        "erasure": row.ref,
        "unit": row.unit_id,
        "contact": row.contact_id,
        "requested_by": row.requested_by,
        "approved_by": row.approved_by,
        "approval": row.approval_id,
        "erased_at": row.erased_at.isoformat(),
        "scrubbed_at": row.scrubbed_at.isoformat() if row.scrubbed_at else None,
        "deleted_rows": row.counts,
        "kept": row.kept,
        "data_key": "kept for what a legal hold needs" if row.kept else "destroyed",
        "left_to_the_database": left_to_the_database,
        "reapplied_after_restore": row.reapplied,
    }
    row.body = canonical(body)
    row.signature = base64.b64encode(keys().signing.sign(signed(row.body))).decode()


def signed(body: str) -> bytes:
    """The bytes that are signed: the form of a document, its kind, its canonical body."""
    return f"frontdesk/document/v1\nerasure\n{body}".encode()


def canonical(body: dict[str, Any]) -> str:
    """JSON with sorted keys and no spaces: what is signed, in UTF-8."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(row: Erasure) -> str:
    """SHA-256 of what was signed."""
    return hashlib.sha256(signed(row.body or "")).hexdigest()


def listed(session: Session, principal: Principal, *, limit: int = 100) -> list[ErasureView]:
    """The erasures of the principal's units, newest first. Raises `Denied`."""
    require(principal, Permission.PRIVACY_READ)
    rows = session.scalars(
        select(Erasure)
        .where(Erasure.unit_id.in_(principal.units), Erasure.contact_id > 0)
        .order_by(Erasure.id.desc())
        .limit(limit)
    )
    return [_view(row) for row in rows]


def _view(row: Erasure) -> ErasureView:
    return ErasureView(
        row.id, row.unit_id, row.contact_id, row.requested_by, row.approved_by, row.approval_id,
        row.erased_at, row.scrubbed_at, sum(row.counts.values()),
        tuple(each["store"] for each in row.kept), row.reapplied, row.signature is not None,
    )  # fmt: skip


def certificate(session: Session, principal: Principal, erasure_id: int) -> dict[str, Any]:
    """The certificate with the proof that the ledger has it; everything to check it offline.

    `signature` is Ed25519 over `signed` of the canonical JSON of `body`, `public_key` the raw key, both in
    base64. `proof` is None until the ledger has given the entry its place. Raises `Denied`,
    `NotFound`, `Conflict` while the erasure is not through.
    """
    require(principal, Permission.PRIVACY_READ)
    row = session.scalar(select(Erasure).where(Erasure.id == erasure_id))
    if row is None or row.unit_id not in principal.units:
        raise NotFound("no such erasure")
    if row.body is None:
        raise Conflict("the erasure is not through yet: ask again in a moment")
    public = (
        keys()
        .signing.public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    return {
        "kind": "erasure",
        "body": json.loads(row.body),
        "signature": row.signature,
        "public_key": base64.b64encode(public).decode(),
        "proof": _proof(session, row),
    }


def _proof(session: Session, row: Erasure) -> dict[str, Any] | None:
    """That an entry with the certificate's hash is in the ledger."""
    found = entries.of_units(
        session, [row.unit_id], subject=f"contact/{row.contact_id}", action="contact:erased"
    )
    mine = next((entry for entry in found if entry.detail.get("erasure") == row.id), None)
    if mine is None or mine.position is None:
        return None
    proof = checkpoints.prove(session, mine.id)
    return {
        "entry": proof.entry, "position": proof.position, "size": proof.size, "root": proof.root,
        "path": list(proof.path),
    }  # fmt: skip
