"""Signed statements "the ledger had this size and this root", kept outside the database.

The text form is that of C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint): origin, size
and root in base64, an empty line, and a note signature with Ed25519.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ledger import tree
from ledger.entries import FACTS, contacts_in, facts
from ledger.models import About, Entry, Head
from runtime.errors import BadInput

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
    note: str = ""
    """The whole as text, to be kept elsewhere or handed to a verifier."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that does not fit. `position` is None when it concerns the whole."""

    kind: str
    position: int | None
    text: str


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
    point = Checkpoint(head.size, root, body.encode(), signature, f"{body}\n{line}")
    keep(point, path)
    return point


def keep(point: Checkpoint, path: Path) -> None:
    """Append a checkpoint to a file, and make sure it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{point.note}\n")
        file.flush()
        os.fsync(file.fileno())


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
        note = f"{body.decode()}\n{lines[3]}\n"
        found.append(Checkpoint(size, root, body, signature, note))
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
    head = session.execute(select(Head.size, Head.tiled)).one_or_none()
    until = None if head is None else max(head.size, *wanted, 0)
    missing: list[int] = []
    size, finding = _recompute(_placed(session, until, missing), wanted)
    if finding is not None:
        return finding
    if missing:
        text = f"whom entry {missing[0]} is about is missing from the index of contacts"
        return Finding("index", missing[0], text)
    largest = max(wanted, default=0)
    if largest > size:
        return Finding("cut", size + 1, f"entries {size + 1} to {largest} are missing at the end")
    if head is not None and head.size > size:
        return Finding("cut", size + 1, f"the head counts {head.size} entries, {size} are there")
    return None


_READ = 5000


def _placed(session: Session, until: int | None, missing: list[int]) -> Iterator[Row[Any]]:
    """The entries in their order, some at a time: a million must not be in memory at once.

    `missing` receives the position of the first one that the index of contacts lacks.
    """
    after = 0
    query = select(*FACTS).order_by(Entry.position).limit(_READ)
    if until is not None:
        query = query.where(Entry.position <= until)
    while rows := session.execute(query.where(Entry.position > after)).all():
        yield from rows
        after = rows[-1].position
        if not missing:
            missing.extend(_not_indexed(session, rows))


def _not_indexed(session: Session, rows: Sequence[Row[Any]]) -> list[int]:
    wanted = {row.id: contacts_in(row.subject, row.detail) for row in rows}
    named = [number for number, contacts in wanted.items() if contacts]
    if not named:
        return []
    first, last = min(named), max(named)
    # Neighbours in the ledger were mostly written one after the other: a range is much quicker.
    near = last - first < 4 * len(rows)
    query = select(About.entry_id, About.contact_id).where(
        About.entry_id.between(first, last) if near else About.entry_id.in_(named)
    )
    there = {(entry, contact) for entry, contact in session.execute(query)}
    for row in rows:
        if any((row.id, contact) not in there for contact in wanted[row.id]):
            return [row.position]
    return []


def _recompute(entries: Iterable[Row[Any]], wanted: dict[int, bytes]) -> tuple[int, Finding | None]:
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
