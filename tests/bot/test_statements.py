"""The form a model answers in: statements with their sources, or none when the sources lack it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.statements import SCHEMA, written
from guardrails import gateway
from guardrails.errors import ModelFailed
from tests.bot.conftest import FACTS
from tests.fakes.openai_stub import Reply

QUESTION = "How long can I return something?"
SAID = "You can return any item within 30 days of delivery."


@pytest.fixture(autouse=True)
def new_servers():
    gateway._without_schemas.clear()


def _answer(*statements: tuple[str, list[int]]) -> str:
    found = [{"text": text, "sources": sources} for text, sources in statements]
    return json.dumps({"statements": found})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (_answer(("One.", [1]), ("Two.", [2, 1])), "One. [1] Two. [2, 1]"),
        (_answer(("- One.", [1]), ("- Two.", [])), "- One. [1]\n- Two."),
        (f"```json\n{_answer(('One.', [1]))}\n```", "One. [1]"),
        (_answer(("It is so [3].", [1])), "It is so. [1]"),
        (_answer(("One.", [0, -1, 1000])), "One."),
        ("One. [1]", "One. [1]"),
        (_answer(), None),
        (_answer(("NOT_IN_SOURCES", [])), None),
        ("NOT_IN_SOURCES", None),
    ],
)
def test_statements_become_one_text_with_marks(said, expected):
    assert written(said) == expected


@pytest.mark.parametrize(
    "said",
    ['{"statements": [', '{"answer": "x"}', '{"statements": [{"text": 1, "sources": []}]}',
     '{"statements": "x"}', '{"statements": [{"text": "x", "sources": 1}]}', '{"statements": [1]}'],
)  # fmt: skip
def test_json_of_another_shape_is_garbage(said):
    with pytest.raises(ModelFailed, match="garbage"):
        written(said)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(
        ["statements", "text", "sources", "x"]), inner),
)  # fmt: skip


@given(st.text() | _json.map(json.dumps))
def test_whatever_comes_back_is_read_or_refused(said):
    try:
        found = written(said)
    except ModelFailed:
        return
    assert found is None or isinstance(found, str)


def test_the_schema_is_asked_for_and_each_statement_cites_what_carries_it(known, model):
    model.script.append(Reply(_answer((SAID, [1]))))
    said = known.ask(QUESTION)
    (request,) = model.requests
    assert request.json["response_format"]["json_schema"]["schema"] == SCHEMA
    assert said.text.endswith(SAID)
    (statement,) = said.verdict["statements"]
    assert statement["cited"] == [statement["chunk_id"]]
    assert [source["chunk_id"] for source in said.sources] == [statement["chunk_id"]]


def test_a_source_that_does_not_carry_the_statement_is_not_believed(known, model):
    model.script.append(Reply(_answer((SAID, [2]), ("The Fjell 2 is made of moon dust.", [1]))))
    said = known.ask(QUESTION)
    assert "moon" not in said.text
    assert said.verdict["instead_of"] in ("coverage", "entity")


def test_no_statement_says_that_the_sources_do_not_have_it(known, model):
    model.script.append(Reply(_answer()))
    said = known.ask(QUESTION)
    assert said.verdict["instead_of"] == "not_in_sources"


def test_a_server_that_takes_no_schema_is_asked_without_from_then_on(known, model):
    model.script.extend([Reply(status=400), Reply(f"{SAID} [1]")])
    assert known.ask(QUESTION).text.endswith(SAID)
    model.script.append(Reply(f"{SAID} [1]"))
    known.ask("And for how long could I return a tent?")
    forms = ["response_format" in request.json for request in model.requests]
    assert forms == [True, False, False]


def test_a_request_that_is_refused_either_way_ends_in_the_quoting_answer(known, model):
    model.script.extend([Reply(status=400)] * 2)
    said = known.ask(QUESTION)
    assert said.verdict["instead_of"] == "request"
    model.script.append(Reply(_answer((SAID, [1]))))
    known.ask(QUESTION)
    assert "response_format" in model.requests[-1].json, "the schema was not what it refused"


def test_values_come_back_inside_the_statements(known, model):
    def repeats(body):
        asked = str(body["messages"][-1]["content"])
        name = asked[asked.rindex("[PERSON") :].partition("]")[0] + "]"
        return Reply(_answer((f"Thank you, {name}!", []), (SAID, [1])))

    model.answer = repeats
    said = known.ask(f"I am {FACTS['name']}. {QUESTION}")
    assert FACTS["name"] in said.text
    assert FACTS["name"].encode() not in b" ".join(model.bodies)
