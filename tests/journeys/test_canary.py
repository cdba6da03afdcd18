"""Every personal field gets a value of its own; none of them may turn up outside its envelope."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2
import pytest
from sqlalchemy import create_engine

from records import contacts
from runtime import database
from runtime.database import open_session
from runtime.scope import Scope
from tests.fakes.client import Fakes, wait_for
from tests.fakes.graph import bsuid
from tests.fakes.openai_stub import Reply, Stub, quoting
from tests.journeys.processes import House, Launcher, house
from tests.journeys.shop import GRAPH, PASSWORD, QUESTION, TOKEN, WEBHOOK_SECRET, Desk

pytestmark = pytest.mark.timeout(180)

CHAT, PHONE = "7771234501", "491555000777"
NAME = "Quetzalina Canarywright"
RECORD = {
    "email": "quokka.canary@example.org",
    "phone": "+12025550143",
    "birthday": "1971-03-29",
    "company": "Numbat Zeppelin Works",
    "address.street": "Canarienweg 1787",
    "address.zip": "QZ98 7KW",
    "address.city": "Wombatshausen",
    "country": "Ruritania-Canaria",
    "order.last.number": "ORD-998877-QX",
    "order.last.tracking": "1Z-CANARY-551234",
    "order.last.item": "Axolotl lamp edition 77",
    "order.last.total": "87654.32 EUR",
    "deal.next_step": "ring about the pangolin carpets",
    "risk.note": "disputed an ocelot invoice",
}
SAID = {
    "card": "4111111111111111",
    "iban": "DE89370400440532013000",
    "mail": "other.quoll@example.com",
    "mobile": "+12025550187",
    "words": "my tapir statue arrived broken",
    "reply": "we will send a new tapir to you",
    "note": "sounds like a kakapo lover",
    "broken": "kinkajou in a broken body",
    "forged": "capybara of a forger",
    "guess": "binturong-password-guess",
}
SECRETS = {
    "bot token": TOKEN.partition(":")[2],
    "webhook secret": WEBHOOK_SECRET,
    "graph token": GRAPH["token"],
    "app secret": GRAPH["app_secret"],
    "password": PASSWORD,
    "model key": "sk-canary-zorilla-0001",
}
IDS = {"chat": CHAT, "wa_id": PHONE, "bsuid": bsuid(PHONE), "name": NAME}


def spellings(value: str) -> Iterator[bytes]:
    """A value in clear, escaped, URL-encoded, and in base64 at each of its three alignments."""
    plain = value.encode()
    yield plain
    yield json.dumps(value)[1:-1].encode()
    yield quote(value, safe="").encode()
    yield quote_plus(value).encode()
    for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            coded = alphabet(b"\0" * shift + plain + b"\0" * (-(shift + len(plain)) % 3))
            first = -(-shift * 8 // 6)
            yield coded[first : (shift + len(plain)) * 8 // 6]


def leaks(content: bytes, values: dict[str, str]) -> list[str]:
    return [name for name, value in values.items() if any(s in content for s in spellings(value))]


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    launcher = Launcher()
    yield launcher
    launcher.close()


@pytest.fixture
def installation(tmp_path: Path, fakes: Fakes, launcher: Launcher, model: Stub) -> Iterator[House]:
    given = {
        "OPENAI_BASE_URL": model.url,
        "OPENAI_API_KEY": SECRETS["model key"],
        "LOG_LEVEL": "DEBUG",
    }
    with house(tmp_path, fakes, launcher, **given) as made:
        made.start()
        made.wait_until_up()
        yield made


@contextmanager
def table_away(data: Path, name: str) -> Iterator[None]:
    """Let every statement on a table fail, with the values it was given."""
    engine = create_engine(f"sqlite:///{data / 'frontdesk.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {name}_away")
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {name}_away RENAME TO {name}")
    engine.dispose()


def converse(installation: House, model: Stub) -> None:
    """A whole conversation on both channels, with everything going wrong that can."""
    shop = installation.shop
    desk = shop.desk()
    for phone in (shop.phone("telegram", CHAT), shop.phone("whatsapp", PHONE)):
        phone.say(QUESTION, name=NAME)
        phone.wait(1)
        remember(desk, phone.channel, shop.unit)
        phone.say(
            f"How many days to send it back? {SAID['words']}. Mail {SAID['mail']}, call "
            f"{SAID['mobile']}, card {SAID['card']}, account {SAID['iban']}, I am {NAME}, "
            f"{RECORD['address.street']}, order {RECORD['order.last.number']}",
            name=NAME,
        )
        phone.wait(2)
        model.script.append(Reply(raw=f"<b>{NAME}".encode()))
        phone.say(QUESTION, name=NAME)
        phone.wait(3)
        phone.fault("answer", status=500, body={"description": NAME, "error": {"message": NAME}})
        phone.say("I want to talk to a human", name=NAME)
        phone.wait(4)
        line = next(
            line
            for line in wait_for(lambda: desk.get("/conversations", queue="team")["items"], "it")
            if line["channel"] == phone.channel
        )
        conversation = f"/conversations/{line['id']}"
        desk.post(f"{conversation}/take-over")
        desk.post(f"{conversation}/notes", text=SAID["note"])
        seen = desk.thread(line["id"])[-1]["id"]
        desk.post(f"{conversation}/messages", text=SAID["reply"], seen=seen)
        phone.wait(5)
        desk.get(f"/contacts/{line['contact_id']}")
        assert desk.try_post(f"{conversation}/messages", words=SAID["words"]).status_code == 422


def remember(desk: Desk, channel: str, unit: int) -> None:
    """What another system knows about this customer."""
    lines = desk.get("/conversations", queue="all")["items"]
    contact = next(line["contact_id"] for line in lines if line["channel"] == channel)
    with open_session(Scope.of(unit)) as session:
        contacts.observe(session, contact, RECORD, source="crm")
    database.engine().dispose()


def provoke(installation: House) -> None:
    """Exceptions whose texts would quote a customer."""
    shop = installation.shop
    body = json.dumps({"update_id": 1, "message": {"text": SAID["broken"], "date": [NAME]}})
    assert shop.fakes.post("telegram", shop.bot, body.encode())[0] == 200
    assert shop.fakes.post("telegram", shop.bot, body.encode() + b"}")[0] == 200
    forged = json.dumps({"update_id": 1, "message": {"text": SAID["forged"]}}).encode()
    assert shop.fakes.post("telegram", shop.bot, forged, "wrong")[0] == 403
    given = {"email": RECORD["email"], "password": SAID["guess"]}
    headers = {"Origin": shop.url}
    answer = httpx2.post(f"{shop.url}/api/v1/session", json=given, headers=headers, trust_env=False)
    assert answer.status_code in (401, 422)
    httpx2.get(f"{shop.url}/api/v1/{quote(NAME)}?q={quote(RECORD['email'])}", trust_env=False)
    phone = shop.phone("telegram", "7771234502")
    with table_away(installation.data, "message"):
        phone.say(f"{QUESTION} {SAID['words']}", name=NAME)
        wait_for(lambda: _failed_jobs(installation.data), "a job to fail")
    installation.let_leases_run_out()
    phone.wait(1)


def _failed_jobs(data: Path) -> int:
    connection = sqlite3.connect(data / "frontdesk.db", timeout=20)
    try:
        count = connection.execute("SELECT count(*) FROM job WHERE error IS NOT NULL").fetchone()
    finally:
        connection.close()
    return int(count[0])


def test_no_value_of_a_person_is_found_outside_its_envelope(
    installation: House, model: Stub
) -> None:
    model.answer = quoting
    converse(installation, model)
    provoke(installation)
    installation.launcher.kill()

    told = {**RECORD, **{k: SAID[k] for k in ("card", "iban", "mail", "mobile")}, "name": NAME}
    assert model.requests
    assert {request.path: leaks(request.body, told) for request in model.requests} == {
        path: [] for path in {request.path for request in model.requests}
    }

    everything = {**RECORD, **SAID, **SECRETS, **IDS}
    found: dict[str, Any] = {}
    files = [file for file in installation.log.parent.rglob("*") if file.is_file()]
    assert {file.name for file in files} >= {"server.log", "frontdesk.db", "data.checkpoints"}
    for file in files:
        leaked = leaks(file.read_bytes(), everything)
        if leaked:
            found[file.name] = leaked
    assert found == {}
    assert b"job.failed" in installation.log.read_bytes()
    assert leaks(installation.log.read_bytes(), SAID) == []
    assert tables_with(installation.data, SAID["words"]) == set()


def tables_with(data: Path, value: str) -> set[str]:
    """The tables that hold a value in any spelling."""
    connection = sqlite3.connect(data / "frontdesk.db", timeout=20)
    try:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name
            for (name,) in names
            for row in connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - our own names
            if leaks(b"|".join(_bytes(cell) for cell in row), {"": value})
        }
    finally:
        connection.close()


def _bytes(cell: Any) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def test_the_search_finds_what_it_looks_for() -> None:
    for shift in range(4):
        text = b"x" * shift + NAME.encode() + b"yy"
        for coded in (text, base64.b64encode(text), quote(text).encode()):
            assert leaks(b"\0" + coded, {"name": NAME}) == ["name"]
    assert leaks(b"nothing", {"name": NAME}) == []
