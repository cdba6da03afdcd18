"""The ledger finds every kind of tampering, and proves single entries."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

import ledger
from ledger import checkpoints, entries, jobs, proofs, tree
from ledger.models import About, Entry, Head
from runtime.database import open_session
from runtime.errors import BadInput, NotFound
from runtime.scope import NOBODY
from runtime.secrets import keys


def _write(count: int, *, start: int = 0) -> None:
    with open_session(NOBODY) as session:
        for n in range(start, start + count):
            ledger.record(
                session, f"user/{n % 3}", "contact:read", f"contact/{n}", unit_id=1, fields=["name"]
            )
    with open_session(NOBODY) as session:
        entries.sequence_pending(session)


@pytest.fixture
def signed(db, configured):
    """Twenty entries, a checkpoint over twelve and one over all."""
    _write(12)
    with open_session(NOBODY) as session:
        assert jobs.sign_if_due(session, force=True)
    _write(8, start=12)
    with open_session(NOBODY) as session:
        assert jobs.sign_if_due(session, force=True)
    return configured.checkpoints()


def _verify(path):
    with open_session(NOBODY, read_only=True) as session:
        return checkpoints.verify(session, checkpoints.read(path), keys().signing.public_key())


def _read(path):
    return checkpoints.read(path)


def _tamper(*statements):
    with open_session(NOBODY) as session:
        for statement in statements:
            session.execute(statement)


def _rehash(until: int | None = None) -> None:
    """Rewrite everything consistently, as someone with full access to the database could."""
    with open_session(NOBODY) as session:
        session.execute(update(Entry).values(position=None, leaf=None, chain=None))
        session.execute(update(Head).values(size=0, chain="", peaks=[], tiled=0))
    with open_session(NOBODY) as session:
        entries.sequence_pending(session)


def test_an_untouched_ledger_fits(signed):
    assert _verify(signed) is None


def test_an_edit_is_found(signed):
    _tamper(update(Entry).where(Entry.position == 7).values(subject="contact/999"))
    finding = _verify(signed)
    assert finding is not None
    assert (finding.kind, finding.position) == ("changed", 7)


def test_a_deletion_is_found(signed):
    _tamper(delete(Entry).where(Entry.position == 5))
    finding = _verify(signed)
    assert finding is not None
    assert finding.position == 5


def test_a_swap_is_found(signed):
    _tamper(
        update(Entry).where(Entry.position == 3).values(position=1000),
        update(Entry).where(Entry.position == 4).values(position=3),
        update(Entry).where(Entry.position == 1000).values(position=4),
    )
    finding = _verify(signed)
    assert finding is not None
    assert finding.position == 3


def test_a_cut_tail_is_found_even_when_the_head_was_set_back(signed):
    _tamper(delete(Entry).where(Entry.position > 15))
    _rehash()
    finding = _verify(signed)
    assert finding is not None
    assert (finding.kind, finding.position) == ("cut", 16)


def test_a_full_rewrite_is_found(signed):
    _tamper(update(Entry).where(Entry.id == 2).values(actor="user/9"))
    _rehash()
    finding = _verify(signed)
    assert finding is not None
    assert finding.kind == "rewritten"


def test_a_forged_checkpoint_is_found(signed):
    with open_session(NOBODY, read_only=True) as session:
        head = session.scalars(select(Head)).one()
        checkpoints.write(head, Ed25519PrivateKey.generate(), signed)
    finding = _verify(signed)
    assert finding is not None
    assert finding.kind == "forged"


def test_a_damaged_checkpoint_file_is_named(signed):
    signed.write_text(signed.read_text().replace("\n12\n", "\ntwelve\n"))
    with pytest.raises(BadInput, match="damaged"):
        checkpoints.read(signed)


def test_a_checkpoint_that_was_torn_by_a_power_cut_is_absent_wherever_it_was_torn(signed):
    whole = signed.read_bytes()
    last = whole.rindex(b"frontdesk/ledger\n20\n")
    for end in range(last, len(whole)):
        signed.write_bytes(whole[:end])
        assert _verify(signed) is None
        assert [point.size for point in _read(signed)] in ([12], [12, 20])
        signed.write_bytes(whole[:end] + whole[last:])  # the next one was written behind it
        assert _verify(signed) is None
        assert [point.size for point in _read(signed)] in ([12, 20], [12, 20, 20])
    signed.write_bytes(whole[:10])
    assert _read(signed) == []


def test_an_entry_that_is_committed_after_younger_ones_were_placed_gets_its_place(db, configured):
    _write(3)
    with open_session(NOBODY) as session:
        session.execute(update(Entry).where(Entry.id == 3).values(id=9))
        session.execute(update(About).where(About.entry_id == 3).values(entry_id=9))
    with open_session(NOBODY) as session:
        late = {"actor": "user/1", "action": "x", "subject": "y/1", "unit_id": 1, "detail": {}}
        session.add(Entry(id=5, at=datetime(2026, 1, 1, tzinfo=UTC), **late))
    with open_session(NOBODY) as session:
        assert entries.sequence_pending(session) == 1
    with open_session(NOBODY, read_only=True) as session:
        found = session.scalars(select(Entry.id).order_by(Entry.position)).all()
    assert found == [1, 2, 9, 5]
    assert _verify(configured.checkpoints()) is None


def test_no_entry_can_hold_up_those_that_come_after_it(db, configured):
    with open_session(NOBODY) as session:
        ledger.record(session, "user/1", "x", "y/1", unit_id=1, code="\ud83d")
    _write(1)
    assert _verify(configured.checkpoints()) is None


def test_one_entry_is_proven_without_the_others(signed):
    with open_session(NOBODY, read_only=True) as session:
        wanted = session.scalars(select(Entry).where(Entry.position == 9)).one()
        proof = proofs.prove(session, wanted.id)
    assert json.loads(proof.entry)["subject"] == wanted.subject
    path = [bytes.fromhex(step) for step in proof.path]
    leaf = tree.leaf_hash(proof.entry.encode())
    root = tree.root_from_path(proof.position - 1, proof.size, leaf, path)
    assert root.hex() == proof.root
    other = tree.leaf_hash(proof.entry.replace("contact/8", "contact/7").encode())
    assert tree.root_from_path(proof.position - 1, proof.size, other, path) != root


def test_an_entry_without_a_place_is_not_proven(db):
    with open_session(NOBODY) as session:
        ledger.record(session, "user/1", "x", "y/1", unit_id=1)
    with pytest.raises(NotFound), open_session(NOBODY) as session:
        proofs.prove(session, 1)


def test_a_rolled_back_act_leaves_no_entry(db):
    with pytest.raises(RuntimeError), open_session(NOBODY) as session:
        ledger.record(session, "user/1", "x", "y/1", unit_id=1)
        raise RuntimeError
    with open_session(NOBODY) as session:
        assert not entries.pending(session)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_every_audit_path_leads_to_the_root_and_appending_equals_building(leaves, data):
    hashed = [tree.leaf_hash(leaf) for leaf in leaves]
    index = data.draw(st.integers(0, len(hashed) - 1))
    root = tree.root_of(hashed)
    path = tree.audit_path(index, len(hashed), tree.nodes_of(hashed))
    assert tree.root_from_path(index, len(hashed), hashed[index], path) == root
    assert len(path) <= max(1, len(hashed) - 1).bit_length()


def test_the_tree_is_that_of_rfc_6962():
    """The first roots of the test vectors in Certificate Transparency's reference code."""
    leaves = [b"", b"\x00", b"\x10", b"\x20\x21"]
    hashed = [tree.leaf_hash(leaf) for leaf in leaves]
    assert tree.root_of([]).hex().startswith("e3b0c44298fc1c14")
    assert tree.root_of(hashed[:1]).hex().startswith("6e340b9cffb37a98")
    assert tree.root_of(hashed[:2]).hex().startswith("fac54203e7cc696c")
    assert tree.root_of(hashed[:3]).hex().startswith("aeb6bcfe274b70a1")
    assert tree.root_of(hashed[:4]).hex().startswith("d37ee418976dd957")
