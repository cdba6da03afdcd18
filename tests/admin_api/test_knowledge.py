"""Documents are written by one person and released by another, over the API."""

from __future__ import annotations

import pytest

from knowledge import proposals, retrieval
from runtime.database import open_session
from tests.admin_api.conftest import sign_in

API = "/api/v1/knowledge"
GIFTS = {
    "source": "articles", "name": "gifts", "title": "Gift wrap",
    "text": "Wrapping a gift costs EUR 3.", "language": "en",
}  # fmt: skip
QUESTION = "What does wrapping a gift cost?"


@pytest.fixture
def unit(company) -> int:
    return company["eu"].unit


def write(client, unit, **changes):
    return client.post(f"{API}/documents", json={"unit_id": unit, **GIFTS, **changes})


def rehearsed(company, client, unit, *, passed: bool = True) -> int:
    """Propose everything and conclude the rehearsal, as its job does."""
    made = client.post(f"{API}/releases", json={"unit_id": unit, "note": "gift wrap"})
    assert made.status_code == 201, made.text
    with open_session(company["eu"].scope) as session:
        proposals.conclude(session, made.json()["id"], {"told": "by the test"}, passed=passed)
    return made.json()["id"]


def act(client, release: int, what: str, **body):
    return client.post(f"{API}/releases/{release}/{what}", json=body)


def told(unit: int) -> str:
    found = retrieval.search([unit], QUESTION)
    return next((each.text for each in found.passages if each.title == "Gift wrap"), "")


def test_a_draft_is_served_once_a_second_person_let_it_out(client, company, unit):
    sign_in(client, "admin")
    assert write(client, unit).json()["state"] == "added"
    assert told(unit) == ""
    (change,) = client.get(f"{API}/changes", params={"unit_id": unit}).json()["items"]
    assert (change["kind"], change["before"], change["after"]) == ("added", None, 1)
    release = rehearsed(company, client, unit)
    own = act(client, release, "approve")
    assert own.status_code == 403
    assert "somebody else has to let it out" in own.json()["detail"]
    sign_in(client, "management")
    out = act(client, release, "approve").json()
    assert (out["state"], out["number"], out["decided_by"] is not None) == ("live", 2, True)
    assert told(unit) == GIFTS["text"]
    assert client.get(f"{API}/changes", params={"unit_id": unit}).json() == {"items": []}


def test_whoever_wrote_a_part_lets_nothing_out(client, company, unit):
    sign_in(client, "management")
    write(client, unit)
    sign_in(client, "admin")
    release = rehearsed(company, client, unit)
    sign_in(client, "management")
    answer = act(client, release, "approve")
    assert answer.status_code == 403
    assert "you wrote a part" in answer.json()["detail"]


def test_a_failed_rehearsal_needs_a_reason_that_is_kept(client, company, unit):
    sign_in(client, "admin")
    write(client, unit)
    release = rehearsed(company, client, unit, passed=False)
    sign_in(client, "management")
    for reason in ({}, {"override": "  "}, {"override": "ok"}):
        assert act(client, release, "approve", **reason).status_code == 409
    assert told(unit) == ""
    out = act(client, release, "approve", override="the price list of May says so").json()
    assert out["override"] == "the price list of May says so"
    acts = client.get("/api/v1/ledger", params={"action": "knowledge:override"}).json()["items"]
    assert [entry["detail"]["number"] for entry in acts] == [2]


