"""PostgreSQL keeps the units apart, whatever a statement forgets; the product works behind it."""

# ruff: noqa: S608 - statements put together from the names of our own tables

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import JSON, CheckConstraint, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.types import TypeEngine

from access import people
from admin_api.main import create_app
from connectors import accounts, web
from knowledge import ingest
from ledger import checkpoints, entries
from records import contacts, identities
from records.identities import Address
from runtime import database, jobs, logs, migrate, plugins, secrets, settings, walls
from runtime.database import open_session
from runtime.errors import Misconfigured
from runtime.scope import NOBODY, Scope
from tests.conftest import serve
from tests.restricted import Server, server

UNITS = (1, 2, 3, 4)
PASSWORD = "wears-a-blue-hat-today"


@pytest.fixture(scope="module")
def place(worker_id: str) -> Iterator[Server]:
    with server(f"frontdesk_walls_{worker_id}_{os.getpid()}") as made:
        yield made


@pytest.fixture(scope="module")
def house(place: Server, tmp_path_factory: pytest.TempPathFactory) -> settings.Settings:
    """A migrated installation with two roles, four units and a contact in each."""
    directory: Path = tmp_path_factory.mktemp("walls")
    chosen = settings.Settings(
        _env_file=None, data_dir=directory / "data", reply_delay=0, password_memory=64,
        database_url=SecretStr(place.app), owner_database_url=SecretStr(place.owner),
    )  # fmt: skip
    chosen.data_dir.mkdir()
    settings.use(chosen)
    secrets.use_keys(secrets.load_keys(chosen.keys()))
    logs.configure("WARNING")
    plugins.load("frontdesk.tables")
    jobs.load_handlers()
    engine = database.make_engine(chosen.database())
    database.bind(engine)
    migrate.set_up(chosen)
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        for unit in UNITS:
            assert people.add_unit(session, f"unit {unit}", languages=["en"]) == unit
    for unit in UNITS:
        with open_session(Scope.of(unit)) as session:
            found = identities.resolve(
                session, unit_id=unit, channel="web", addresses=[Address("visitor", "same for all")]
            )
            contacts.observe(session, found.contact_id, {"email": f"u{unit}@x.example"}, source="t")
    engine.dispose()
    return chosen


@pytest.fixture(autouse=True)
def _bound(house: settings.Settings) -> Iterator[None]:
    settings.use(house)
    secrets.use_keys(secrets.load_keys(house.keys()))
    engine = database.make_engine(house.database())
    database.bind(engine)
    yield
    engine.dispose()


def _count(connection, table: str) -> int:
    return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())


@pytest.fixture
def filled(place: Server) -> Iterator[None]:
    """A row of unit 1 in every scoped table, made by a superuser who asks nothing."""
    free = "SET LOCAL session_replication_role = replica"  # no triggers, no foreign keys
    made = []
    with place.superuser.begin() as connection:
        connection.execute(text(free))
        for name in walls.scoped():
            if _count(connection, name):
                continue
            table = database.Base.metadata.tables[name]
            for check in table.constraints:
                if isinstance(check, CheckConstraint):
                    connection.execute(text(f'ALTER TABLE "{name}" DROP CONSTRAINT {check.name}'))
            wanted = [each for each in table.columns if not each.nullable and each.name != "id"]
            row = {each.name: _made_up(each.type) for each in wanted}
            connection.execute(table.insert().values(**row | {"unit_id": 1}))
            made.append(name)
    yield
    with place.superuser.begin() as connection:
        connection.execute(text(free))
        for name in made:
            connection.execute(text(f'DELETE FROM "{name}"'))


def _made_up(kind: TypeEngine) -> object:
    if isinstance(kind, database.Word):
        return next(iter(kind.words))
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, database.UtcDateTime):
        return database.now()
    made = {int: 1, bool: False, bytes: b"x", str: "x", float: 1.0, date: database.now().date()}
    return made[kind.python_type]


def test_the_wall_stands_and_the_start_looks_at_it(house: settings.Settings) -> None:
    migrate.require_current()
    with database.engine().connect() as connection:
        assert walls.faults(connection) == []


def test_every_table_is_scoped_or_says_why_not() -> None:
    assert [name for name in walls.unscoped() if name not in walls.UNSCOPED] == []
    assert set(walls.UNSCOPED).isdisjoint(walls.scoped())


