"""Answering with a model: one call for a plain question, through the gateway, then checked."""

from __future__ import annotations

import importlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bot.employee import Customer, Employee
from bot.extractive import citation
from bot.tools import Reach, Shelf, tools, within
from guardrails import directory, spending
from guardrails.detectors import tagger
from guardrails.errors import ModelFailed
from guardrails.fencing import fenced, new_fence
from guardrails.injection import defused
from guardrails.mask import KnownValue, Mask
from guardrails.outbound import Gate, screen_outbound
from guardrails.statements import stored
from guardrails.text import plain_stream, view
from guardrails.trace import Errand, Trace, errand
from knowledge.retrieval import Found, Passage
from records.turns import Line, Turn
from runtime.settings import current

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig
    from langchain_core.tools import BaseTool

NOT_IN_SOURCES = "NOT_IN_SOURCES"
HISTORY = 6
"""Earlier messages the model is shown."""
SOURCE_CHARACTERS = 1050
"""What the sources of a turn may take: with rules and question, some 500 tokens in all."""
LONGEST_ANSWER = 6_000
"""Characters of an answer that was asked to be four short sentences."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked answer, or why there is none."""

    text: str | None
    sources: tuple[dict[str, Any], ...] = ()
    verdict: dict[str, Any] | None = None
    refusal: str = ""


def available() -> bool:
    """Whether a model is configured."""
    return current().has_model


def something_leaves() -> bool:
    """Whether any text of a turn can leave this process."""
    return available() or searching_leaves()


def searching_leaves() -> bool:
    """Whether looking something up asks an endpoint for an embedding."""
    return current().embedding == "openai"


def warm() -> None:
    """Import what a model call needs: seconds on first use, which no turn's deadline should pay."""
    importlib.import_module("langchain.agents")
    importlib.import_module("guardrails.gateway")
    tagger.warm_up()


@cache
def system_prompt() -> str:
    """The rules the model is given: the same bytes for every customer, so they can be cached."""
    return files("bot.prompts").joinpath("system.txt").read_text(encoding="utf-8").strip()


@contextmanager
def guarded(
    turn: Turn, employee: Employee, customer: Customer, language: str
) -> Iterator[Errand | None]:
    """Whatever leaves this process inside the block leaves under this turn's mask and budget, and
    is counted at its end.

    None when nothing can leave: no model is configured, and embeddings are made here.
    """
    if not something_leaves():
        yield None
        return
    warm()
    known = [KnownValue(kind_of(name), value) for name, value in customer.hidden]
    mask = Mask(known, language, employee.policy, directory.of_unit(turn.unit_id))
    for text in (*(line.text for line in turn.history), turn.text):
        mask.learn(text)
    trace = Trace(
        unit_id=turn.unit_id,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        actor=employee.actor,
        policy=employee.policy_version,
        deadline=time.monotonic() + current().model_deadline,
        max_calls=employee.policy.limits.model_calls_per_turn,
    )
    try:
        with errand(mask, trace):
            yield Errand(mask, trace)
    finally:
        spending.charge(trace, turn.contact_id)


def write(
    turn: Turn,
    employee: Employee,
    customer: Customer,
    found: Found,
    language: str,
    account: Errand,
) -> Draft:
    """Let the model write, then check every statement. Raises `ModelFailed`, `MaskingFailed`."""
    from guardrails.gateway import chat_model

    shelf = Shelf()
    fence = new_fence()
    sources = fenced(fence, "sources", shelf.put(_affordable(found.passages)))
    most_calls = employee.policy.limits.tool_calls_per_turn
    reach = Reach(
        shelf,
        employee.units,
        turn.conversation_id,
        language,
        customer.attributes,
        fence,
        most_calls,
        customer.level,
    )
    model = chat_model(account.mask, trace=account.trace)
    offered = tools(proposals=not turn.flagged)
    with within(reach):
        said = _run(model, _messages(turn, sources, employee), offered, account.trace.max_calls)
    return _checked(said, shelf, turn, employee, customer, account.trace.calls)


