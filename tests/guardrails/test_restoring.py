"""Values come back whole, wherever a text was cut and through whatever it travels."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.tools import tool

from guardrails import gateway, placeholders, receipts
from guardrails.errors import ModelFailed
from guardrails.mask import Mask
from runtime.database import open_session
from runtime.scope import Scope
from tests.fakes.openai_stub import Reply, Stub
from tests.guardrails.conftest import RECORD, trace
from tests.guardrails.test_gateway import AUDITOR, conversation

MANGLED = (
    "[PERSON_1]", "<PERSON_1>", "Person_1", "[Person 1]", "{{PERSON_1}}", r"\[PERSON\_1\]",
    "PERSON-1", "［PERSON_1］", "[PERSON_1", "【PERSON_1】", "[person_1]", "[ PERSON_1 ]",
    "[PERSON-1]", "[PERSON 1]", "(PERSON_1)", "[**PERSON_1**]", "person_1]", "**[EMAIL_1]**",
)  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(
        (*MANGLED, "[ORDER_ID_12]", "[NATIONAL_ID_1234]", r"\[\[\[NATIONAL\_ID\_9\]\]\]", "[PER",
         "[", "]", "**", "\\", " ", "number 12", "order-id-7", "1", "\n", "…", "é")
    ),
    st.text(max_size=6),
)  # fmt: skip


def known() -> Mask:
    mask = Mask(RECORD)
    mask.hide("Ana Müller-Lima wrote from ana.lima@mail.example")
    return mask


@given(pieces=st.lists(PIECES, max_size=12), data=st.data())
def test_a_stream_gives_what_the_whole_text_gives(pieces: list[str], data: Any) -> None:
    text = "".join(pieces)
    whole = known().restore(text)
    restorer = known().restorer()
    shown, at = "", 0
    while at < len(text):
        size = data.draw(st.integers(1, 9))
        shown += restorer.feed(text[at : at + size])
        at += size
    assert shown + restorer.finish() == whole


@given(text=st.text(max_size=60), cut=st.integers(0, 60))
def test_text_without_placeholders_passes_unchanged_and_at_most_24_characters_wait(
    text: str, cut: int
) -> None:
    if placeholders.looks_like_one(text):
        return
    restorer = Mask().restorer()
    first = restorer.feed(text[:cut])
    assert len(first) >= len(text[:cut]) - placeholders.LONGEST
    assert first + restorer.feed(text[cut:]) + restorer.finish() == text


@pytest.mark.parametrize("mangled", MANGLED)
def test_every_mangled_form_comes_back_however_it_is_cut(mangled: str) -> None:
    value = "ana.lima@mail.example" if "EMAIL" in mangled else "Ana Müller-Lima"
    for size in range(1, 8):
        restorer = known().restorer()
        text = f"Hi {mangled}, ok"
        pieces = [restorer.feed(text[at : at + size]) for at in range(0, len(text), size)]
        assert value in "".join([*pieces, restorer.finish()])


def test_a_stream_shows_its_beginning_before_its_end_is_there(model: Stub) -> None:
    model.script.append(Reply("Dear [PERSON_1], " + "your parcel is on its way. " * 3))
    guarded = gateway.chat_model(Mask(RECORD), trace=trace())
    pieces = [chunk.text for chunk in guarded.stream(conversation()) if chunk.text]
    assert len(pieces) > 5
    assert "".join(pieces).startswith("Dear Ana Müller-Lima, your parcel")
    assert "[" not in "".join(pieces)


def test_tool_calls_come_back_whole_from_a_stream(model: Stub) -> None:
    @tool
    def find(order: str, to: str) -> str:
        """Find."""
        return order + to

    asked = {"order": "[ORDER_ID_1]", "to": '"[PERSON_1]"'}
    model.script.append(Reply(tool_calls=(("find", asked),)))
    bound = gateway.chat_model(Mask(RECORD), trace=trace()).bind_tools([find])
    said = AIMessageChunk(content="")
    for chunk in bound.stream(conversation()):
        assert isinstance(chunk, AIMessageChunk)
        said += chunk
    assert said.tool_calls[0]["args"] == {"order": "NL-100201", "to": '"Ana Müller-Lima"'}


def test_structured_output_comes_back_as_json_from_a_stream(model: Stub) -> None:
    mask = Mask([*RECORD[1:], type(RECORD[0])("PERSON", 'Ana "Nana" Lima')])
    model.script.append(Reply(json.dumps({"customer": "[PERSON_1]"})))
    schema = {"type": "object", "properties": {"customer": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "who", "schema": schema}}
    bound = gateway.chat_model(mask, trace=trace()).bind(response_format=wanted)
    said = "".join(chunk.text for chunk in bound.stream('This is Ana "Nana" Lima'))
    assert json.loads(said) == {"customer": 'Ana "Nana" Lima'}


def test_the_receipt_of_a_stream_is_completed_at_its_end(model: Stub) -> None:
    account = trace()
    model.script.append(Reply("Fine."))
    list(gateway.chat_model(Mask(RECORD), trace=account).stream(conversation()))
    with open_session(Scope.of(1), read_only=True) as session:
        (receipt,) = receipts.read(session, AUDITOR, conversation_id=7)
    assert receipt.body.encode() == model.bodies[0]
    assert receipt.status == "200"
    assert receipt.completion_tokens
    assert account.completion_tokens == receipt.completion_tokens


@pytest.mark.parametrize("reply", [Reply("", finish_reason="stop"), Reply("x", status=500)])
def test_a_stream_that_is_no_answer_has_a_name_for_it(model: Stub, reply: Reply) -> None:
    model.script += [reply, reply]
    guarded = gateway.chat_model(Mask(RECORD), trace=trace())
    with pytest.raises(ModelFailed):
        list(guarded.stream([HumanMessage("hello")]))