def test_raw_sql_without_a_scope_reads_nothing(place: Server, filled: None) -> None:
    with place.superuser.connect() as connection:
        assert [name for name in walls.scoped() if not _count(connection, name)] == []
    with database.engine().connect() as connection:
        assert {name: _count(connection, name) for name in walls.scoped()} == dict.fromkeys(
            walls.scoped(), 0
        )
    with database.engine().begin() as connection:
        connection.execute(text("SELECT set_config('app.units', '', true)"))
        assert sum(_count(connection, name) for name in walls.scoped()) == 0


def test_another_units_rows_cannot_be_read_written_or_moved() -> None:
    with database.engine().begin() as connection:
        connection.execute(text("SELECT set_config('app.units', '{1}', true)"))
        seen = connection.execute(text("SELECT DISTINCT unit_id FROM contact")).scalars().all()
        changed = connection.execute(text("UPDATE contact SET demo = true WHERE unit_id = 2"))
        gone = connection.execute(text("DELETE FROM contact WHERE unit_id = 2"))
    assert (seen, changed.rowcount, gone.rowcount) == ([1], 0, 0)
    for statement in (
        "INSERT INTO contact (unit_id, data_key, key_context, demo, created_at) "
        "VALUES (2, '', 'c', false, now())",
        "UPDATE contact SET unit_id = 2 WHERE unit_id = 1",
    ):
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            database.engine().begin() as connection,
        ):
            connection.execute(text("SELECT set_config('app.units', '{1}', true)"))
            connection.execute(text(statement))


def test_the_wall_cannot_be_switched_off() -> None:
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        database.engine().begin() as connection,
    ):
        connection.execute(text("SET LOCAL row_security = off"))
        connection.execute(text("SELECT count(*) FROM contact"))
    for statement in (
        "ALTER TABLE contact DISABLE ROW LEVEL SECURITY",
        "DROP POLICY unit ON contact",
        "CREATE POLICY more ON contact USING (true)",
        "TRUNCATE contact CASCADE",
    ):
        with pytest.raises(DBAPIError), database.engine().begin() as connection:
            connection.execute(text(statement))


def test_the_ledger_keeps_its_entries_by_right_too() -> None:
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        database.engine().begin() as connection,
    ):
        connection.execute(text("DELETE FROM ledger_entry"))
    for column in {c["name"] for c in inspect(database.engine()).get_columns("ledger_entry")}:
        if column in ("position", "leaf", "chain"):
            continue
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            database.engine().begin() as connection,
        ):
            connection.execute(text(f'UPDATE ledger_entry SET "{column}" = "{column}"'))


def test_a_pooled_connection_brings_no_scope_along() -> None:
    seen = []
    for number in range(200):
        with open_session(Scope.of(UNITS[number % 4]), read_only=True) as session:
            session.connection()
        with database.engine().connect() as connection:
            seen.append(_count(connection, "contact"))
    assert seen == [0] * 200


def test_a_thousand_transactions_at_once_see_only_their_own() -> None:
    foreign, missed = [], []
    dice = random.Random(7)
    wanted = [dice.choice(UNITS) for _ in range(1_000)]
    gate = threading.Barrier(40)

    def look(unit: int) -> None:
        with open_session(Scope.of(unit)) as session:
            connection = session.connection()
            connection.execute(text("UPDATE contact SET demo = demo"))
            rows = connection.execute(text("SELECT unit_id FROM contact")).scalars().all()
            rows += connection.execute(text("SELECT unit_id FROM attribute")).scalars().all()
        foreign.extend(row for row in rows if row != unit)
        if not rows:
            missed.append(unit)

    def run(number: int) -> None:
        gate.wait(60)
        for unit in wanted[number::40]:
            look(unit)

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(run, range(40)))
    assert (foreign, missed) == ([], [])


@pytest.mark.parametrize(
    ("broken", "mended", "told"),
    [
        (
            "ALTER TABLE message DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE message ENABLE ROW LEVEL SECURITY",
            "message lacks",
        ),
        (
            "ALTER TABLE message NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE message FORCE ROW LEVEL SECURITY",
            "message lacks",
        ),
        (
            "CREATE POLICY wider ON message USING (true)",
            "DROP POLICY wider ON message",
            "message lacks",
        ),
        (
            "ALTER POLICY unit ON message USING (true)",
            f"ALTER POLICY unit ON message USING ({walls._WITHIN})",
            "message lacks",
        ),
        (
            "GRANT DELETE ON ledger_entry TO {app}",
            "REVOKE DELETE ON ledger_entry FROM {app}",
            "entries of the ledger",
        ),
        ("ALTER ROLE {app} BYPASSRLS", "ALTER ROLE {app} NOBYPASSRLS", "BYPASSRLS"),
        ("GRANT {owner} TO {app}", "REVOKE {owner} FROM {app}", "owns the tables"),
    ],
)
def test_the_start_is_refused_where_the_wall_has_a_hole(
    place: Server, broken: str, mended: str, told: str
) -> None:
    roles = {"app": place.role, "owner": make_url(place.owner).username}
    with place.superuser.begin() as connection:
        connection.execute(text(broken.format(**roles)))
    try:
        with pytest.raises(Misconfigured, match=told) as caught:
            migrate.require_current()
        assert "FRONTDESK_OWNER_DATABASE_URL" in caught.value.message
    finally:
        with place.superuser.begin() as connection:
            connection.execute(text(mended.format(**roles)))
    migrate.require_current()


