"""Show somebody outside that an entry is in the ledger, and that the ledger has only grown."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import tree
from ledger.entries import FACTS, facts
from ledger.models import Entry, Head
from ledger.tiles import Reader
from runtime.errors import BadInput, Conflict, NotFound

UNREADY = "the tree's tiles do not fit its entries: run `frontdesk ledger verify`"


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry, and the hashes that lead from it to a signed root."""

    entry: str
    position: int
    size: int
    root: str
    path: tuple[str, ...]

    def fits(self) -> bool:
        """Whether the entry, as it is now, leads to the root."""
        leaf = tree.leaf_hash(self.entry.encode("utf-8", "surrogatepass"))
        path = [bytes.fromhex(step) for step in self.path]
        try:
            reached = tree.root_from_path(self.position - 1, self.size, leaf, path)
        except ValueError:
            return False
        return reached.hex() == self.root

    def as_data(self) -> dict[str, Any]:
        """The proof without the entry, at most 1 KB: hashes in base64, those of the path in one."""
        return {
            "position": self.position,
            "size": self.size,
            "root": base64.b64encode(bytes.fromhex(self.root)).decode(),
            "path": base64.b64encode(bytes.fromhex("".join(self.path))).decode(),
        }


@dataclass(frozen=True, slots=True)
class Consistency:
    """Two sizes of the ledger, and the hashes that lead from one root to the other."""

    first_size: int
    first_root: bytes
    second_size: int
    second_root: bytes
    path: tuple[bytes, ...]

    def as_data(self) -> dict[str, Any]:
        """Hashes in base64, those of the path in one."""
        return {
            "kind": "consistency",
            "first": {"size": self.first_size, "root": base64.b64encode(self.first_root).decode()},
            "second": {
                "size": self.second_size,
                "root": base64.b64encode(self.second_root).decode(),
            },
            "path": base64.b64encode(b"".join(self.path)).decode(),
        }


def prove(session: Session, entry_id: int, *, size: int | None = None) -> Proof:
    """Prove one entry without showing the others, to the root over the first `size` entries.

    None is all of them. Raises `NotFound` before it is sequenced, or when it is not among them,
    and `Conflict` when hashes are missing. Whether it fits, `Proof.fits` says.
    """
    entry = session.execute(select(*FACTS).where(Entry.id == entry_id)).one_or_none()
    whole = _size(session)
    size = whole if size is None else size
    if entry is None or entry.position is None or entry.position > size or size > whole:
        raise NotFound("no such sequenced entry")
    said = facts(entry, entry.position)
    reader = Reader(session)
    try:
        path = tree.audit_path(entry.position - 1, size, reader.node)
        root = tree.range_root(reader.node, 0, size)
    except ValueError:
        raise Conflict(UNREADY) from None
    return Proof(
        said.decode("utf-8", "surrogatepass"),
        entry.position,
        size,
        root.hex(),
        tuple(step.hex() for step in path),
    )


def consistency(session: Session, first: int, second: int) -> Consistency:
    """Prove that the first `first` of the first `second` entries are still what they were.

    Raises `BadInput` for sizes that the ledger never had, `Conflict` when the hashes do not fit.
    """
    if not 0 < first <= second <= _size(session):
        raise BadInput("sizes: give two sizes that the ledger has had, the smaller first")
    reader = Reader(session)
    try:
        path = tree.consistency_path(first, second, reader.node)
        roots = [tree.range_root(reader.node, 0, size) for size in (first, second)]
        if tree.roots_from_path(first, second, roots[0], path) != (roots[0], roots[1]):
            raise Conflict(UNREADY)
    except ValueError:
        raise Conflict(UNREADY) from None
    return Consistency(first, roots[0], second, roots[1], tuple(path))


def _size(session: Session) -> int:
    return session.scalar(select(Head.tiled).where(Head.id == 1)) or 0
