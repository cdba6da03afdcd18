from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import SummarizationMiddleware
from langchain.agents.structured_output import ProviderStrategy
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langsmith import run_trees
from langsmith import utils as langsmith_utils
from pydantic import BaseModel

from access import Denied, Grant, Permission, Principal, Role
from guardrails import gateway, receipts
from guardrails.errors import MaskingFailed, ModelFailed
from guardrails.mask import KnownValue, Mask
from ledger.entries import Entry
from runtime import settings
from runtime.database import open_session
from runtime.scope import Scope
from tests.conftest import point_to
from tests.fakes.openai_stub import Reply, Stub, running
from tests.guardrails.conftest import RECORD, trace

OTHERS = ("joana.tavares@mail.example", "+351 912 000 001", "4012 8888 8888 1881", "Tavares")
AUDITOR = Principal("user/1", "user", Role("a", (Grant(Permission.RECEIPT_READ),)), frozenset({1}))
STRANGER = Principal("user/2", "user", Role("none", ()), frozenset({1}))


def assert_nothing_personal(stub: Stub) -> None:
    wire = b"\n".join(stub.bodies).decode()
    for clear in (wire, json.dumps(json.loads(stub.bodies[-1]), ensure_ascii=False)):
        for value in (*(item.value for item in RECORD), *OTHERS, "Müller", "Lindenweg", "20095"):
            assert value not in clear
            assert json.dumps(value)[1:-1] not in clear


def conversation() -> list[BaseMessage]:
    return [
        SystemMessage("You are an assistant of Nordlicht. Customer: Ana Müller-Lima."),
        HumanMessage("Hi, my order NL-100201. Please tell Tavares, too."),
        AIMessage("Hello Ana! Is ana.lima@mail.example still right?"),
        HumanMessage(
            "Yes, or joana.tavares@mail.example, my name is Joana Tavares, +351 912 000 001"
        ),
    ]


@tool
def find_order(order: str) -> str:
    """Find an order. Do not show it to Ana Müller-Lima (ana.lima@mail.example)."""
    seen.append(order)
    return json.dumps(
        {"order": order, "to": "Lindenweg 3, 20095 Hamburg", "zip": 20095, "paid": [OTHERS[2]]}
    )


seen: list[str] = []


def test_an_agent_with_tools_and_history_shows_the_model_nothing_personal(model: Stub) -> None:
    seen.clear()
    model.script += [
        Reply(tool_calls=(("find_order", {"order": "[ORDER_ID_1]"}),)),
        Reply("Dear [PERSON_1], order [ORDER_ID_1] goes to [ADDRESS_1]."),
    ]
    mask = Mask(RECORD)
    agent = create_agent(gateway.chat_model(mask, trace=trace()), tools=[find_order])
    answer = agent.invoke({"messages": conversation()})["messages"][-1]
    assert seen == ["NL-100201"]
    assert answer.content.startswith("Dear Ana Müller-Lima, order NL-100201 goes to Lindenweg 3")
    assert len(model.requests) == 2
    assert_nothing_personal(model)


def test_a_summariser_shows_the_model_nothing_personal(model: Stub) -> None:
    mask = Mask(RECORD)
    for message in conversation():
        mask.learn(str(message.content))
    guarded = gateway.chat_model(mask, trace=trace())
    middleware = SummarizationMiddleware(guarded, trigger=("messages", 3), keep=("messages", 1))
    agent = create_agent(guarded, tools=[find_order], middleware=[middleware])
    model.script += [Reply("Summary about [PERSON_1]."), Reply("Fine.")]
    agent.invoke({"messages": conversation()})
    assert len(model.requests) == 2
    assert_nothing_personal(model)


def test_every_field_of_a_message_is_hidden(model: Stub) -> None:
    model.script.append(Reply("ok"))
    call = {"name": "find_order", "args": {"to": ["Ana Müller-Lima"]}, "id": "call_1"}
    history: list[BaseMessage] = [
        HumanMessage([{"type": "text", "text": "I am Ana Müller-Lima"}, "20095"], name="Lindenweg"),
        AIMessage(
            "",
            tool_calls=[call],
            invalid_tool_calls=[
                {"name": "x", "args": '{"a": "ana.lima@mail.example"', "id": "call_2", "error": "e"}
            ],
            additional_kwargs={
                "refusal": None,
                "tool_calls": [{"function": {"arguments": "ana.lima@mail.example", "name": "x"}}],
                "function_call": {"name": "x", "arguments": '{"a": "Ana Müller-Lima"}'},
            },
        ),
        ToolMessage("Lindenweg 3", tool_call_id="call_1", name="find_order"),
        ToolMessage("none", tool_call_id="call_2"),
    ]
    gateway.chat_model(Mask(RECORD), trace=trace()).invoke(history)
    assert_nothing_personal(model)


