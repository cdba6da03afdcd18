"""A question is tried on an edition, for some readers, and nobody is answered."""

from __future__ import annotations

import pytest

from access import people
from knowledge import ingest
from knowledge.states import Audience
from tests.admin_api.conftest import sign_in
from tests.conftest import serve

ASK = "/api/v1/knowledge/ask"
QUESTION = "What does a parcel to the islands cost?"


@pytest.fixture
def unit(company):
    unit = company["eu"].unit
    write(unit, "A parcel to the islands costs EUR 12.")
    serve(unit)
    return unit


def write(unit, text, **more):
    ingest.ingest_text(
        unit,
        source="shop",
        name=more.pop("name", "islands.md"),
        title="Islands",
        text=text,
        language="en",
        principal=people.system(unit),
        **more,
    )


def ask(client, unit, question=QUESTION, **more):
    return client.post(ASK, json={"unit_id": unit, "question": question, **more})


def test_an_answer_comes_with_its_passages_and_why(client, unit):
    sign_in(client, "service")
    found = ask(client, unit).json()
    assert found["outcome"]["act"] == "answer"
    assert "EUR 12" in found["outcome"]["text"]
    assert found["answerable"] >= found["threshold"]
    assert (found["release"], found["drafts"]) == (2, False)
    (first, *_) = found["passages"]
    assert first["title"] == "Islands"
    assert {"parcel", "islands"} <= set(first["words"])
    assert "does" not in first["words"]
    assert found["outcome"]["sources"][0]["chunk_id"] == first["chunk_id"]


def test_what_is_not_known_would_be_handed_over(client, unit):
    sign_in(client, "service")
    found = ask(client, unit, "Which planets have rings?").json()
    assert found["outcome"] | {"text": ""} == {
        "act": "hand_over", "text": "", "reason": "no_answer", "sources": [], "verdict": None,
    }  # fmt: skip
    assert found["answerable"] < found["threshold"]
    assert found["near"] is False
    assert ask(client, unit, "I want to talk to a human").json()["outcome"]["reason"] == (
        "wants_person"
    )


def test_drafts_and_earlier_releases_are_tried_without_being_served(client, unit):
    sign_in(client, "admin")
    write(unit, "A parcel to the islands costs EUR 15.")
    assert "EUR 12" in ask(client, unit).json()["outcome"]["text"]
    drafted = ask(client, unit, edition="draft").json()
    assert "EUR 15" in drafted["outcome"]["text"]
    assert drafted["drafts"] is True
    serve(unit)
    assert "EUR 12" in ask(client, unit, edition=2).json()["outcome"]["text"]
    assert "EUR 15" in ask(client, unit, edition=3).json()["outcome"]["text"]
    assert ask(client, unit, edition=1).json()["outcome"]["act"] == "hand_over"
    assert ask(client, unit, edition=99).status_code == 404


def test_readers_are_told_what_is_for_them(client, unit):
    write(unit, "The island depot closes at noon.", name="team.md", audience=Audience.TEAM)
    serve(unit)
    sign_in(client, "service")

    def titles(readers):
        found = ask(client, unit, "When does the island depot close?", readers=readers).json()
        return [passage["text"] for passage in found["passages"]]

    assert "The island depot closes at noon." in titles("colleagues")
    for readers in ("customers", "anyone"):
        assert "The island depot closes at noon." not in titles(readers)


def test_other_units_do_not_exist_and_nothing_is_kept(client, unit, company):
    sign_in(client, "service")
    assert ask(client, company["jp"].unit).status_code == 404
    for wrong in ({"edition": "old"}, {"edition": 0}, {"readers": "all"}, {"language": "German"}):
        assert ask(client, unit, **wrong).status_code == 422
    before = client.get("/api/v1/conversations").json()
    ask(client, unit)
    assert client.get("/api/v1/conversations").json() == before