def _affordable(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """The best passages that fit the prompt's budget; the first one always does."""
    taken: list[Passage] = []
    left = SOURCE_CHARACTERS
    for passage in passages:
        left -= len(passage.text)
        if taken and left < 0:
            break
        taken.append(passage)
    return tuple(taken)


def _run(
    model: Any, messages: list[BaseMessage], offered: Sequence[BaseTool], most_calls: int
) -> str:
    from langchain.agents import create_agent
    from langgraph.errors import GraphRecursionError

    agent: Any = create_agent(model, tools=list(offered), system_prompt=system_prompt())
    # Two graph steps a call; the trace's own limit ends the turn before this one does.
    config: RunnableConfig = {"recursion_limit": 4 * most_calls + 2}
    try:
        state = agent.invoke({"messages": messages}, config)
    except GraphRecursionError:
        raise ModelFailed("limit") from None
    content = state["messages"][-1].text
    return str(content).strip()


def _messages(turn: Turn, sources: str, employee: Employee) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage

    def said(line: Line) -> str:
        return defused(line.text) if line.by_contact else line.text

    # What the contact said in several messages is one text: a number may go on in the next.
    lines = [*(line for line in turn.history[-HISTORY:] if line.text), Line(True, turn.text)]
    runs = [
        (by_contact, "\n".join(map(said, run)))
        for by_contact, run in groupby(lines, lambda line: line.by_contact)
    ]
    _, asked = runs.pop()
    earlier: list[BaseMessage] = [
        HumanMessage(text) if by_contact else AIMessage(text) for by_contact, text in runs
    ]
    tone = f"\nHouse style: {json.dumps(employee.instructions)}" if employee.instructions else ""
    return [*earlier, HumanMessage(f"{sources}{tone}\nCustomer: {asked}")]


def _checked(
    said: str, shelf: Shelf, turn: Turn, employee: Employee, customer: Customer, calls: int
) -> Draft:
    if not said or len(said) > LONGEST_ANSWER:
        raise ModelFailed("garbage")
    if NOT_IN_SOURCES in said:
        return Draft(None, refusal="not_in_sources")
    record = _record(customer)
    passages = [(passage.chunk_id, passage.text) for passage in shelf.passages]
    gate = screen_outbound(
        said,
        passages,
        allowed_hosts=employee.link_hosts,
        record=record,
        question=turn.text,
        titles={one.chunk_id: f"{one.title}\n{one.heading}" for one in shelf.passages},
        foreign_values=[
            *_of_others(said, turn, [*record.values(), *dict(passages).values()]),
            *_closed(said, turn, customer),
        ],
        canaries=_rules(),
        policy=employee.policy,
    )
    if gate.verdict == "refuse":
        return Draft(None, refusal=gate.reason)
    # Cited is what carries a statement, whatever the model says it read it in.
    used = {one.chunk_id for one in gate.statements} - {None}
    if not used and not any(one.fields for one in gate.statements):
        return Draft(None, refusal="no_source")  # courtesy alone, whatever it cites
    sources = tuple(
        citation(passage, passage.text) for passage in shelf.passages if passage.chunk_id in used
    )
    return Draft(gate.text, sources, _verdict(gate, calls))


def _of_others(said: str, turn: Turn, known: Sequence[str]) -> list[str]:
    """Names and streets of the unit's other contacts in an answer; the question excuses none."""
    listed = directory.of_unit(turn.unit_id)
    if listed is None:
        return []
    text = view(said).text
    own = plain_stream(" \n".join(known))
    found = (text[span.start : span.end] for span in listed.find(text))
    return [value for value in found if plain_stream(value) not in own]


def _closed(said: str, turn: Turn, customer: Customer) -> list[str]:
    """Values of an account in an answer to somebody who has not proven that it is theirs; what
    they wrote themselves may be said back."""
    text, asked = plain_stream(view(said).text), plain_stream(view(turn.text).text)
    found = ((value, plain_stream(value)) for value in customer.closed)
    return [value for value, plain in found if plain and plain in text and plain not in asked]


def _record(customer: Customer) -> dict[str, str]:
    """What is known of the contact, by field; fields of one name are one text."""
    record: dict[str, str] = dict(customer.attributes)
    if not customer.level.opens_account:
        return record
    for name, value in customer.hidden:
        known = record.get(name)
        record[name] = value if known in (None, value) else f"{known}\n{value}"
    return record


@cache
def _rules() -> tuple[str, ...]:
    """The sentences of the rules: whoever says one of them to a customer repeats its prompt."""
    return tuple(one for one in re.split(r"(?<=[.:])\s", system_prompt()) if len(one) > 30)


def _verdict(gate: Gate, calls: int) -> dict[str, Any]:
    return {
        "kind": "generated",
        "calls": calls,
        "removed": list(gate.removed),
        "characters": len(gate.text),
        "statements": stored(gate.statements),
    }


_KINDS = {
    "name": "PERSON",
    "email": "EMAIL",
    "phone": "PHONE",
    "birthday": "DOB",
    "iban": "IBAN",
    "card": "CARD",
    "zip": "ZIP",
    "street": "ADDRESS",
    "city": "CITY",
}


def kind_of(field: str) -> str:
    """What kind of value a field of the record holds, for its placeholder."""
    if field.startswith("channel."):
        return "USER_ID"
    if field.startswith("order.") and field.rpartition(".")[2] in ("number", "tracking"):
        return "ORDER_ID"
    return _KINDS.get(field.rpartition(".")[2], "OTHER")
