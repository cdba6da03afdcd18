"""Signed papers for people outside: what they say can be checked without this program.

`ledger/frontdesk_verify.py` reads all of them and describes their form. A document is

    {"kind": …, "body": {…}, "signature": base64, "public_key": base64, "proof": {…} or absent}

signed with the installation's Ed25519 key over its kind and its body in canonical JSON. The proof
shows that the ledger holds an entry which names the document's digest (`detail.document`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import checkpoints, proofs, tree
from ledger.checkpoints import Checkpoint
from ledger.models import Entry
from runtime.errors import Conflict
from runtime.secrets import keys
from runtime.settings import current

PREFIX = b"frontdesk/document/v1\n"


def public_key() -> bytes:
    """The 32 bytes that verify checkpoints and documents of this installation."""
    return (
        keys()
        .signing.public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )


def sign_document(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A signed document. The body holds what JSON holds; floats as Python writes them."""
    return {
        "kind": kind,
        "body": dict(body),
        "signature": base64.b64encode(keys().signing.sign(_signed(kind, body))).decode(),
        "public_key": base64.b64encode(public_key()).decode(),
    }


def digest(kind: str, body: Mapping[str, Any]) -> str:
    """SHA-256 of what is signed (hexadecimal): to be named by the entry about the document.

    Write it as `document=` into that entry, then add `with_proof` once the entry has its place.
    """
    return hashlib.sha256(_signed(kind, body)).hexdigest()


def _signed(kind: str, body: Mapping[str, Any]) -> bytes:
    return PREFIX + kind.encode() + b"\n" + tree.canonical_json(dict(body))


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry with its way to a checkpoint."""

    proof: proofs.Proof
    checkpoint: Checkpoint
    fits: bool
    """Whether the way leads to the root of the checkpoint."""

    def as_data(self) -> dict[str, Any]:
        """As the verifier reads it: an entry, a proof of at most 1 KB, a checkpoint."""
        return {
            "kind": "entry",
            "entry": json.loads(self.proof.entry),
            "proof": self.proof.as_data(),
            "checkpoint": self.checkpoint.note,
            "public_key": base64.b64encode(public_key()).decode(),
        }


def proven(session: Session, entry_id: int) -> Proven:
    """Prove an entry to the first signed checkpoint that covers it.

    Raises `NotFound` for an entry that is not there or has no place yet, `Conflict` when no
    checkpoint covers it yet: the sequencer signs one within five minutes.
    """
    position = session.scalar(select(Entry.position).where(Entry.id == entry_id))
    covering = next(
        (
            point
            for point in checkpoints.read(current().checkpoints())
            if position is not None and point.size >= position
        ),
        None,
    )
    proof = proofs.prove(session, entry_id, size=covering.size if covering else None)
    if covering is None:
        raise Conflict("no signed checkpoint covers this entry yet: try again in some minutes")
    fits = proof.fits() and bytes.fromhex(proof.root) == covering.root
    return Proven(proof, covering, fits)


def with_proof(session: Session, document: Mapping[str, Any], entry_id: int) -> dict[str, Any]:
    """The document with the proof of the entry that names its digest. Raises as `proven`."""
    return {**document, "proof": proven(session, entry_id).as_data()}


def consistent(
    session: Session, first: int, second: int, signed: Sequence[Checkpoint]
) -> tuple[dict[str, Any], int | None]:
    """That the ledger only grew between two sizes, with the checkpoints of these sizes.

    Also returns the size whose checkpoint has another root, None when all fit. Raises `BadInput`.
    """
    found = proofs.consistency(session, first, second)
    roots = {found.first_size: found.first_root, found.second_size: found.second_root}
    points = [point for point in signed if point.size in roots]
    shown = {
        **found.as_data(),
        "checkpoints": [point.note for point in points],
        "public_key": base64.b64encode(public_key()).decode(),
    }
    differs = next((point.size for point in points if point.root != roots[point.size]), None)
    return shown, differs
