"""Tuning, trying and proving the guardrails over the API."""

from __future__ import annotations

import pytest

from guardrails import receipts
from guardrails.trace import Trace
from ledger import entries, jobs
from runtime.database import open_session
from runtime.scope import NOBODY
from tests.admin_api.conftest import PASSWORD, sign_in

API = "/api/v1/guardrails"
PATTERN = {
    "name": "member-number",
    "kind": "USER_ID",
    "regex": r"\bMB[A-Z]{4}\b",
    "finds": ["I am MBQRST"],
    "spares": ["I am a member"],
}


def draft(client, company, **content):
    return client.post(
        f"{API}/policies",
        json={"unit_id": company["eu"].unit, "content": content, "note": "member numbers"},
    )


def act(client, company, number: int, what: str):
    return client.post(f"{API}/policies/{number}/{what}", json={"unit_id": company["eu"].unit})


def test_a_policy_is_drafted_compared_released_and_taken_back(client, company):
    sign_in(client, "admin")
    unit = {"unit_id": company["eu"].unit}
    assert draft(client, company, patterns=[PATTERN]).json() == {"number": 1}
    shown = client.get(f"{API}/policies/1", params=unit).json()
    assert shown["against"] == 0
    assert [(one["field"], one["item"], one["kind"]) for one in shown["changes"]] == [
        ("patterns", "member-number", "added")
    ]
    own = act(client, company, 1, "release")
    assert own.status_code == 403
    assert "somebody else has to release it" in own.json()["detail"]

    sign_in(client, "management")
    assert draft(client, company, never_guess=["Fjell"]).status_code == 403
    assert act(client, company, 1, "release").json()["state"] == "released"
    assert client.get(f"{API}/policies", params=unit).json()["live"] == 1
    assert act(client, company, 0, "rollback").json()["number"] == 0
    assert client.get(f"{API}/policies", params=unit).json()["live"] == 0
    assert act(client, company, 1, "rollback").json()["sha256"] == shown["version"]["sha256"]


def test_the_author_cannot_release_by_a_token_either(client, company):
    sign_in(client, "admin")
    draft(client, company, never_guess=["Fjell"])
    token = client.post(
        "/api/v1/tokens", json={"name": "robot", "permissions": ["guardrails:release"]}
    ).json()["token"]
    client.cookies.clear()
    answer = client.post(
        f"{API}/policies/1/release",
        json={"unit_id": company["eu"].unit},
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 403
    assert "you wrote this version" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"patterns": [{**PATTERN, "regex": "(a+)+b"}]}, "patterns[0].regex: a repeat within"),
        ({"patterns": [PATTERN, {**PATTERN, "name": "x"}]}, "content.patterns.1.name"),
        ({"patterns": [{**PATTERN, "finds": ["no"]}]}, "patterns[0].finds[0]: nothing is found"),
        ({"hide": [{"value": "Heron", "kind": "BIRD"}]}, "hide[0].kind: use one of"),
        ({"name_threshold": 1.5}, "content.name_threshold"),
        ({"colour": "red"}, "content.colour"),
    ],
)
def test_a_fault_is_named_by_its_field(client, company, content, said):
    sign_in(client, "admin")
    answer = draft(client, company, **content)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_release_that_fails_the_regression_set_names_its_rows(client, company):
    sign_in(client, "admin")
    unit = company["eu"].unit
    row = {"name": "mail", "text": "ada@mail.example", "spared": ["ada@mail.example"]}
    saved = client.put(f"{API}/cases", json={"unit_id": unit, "seen": 0, "items": [row]})
    assert saved.json() == {"number": 1}
    draft(client, company, patterns=[PATTERN])
    ran = client.post(f"{API}/cases/run", json={"unit_id": unit, "number": 1}).json()
    assert ran["items"] == [
        {"name": "mail", "ok": False, "problems": ["hidden"], "values": ["ada@mail.example"]}
    ]
    sign_in(client, "management")
    answer = act(client, company, 1, "release")
    assert answer.status_code == 409
    assert answer.json()["error"] == "RegressionFailed"
    assert "1 of 1 rows of the regression set fail: mail" in answer.json()["detail"]
    assert "ada@" not in answer.text