def test_an_edit_is_compared_discarded_and_rolled_back(client, company, unit):
    sign_in(client, "admin")
    write(client, unit)
    release = rehearsed(company, client, unit)
    sign_in(client, "management")
    act(client, release, "approve")
    sign_in(client, "admin")
    (row,) = client.get(f"{API}/documents", params={"unit_id": unit, "q": "GIFT"}).json()["items"]
    assert (row["state"], row["head"], row["live"]) == ("live", 1, 1)
    place = f"{API}/documents/{row['id']}"
    edit = {"title": "Gift wrap", "text": "Wrapping a gift costs EUR 4.", "language": "en"}
    assert client.put(place, json=edit).json()["version"] == 2
    lines = client.get(f"{place}/diff", params={"before": 1, "after": 2}).json()["items"]
    assert [line["change"] + line["text"][-2:] for line in lines] == ["-3.", "+4."]
    assert client.post(f"{place}/discard").status_code == 204
    assert client.post(f"{place}/discard").status_code == 409
    assert client.put(place, json=edit).json()["version"] == 2
    release = rehearsed(company, client, unit)
    sign_in(client, "management")
    assert act(client, release, "approve").json()["number"] == 3
    assert told(unit) == edit["text"]
    back = client.post(f"{API}/releases/rollback", json={"unit_id": unit, "number": 2}).json()
    assert (back["kind"], back["number"]) == ("rollback", 4)
    assert told(unit) == GIFTS["text"]
    shown = client.get(place).json()
    assert [(each["number"], each["live"], each["since"]) for each in shown["versions"]] == [
        (2, False, 3), (1, True, 2),
    ]  # fmt: skip


def test_a_document_leaves_with_a_release_or_at_once(client, company, unit):
    sign_in(client, "admin")
    write(client, unit)
    release = rehearsed(company, client, unit)
    sign_in(client, "management")
    act(client, release, "approve")
    (row,) = client.get(f"{API}/documents", params={"unit_id": unit, "q": "gift"}).json()["items"]
    place = f"{API}/documents/{row['id']}"
    assert client.delete(place).status_code == 204
    assert told(unit) != ""
    assert client.get(place).json()["row"]["state"] == "removed"
    assert client.post(f"{place}/discard").status_code == 204
    assert client.post(f"{place}/withdraw", json={"reason": "wrong price"}).status_code == 200
    assert told(unit) == ""
    assert client.get(place).json()["row"]["state"] == "withdrawn"
    assert client.delete(f"{place}/forever").status_code == 204
    assert client.get(place).status_code == 404
    # deleted for good: no way back brings it up again
    client.post(f"{API}/releases/rollback", json={"unit_id": unit, "number": 2})
    assert told(unit) == ""


def test_a_canary_answers_its_share_of_the_conversations(client, company, unit):
    sign_in(client, "admin")
    write(client, unit)
    release = rehearsed(company, client, unit)
    sign_in(client, "management")
    assert act(client, release, "approve", share=30).json()["state"] == "canary"

    def share() -> float:
        found = (retrieval.search([unit], QUESTION, lot=lot).passages for lot in range(200))
        hits = [any(each.title == "Gift wrap" for each in passages) for passages in found]
        return sum(hits) / len(hits)

    assert 0.2 < share() < 0.4
    assert told(unit) == ""  # whoever draws no lot is told what is live
    assert act(client, release, "refuse").json()["state"] == "refused"
    assert share() == 0.0
    again = client.post(f"{API}/releases", json={"unit_id": unit, "note": "again"})
    with open_session(company["eu"].scope) as session:
        proposals.conclude(session, again.json()["id"], {}, passed=True)
    sign_in(client, "service")
    assert act(client, again.json()["id"], "approve").status_code == 403


def test_edits_are_checked_and_other_units_do_not_exist(client, company, unit):
    sign_in(client, "admin")
    assert write(client, 9_999).status_code == 404
    bad = {"valid_from": "2026-05-02", "valid_until": "2026-05-01"}
    answer = write(client, unit, **bad)
    assert answer.status_code == 422
    assert "valid_until" in answer.json()["detail"]
    assert write(client, unit, audience="nobody").status_code == 422
    assert client.get(f"{API}/documents/999999").status_code == 404
    assert act(client, 999_999, "approve").status_code == 404


