"""The stand-alone verifier, held against test vectors, the library, and our own proofs."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from ledger import checkpoints, documents, frontdesk_verify, jobs
from runtime.database import open_session
from runtime.scope import NOBODY

# RFC 8032, 7.1: public key, message, signature.
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
)


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032(key, message, signature):
    given = [bytes.fromhex(each) for each in (key, signature, message)]
    assert frontdesk_verify.signed_by(*given)
    for at in range(3):
        other = [bytearray(each) for each in given]
        if other[at]:
            other[at][0] ^= 1
            assert not frontdesk_verify.signed_by(*(bytes(each) for each in other))


@settings(max_examples=25)
@given(st.binary(max_size=80), st.integers(0, 511))
def test_it_agrees_with_the_library(message, bit):
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = key.sign(message)
    assert frontdesk_verify.signed_by(public, signature, message)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8
    assert not frontdesk_verify.signed_by(public, bytes(changed), message)
    high = int.from_bytes(signature[32:], "little") + frontdesk_verify.L
    if high < 1 << 256:  # the same signature in another form must not pass
        forged = signature[:32] + high.to_bytes(32, "little")
        assert not frontdesk_verify.signed_by(public, forged, message)


@pytest.fixture
def grown(db, configured):
    for count in (5, 8):
        with open_session(NOBODY) as session:
            for number in range(count):
                ledger.record(session, "user/1", "contact:erase", f"contact/{number}", unit_id=1)
        jobs.catch_up()
    return configured.checkpoints()


def check(given) -> list[str]:
    text = given if isinstance(given, str) else json.dumps(given)
    return frontdesk_verify.check(text, documents.public_key())


def test_entries_checkpoints_and_growth(grown):
    with open_session(NOBODY, read_only=True) as session:
        shown, differs = documents.consistent(session, 5, 13, checkpoints.read(grown))
        for number in range(1, 14):
            assert "is in the ledger" in check(documents.proven(session, number).as_data())[0]
    assert differs is None
    assert check(shown) == ["the first 5 of 13 entries are unchanged"]
    assert check(grown.read_text()) == ["2 checkpoints are signed, up to size 13"]
    lines = [
        json.dumps({"event": "x", "checkpoint": point.note}) for point in checkpoints.read(grown)
    ]
    assert check("\n".join(lines)) == ["2 checkpoints are signed, up to size 13"]


def test_what_does_not_fit_is_refused(grown):
    with open_session(NOBODY, read_only=True) as session:
        shown, _ = documents.consistent(session, 5, 13, checkpoints.read(grown))
        proven = documents.proven(session, 3).as_data()
    wrong = base64.b64encode(bytes(32)).decode()
    for change in (
        {**proven, "entry": {**proven["entry"], "actor": "user/2"}},
        {**proven, "checkpoint": proven["checkpoint"].replace("\n5\n", "\n6\n")},
        {**proven, "proof": {**proven["proof"], "position": 4}},
        {**proven, "proof": {**proven["proof"], "path": wrong}},
        {**proven, "proof": {}},
        {**shown, "path": wrong},
        {**shown, "first": {"size": 5, "root": wrong}},
        {"kind": "entry"},
        grown.read_text().replace("\n13\n", "\n14\n"),
    ):
        with pytest.raises(frontdesk_verify.Bad):
            check(change)


def test_a_certificate_is_signed_and_named_by_the_ledger(grown):
    """The form that erasure certificates have."""
    body = {"contact": 3, "at": "2026-11-24T20:00:00+00:00", "tables": {"message": 7}}
    paper = documents.sign_document("erasure", body)
    assert "MISSING" in check(paper)[1]
    with open_session(NOBODY) as session:
        ledger.record(session, "user/1", "contact:erase", "contact/3", unit_id=1,
                      document=documents.digest("erasure", body))  # fmt: skip
    jobs.catch_up()
    with open_session(NOBODY, read_only=True) as session:
        whole = documents.with_proof(session, paper, 14)
        about_another = documents.with_proof(session, paper, 13)
    assert check(whole) == [
        "the erasure is signed and unchanged", "entry no. 14 of the ledger names it",
    ]  # fmt: skip
    with pytest.raises(frontdesk_verify.Bad, match="another document"):
        check(about_another)
    with pytest.raises(frontdesk_verify.Bad, match="was changed"):
        check({**whole, "body": {**body, "contact": 4}})


def test_a_size_that_no_checkpoint_vouches_for_is_named(grown):
    with open_session(NOBODY, read_only=True) as session:
        shown, _ = documents.consistent(session, 4, 13, checkpoints.read(grown))
    assert check(shown)[1] == "MISSING: no signed checkpoint of size 4 is in the file"