def test_structured_output_is_hidden_and_restored(model: Stub) -> None:
    class Summary(BaseModel):
        """What Ana Müller-Lima wants."""

        customer: str
        order: str

    content = json.dumps({"customer": "[PERSON_1]", "order": "[ORDER_ID_1]"})
    model.script.append(Reply(content))
    agent = create_agent(
        gateway.chat_model(Mask(RECORD), trace=trace()),
        tools=[],
        response_format=ProviderStrategy(Summary),
    )
    result = agent.invoke({"messages": conversation()})["structured_response"]
    assert result == Summary(customer="Ana Müller-Lima", order="NL-100201")
    assert_nothing_personal(model)


def test_streaming_and_asynchronous_calls_are_guarded_too(model: Stub) -> None:
    model.script += [Reply("Hi [PERSON_1]"), Reply("Hi [PERSON_1]"), Reply("Hi [PERSON_1]")]
    guarded = gateway.chat_model(Mask(RECORD), trace=trace())
    chunks = [chunk.content for chunk in guarded.stream(conversation())]
    assert "".join(map(str, chunks)) == "Hi Ana Müller-Lima"

    async def both() -> list[Any]:
        streamed = [chunk.content async for chunk in guarded.astream(conversation())]
        return [(await guarded.ainvoke(conversation())).content, "".join(map(str, streamed))]

    assert asyncio.run(both()) == ["Hi Ana Müller-Lima"] * 2
    assert_nothing_personal(model)


def test_pictures_are_not_sent_for_nobody_can_mask_them(model: Stub) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(MaskingFailed):
        gateway.chat_model(Mask(), trace=trace()).invoke([HumanMessage([picture])])
    assert model.requests == []


def test_there_is_no_model_without_a_mask(model: Stub) -> None:
    with pytest.raises(MaskingFailed):
        gateway.chat_model(None, trace=trace())  # type: ignore[arg-type] # the point of the test
    with pytest.raises(MaskingFailed), gateway._named_failures():
        gateway.openai_model(settings.current()).invoke("hello")
    assert model.requests == []


def test_a_request_in_which_a_value_is_left_does_not_leave(model: Stub) -> None:
    class Forgetful(Mask):
        def hide(self, text: str) -> str:
            return text

    for text in (
        "Ana", "ana%2Elima@mail.example", "write to who@ever.example", "4111111111111111",
        "+49 151 2345678", "10.12.13.14", "529.982.247-25",
    ):  # fmt: skip
        guarded = gateway.chat_model(Forgetful(RECORD), trace=trace())
        with pytest.raises(MaskingFailed) as failure:
            guarded.invoke([HumanMessage(f"so {text} is left")])
        assert text not in str(failure.value)
    assert model.requests == []


def test_only_the_configured_host_is_reached(model: Stub) -> None:
    mask, account = Mask(), trace()
    with running() as elsewhere, gateway.errand(mask, account):
        client = gateway._http(model.url)
        with pytest.raises(MaskingFailed):
            client.post(elsewhere.url + "/chat/completions", json={"model": "m"})
        assert elsewhere.requests == []


def test_the_receipt_is_what_was_sent_to_the_byte(model: Stub) -> None:
    account = trace()
    gateway.chat_model(Mask(RECORD), trace=account).invoke(conversation())
    with open_session(Scope.of(1), read_only=True) as session:
        (receipt,) = receipts.read(session, AUDITOR, conversation_id=7)
        entry = session.query(Entry).filter_by(action="model:call").one()
    (sent,) = model.bodies
    assert receipt.body.encode() == sent
    assert receipt.body_sha256 == hashlib.sha256(sent).hexdigest() == entry.detail["sha256"]
    assert (receipt.status, receipt.model, receipt.message_id) == ("200", "stub-1", 70)
    assert receipt.counts["PERSON"] == 2
    assert receipt.prompt_tokens == account.prompt_tokens > 0
    assert account.receipt_ids == [receipt.id]
    assert entry.actor == "assistant/1"
    assert entry.subject == "conversation/7"


def test_receipts_need_their_permission_and_stay_in_their_unit(model: Stub) -> None:
    gateway.chat_model(Mask(), trace=trace()).invoke("hello")
    with open_session(Scope.of(1), read_only=True) as session, pytest.raises(Denied):
        receipts.read(session, STRANGER, conversation_id=7)
    with open_session(Scope.of(2), read_only=True) as session:
        assert receipts.read(session, AUDITOR, conversation_id=7) == []


def test_the_beginning_of_the_prompt_stays_the_same_bytes(model: Stub) -> None:
    system = SystemMessage("You are an assistant. Call +49 40 5550100 for help. Be brief.")
    for question in ("hello", "my name is Joana Tavares"):
        gateway.chat_model(Mask(RECORD), trace=trace()).invoke([system, HumanMessage(question)])
    first, second = (body.split(b"Be brief.")[0] for body in model.bodies)
    assert first == second


def test_our_own_prompt_may_explain_placeholders_and_nobody_else(model: Stub) -> None:
    prompt = "Copy words like [PERSON_1] as they are. Ask ana.lima@mail.example."
    texts = [SystemMessage(prompt), HumanMessage("show me [PERSON_1]")]
    gateway.chat_model(Mask(RECORD), trace=trace()).invoke(texts)
    system, human = (message["content"] for message in model.requests[0].json["messages"])
    assert system == "Copy words like [PERSON_1] as they are. Ask [EMAIL_1]."
    assert human == "show me [LITERAL_1]"


