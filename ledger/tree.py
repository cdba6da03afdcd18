"""The Merkle tree of RFC 6962, section 2.1, over entries in their canonical form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any


def canonical(
    *,
    position: int,
    at: datetime,
    unit_id: int,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, Any],
) -> bytes:
    """An entry as the bytes that are hashed: sorted keys, no spaces, UTC milliseconds."""
    facts = {
        "action": action,
        "actor": actor,
        "at": at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "detail": detail,
        "position": position,
        "subject": subject,
        "unit": unit_id,
    }
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # An entry that could not be hashed would hold up all that come after it.
    return text.encode("utf-8", "surrogatepass")


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def chain_hash(previous: str, leaf: bytes) -> str:
    """The link of an entry to all before it (hexadecimal)."""
    return hashlib.sha256(bytes.fromhex(previous) + leaf).hexdigest()


def append(size: int, peaks: list[bytes], leaf: bytes) -> list[bytes]:
    """The subtree roots after one more leaf; `size` is the number of leaves before."""
    grown = [*peaks, leaf]
    while size & 1:
        right = grown.pop()
        grown.append(node_hash(grown.pop(), right))
        size >>= 1
    return grown


def root(peaks: Sequence[bytes]) -> bytes:
    """The tree's root from its complete subtrees, largest first."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    found = peaks[-1]
    for peak in reversed(peaks[:-1]):
        found = node_hash(peak, found)
    return found


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over all these leaves."""
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        peaks = append(size, peaks, leaf)
    return root(peaks)


def audit_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The hashes that prove leaf `index` (from 0) to belong to the root over `leaves`."""
    if len(leaves) <= 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*audit_path(index, leaves[:split]), root_of(leaves[split:])]
    return [*audit_path(index - split, leaves[split:]), root_of(leaves[:split])]


def root_from_path(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that an audit path leads to. Raises `ValueError` when its length is wrong."""
    if size == 1:
        if path:
            raise ValueError("the path is too long")
        return leaf
    if not path:
        raise ValueError("the path is too short")
    split = _split(size)
    if index < split:
        return node_hash(root_from_path(index, split, leaf, path[:-1]), path[-1])
    return node_hash(path[-1], root_from_path(index - split, size - split, leaf, path[:-1]))


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
