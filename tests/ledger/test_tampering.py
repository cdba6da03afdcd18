"""Who owns the database can switch off what protects the ledger; what he does is found.

The database is one that migrations made. On PostgreSQL the tampering is done as the server's
superuser with every trigger off, on SQLite by whoever can write the file, the triggers dropped.
"""

# ruff: noqa: S608 - statements put together from what stands here

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner

import ledger
from ledger import checkpoints, entries, jobs
from ledger.models import Head
from runtime import database
from runtime.database import open_session
from runtime.scope import NOBODY
from runtime.secrets import keys

GUARDED = ("ledger_entry", "ledger_about")


@pytest.fixture
def signed(migrated, configured):
    """Forty entries about contacts, checkpoints over twenty and over all of them."""
    for first in (0, 20):
        with open_session(NOBODY) as session:
            for number in range(first, first + 20):
                ledger.record(
                    session, f"user/{number % 3}", "contact:read", f"contact/{number}", unit_id=1
                )
        with open_session(NOBODY) as session:
            jobs.place_all(session)
            assert jobs.sign_if_due(session, force=True)
    return configured.checkpoints()


def as_owner(*statements: str) -> None:
    """Run these with all protection off, and put it back, so that nobody sees it was."""
    if database.is_sqlite():
        with database.engine().begin() as connection:
            triggers = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            for name, _ in triggers:
                connection.execute(text(f"DROP TRIGGER {name}"))
            for statement in statements:
                connection.execute(text(statement))
            for _, made in triggers:
                connection.execute(text(made))
        return
    with database.engine().begin() as connection:
        assert connection.execute(
            text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        ).scalar_one(), "the test means to be a superuser"
        for table in GUARDED:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement))
        for table in GUARDED:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER ALL"))


def rehash() -> None:
    """Make everything consistent again, as the owner of the database could."""
    as_owner(
        "UPDATE ledger_entry SET position = NULL, leaf = NULL, chain = NULL",
        "UPDATE ledger_head SET size = 0, chain = '', peaks = '[]', tiled = 0",
        "DELETE FROM ledger_tile",
    )
    with open_session(NOBODY) as session:
        jobs.place_all(session)


def verify(path):
    with open_session(NOBODY, read_only=True) as session:
        found = checkpoints.read(path)
        return checkpoints.verify(session, found, keys().signing.public_key())


def found(path, kind: str, position: int | None) -> None:
    finding = verify(path)
    assert finding is not None
    assert (finding.kind, finding.position) == (kind, position)


def test_what_was_not_touched_fits(signed):
    assert verify(signed) is None


def test_without_switching_anything_off_it_cannot_be_done(signed):
    attempts = [
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_about",
        "UPDATE ledger_entry SET detail = '{}'",
        "UPDATE ledger_about SET contact_id = 1",
    ]
    if not database.is_sqlite():
        attempts += ["TRUNCATE ledger_entry", "TRUNCATE ledger_about"]
    for statement in attempts:
        with pytest.raises(DatabaseError), database.engine().begin() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "change",
    ["actor = 'user/9'", "action = 'contact:list'", "subject = 'contact/999'", "unit_id = 2",
     "detail = '{\"fields\": []}'", "at = '2020-01-01 00:00:00+00:00'"],
)  # fmt: skip
def test_an_edit(signed, change):
    if database.is_sqlite():
        change = change.replace("+00:00", ".000000")
    as_owner(f"UPDATE ledger_entry SET {change} WHERE position = 7")
    found(signed, "changed", 7)


def test_a_deletion(signed):
    as_owner("DELETE FROM ledger_entry WHERE position = 5")
    found(signed, "deleted", 5)


def test_a_deletion_that_closes_the_gap(signed):
    as_owner("DELETE FROM ledger_entry WHERE position = 5")
    rehash()
    found(signed, "rewritten", 20)


def test_a_swap(signed):
    as_owner(
        "UPDATE ledger_entry SET position = 1000 WHERE position = 3",
        "UPDATE ledger_entry SET position = 3 WHERE position = 4",
        "UPDATE ledger_entry SET position = 4 WHERE position = 1000",
    )
    found(signed, "changed", 3)


def test_a_cut(signed):
    as_owner("DELETE FROM ledger_entry WHERE position > 33")
    found(signed, "cut", 34)
    rehash()
    found(signed, "cut", 34)


def test_a_rewrite_of_everything(signed):
    as_owner("UPDATE ledger_entry SET actor = 'user/9' WHERE position = 2")
    rehash()
    found(signed, "rewritten", 20)


def test_an_entry_slipped_in(signed):
    as_owner(
        "INSERT INTO ledger_entry (id, at, unit_id, actor, action, subject, detail) "
        "SELECT 0, at, unit_id, actor, action, subject, detail FROM ledger_entry WHERE id = 9"
    )
    rehash()
    found(signed, "rewritten", 20)


def test_a_forged_checkpoint(signed):
    as_owner("UPDATE ledger_entry SET actor = 'user/9' WHERE position = 2")
    rehash()
    signed.unlink()
    with open_session(NOBODY, read_only=True) as session:
        head = session.scalars(select(Head)).one()
        checkpoints.write(head, Ed25519PrivateKey.generate(), signed)
    found(signed, "forged", None)


def test_a_contact_taken_out_of_the_index(signed):
    """The entries are whole, but the question "who saw him" would be answered with nobody."""
    as_owner("DELETE FROM ledger_about WHERE contact_id = 11")
    found(signed, "index", 12)


def test_any_single_byte_of_any_entry(signed):
    """One byte of each entry in turn, in a column that changes with the entry's number."""
    with open_session(NOBODY, read_only=True) as session:
        rows = entries.of_units(session, [1], limit=100)
    for entry in rows:
        column = ("actor", "action", "subject")[entry.id % 3]
        before = getattr(entry, column)
        at = entry.id % len(before)
        after = before[:at] + chr(ord(before[at]) ^ 1) + before[at + 1 :]
        as_owner(f"UPDATE ledger_entry SET {column} = '{after}' WHERE id = {entry.id}")
        found(signed, "changed", entry.position)
        as_owner(f"UPDATE ledger_entry SET {column} = '{before}' WHERE id = {entry.id}")
    assert verify(signed) is None


def test_the_command_says_it_by_its_exit(signed, monkeypatch):
    from admin_api import cli, cli_ledger

    monkeypatch.setattr(cli_ledger, "_start", lambda: None)

    def run(*words: str):
        return CliRunner().invoke(cli.app, ["ledger", *words])

    done = run("verify", "--checkpoint", str(signed), "--json")
    assert (done.exit_code, json.loads(done.output)["checkpoints"]) == (0, 2)
    assert run("verify", "--checkpoint", f"{signed}.gone").exit_code == 2
    shown = json.loads(run("consistency", "20", "40").output)
    assert [point.split("\n")[1] for point in shown["checkpoints"]] == ["20", "40"]
    proof = json.loads(run("prove", "9").output)
    assert proof["entry"]["subject"] == "contact/8"
    as_owner("UPDATE ledger_entry SET actor = 'user/9' WHERE position = 9")
    done = run("verify", "--checkpoint", str(signed))
    assert done.exit_code == 1
    assert "entry 9 was changed" in done.output
    assert run("prove", "9").exit_code == 1
    rehash()
    assert run("consistency", "20", "40").exit_code == 1
