"""What nobody should send is refused by name, by everybody's route, and never as our own fault."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import DataError, IntegrityError, StatementError

from access import people
from admin_api import bodies
from connectors import accounts
from runtime.database import open_session
from tests.admin_api.conftest import sign_in
from tests.admin_api.test_routes import _calls

JSON = {"content-type": "application/json"}
SHOP = "https://shop.example"


def _ids(branch) -> dict[str, int]:
    return {
        "conversation_id": branch.conversation,
        "contact_id": branch.contact,
        "source_id": 999_999,
        "token_id": 999_999,
    }


@pytest.mark.parametrize("role", ["service", "admin"])
def test_no_query_makes_an_answer_fail(client, app, company, role):
    sign_in(client, role)
    names = ("before", "after", "limit", "unit_id", "q", "subject", "actor", "queue", "language")
    values = (
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00", "nan",
        str(2**63), "9" * 5000, "a\x00b", "x" * 20_000, "-1",
    )  # fmt: skip
    for _route, method, path in _calls(app, _ids(company["eu"])):
        if method != "GET" or path == "/api/v1/live":
            continue
        for name in names:
            for value in values:
                params = {"q": "returns", name: value}
                answer = client.get(path, params=params)
                assert answer.status_code < 500, (path, name, value[:30], answer.text)


WITHOUT_BODY = (
    "take-over", "hand-back", "close", "discard", "promote", "refuse", "rehearse", "challenge",
    "recovery-codes",
)  # fmt: skip
"""What routes that read no body may say as well."""


@pytest.mark.parametrize(
    "body",
    [b"[", b"\xff", b"[" * 100_000, b'{"a":' * 800 + b"1" + b"}" * 800, b"null", b"NaN", b'"x"'],
    ids=["cut", "no text", "deep list", "deep object", "null", "NaN", "word"],
)
def test_no_body_makes_an_answer_fail(client, app, company, body):
    sign_in(client, "admin")
    paths = [(m, p) for _r, m, p in _calls(app, _ids(company["eu"])) if m in ("POST", "PUT")]
    for method, path in [*paths, ("POST", "/widget/web-eu/session")]:
        answer = client.request(method, path, content=body, headers=JSON)
        assert answer.status_code in (400, 401, 403, 404, 422) or (
            answer.status_code in (200, 204, 409) and path.endswith(WITHOUT_BODY)
        ), (path, answer.status_code)
        if path == "/api/v1/session":
            sign_in(client, "admin")


@pytest.mark.parametrize("huge", [2**63, 10**30, -1, 0])
def test_numbers_in_bodies_are_as_large_as_a_database_counts(client, company, huge):
    conversation = f"/api/v1/conversations/{company['eu'].conversation}"
    sign_in(client, "service")
    for path, body in (
        (f"{conversation}/assign", {"user_id": huge}),
        (f"{conversation}/messages", {"text": "hello", "seen": huge}),
    ):
        assert client.post(path, json=body).status_code == 422
    sign_in(client, "admin")
    person = {"email": "a@b.example", "name": "A", "password": "wears-a-hat-too", "role": "sales"}
    document = {"source": "s", "name": "n", "title": "t", "text": "x"}
    for path, body in (
        ("/api/v1/users", {**person, "units": [huge]}),
        ("/api/v1/knowledge/documents", {**document, "unit_id": huge}),
        ("/api/v1/channels", {"channel": "web", "name": "web-x", "unit_id": huge}),
        ("/api/v1/tokens", {"name": "t", "permissions": ["job:read"], "days": huge}),
    ):
        assert client.post(path, json=body).status_code == 422, path


def test_keys_of_settings_are_texts_too(client, company):
    sign_in(client, "admin")
    body = {"channel": "web", "name": "web-x", "unit_id": company["eu"].unit}
    answer = client.post("/api/v1/channels", json={**body, "settings": {"a\x00": "b"}})
    assert answer.status_code == 422


@pytest.mark.parametrize("size", [bodies.OF_VISITORS + 1, 40 * 1024 * 1024])
def test_a_body_is_not_read_beyond_what_its_path_takes(client, size):
    def endless():
        for _ in range(0, size, 65_536):
            yield b"[" * 65_536
        yield b"[" * 65_536

    for path in ("/api/v1/session", "/widget/web-eu/session"):
        announced = client.post(path, content=b"[" * size, headers=JSON)
        assert announced.status_code == 413, path
        assert "default-src 'none'" in announced.headers["content-security-policy"]
        assert client.post(path, content=endless(), headers=JSON).status_code == 413, path


def test_an_honest_body_of_the_largest_size_is_taken(client):
    token = client.post("/widget/web-eu/session", json={}).json()["visitor_token"]
    body = json.dumps({"client_id": "client-0001", "text": "😀" * 5000})
    bearer = {**JSON, "authorization": f"Bearer {token}"}
    assert client.post("/widget/web-eu/messages", content=body, headers=bearer).status_code == 202


def test_places_in_a_chat_are_numbers_that_a_database_takes(client):
    token = client.post("/widget/web-eu/session", json={}).json()["visitor_token"]
    bearer = {"authorization": f"Bearer {token}"}
    first = {"client_id": "client-0001", "text": "hello"}
    client.post("/widget/web-eu/messages", json=first, headers=bearer)
    for huge in (2**31, 2**63, 10**30):
        seen = client.post("/widget/web-eu/read", json={"seq": huge}, headers=bearer)
        asked = client.get("/widget/web-eu/messages", params={"after": huge}, headers=bearer)
        assert (seen.status_code, asked.status_code) == (422, 422)


@pytest.fixture
def shop(client, company) -> TestClient:
    """The same client, and a chat that another site's pages may open."""
    branch = company["eu"]
    with open_session(branch.scope) as session:
        accounts.add_account(
            session,
            people.system(branch.unit),
            unit_id=branch.unit,
            channel="web",
            name="web-shop",
            settings={"allowed_origins": [SHOP]},
        )
    return client


@pytest.mark.parametrize("origin", ["null", "https://evil.example", f"{SHOP}.evil.example"])
def test_other_sites_read_nothing_of_a_chat(shop, origin):
    wanted = {"origin": origin, "access-control-request-method": "POST"}
    token = shop.post("/widget/web-shop/session", json={}).json()["visitor_token"]
    bearer = {"origin": origin, "authorization": f"Bearer {token}"}
    for answer in (
        shop.options("/widget/web-shop/session", headers=wanted),
        shop.post("/widget/web-shop/session", json={}, headers={"origin": origin}),
        shop.get("/widget/web-shop/messages", headers=bearer),
        shop.get("/widget/web-shop/events", headers=bearer),
    ):
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_a_refused_stream_is_refused_before_it_begins_and_the_page_may_know_why(shop):
    bearer = {"origin": SHOP, "authorization": "Bearer of.bad.news"}
    for path in ("events", "messages"):
        answer = shop.get(f"/widget/web-shop/{path}", headers=bearer)
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (IntegrityError("INSERT", {}, Exception("hush")), 409),
        (DataError("SELECT", {}, Exception("hush")), 422),
        (StatementError("hush", "SELECT", {}, OverflowError("hush")), 422),
        (ZeroDivisionError("hush"), 500),
    ],
)
def test_whose_fault_it_is_shows_and_nothing_else_does(app, error, status):
    @app.get("/api/v1/failing")
    def failing() -> None:
        raise error

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/api/v1/failing")
    assert answer.status_code == status
    assert "hush" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
