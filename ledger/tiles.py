"""The tree's inner hashes, kept sixteen to a row, so that a proof reads some rows and not all.

A tile of level 0 holds the hashes of sixteen neighbouring leaves, one of level 1 the roots of
sixteen tiles of level 0, and so on. Tiles are derived: who changes them can hinder a proof, never
make a false one, for every proof ends at a signed root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import tree
from ledger.models import Entry, Head, Tile
from runtime.bulk import put_all

HEIGHT = 4
WIDTH = 1 << HEIGHT
_HASH = 32
_READ = 8192
"""Leaves read at once when tiles are made from entries that have their place already."""


class Reader:
    """Hashes of complete subtrees, read from their tiles, each tile once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tiles: dict[tuple[int, int], bytes] = {}
        self.rows = 0
        """How many rows were read."""

    def node(self, height: int, number: int) -> bytes:
        """The root of the complete subtree over leaves `number << height` and the following.

        Raises `ValueError` when the tiles do not hold it.
        """
        level, above = divmod(height, HEIGHT)
        first = number << above
        tile = self._tile(level, first // WIDTH)
        start = first % WIDTH
        hashes = [tile[at * _HASH : (at + 1) * _HASH] for at in range(start, start + (1 << above))]
        if len(hashes[-1]) != _HASH:
            raise ValueError("the tiles do not reach so far")
        return tree.root_of(hashes)

    def _tile(self, level: int, number: int) -> bytes:
        place = (level, number)
        if place not in self._tiles:
            query = select(Tile.hashes).where(Tile.level == level, Tile.number == number)
            self._tiles[place] = self._session.scalar(query) or b""
            self.rows += 1
        return self._tiles[place]


def extend(session: Session, head: Head, leaves: list[bytes]) -> None:
    """Take the leaves that were just placed into the tiles; the caller holds the head's lock.

    `head.size` counts them already. Tiles that lag behind (a ledger of before there were any) are
    made up for first.
    """
    before = head.size - len(leaves)
    while head.tiled < before:
        read = session.scalars(
            select(Entry.leaf)
            .where(Entry.position > head.tiled, Entry.position <= min(before, head.tiled + _READ))
            .order_by(Entry.position)
        )
        _grow(session, head, [bytes.fromhex(leaf) for leaf in read if leaf is not None])
    _grow(session, head, leaves)


def _grow(session: Session, head: Head, leaves: list[bytes]) -> None:
    begun = {tile.level: bytes(tile.hashes) for tile in _last(session, head.tiled)}
    rows = list(_grown(head.tiled, begun, leaves))
    put_all(session, Tile, ["level", "number"], rows)
    head.tiled += len(leaves)


def _last(session: Session, size: int) -> Iterator[Tile]:
    """The tiles at the right edge that are not full yet."""
    level, count = 0, size
    while count:
        if count % WIDTH:
            yield session.scalars(
                select(Tile).where(Tile.level == level, Tile.number == count // WIDTH)
            ).one()
        level, count = level + 1, count // WIDTH


def _grown(
    size: int, begun: dict[int, bytes], hashes: Iterable[bytes], level: int = 0
) -> Iterator[dict[str, Any]]:
    """The tiles that change when these hashes are added to the `size` hashes of a level."""
    number, held = divmod(size, WIDTH)
    tile = begun.get(level, b"") if held else b""
    full: list[bytes] = []
    for each in hashes:
        tile += each
        if len(tile) == WIDTH * _HASH:
            yield {"level": level, "number": number, "hashes": tile}
            full.append(_root_of(tile))
            number, tile = number + 1, b""
    if tile:
        yield {"level": level, "number": number, "hashes": tile}
    if full:
        yield from _grown(size // WIDTH, begun, full, level + 1)


def _root_of(tile: bytes) -> bytes:
    return tree.root_of([tile[at : at + _HASH] for at in range(0, len(tile), _HASH)])
