"""Paths through the tree, held against a plain reading of RFC 6962 that shares nothing."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

import ledger
from ledger import entries, proofs, tiles, tree
from ledger.models import Entry, Head, Tile
from runtime.database import open_session
from runtime.errors import BadInput
from runtime.scope import NOBODY


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word, over the leaves themselves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def plain_path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*plain_path(m, leaves[:k]), mth(leaves[k:])]
    return [*plain_path(m - k, leaves[k:]), mth(leaves[:k])]


def plain_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*plain_subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*plain_subproof(m - k, leaves[k:], False), mth(leaves[:k])]


LEAVES = st.integers(1, 90).map(lambda count: [str(n).encode() for n in range(count)])


@given(LEAVES, st.data())
def test_paths_and_roots_are_those_of_the_rfc(leaves, data):
    node = tree.nodes_of([tree.leaf_hash(leaf) for leaf in leaves])
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    assert tree.range_root(node, 0, size) == mth(leaves)
    assert tree.audit_path(index, size, node) == plain_path(index, leaves)
    path = tree.consistency_path(old, size, node)
    assert path == plain_subproof(old, leaves, True)
    roots = (mth(leaves[:old]), mth(leaves))
    assert tree.roots_from_path(old, size, roots[0], path) == roots


@given(LEAVES, st.data())
def test_no_other_history_has_a_consistency_path(leaves, data):
    """Whoever changed one of the older leaves cannot show that the tree only grew."""
    size = len(leaves)
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))
    other = [*leaves]
    other[changed] = b"another"
    node = tree.nodes_of([tree.leaf_hash(leaf) for leaf in other])
    path = tree.consistency_path(old, size, node)
    signed = mth(leaves[:old])
    assert tree.roots_from_path(old, size, signed, path) != (signed, mth(other))


@given(LEAVES, st.data())
def test_a_path_of_the_wrong_length_is_refused(leaves, data):
    size = len(leaves)
    old = data.draw(st.integers(1, size))
    node = tree.nodes_of([tree.leaf_hash(leaf) for leaf in leaves])
    path = tree.consistency_path(old, size, node)
    with pytest.raises(ValueError, match="too long"):
        tree.roots_from_path(old, size, mth(leaves[:old]), [*path, b"x" * 32])
    if len(path) > 1:
        with pytest.raises(ValueError, match="too short"):
            tree.roots_from_path(old, size, mth(leaves[:old]), path[:-1])


def write(count: int) -> None:
    with open_session(NOBODY) as session:
        for number in range(count):
            ledger.record(session, "user/1", "x:y", f"thing/{number}", unit_id=1)


def place(batch: int) -> None:
    with open_session(NOBODY) as session:
        while entries.sequence_pending(session, batch=batch) == batch:
            session.flush()


@pytest.mark.parametrize("batch", [1, 7, 16, 100])
def test_tiles_lead_to_the_roots_of_the_rfc_however_the_ledger_grew(db, batch):
    write(300)
    place(batch)
    write(21)
    place(batch)
    with open_session(NOBODY, read_only=True) as session:
        rows = session.execute(select(*entries.FACTS).order_by(Entry.position)).all()
        said = [entries.facts(row, row.position) for row in rows]
        for size in (1, 2, 15, 16, 17, 255, 256, 257, 300, 320, 321):
            for row in (rows[0], rows[size // 2], rows[size - 1]):
                proof = proofs.prove(session, row.id, size=size)
                assert proof.root == mth(said[:size]).hex()
                assert [bytes.fromhex(step) for step in proof.path] == plain_path(
                    row.position - 1, said[:size]
                )
                assert proof.fits()
            shown = proofs.consistency(session, max(1, size // 3), size)
            assert list(shown.path) == plain_subproof(max(1, size // 3), said[:size], True)


def test_tiles_of_a_ledger_from_before_there_were_any_are_made_up_for(db):
    write(100)
    place(30)
    with open_session(NOBODY) as session:
        kept = {(tile.level, tile.number): tile.hashes for tile in session.scalars(select(Tile))}
        session.query(Tile).delete()
        session.query(Head).update({Head.tiled: 0})
    write(1)
    place(30)
    with open_session(NOBODY, read_only=True) as session:
        made = {(tile.level, tile.number): tile.hashes for tile in session.scalars(select(Tile))}
        assert proofs.prove(session, 101).fits()
    assert set(made) == set(kept)
    assert all(made[place][: len(kept[place])] == kept[place] for place in kept)


def test_a_proof_reads_some_rows_however_long_the_ledger_is(db):
    write(1000)
    place(1000)
    with open_session(NOBODY, read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(Tile)) < 1000 / 14
        reader = tiles.Reader(session)
        tree.audit_path(500, 999, reader.node)
        assert reader.rows <= 2 * 3


def test_sizes_that_never_were_are_refused(db):
    write(3)
    place(10)
    with open_session(NOBODY, read_only=True) as session:
        for first, second in ((0, 3), (2, 4), (3, 2)):
            with pytest.raises(BadInput):
                proofs.consistency(session, first, second)
