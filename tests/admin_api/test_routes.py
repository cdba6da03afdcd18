"""Every route declares who may use it, and holds to it in every role and both units."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute

from access import Permission, people
from guardrails import cases, policies, receipts
from guardrails.cases import Case
from guardrails.policy import Policy, Term
from guardrails.trace import Trace
from ledger import entries
from runtime.database import open_session
from runtime.scope import NOBODY
from tests.admin_api.conftest import ROLES, sign_in


def _routes(app):
    return [route for route in _flat(app.routes) if isinstance(route, APIRoute)]


def _flat(routes):
    for route in routes:
        # FastAPI keeps an included router as it is.
        included = getattr(route, "original_router", None)
        yield from _flat(included.routes) if included is not None else [route]


def _declared(route) -> list[str]:
    return [
        found
        for dependency in route.dependencies
        if (found := getattr(dependency.dependency, "declares", None))
    ]


def test_every_route_declares_its_permission_once(app):
    routes = _routes(app)
    assert len(routes) > 30
    undeclared = [route.path for route in routes if len(_declared(route)) != 1]
    assert undeclared == []


def test_a_route_without_a_declaration_would_be_found(app):
    @app.get("/api/v1/forgotten")
    def forgotten() -> None: ...

    assert [r.path for r in _routes(app) if not _declared(r)] == ["/api/v1/forgotten"]


def test_declared_permissions_exist(app):
    known = set(Permission)
    for route in _routes(app):
        (what,) = _declared(route)
        assert what in known or what.startswith(("open to", "signed in")), route.path


def test_nobody_gets_in_without_signing_in(client, app):
    for route, method, path in _calls(app, {}):
        (what,) = _declared(route)
        if what.startswith("open to"):
            continue
        assert client.request(method, path, json={}).status_code == 401, path


def _calls(app, ids):
    for route in _routes(app):
        if not route.path.startswith("/api/"):
            continue
        path = re.sub(r"{(\w+)}", lambda match: str(ids.get(match[1], 1)), route.path)
        for method in route.methods:
            yield route, method, path


BODIES = {
    "assign": {"user_id": None},
    "messages": {"text": "hello"},
    "notes": {"text": "hello"},
}


def _body(path: str):
    return BODIES.get(path.rpartition("/")[2], {})


IDS = (
    "conversation_id", "contact_id", "source_id", "token_id", "receipt_id", "document_id",
    "release_id", "case_id", "gap_id", "message_id", "approval_id",
    "user_id", "session_id", "factor_id", "alarm_id", "glass_id",
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_the_role_decides(client, app, company, role):
    """Allowed calls are never refused with 403, forbidden ones always are."""
    branch = company["eu"]
    with open_session(NOBODY) as session:
        principal = people.principal_of(session, branch.users[role])
    ids = {
        "conversation_id": branch.conversation,
        "contact_id": branch.contact,
        "source_id": 999_999,
        "token_id": 999_999,
        "receipt_id": 999_999,
        "document_id": 999_999,
        "release_id": 999_999,
        "case_id": 999_999,
        "gap_id": 999_999,
        "message_id": 999_999,
        "approval_id": 999_999,
    }
    sign_in(client, role)
    for route, method, path in _calls(app, ids):
        (what,) = _declared(route)
        if what not in set(Permission) or path == "/api/v1/live":
            continue
        answer = client.request(method, path, json=_body(path), params={"q": "returns"})
        if principal.may(Permission(what)):
            assert answer.status_code != 403, (method, path, answer.text)
        else:
            assert answer.status_code == 403, (method, path, answer.status_code)


def _guard(branch) -> None:
    """Give a unit a policy, a regression set and a receipt, all with its secret in them."""
    system = people.system(branch.unit)
    policy = Policy(hide=(Term(value=branch.secret),))
    case = Case(name="secret", text=branch.secret, hidden=(branch.secret,))
    with open_session(branch.scope) as session:
        policies.draft(session, system, branch.unit, policy, note=branch.secret)
        cases.save(session, system, branch.unit, [case], seen=0)
    account = Trace(branch.unit, branch.conversation, None, 0.0)
    body = f'{{"model": "{branch.secret}"}}'.encode()
    receipts.write(account, body, host=branch.secret, model=branch.secret, counts={})


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_another_unit_is_read_or_changed(client, app, company, role):
    """Every route is called with the other unit's ids, by every role: not one word comes out."""
    other = company["jp"]
    _guard(other)
    ids = {
        "conversation_id": other.conversation,
        "contact_id": other.contact,
        "source_id": other.source,
        "token_id": 1,
        "receipt_id": 1,
        "user_id": other.users["service"],
        "number": 1,
    }
    sign_in(client, role)
    for _route, method, path in _calls(app, ids):
        if path in ("/api/v1/live", "/api/v1/session") or "/account/sessions" in path:
            continue  # the last one ends the session that asks
        of_unit = {"unit_id": other.unit}
        bodies = [
            _body(path),
            {**of_unit, "source": "s", "name": "n", "title": "t", "text": "x"},
            {"channel": "web", "name": "web-x", **of_unit},
        ]
        if "/guardrails/" in path:
            bodies += [
                of_unit,
                {"content": {"hide": [{"value": "Orrick"}]}, **of_unit},
                {"seen": 1, "items": [], **of_unit},
                {"text": "hello", "number": 1, **of_unit},
                {"conversation_id": other.conversation, "unit_id": company["eu"].unit},
            ]
        for json in bodies:
            for params in (
                {"q": other.secret, "unit_id": other.unit},
                {"q": other.secret, "queue": "all"},
            ):
                answer = client.request(method, path, json=json, params=params)
                assert other.secret not in answer.text, (method, path)
                assert answer.status_code < 500, (method, path, answer.text)
                if re.search("conversation_id|contact_id|receipt_id|number", _route.path):
                    assert answer.status_code in (403, 404, 422), (method, path)
    with open_session(other.scope, read_only=True) as session:
        acted = entries.of_units(session, [other.unit], limit=500)
    strangers = {f"user/{user}" for user in company["eu"].users.values()}
    assert not [entry for entry in acted if entry.actor in strangers]


def test_a_refusal_is_in_the_ledger(client, company):
    sign_in(client, "management")
    assert client.get(f"/api/v1/contacts/{company['eu'].contact}").status_code == 403
    with open_session(company["eu"].scope, read_only=True) as session:
        found = entries.of_units(session, [company["eu"].unit], action="refused")
    assert found[0].subject == "GET /api/v1/contacts/{contact_id}"
    assert found[0].detail == {"permission": "contact:read"}


def test_numbers_that_no_database_takes_are_refused_by_name(client, app):
    sign_in(client, "admin")
    for huge in ("0", "-1", str(2**63), "9" * 40):
        ids = dict.fromkeys(IDS, huge)
        for route, method, path in _calls(app, ids):
            if "{" in route.path:
                answer = client.request(method, path, json=_body(path))
                assert answer.status_code in (403, 404, 422), (method, path, answer.text)


def test_a_source_is_deleted_and_nothing_waits_for_itself(client, company):
    sign_in(client, "admin")
    source = company["eu"].source
    assert client.delete(f"/api/v1/knowledge/sources/{source}").status_code == 204
    assert client.get("/api/v1/knowledge/sources").json() == {"items": []}


@pytest.mark.parametrize("text", ["NUL \x00 here", "half a pair \ud83d"])
def test_texts_that_no_database_takes_are_refused_by_name(client, company, text):
    import json

    sign_in(client, "service")
    answer = client.post(
        f"/api/v1/conversations/{company['eu'].conversation}/notes",
        content=json.dumps({"text": text}),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
