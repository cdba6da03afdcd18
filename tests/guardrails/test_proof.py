"""Every request to a model can be proven, and whatever was changed afterwards shows."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, select, update
from typer.testing import CliRunner

from access import people
from guardrails import proof, receipts
from guardrails.models import ModelReceipt
from ledger import entries, jobs
from ledger.models import Entry
from records import contacts, conversations, identities
from records.conversations import Place
from records.identities import Address
from records.models import Contact
from runtime.database import open_session
from runtime.errors import NotFound
from runtime.scope import NOBODY, Scope
from tests.guardrails.conftest import trace

BODIES = (
    b'{"model": "stub-1", "messages": [{"role": "user", "content": "I am [PERSON_1]"}]}',
    '{"model": "stub-1", "input": ["Grüße, [PERSON_1]"]}'.encode(),
)


@pytest.fixture
def told(db) -> tuple[int, list[int]]:
    """A conversation about which a model was asked twice; the ledger is signed over it."""
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(session, "eu")
        people.team_of_unit(session, unit)
        assistant = people.add_assistant(session, name="Mika", units=[unit], languages=["en"])
    with open_session(Scope.of(unit)) as session:
        sender = identities.resolve(
            session, unit_id=unit, channel="web", addresses=[Address("visitor", "v1")], name="Ada"
        )
        contacts.observe(session, sender.contact_id, {"name": "Ada Quill"}, source="crm")
        conversation = conversations.open_conversation(
            session,
            Place(unit, "web", 1, "web-eu", assistant),
            contact_id=sender.contact_id,
            identity_id=sender.identity_id,
        )
    account = trace()
    account.unit_id, account.conversation_id = unit, conversation
    made = [
        receipts.write(account, body, host="model.example", model="stub-1", counts={"PERSON": 1})
        for body in BODIES
    ]
    sign()
    return conversation, made


def sign() -> None:
    with open_session(NOBODY) as session:
        entries.sequence_pending(session)
    with open_session(NOBODY) as session:
        jobs.sign_if_due(session, force=True)


def proved(conversation: int) -> list[proof.Proved]:
    system = people.system(1)
    with open_session(system.scope, read_only=True) as session:
        return proof.conversation(session, system, conversation)


def change(statement) -> None:
    with open_session(Scope.of(1)) as session:
        session.execute(statement)


def command(conversation: int, *options: str):
    from admin_api import cli_data
    from admin_api.cli import app

    before, cli_data._start = cli_data._start, lambda: None  # the test's database is open already
    try:
        arguments = ["guardrails", "prove", "--conversation", str(conversation), *options]
        return CliRunner().invoke(app, arguments)
    finally:
        cli_data._start = before


def test_what_was_told_is_printed_and_proven(told):
    conversation, made = told
    done = command(conversation)
    assert done.exit_code == 0, done.output
    assert "I am [PERSON_1]" in done.output
    assert "Grüße, [PERSON_1]" in done.output
    assert done.output.count("proven: ledger entry") == 2
    assert "under the signed root" in done.output
    assert "mask/2+policy/0" in done.output
    data = json.loads(command(conversation, "--json").output)
    assert data["ok"] is True
    assert [call["receipt"] for call in data["calls"]] == made
    assert [call["body"].encode() for call in data["calls"]] == list(BODIES)


def test_an_unsigned_entry_fits_and_is_said_to_be_unsigned(told):
    conversation, _ = told
    account = trace()
    account.unit_id, account.conversation_id = 1, conversation
    receipts.write(account, BODIES[0], host="model.example", model="stub-1", counts={})
    assert [one.standing for one in proved(conversation)] == ["signed", "signed", "pending"]
    done = command(conversation)
    assert done.exit_code == 0
    assert "no checkpoint is signed over it yet" in done.output


def test_a_changed_body_is_named(told):
    conversation, (first, second) = told
    with open_session(Scope.of(1), read_only=True) as session:
        sealed = session.scalar(select(ModelReceipt.body_sealed).where(ModelReceipt.id == second))
    flipped = bytes([*sealed[:-1], sealed[-1] ^ 1])
    change(update(ModelReceipt).where(ModelReceipt.id == second).values(body_sealed=flipped))
    assert [one.faults for one in proved(conversation)] == [(), ("sealed",)]
    done = command(conversation)
    assert done.exit_code == 1
    assert f"FAILS: receipt {second}: its body cannot be opened" in done.output
    assert f"FAILS: receipt {first}" not in done.output


def test_another_body_sealed_in_its_place_is_named(told):
    """Whoever holds the keys can seal another body; its hash still is another one."""
    from records import sealing
    from runtime.secrets import seal

    conversation, (first, _) = told
    with open_session(Scope.of(1)) as session:
        row = session.scalar(select(ModelReceipt).where(ModelReceipt.id == first))
        key = sealing.data_key(session, row.contact_id)
        place = f"1|model_receipt|{row.body_sha256}|body"
        row.body_sealed = seal(key, b'{"messages": []}', context=place)
    assert [one.faults for one in proved(conversation)] == [("body",), ()]
    assert command(conversation).exit_code == 1


def test_a_receipt_rewritten_with_its_hash_differs_from_the_ledger(told):
    import hashlib

    from records import sealing
    from runtime.secrets import seal

    conversation, (first, _) = told
    other = b'{"messages": []}'
    digest = hashlib.sha256(other).hexdigest()
    with open_session(Scope.of(1)) as session:
        row = session.scalar(select(ModelReceipt).where(ModelReceipt.id == first))
        key = sealing.data_key(session, row.contact_id)
        row.body_sealed = seal(key, other, context=f"1|model_receipt|{digest}|body")
        row.body_sha256 = digest
    assert [one.faults for one in proved(conversation)] == [("entry_differs",), ()]
    done = command(conversation)
    assert done.exit_code == 1
    assert f"FAILS: receipt {first}: the ledger names another hash" in done.output


def test_a_changed_hash_opens_no_body_and_differs_from_the_ledger(told):
    conversation, (first, _) = told
    change(update(ModelReceipt).where(ModelReceipt.id == first).values(body_sha256="0" * 64))
    (found, _) = proved(conversation)
    assert found.faults == ("sealed", "entry_differs")
    assert (found.erased, found.receipt.model, found.receipt.body) == (False, "stub-1", "")
    done = command(conversation)
    assert done.exit_code == 1
    assert f"FAILS: receipt {first}: the ledger names another hash" in done.output


def test_a_deleted_receipt_is_named_by_its_entry(told):
    conversation, (first, second) = told
    change(delete(ModelReceipt).where(ModelReceipt.id == first))
    assert [(one.receipt_id, one.faults) for one in proved(conversation)] == [
        (first, ("receipt_missing",)),
        (second, ()),
    ]
    done = command(conversation)
    assert done.exit_code == 1
    assert f"FAILS: receipt {first}: the ledger names it, but it is gone" in done.output


def test_a_deleted_entry_is_named_by_its_receipt_and_by_the_ledger(told):
    conversation, (first, second) = told
    with open_session(Scope.of(1), read_only=True) as session:
        found = next(
            entry
            for entry in entries.of_units(session, [1], action="model:call")
            if entry.detail["receipt"] == first
        )
    change(delete(Entry).where(Entry.id == found.id))
    faults = {one.receipt_id: one.faults for one in proved(conversation)}
    assert faults[first] == ("entry_missing",)
    assert faults[second] == ()  # what was signed of it is still provable
    done = command(conversation)
    assert done.exit_code == 1
    assert f"FAILS: receipt {first}: the ledger has no entry for it" in done.output
    assert f"FAILS: the ledger: entry {found.position} is missing" in done.output


def test_a_changed_entry_does_not_lead_to_the_signed_root(told):
    conversation, _ = told
    with open_session(Scope.of(1)) as session:
        entry = session.scalars(select(Entry).where(Entry.action == "model:call")).first()
        session.execute(update(Entry).where(Entry.id == entry.id).values(actor="user/9"))
    assert [one.faults for one in proved(conversation)] == [("root",), ()]
    assert command(conversation).exit_code == 1


def test_after_erasure_the_body_is_gone_and_the_hash_is_still_proven(told):
    conversation, _ = told
    change(update(ModelReceipt).values(contact_id=999))  # as when the contact's key is gone
    assert [(one.ok, one.erased) for one in proved(conversation)] == [(True, True)] * 2
    done = command(conversation)
    assert done.exit_code == 0
    assert "the contact was erased" in done.output
    assert "PERSON_1" not in done.output


def test_a_conversation_without_calls_and_one_that_is_not_there(told):
    with open_session(Scope.of(1)) as session:
        conversations.close(session, people.system(1), told[0])
        contact = session.scalar(select(Contact.id))
        other = conversations.open_conversation(
            session, Place(1, "web", 1, "web-eu", None), contact_id=contact, identity_id=1
        )
    done = command(other)
    assert done.exit_code == 0
    assert "no model was asked" in done.output
    with pytest.raises(NotFound):
        proved(999)


def test_one_receipt_is_verified_by_itself(told):
    _, (first, _) = told
    system = people.system(1)
    with open_session(system.scope, read_only=True) as session:
        found = proof.one(session, system, first)
        with pytest.raises(NotFound):
            proof.one(session, system, 999)
    assert found.ok
    assert found.standing == "signed"
    assert found.size >= found.position
