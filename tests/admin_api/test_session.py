"""Signing in, staying in, getting out, and what other sites cannot do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from access.models import User, WebSession
from admin_api.main import SAFE
from runtime.database import now, open_session
from runtime.scope import NOBODY
from tests.admin_api.conftest import PASSWORD, sign_in
from tests.admin_api.test_routes import _calls


def test_a_user_signs_in_and_out(client):
    sign_in(client, "service")
    me = client.get("/api/v1/me").json()
    assert me["role"] == "service"
    assert [unit["name"] for unit in me["units"]] == ["eu"]
    assert "conversation:reply" in me["permissions"]
    token = dict(client.cookies)
    assert client.delete("/api/v1/session").status_code == 204
    client.cookies.update(token)
    assert client.get("/api/v1/me").status_code == 401


def test_account_and_password_are_refused_in_the_same_words(client):
    wrong = client.post("/api/v1/session", json={"email": "service@eu.example", "password": "x"})
    unknown = client.post("/api/v1/session", json={"email": "nobody@eu.example", "password": "x"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_guessing_is_slowed_down_before_a_hash_is_computed(client):
    for _ in range(10):
        client.post("/api/v1/session", json={"email": "sales@eu.example", "password": "x"})
    answer = client.post("/api/v1/session", json={"email": "sales@eu.example", "password": "x"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    sign_in(client, "service")  # other accounts are not held up


def test_the_cookie_is_out_of_reach_of_scripts(client):
    answer = client.post(
        "/api/v1/session",
        json={"email": "admin@eu.example", "password": PASSWORD.format(name="admin")},
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_over_https_the_cookie_is_bound_to_the_host(app):
    from fastapi.testclient import TestClient

    with TestClient(app, base_url="https://desk.example") as secure:
        answer = secure.post(
            "/api/v1/session",
            headers={"sec-fetch-site": "same-origin"},
            json={"email": "admin@eu.example", "password": PASSWORD.format(name="admin")},
        )
    assert answer.headers["set-cookie"].startswith("__Host-frontdesk=")
    assert "Secure" in answer.headers["set-cookie"]


def test_plain_http_from_elsewhere_gets_no_session(app):
    from fastapi.testclient import TestClient

    with TestClient(app, base_url="http://desk.example") as plain:
        answer = plain.post(
            "/api/v1/session",
            headers={"sec-fetch-site": "same-origin"},
            json={"email": "admin@eu.example", "password": PASSWORD.format(name="admin")},
        )
    assert answer.status_code == 403
    assert "HTTPS" in answer.json()["detail"]


@pytest.mark.parametrize("column", ["seen_at", "created_at"])
def test_a_session_ends_by_itself(client, column):
    sign_in(client, "service")
    with open_session(NOBODY) as session:
        session.execute(update(WebSession).values({column: now() - timedelta(hours=13)}))
    assert client.get("/api/v1/me").status_code == 401


def test_a_disabled_user_is_out_at_the_next_request(client, company):
    sign_in(client, "service")
    with open_session(NOBODY) as session:
        session.execute(
            update(User).where(User.id == company["eu"].users["service"]).values(active=False)
        )
    assert client.get("/api/v1/me").status_code == 401


def test_every_unsafe_route_refuses_other_sites(client, app):
    sign_in(client, "admin")
    for headers in (
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": ""},
    ):
        for _route, method, path in _calls(app, {}):
            if method not in SAFE:
                answer = client.request(method, path, json={}, headers=headers)
                assert answer.status_code == 403, (method, path)


def test_a_token_has_at_most_the_users_rights_and_can_be_revoked(client):
    sign_in(client, "admin")
    made = client.post(
        "/api/v1/tokens",
        json={"name": "reports", "permissions": ["knowledge:read"], "days": 1},
    )
    assert made.status_code == 201
    bearer = {"authorization": f"Bearer {made.json()['token']}"}
    client.cookies.clear()
    assert client.get("/api/v1/knowledge/sources", headers=bearer).status_code == 200
    assert client.get("/api/v1/contacts/1", headers=bearer).status_code == 403
    assert client.get("/api/v1/users", headers=bearer).status_code == 403
    sign_in(client, "admin")
    number = client.get("/api/v1/tokens").json()["items"][0]["id"]
    assert client.delete(f"/api/v1/tokens/{number}").status_code == 204
    client.cookies.clear()
    assert client.get("/api/v1/knowledge/sources", headers=bearer).status_code == 401


def test_every_answer_carries_the_security_headers(client):
    for path in ("/healthz", "/desk/", "/api/v1/me", "/web/desk/app.js"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/api/v1/me").headers["cache-control"] == "no-store"


def test_a_bad_request_names_the_field_and_not_the_value(client):
    answer = client.post("/api/v1/session", json={"email": 7, "password": "hush-hush"})
    assert answer.status_code == 422
    assert "email" in answer.json()["detail"]
    assert "hush-hush" not in answer.text


def test_a_stranger_elsewhere_cannot_lock_the_owner_out(app):
    from fastapi.testclient import TestClient

    wrong = {"email": "sales@eu.example", "password": "x"}
    right = {"email": "sales@eu.example", "password": PASSWORD.format(name="sales")}
    same = {"sec-fetch-site": "same-origin"}
    with TestClient(app, headers=same, client=("203.0.113.9", 1)) as stranger:
        answers = [stranger.post("/api/v1/session", json=wrong).status_code for _ in range(12)]
    assert answers[-1] == 429
    with TestClient(app, headers=same, client=("198.51.100.7", 1)) as owner:
        assert owner.post("/api/v1/session", json=right).status_code == 200


def test_an_office_signs_in_from_one_address(client):
    for _ in range(60):
        sign_in(client, "service")


def test_over_https_a_cookie_that_another_host_could_set_counts_for_nothing(app, client):
    from fastapi.testclient import TestClient

    sign_in(client, "service")
    planted = client.cookies.get("frontdesk")
    with TestClient(app, base_url="https://desk.example") as secure:
        secure.cookies.set("frontdesk", planted)
        assert secure.get("/api/v1/me").status_code == 401


def test_signing_in_anew_ends_the_former_session(client):
    sign_in(client, "service")
    former = client.cookies.get("frontdesk")
    answer = client.post(
        "/api/v1/session",
        json={"email": "sales@eu.example", "password": PASSWORD.format(name="sales")},
    )
    assert answer.status_code == 200
    client.cookies.clear()
    client.cookies.set("frontdesk", former)
    assert client.get("/api/v1/me").status_code == 401
