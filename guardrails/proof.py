"""Show that a receipt is what was sent: body, receipt and ledger agree, and the ledger is whole.

The hash of the body must be the receipt's, the receipt's must be that of its entry in the ledger,
and the entry must lead to a root that was signed. A deleted receipt shows by its entry, a deleted
entry by its receipt and by the ledger itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.orm import Session

from access import Permission, Principal, require
from guardrails import receipts
from guardrails.receipts import Receipt
from ledger import checkpoints, entries, proofs, tree
from ledger.checkpoints import Checkpoint
from ledger.entries import EntryView
from records import conversations
from runtime.errors import Misconfigured, NotFound
from runtime.secrets import keys
from runtime.settings import current

Fault = Literal[
    "sealed", "body", "entry_missing", "entry_differs", "receipt_missing", "root", "signature"
]

FAULTS: dict[Fault, str] = {
    "sealed": "its body cannot be opened: body or hash were changed",
    "body": "its body does not have the hash that the receipt names",
    "entry_missing": "the ledger has no entry for it",
    "entry_differs": "the ledger names another hash",
    "receipt_missing": "the ledger names it, but it is gone",
    "root": "its entry does not lead to the ledger's signed root",
    "signature": "the checkpoint over its entry is not signed by this installation",
}

Standing = Literal["signed", "placed", "pending", "none"]
"""How far the ledger vouches: under a signed root, in the tree, written, not at all."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What was found about one receipt. `erased`: its contact is gone, and the body with it; the
    hash still stands in the ledger. `receipt` is None when it was deleted, its body empty when it
    cannot be opened."""

    receipt_id: int
    receipt: Receipt | None
    faults: tuple[Fault, ...]
    erased: bool
    standing: Standing
    entry_id: int | None
    position: int | None
    size: int | None
    root: str | None

    @property
    def ok(self) -> bool:
        return not self.faults


def one(session: Session, principal: Principal, receipt_id: int) -> Proved:
    """Verify one receipt. Raises `Denied`, `NotFound`."""
    require(principal, Permission.RECEIPT_READ)
    receipt = _line(session, principal, receipt_id)
    if receipt is None:
        raise NotFound("no such receipt")
    where = (
        f"unit/{receipt.unit_id}"
        if receipt.conversation_id is None
        else f"conversation/{receipt.conversation_id}"
    )
    entry = next(
        (
            entry
            for entry in _entries(session, [receipt.unit_id], where)
            if entry.detail.get("receipt") == receipt_id
        ),
        None,
    )
    return _proved(session, principal, receipt_id, entry, checkpoints.read(current().checkpoints()))


def conversation(session: Session, principal: Principal, conversation_id: int) -> list[Proved]:
    """Verify every request to a model about a conversation, oldest first.

    Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.RECEIPT_READ)
    named = {
        int(entry.detail["receipt"]): entry
        for entry in _entries(session, principal.units, f"conversation/{conversation_id}")
        if str(entry.detail.get("receipt", "")).isdigit()
    }
    kept = {receipt.id for receipt in _pages(session, principal, conversation_id)}
    if not named and not kept:
        conversations.must_exist(session, conversation_id)
    signed = checkpoints.read(current().checkpoints())
    return [
        _proved(session, principal, receipt_id, named.get(receipt_id), signed)
        for receipt_id in sorted(kept | set(named))
    ]


def _pages(session: Session, principal: Principal, conversation_id: int) -> Iterator[Receipt]:
    before = None
    while found := receipts.page(
        session, principal, conversation_id=conversation_id, before=before, limit=500
    ):
        yield from found
        before = found[-1].id


def _line(session: Session, principal: Principal, receipt_id: int) -> Receipt | None:
    """A receipt without its body."""
    found = receipts.page(session, principal, before=receipt_id + 1, limit=1)
    return found[0] if found and found[0].id == receipt_id else None


def _entries(
    session: Session, units: Sequence[int] | frozenset[int], subject: str
) -> Iterator[EntryView]:
    before = None
    while found := entries.of_units(
        session, units, subject=subject, action="model:call", before=before, limit=500
    ):
        yield from found
        before = found[-1].id


def _proved(
    session: Session,
    principal: Principal,
    receipt_id: int,
    entry: EntryView | None,
    signed: Sequence[Checkpoint],
) -> Proved:
    faults: list[Fault] = []
    receipt = None
    try:
        receipt = receipts.one(session, principal, receipt_id)
    except NotFound:
        faults.append("receipt_missing")
    except Misconfigured:
        faults.append("sealed")
        receipt = _line(session, principal, receipt_id)
    erased = receipt is not None and not receipt.body and not faults
    if receipt is not None and receipt.body and _digest(receipt.body) != receipt.body_sha256:
        faults.append("body")
    if entry is None:
        faults.append("entry_missing")
        return Proved(receipt_id, receipt, tuple(faults), erased, "none", None, None, None, None)
    if receipt is not None and entry.detail.get("sha256") != receipt.body_sha256:
        faults.append("entry_differs")
    if entry.position is None:
        return Proved(
            receipt_id, receipt, tuple(faults), erased, "pending", entry.id, None, None, None
        )
    covering = next((point for point in signed if point.size >= entry.position), None)
    proof = proofs.prove(session, entry.id, size=covering.size if covering else None)
    faults += _faults_of(proof, covering, keys().signing.public_key())
    return Proved(
        receipt_id,
        receipt,
        tuple(faults),
        erased,
        "signed" if covering else "placed",
        entry.id,
        proof.position,
        proof.size,
        proof.root,
    )


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _faults_of(
    proof: proofs.Proof, covering: Checkpoint | None, key: Ed25519PublicKey
) -> Iterator[Fault]:
    root = covering.root if covering else bytes.fromhex(proof.root)
    try:
        reached = tree.root_from_path(
            proof.position - 1,
            proof.size,
            tree.leaf_hash(proof.entry.encode()),
            [bytes.fromhex(step) for step in proof.path],
        )
    except ValueError:
        reached = b""
    if reached != root or (covering and proof.size != covering.size):
        yield "root"
    if covering is not None:
        try:
            key.verify(covering.signature, covering.signed)
        except InvalidSignature:
            yield "signature"
