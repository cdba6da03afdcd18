"""The Merkle tree of RFC 6962, section 2.1, over entries in their canonical form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
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
    return canonical_json(facts)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical_json(value: Any) -> bytes:
    """JSON as the bytes that are hashed and signed: sorted keys, no spaces, UTF-8."""
    # An entry that could not be hashed would hold up all that come after it.
    return _encode(value).encode("utf-8", "surrogatepass")


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


Node = Callable[[int, int], bytes]
"""The root of the complete subtree of a height (0: a leaf) with a number (from 0)."""


def nodes_of(leaves: Sequence[bytes]) -> Node:
    """The subtrees over leaves that are at hand."""
    return lambda height, number: root_of(leaves[number << height : (number + 1) << height])


def range_root(node: Node, start: int, end: int) -> bytes:
    """The root over the leaves from `start` up to `end`; `start` is where a subtree begins."""
    peaks = []
    while start < end:
        height = (end - start).bit_length() - 1
        peaks.append(node(height, start >> height))
        start += 1 << height
    return root(peaks)


def audit_path(index: int, size: int, node: Node) -> list[bytes]:
    """The hashes that prove leaf `index` (from 0) to belong to the root over `size` leaves."""
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(node, middle, end))
            end = middle
        else:
            path.append(range_root(node, start, middle))
            start = middle
    return path[::-1]


def consistency_path(old: int, size: int, node: Node) -> list[bytes]:
    """The hashes that prove the first `old` of `size` leaves to be unchanged (RFC 6962, 2.1.2)."""
    path: list[bytes] = []
    start, end, whole = 0, size, True
    while start + old < end:
        middle = start + _split(end - start)
        if start + old <= middle:
            path.append(range_root(node, middle, end))
            end = middle
        else:
            path.append(range_root(node, start, middle))
            old -= middle - start
            start, whole = middle, False
    if not whole:
        path.append(range_root(node, start, end))
    return path[::-1]


def roots_from_path(
    old: int, size: int, old_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """The roots over `old` and over `size` leaves that a consistency path leads to.

    Raises `ValueError` when its length is wrong. RFC 9162, section 2.1.4.2.
    """
    if not 0 < old <= size:
        raise ValueError("the older size lies outside the newer")
    if old == size:
        if path:
            raise ValueError("the path is too long")
        return old_root, old_root
    left = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not left:
        raise ValueError("the path is too short")
    first, second = old - 1, size - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    older = newer = left[0]
    for step in left[1:]:
        if second == 0:
            raise ValueError("the path is too long")
        if first & 1 or first == second:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            newer = node_hash(newer, step)
        first, second = first >> 1, second >> 1
    if second:
        raise ValueError("the path is too short")
    return older, newer


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