@pytest.mark.parametrize("who", ["owner", "superuser"])
def test_the_start_is_refused_with_one_role_unless_it_is_a_test(place: Server, who: str) -> None:
    engine = create_engine(place.owner) if who == "owner" else place.superuser
    database.bind(engine)
    with pytest.raises(Misconfigured, match=r"owns the tables|is a superuser"):
        walls.require_standing(single_role=False)
    walls.require_standing(single_role=True)
    if who == "owner":
        # FORCE: even then there is a wall.
        with engine.connect() as connection:
            assert _count(connection, "contact") == 0
        engine.dispose()


def test_the_owner_may_not_be_the_application(place: Server, house: settings.Settings) -> None:
    same = house.model_copy(update={"database_url": SecretStr(place.owner + "?application_name=x")})
    with pytest.raises(Misconfigured, match="another role"):
        migrate.admit(same)


def test_migrating_again_changes_nothing(house: settings.Settings) -> None:
    migrate.set_up(house)
    migrate.require_current()


def test_the_product_works_behind_the_wall(house: settings.Settings) -> None:
    """A visitor asks, a job answers, the desk reads; two sessions, ledger, sweeps and releases."""
    unit = UNITS[0]
    with open_session(NOBODY) as session:
        team = people.team_of_unit(session, unit)
        for role in ("service", "admin"):
            people.add_user(
                session, "system/0", email=f"{role}@walls.example", name=role, password=PASSWORD,
                role=role, units=[unit], teams=[team],
            )  # fmt: skip
        people.add_assistant(session, name="Mika", units=[unit], languages=["en"])
    with open_session(Scope.of(unit)) as session:
        accounts.add_account(
            session, people.system(unit), unit_id=unit, channel="web", name="web-walls"
        )
    ingest.ingest_text(
        unit, source="handbook", name="handbook.md", title="Handbook", language="en",
        text="# Returns\n\nYou can return any item within 30 days of delivery.",
        principal=people.system(unit),
    )  # fmt: skip
    serve(unit)
    account = accounts.account("web-walls")
    conversation = web.say(account, "visitor0001", "a" * 32, "How long can I return something?")
    jobs.schedule_periodic()
    _hasten()
    jobs.drain()
    with TestClient(create_app(), base_url="https://testserver") as client:
        client.headers["sec-fetch-site"] = "same-origin"
        signed = client.post(
            "/api/v1/session", json={"email": "service@walls.example", "password": PASSWORD}
        )
        assert signed.status_code in (200, 204), signed.text
        thread = client.get(f"/api/v1/conversations/{conversation}")
        assert thread.status_code == 200, thread.text
        said = [line for line in thread.json()["messages"] if line["author"] == "assistant"]
        assert "30 days" in said[-1]["text"]
        number = thread.json()["line"]["contact_id"]
        profile = client.get(f"/api/v1/contacts/{number}")
        assert profile.status_code == 200, profile.text
        assert client.get("/api/v1/contacts").status_code == 200
    with open_session(NOBODY) as session:
        while entries.sequence_pending(session):
            session.flush()
    with open_session(NOBODY, read_only=True) as session:
        assert not entries.pending(session)
        signed_points = checkpoints.read(house.checkpoints())
        assert (
            checkpoints.verify(session, signed_points, secrets.keys().signing.public_key()) is None
        )
    with open_session(NOBODY, read_only=True) as session:
        failed = session.execute(text("SELECT kind, error FROM job WHERE error IS NOT NULL")).all()
    assert failed == []


def _hasten() -> None:
    """Let every periodic job be due now."""
    with open_session(NOBODY) as session:
        session.execute(text("UPDATE job SET run_at = now() - interval '1 second' WHERE every > 0"))
