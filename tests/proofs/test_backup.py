"""What was kept comes back as it was, on both databases; what was touched is refused untouched."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from access import people
from admin_api import backup, restore
from knowledge import cases, index, ingest
from knowledge.cases import Expectation
from ledger import checkpoints, entries
from ledger import jobs as ledger_jobs
from records import contacts, identities
from records.identities import Address
from runtime import archive, database, jobs, logs, migrate, plugins, secrets, settings
from runtime.database import open_session
from runtime.errors import BadInput
from runtime.scope import NOBODY, Scope
from runtime.settings import Settings
from tests.conftest import serve
from tests.restricted import server

TOKENS = ("Quetzalina", "zorblat@mail.example")
PHRASE = "a passphrase nobody guesses"


@dataclass(frozen=True)
class House:
    """An installation with a customer, knowledge and a case, and where another one can be put."""

    settings: Settings
    elsewhere: Settings
    contact: int
    unit: int


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, tmp_path: Path, worker_id: str) -> Iterator[House]:
    if request.param == "sqlite":
        yield from _house(tmp_path, None, None, None)
        return
    with server(f"frontdesk_backup_{worker_id}_{os.getpid()}") as place:
        admin = create_engine(place.owner, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            name = admin.url.database
            connection.execute(text(f"CREATE DATABASE {name}_back"))
        admin.dispose()
        yield from _house(tmp_path, place.app, place.owner, f"{name}_back")


def _settings(data: Path, app: str | None, owner: str | None) -> Settings:
    return Settings(
        _env_file=None, data_dir=data, reply_delay=0, password_memory=64,
        database_url=app and SecretStr(app), owner_database_url=owner and SecretStr(owner),
    )  # fmt: skip


def _house(tmp_path: Path, app: str | None, owner: str | None, back: str | None) -> Iterator[House]:
    chosen = _settings(tmp_path / "house" / "data", app, owner)
    chosen.data_dir.mkdir(parents=True)
    there = tmp_path / "elsewhere" / "data"
    other = _settings(there, app and _named(app, back), owner and _named(owner, back))
    settings.use(chosen)
    secrets.use_keys(secrets.load_keys(chosen.keys()))
    logs.configure("WARNING")
    plugins.load("frontdesk.tables")
    jobs.load_handlers()
    engine = database.make_engine(chosen.database())
    database.bind(engine)
    migrate.set_up(chosen)
    index.forget()
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(session, "europe", languages=["en"])
    with open_session(Scope.of(unit)) as session:
        found = identities.resolve(
            session, unit_id=unit, channel="web", addresses=[Address("visitor", "v" * 20)]
        )
        contacts.observe(
            session, found.contact_id, {"name": TOKENS[0], "email": TOKENS[1]}, source="web"
        )
    ingest.ingest_text(
        unit, source="handbook", name="handbook.md", title="Handbook", language="en",
        text="# Returns\n\nYou can return any item within 30 days of delivery.",
        principal=people.system(unit),
    )  # fmt: skip
    serve(unit)
    with open_session(Scope.of(unit)) as session:
        for question, holds in (
            ("How long can I return something?", ("30 days",)),
            ("How long can I return any item after delivery?", ()),
        ):
            cases.add(
                session, people.system(unit), unit,
                Expectation(question, "answer", "en", "handbook.md", holds),
            )  # fmt: skip
    (chosen.data_dir / "originals").mkdir()
    (chosen.data_dir / "originals" / "handbook.md").write_text("# Returns, as it was uploaded")
    (chosen.data_dir / "chroma").mkdir(exist_ok=True)
    (chosen.data_dir / "chroma" / "vectors").write_text("made anew, not kept")
    yield House(chosen, other, found.contact_id, unit)
    database.engine().dispose()
    engine.dispose()


def _named(url: str, name: str | None) -> str:
    return f"{url.rsplit('/', 1)[0]}/{name}"


def _facts(house: House) -> dict[str, str]:
    with open_session(Scope.of(house.unit)) as session:
        return contacts.read_profile(session, people.system(house.unit), house.contact).attributes


def _bytes(directory: Path) -> bytes:
    return b"".join(each.read_bytes() for each in directory.rglob("*") if each.is_file())


def test_what_was_kept_comes_back(house: House, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    made = backup.make(house.settings, kept, keys_to=tmp_path / "safe" / "keys")
    assert {path.name for path in kept.iterdir()} == {
        "database.part", "files.part", "checkpoints.part", "manifest.json", "manifest.sig",
    }  # fmt: skip
    content = _bytes(kept)
    assert not [word for word in (*TOKENS, "30 days", "made anew") if word.encode() in content]
    assert house.settings.keys().read_bytes() not in content
    with open_session(Scope.of(house.unit)) as session:
        contacts.observe(session, house.contact, {"name": "later"}, source="web")

    database.engine().dispose()
    report = restore.restore(house.elsewhere, kept, keys_from=tmp_path / "safe" / "keys")
    assert report.problems == []
    assert (report.golden_total, report.golden_failed) == (2, [])
    assert report.passages > 0
    assert report.ledger_size == made.ledger_size
    files = house.elsewhere.data_dir
    assert (files / "originals" / "handbook.md").read_text() == "# Returns, as it was uploaded"
    assert not (files / "chroma" / "vectors").exists()
    assert house.elsewhere.keys().stat().st_mode & 0o777 == 0o600

    engine = database.make_engine(house.elsewhere.database())
    database.bind(engine)
    migrate.require_current()  # behind its walls again
    assert {_facts(house)[name] for name in ("name", "email")} == set(TOKENS)
    with open_session(NOBODY) as session:
        while entries.sequence_pending(session):
            session.flush()
        ledger_jobs.sign_if_due(session, force=True)
        points = checkpoints.read(house.elsewhere.checkpoints())
        found = checkpoints.verify(session, points, secrets.keys().signing.public_key())
    assert found is None
    assert max(point.size for point in points) > made.ledger_size
    engine.dispose()


def test_verifying_leaves_nothing_behind(house: House, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    phrase = tmp_path / "safe" / "keys"
    backup.make(house.settings, kept, passphrase=PHRASE, keys_to=phrase)
    assert house.settings.keys().read_bytes() not in phrase.read_bytes()
    before = _bytes(house.settings.data_dir)
    report = restore.restore(house.elsewhere, kept, passphrase=PHRASE, keys_from=phrase,
                             verify_only=True)  # fmt: skip
    assert report.problems == []
    assert report.verified_only
    assert report.golden_total == 2
    assert not house.elsewhere.data_dir.exists()
    assert _bytes(house.settings.data_dir) == before
    if house.settings.owner_database_url:
        admin = create_engine(house.settings.owner_database())
        with admin.connect() as connection:
            names = connection.execute(text("SELECT datname FROM pg_database")).scalars().all()
        admin.dispose()
        assert [name for name in names if "_verify_" in name] == []


def test_erasures_are_done_again_before_anything_is_served(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    backup.make(house.settings, kept)
    hooks = plugins.load("frontdesk.after_restore")

    def again() -> str:
        with open_session(Scope.of(house.unit)) as session:
            session.execute(text("DELETE FROM contact"))
        return "1 erased again"

    monkeypatch.setitem(hooks, "test", again)
    shutil.copyfile(house.settings.keys(), _placed(house.elsewhere.keys()))
    report = restore.restore(house.elsewhere, kept)
    assert report.after["test"] == "1 erased again"
    engine = database.make_engine(house.elsewhere.database())
    database.bind(engine)
    with open_session(Scope.of(house.unit), read_only=True) as session:
        assert contacts.list_contacts(session, people.system(house.unit)) == []
    engine.dispose()


def _placed(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize(
    "touch",
    ["cut", "changed", "gone", "swapped", "manifest", "signature", "keys", "passphrase", "none"],
)
def test_what_was_touched_is_refused_and_nothing_is_written(
    house: House, tmp_path: Path, touch: str
) -> None:
    kept, given = tmp_path / "kept", PHRASE
    backup.make(house.settings, kept, passphrase=PHRASE)
    keys = shutil.copyfile(house.settings.keys(), tmp_path / "keys")
    part = kept / "database.part"
    body = part.read_bytes()
    if touch == "cut":
        part.write_bytes(body[:-1])
    elif touch == "changed":
        part.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    elif touch == "gone":
        part.unlink()
    elif touch == "swapped":
        other = (kept / "files.part").read_bytes()
        (kept / "files.part").write_bytes(body)
        part.write_bytes(other)
    elif touch == "manifest":
        content = json.loads((kept / "manifest.json").read_text())
        content["ledger"]["size"] += 1
        (kept / "manifest.json").write_text(json.dumps(content))
    elif touch == "signature":
        (kept / "manifest.sig").unlink()
    elif touch == "keys":
        keys = tmp_path / "others"
        secrets.load_keys(keys)
    elif touch == "passphrase":
        given = "another passphrase"
    else:
        given = None
    for verify in (True, False):
        with pytest.raises(BadInput) as caught:
            restore.restore(house.elsewhere, kept, passphrase=given, keys_from=keys,
                            verify_only=verify)  # fmt: skip
        assert caught.value.message
    assert not house.elsewhere.data_dir.parent.exists()
    if house.elsewhere.owner_database_url:
        assert restore.snapshot.is_empty(house.elsewhere.owner_database())


def test_a_place_that_is_not_empty_is_refused(house: House, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    backup.make(house.settings, kept)
    before = _facts(house)
    with pytest.raises(BadInput, match="not empty"):
        restore.restore(house.settings, kept)
    assert _facts(house) == before


def test_a_newer_ledger_than_the_backups_is_said_and_a_forged_one_found(
    house: House, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    backup.make(house.settings, kept)
    with open_session(Scope.of(house.unit)) as session:
        contacts.observe(session, house.contact, {"name": "later"}, source="web")
    with open_session(NOBODY) as session:
        entries.sequence_pending(session)
        ledger_jobs.sign_if_due(session, force=True)
    keys = shutil.copyfile(house.settings.keys(), tmp_path / "keys")
    shutil.copyfile(house.settings.checkpoints(), _placed(house.elsewhere.checkpoints()))
    report = restore.restore(house.elsewhere, kept, keys_from=keys)
    assert (report.problems, report.lost_entries > 0) == ([], True)
    aside = list(house.elsewhere.checkpoints().parent.glob("*.before-restore-*"))
    assert len(aside) == 1


def test_keys_and_data_do_not_lie_together_unless_somebody_insists(
    house: House, tmp_path: Path
) -> None:
    for place in (tmp_path / "kept" / "keys", tmp_path / "keys"):
        with pytest.raises(BadInput, match="in one directory"):
            backup.make(house.settings, tmp_path / "kept", keys_to=place)
    backup.make(house.settings, tmp_path / "kept", keys_to=tmp_path / "keys", together=True)
    with pytest.raises(BadInput, match="there already"):
        backup.make(house.settings, tmp_path / "kept")
    with pytest.raises(BadInput, match="at least"):
        backup.make(house.settings, tmp_path / "more", passphrase="short")
    assert not list(tmp_path.glob(".more*"))


@pytest.mark.parametrize("size", [0, 1, archive.PIECE - 1, archive.PIECE, archive.PIECE * 2 + 7])
def test_pieces_of_a_part_cannot_be_left_out(tmp_path: Path, size: int) -> None:
    key, content = os.urandom(32), os.urandom(size)
    (tmp_path / "plain").write_bytes(content)
    with (tmp_path / "plain").open("rb") as source:
        archive.seal(key, source, tmp_path / "a.part")
    back = bytearray()
    archive.unseal(key, tmp_path / "a.part", back.extend)
    assert bytes(back) == content
    sealed = (tmp_path / "a.part").read_bytes()
    head, piece = len(archive.MAGIC) + 16, archive.PIECE + 16
    for cut in {sealed[:-1], sealed[: head + piece], sealed[:head] + sealed[head + piece :]}:
        if cut == sealed:
            continue
        (tmp_path / "a.part").write_bytes(cut)
        with pytest.raises(BadInput):
            archive.unseal(key, tmp_path / "a.part", back.extend)
    (tmp_path / "b.part").write_bytes(sealed)
    with pytest.raises(BadInput):
        archive.unseal(key, tmp_path / "b.part", back.extend)
