"""Signed statements "the ledger had this size and this root", kept outside the database.

The text form is that of C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint): origin, size
and root in base64, an empty line, and a note signature with Ed25519.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import tree
from ledger.entries import facts
from ledger.models import Entry, Head
from runtime.errors import BadInput, NotFound

log = structlog.get_logger(__name__)

ORIGIN = "frontdesk/ledger"
_END = "\n\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root that were signed."""

    size: int
    root: bytes
    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that does not fit. `position` is None when it concerns the whole."""

    kind: str
    position: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry, and the hashes that lead from it to a signed root."""

    entry: str
    position: int
    size: int
    root: str
    path: tuple[str, ...]


def write(head: Head, key: Ed25519PrivateKey, path: Path) -> Checkpoint:
    """Append a checkpoint for this head to the file, and make sure it is on the disk."""
    root = tree.root([bytes.fromhex(peak) for peak in head.peaks])
    body = f"{ORIGIN}\n{head.size}\n{base64.b64encode(root).decode()}\n"
    public = key.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    hint = hashlib.sha256(f"{ORIGIN}\n".encode() + b"\x01" + public).digest()[:4]
    signature = key.sign(body.encode())
    line = f"\u2014 {ORIGIN} {base64.b64encode(hint + signature).decode()}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{body}\n{line}\n")
        file.flush()
        os.fsync(file.fileno())
    return Checkpoint(head.size, root, body.encode(), signature)


def read(path: Path) -> list[Checkpoint]:
    """All checkpoints of a file. Raises `BadInput` naming the first damaged one.

    One whose end is missing was being written when the power went: it counts as absent, which
    is no more than whoever can write the file could do to it anyway, and the log says so.
    """
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    blocks = [block for block in text.split(f"{ORIGIN}\n") if block.strip()]
    # Each block is "size\nroot\n\n— origin signature\n\n", cut at the origin line of its body,
    # perhaps with the torn beginning of another one behind it.
    found = []
    for number, block in enumerate(blocks, start=1):
        lines = block.split("\n")
        if len(lines) < 6:
            log.warning("checkpoint.torn", number=number)
            continue
        try:
            size, root = int(lines[0]), base64.b64decode(lines[1], validate=True)
            signature = base64.b64decode(lines[3].split(" ")[2], validate=True)[4:]
        except (ValueError, IndexError):
            raise BadInput(f"checkpoint {number} of {path.name} is damaged") from None
        body = f"{ORIGIN}\n{lines[0]}\n{lines[1]}\n".encode()
        found.append(Checkpoint(size, root, body, signature))
    return found


def verify(
    session: Session, checkpoints: Iterable[Checkpoint], key: Ed25519PublicKey
) -> Finding | None:
    """Recompute everything; return the first entry or checkpoint that does not fit, or None."""
    wanted: dict[int, bytes] = {}
    for point in checkpoints:
        try:
            key.verify(point.signature, point.signed)
        except InvalidSignature:
            return Finding(
                "forged", None, f"the checkpoint of size {point.size} has a bad signature"
            )
        if wanted.setdefault(point.size, point.root) != point.root:
            return Finding("forked", None, f"two checkpoints of size {point.size} disagree")
    return _walk(session, wanted)


def _walk(session: Session, wanted: dict[int, bytes]) -> Finding | None:
    # The head first: while this runs, the sequencer goes on behind it.
    head = session.scalar(select(Head).where(Head.id == 1))
    rows = select(Entry).where(Entry.position.is_not(None)).order_by(Entry.position)
    if head is not None:
        rows = rows.where(Entry.position <= max(head.size, *wanted, 0))
    with closing(session.scalars(rows.execution_options(yield_per=1000))) as entries:
        size, finding = _recompute(entries, wanted)
    if finding is not None:
        return finding
    largest = max(wanted, default=0)
    if largest > size:
        return Finding("cut", size + 1, f"entries {size + 1} to {largest} are missing at the end")
    if head is not None and head.size > size:
        return Finding("cut", size + 1, f"the head counts {head.size} entries, {size} are there")
    return None


def _recompute(entries: Iterable[Entry], wanted: dict[int, bytes]) -> tuple[int, Finding | None]:
    """How many entries fit, and the first that does not."""
    peaks: list[bytes] = []
    chain, size = "", 0
    for entry in entries:
        if entry.position != size + 1:
            return size, Finding("deleted", size + 1, f"entry {size + 1} is missing")
        leaf = tree.leaf_hash(facts(entry, entry.position))
        chain = tree.chain_hash(chain, leaf)
        if entry.leaf != leaf.hex() or entry.chain != chain:
            text = f"entry {entry.position} was changed"
            return size, Finding("changed", entry.position, text)
        peaks = tree.append(size, peaks, leaf)
        size += 1
        if size in wanted and tree.root(peaks) != wanted[size]:
            text = f"the first {size} entries are not those of the checkpoint"
            return size, Finding("rewritten", size, text)
    return size, None


def prove(session: Session, entry_id: int, *, size: int | None = None) -> Proof:
    """Prove one entry without showing the others, to the root over the first `size` entries.

    None is all of them. Raises `NotFound` before it is sequenced, or when it is not among them.
    """
    entry = session.scalar(select(Entry).where(Entry.id == entry_id))
    if entry is None or entry.position is None or (size is not None and entry.position > size):
        raise NotFound("no such sequenced entry")
    leaves = [
        bytes.fromhex(leaf)
        for leaf in session.scalars(
            select(Entry.leaf)
            .where(Entry.position.is_not(None))
            .order_by(Entry.position)
            .limit(size)
        )
        if leaf is not None
    ]
    path = tree.audit_path(entry.position - 1, leaves)
    return Proof(
        facts(entry, entry.position).decode(),
        entry.position,
        len(leaves),
        tree.root_of(leaves).hex(),
        tuple(step.hex() for step in path),
    )