def test_files_are_uploaded_one_by_one_with_a_report(client, company, unit):
    sign_in(client, "admin")
    place = f"{API}/sources/files"
    asked = {"unit_id": unit, "source": "handbook", "name": "a/b/boats.md"}
    content = b"# Boats\n\nA kayak costs EUR 900."
    (report,) = client.put(place, params=asked, content=content).json()["items"]
    assert (report["path"], report["state"], report["chunks"]) == ("boats.md", "added", 1)
    bad = {**asked, "name": "scan.pdf"}
    (report,) = client.put(place, params=bad, content=b"%PDF-1.7 nothing").json()["items"]
    assert report["state"] == "failed"
    assert report["reason"]
    sources = client.get(f"{API}/sources").json()["items"]
    kept = next(item for item in sources if item["name"] == "handbook")
    assert kept["documents"] == 2  # what was there before stays
    assert client.put(place, params={**asked, "unit_id": 9_999}, content=b"x").status_code == 404
    sign_in(client, "service")
    assert client.put(place, params=asked, content=content).status_code == 403


def test_a_site_is_a_source(client, company, unit):
    sign_in(client, "admin")
    site = {"unit_id": unit, "name": "shop", "url": "https://shop.example/", "every_hours": 24}
    made = client.post(f"{API}/sources/website", json=site)
    assert made.status_code == 201
    assert client.post(f"{API}/sources/website", json=site).status_code == 409
    assert client.post(f"{API}/sources/{made.json()['id']}/run").status_code == 202
    assert client.post(f"{API}/sources/{company['eu'].source}/run").status_code == 409
    bad = {**site, "name": "other", "url": "ftp://shop.example/"}
    assert client.post(f"{API}/sources/website", json=bad).status_code == 422
    (shown,) = [s for s in client.get(f"{API}/sources").json()["items"] if s["name"] == "shop"]
    assert (shown["kind"], shown["state"]) == ("website", "waiting")


def test_cases_are_kept_and_changed(client, company, unit):
    sign_in(client, "admin")
    case = {"unit_id": unit, "question": QUESTION, "expects": "answer", "holds": ["EUR 3"]}
    made = client.post(f"{API}/cases", json=case).json()["id"]
    (shown,) = client.get(f"{API}/cases", params={"unit_id": unit}).json()["items"]
    assert (shown["id"], shown["holds"]) == (made, ["EUR 3"])
    edit = {"question": QUESTION, "expects": "person"}
    assert client.put(f"{API}/cases/{made}", json=edit).status_code == 204
    assert client.delete(f"{API}/cases/{made}").status_code == 204
    assert client.get(f"{API}/cases", params={"unit_id": unit}).json() == {"items": []}
    assert client.post(f"{API}/cases", json={**case, "expects": "maybe"}).status_code == 422


def test_what_was_taken_back_is_not_released_again_unasked(client, company, unit):
    sign_in(client, "admin")
    write(client, unit)
    release = rehearsed(company, client, unit)
    sign_in(client, "management")
    act(client, release, "approve")
    (row,) = client.get(f"{API}/documents", params={"unit_id": unit, "q": "gift"}).json()["items"]
    place = f"{API}/documents/{row['id']}"
    client.post(f"{place}/withdraw", json={"reason": "wrong price"})
    assert client.get(f"{API}/changes", params={"unit_id": unit}).json() == {"items": []}
    back = client.post(f"{API}/releases/rollback", json={"unit_id": unit, "number": 2})
    assert back.status_code == 200
    assert client.get(f"{API}/changes", params={"unit_id": unit}).json() == {"items": []}
    client.post(f"{API}/releases/rollback", json={"unit_id": unit, "number": 1})
    assert client.get(place).json()["row"]["state"] == "withdrawn"
    assert client.get(f"{API}/changes", params={"unit_id": unit}).json() == {"items": []}
    sign_in(client, "admin")
    assert client.post(f"{place}/discard").status_code == 204  # wanted after all
    (change,) = client.get(f"{API}/changes", params={"unit_id": unit}).json()["items"]
    assert change["kind"] == "added"