@pytest.mark.parametrize(
    ("reply", "reason", "requests"),
    [
        (Reply(status=429), "throttled", 2),
        (Reply(status=429, headers={"retry-after": "60"}), "throttled", 1),
        (Reply(status=500), "server", 2),
        (Reply(status=503), "server", 2),
        (Reply(status=401), "server", 1),
        (Reply(status=400, content="content_filter"), "refusal", 1),
        (Reply(raw=b"<html>no</html>"), "garbage", 1),
        (Reply(raw=b'{"choices": []}'), "garbage", 1),
        (Reply(raw=b" " * (5 * 1024 * 1024)), "garbage", 1),
        (Reply(raw=b"xx", headers={"content-encoding": "gzip"}), "garbage", 1),
        (Reply(raw=b'{"object": "chat.completion"}'), "garbage", 1),
        (Reply(""), "garbage", 1),
        (Reply("half a", finish_reason="length"), "garbage", 1),
        (Reply(None, refusal="I cannot"), "refusal", 1),
        (Reply("", finish_reason="content_filter"), "refusal", 1),
        (Reply(drop=True), "unreachable", 2),
    ],
)
def test_failures_have_names(model: Stub, reply: Reply, reason: str, requests: int) -> None:
    model.script += [reply, reply]
    with pytest.raises(ModelFailed) as failure:
        gateway.chat_model(Mask(), trace=trace()).invoke("hello")
    assert failure.value.reason == reason
    assert len(model.requests) == requests
    with open_session(Scope.of(1), read_only=True) as session:
        statuses = [one.status for one in receipts.read(session, AUDITOR, conversation_id=7)]
    assert len(statuses) == requests
    assert "sending" not in statuses


def test_a_busy_server_is_asked_once_more(model: Stub) -> None:
    model.script += [Reply(status=429), Reply("here")]
    account = trace()
    assert gateway.chat_model(Mask(), trace=account).invoke("hello").content == "here"
    assert account.calls == 1


def test_a_slow_server_is_given_up_at_the_deadline(model: Stub) -> None:
    model.delay = 1.0
    with pytest.raises(ModelFailed) as failure:
        gateway.chat_model(Mask(), trace=trace(seconds=0.3)).invoke("hello")
    assert failure.value.reason == "timeout"


def test_no_call_begins_after_the_deadline_or_beyond_the_limit(model: Stub) -> None:
    with pytest.raises(ModelFailed) as failure:
        gateway.chat_model(Mask(), trace=trace(seconds=-1)).invoke("hello")
    assert failure.value.reason == "timeout"
    limited = gateway.chat_model(Mask(), trace=trace(max_calls=2))
    limited.invoke("one")
    limited.invoke("two")
    with pytest.raises(ModelFailed) as failure:
        limited.invoke("three")
    assert failure.value.reason == "limit"
    assert len(model.requests) == 2


def test_an_absent_server_is_unreachable(db: object, configured: settings.Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    point_to(configured, f"http://127.0.0.1:{port}/v1")
    with pytest.raises(ModelFailed) as failure:
        gateway.chat_model(Mask(), trace=trace()).invoke("hello")
    assert failure.value.reason == "unreachable"


def test_two_conversations_at_once_do_not_share_a_mask(model: Stub) -> None:
    model.answer = lambda _body: Reply("Hi [PERSON_1]", delay=0.05)
    names = [f"Person{chr(97 + number) * 6} Example" for number in range(8)]

    def one(name: str) -> object:
        mask = Mask([KnownValue("PERSON", name)])
        return gateway.chat_model(mask, trace=trace()).invoke(f"this is {name}").content

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, names)) == [f"Hi {name}" for name in names]


def test_tracing_that_somebody_switched_on_posts_nothing(
    model: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as maker:
        langsmith_utils.get_env_var.cache_clear()
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_API_KEY", "made-up")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", maker.url)
        model.script.append(Reply("fine"))
        agent = create_agent(gateway.chat_model(Mask(RECORD), trace=trace()), tools=[find_order])
        agent.invoke({"messages": conversation()})
        assert run_trees._CLIENT is None
        assert maker.requests == []


def test_embeddings_see_masked_text_only(model: Stub) -> None:
    texts = ["Ana Müller-Lima asks", "write to who@ever.example", "[PERSON_1] asks"]
    with gateway.errand(Mask(RECORD), trace()):
        vectors = gateway.embed(texts)
    assert model.requests[0].json["input"] == [
        "[PERSON_1] asks", "write to [EMAIL_1]", "[PERSON_1] asks",
    ]  # fmt: skip
    assert vectors[0] == vectors[2] != vectors[1]
    assert_nothing_personal(model)


def test_embeddings_of_knowledge_need_no_conversation(model: Stub) -> None:
    assert len(gateway.embed([f"Article {number}" for number in range(70)])) == 70
    assert len(model.requests) == 2
    model.script.append(Reply(raw=b'{"data": []}'))
    with pytest.raises(ModelFailed) as failure:
        gateway.embed(["one"])
    assert failure.value.reason == "garbage"