def test_the_playground_explains_and_leaves_nothing_behind(client, company, capfd):
    sign_in(client, "admin")
    branch = company["eu"]
    text = "I am Rosa Brandt, write to rosa@mail.example"
    with open_session(branch.scope, read_only=True) as session:
        before = len(entries.of_units(session, [branch.unit], limit=500))
    answer = client.post(
        f"{API}/playground",
        json={
            "unit_id": branch.unit,
            "text": text,
            "reply": "You have 90 days.",
            "passages": ["You can return any item within 30 days."],
        },
    ).json()
    assert "".join(piece["text"] for piece in answer["pieces"]) == text
    mail = next(piece for piece in answer["pieces"] if piece["text"] == "rosa@mail.example")
    assert (mail["kind"], mail["placeholder"]) == ("EMAIL", "[EMAIL_1]")
    assert "rosa@" not in answer["hidden"]
    assert answer["restored"] == text
    assert answer["directory"] is False  # whether somebody is a customer is not for this role
    assert answer["gate"]["verdict"] == "refuse"
    assert answer["gate"]["statements"][0]["supported"] is False
    with open_session(branch.scope, read_only=True) as session:
        assert len(entries.of_units(session, [branch.unit], limit=500)) == before
    said = capfd.readouterr()
    assert "rosa" not in (said.out + said.err).lower()


def test_a_past_message_needs_the_right_to_read_it_and_the_reading_is_recorded(client, company):
    branch = company["eu"]
    asked = {
        "unit_id": branch.unit,
        "conversation_id": branch.conversation,
        "message_id": 1,
    }
    sign_in(client, "admin")
    assert client.post(f"{API}/playground", json=asked).status_code == 403
    sign_in(client, "service")
    answer = client.post(f"{API}/playground", json=asked).json()
    known = next(piece for piece in answer["pieces"] if branch.secret in piece["text"])
    assert known["kind"] == "PERSON"
    assert branch.secret not in answer["hidden"]
    with open_session(branch.scope, read_only=True) as session:
        newest = entries.of_units(session, [branch.unit], action="conversation:read")[0]
    assert newest.actor == f"user/{branch.users['service']}"
    assert client.post(f"{API}/playground", json={**asked, "message_id": 999}).status_code == 404
    newest = {name: value for name, value in asked.items() if name != "message_id"}
    assert client.post(f"{API}/playground", json=newest).json()["pieces"] == answer["pieces"]
    other = {**asked, "conversation_id": company["jp"].conversation}
    assert client.post(f"{API}/playground", json=other).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"text": "x", "conversation_id": 1, "message_id": 1},
        {"message_id": 1},
        {"text": "x", "conversation_id": 1},
        {"text": "x", "number": 0, "content": {}},
        {"text": "x" * 8_001},
    ],
)
def test_the_playground_needs_one_text_and_one_policy(client, company, wrong):
    sign_in(client, "admin")
    asked = {"unit_id": company["eu"].unit, **wrong}
    assert client.post(f"{API}/playground", json=asked).status_code == 422


def test_receipts_are_listed_filtered_read_and_verified(client, company):
    branch = company["eu"]
    made = []
    for model in ("stub-1", "stub-2", "stub-1"):
        account = Trace(branch.unit, branch.conversation, None, 0.0, policy="policy/3")
        made.append(
            receipts.write(account, b'{"x": 1}', host="h.example", model=model, counts={"IP": 2})
        )
        receipts.complete(account, made[-1], status="200", ms=5, prompt_tokens=7)
    with open_session(NOBODY) as session:
        entries.sequence_pending(session)
    with open_session(NOBODY) as session:
        jobs.sign_if_due(session, force=True)
    sign_in(client, "service")

    def ids(**params) -> list[int]:
        items = client.get(f"{API}/receipts", params=params).json()["items"]
        assert all("body" not in item for item in items)
        return [item["id"] for item in items]

    assert ids() == made[::-1]
    assert ids(model="stub-1", limit=1) == [made[2]]
    assert ids(model="stub-1", before=made[2]) == [made[0]]
    assert ids(status="failed") == []
    assert ids(unit_id=branch.unit, conversation_id=branch.conversation, status="200") == made[::-1]
    assert ids(since="2100-01-01T00:00:00Z") == []
    assert ids(until="2100-01-01T00:00:00Z") == made[::-1]
    assert ids(unit_id=company["jp"].unit) == []

    shown = client.get(f"{API}/receipts/{made[0]}").json()
    assert shown["body"] == '{"x": 1}'
    assert shown["policy_version"].endswith("+policy/3")
    proof = client.get(f"{API}/receipts/{made[0]}/verify").json()
    assert (proof["ok"], proof["standing"], proof["faults"]) == (True, "signed", [])

    client.cookies.clear()
    client.post(
        "/api/v1/session",
        json={"email": "service@jp.example", "password": PASSWORD.format(name="service")},
    )
    assert ids() == []
    assert client.get(f"{API}/receipts/{made[0]}").status_code == 404
    assert client.get(f"{API}/receipts/{made[0]}/verify").status_code == 404
