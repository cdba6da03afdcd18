"""Play recorded conversations through the whole product, before a model server that keeps every
byte, and look for what must not be in those bytes.

A customer's lines go in through the web channel, an agent's through a colleague who takes over and
hands back, a tool's through a tool of the assistant; the model asks for all of its tools before
it answers. Chat and embedding calls are both recorded.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

from guardrails import receipts
from guardrails.text import word_set
from records import contacts, conversations, messages, transcripts
from runtime import jobs
from runtime.database import open_session
from runtime.errors import Conflict
from tests.bot.conftest import Shop
from tests.fakes.openai_stub import Recorded, Reply, Stub, quoting

MUST = word_set("PERSON EMAIL PHONE ADDRESS ZIP CARD IBAN NATIONAL_ID IP DOB USER_ID")
FIELDS = {
    "PERSON": "name", "EMAIL": "email", "PHONE": "phone", "ADDRESS": "street", "ZIP": "zip",
    "DOB": "birthday", "IBAN": "iban", "CARD": "card", "ORDER_ID": "number", "CITY": "city",
}  # fmt: skip
"""The last part of a field's name says what kind of value it holds."""


@dataclass
class Report:
    """What was played and what was found in the recorded bytes."""

    turns: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    with_values: int = 0
    leaking: int = 0
    known_values: int = 0
    known_leaks: list[str] = field(default_factory=list)
    """Rows with a value of the customer's own record in the bytes."""
    kinds: Counter[str] = field(default_factory=Counter)
    receipts: int = 0
    different: int = 0
    """Requests whose receipt is missing or not the same bytes."""
    failed: Counter[str] = field(default_factory=Counter)
    """Hand-offs by reason."""

    @property
    def leak(self) -> float:
        """Per cent of the rows with a value that had one in the bytes."""
        return 100 * self.leaking / max(1, self.with_values)


class Told:
    """What a tool gives back, by conversation: the recorded results, one after the other."""

    def __init__(self) -> None:
        self.result = ""


def looking_up(body: dict[str, Any]) -> Reply:
    """Ask for every tool once, then quote."""
    names = [tool["function"]["name"] for tool in body.get("tools", [])]
    if any(message["role"] == "tool" for message in body["messages"]) or not names:
        return quoting(body)
    arguments = {"search_knowledge": {"query": "returns for [PERSON_1]"}}
    return Reply(tool_calls=tuple((name, arguments.get(name, {})) for name in names))


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def play(
    shop: Shop, model: Stub, rows: Iterable[dict[str, Any]], *, known: dict[str, Any], told: Told
) -> Report:
    """Play rows (those of one `conversation` follow each other) and judge every one of them.

    `known` holds the record per conversation or row id; what is not in it nobody knows.
    """
    report = Report()
    for name, lines in groupby(rows, key=lambda row: row.get("conversation") or row["id"]):
        spoken = list(lines)
        record = known.get(name, [])
        shop.visitor = re.sub(r"\W", "", name)[-24:] + uuid4().hex[:8]
        _acquaint(shop, record)
        begun = len(model.requests)
        for row in spoken:
            _say(shop, row, told)
            report.turns[row.get("role", "user")] += 1
        recorded = model.requests[begun:]
        _judge(report, spoken, recorded, record)
        _compare(report, shop, recorded)
    return report


def _acquaint(shop: Shop, record: list[dict[str, str]]) -> None:
    """Open a conversation and tell the record what is known about the contact."""
    from connectors import web

    web.say(shop.account, shop.visitor, uuid4().hex, "hello")
    jobs.drain()
    values: dict[str, str] = {}
    for number, item in enumerate(record):
        kind = {"PERSON_FIRST": "PERSON", "PERSON_LAST": "PERSON"}.get(item["type"], item["type"])
        part = FIELDS.get(kind, "reference")
        owner = "order" if kind == "ORDER_ID" else "known"
        name = f"channel.n{number}" if kind == "USER_ID" else f"{owner}.n{number}.{part}"
        values[name] = item["value"]
    with open_session(shop.scope) as session:
        contact = transcripts.thread(session, shop.ana, shop.conversation).line.contact_id
        contacts.observe(session, contact, values, source="crm")


def _say(shop: Shop, row: dict[str, Any], told: Told) -> None:
    match row.get("role", "user"):
        case "tool":
            told.result = row["text"]
        case "assistant":
            _colleague(shop, row["text"])
        case _:
            _back(shop)
            shop.write(row["text"])
            jobs.drain()


def _colleague(shop: Shop, text: str) -> None:
    if not text.strip():
        return
    with open_session(shop.scope) as session:
        _taken(session, shop)
        messages.reply(session, shop.ana, shop.conversation, text)
    _back(shop)
    jobs.drain()


def _taken(session: Any, shop: Shop) -> None:
    try:
        conversations.take_over(session, shop.ana, shop.conversation)
    except Conflict:
        return  # a colleague, that is she herself, already answers


def _back(shop: Shop) -> None:
    with open_session(shop.scope) as session:
        line = transcripts.thread(session, shop.ana, shop.conversation).line
        if line.assignee != "assistant":
            conversations.hand_back(session, shop.ana, shop.conversation)


def _judge(
    report: Report,
    rows: list[dict[str, Any]],
    recorded: list[Recorded],
    record: list[dict[str, str]],
) -> None:
    """Look for every labelled value of the rows in the bytes of this conversation."""
    recorded = list(recorded)
    for request in recorded:
        report.requests[request.path.rpartition("/")[2]] += 1
    wire = "\n".join(text for request in recorded for text in _strings(json.loads(request.body)))
    own = {item["value"].casefold() for item in record}
    for row in rows:
        hit = has = False
        for start, end, kind in map(_span, row["spans"]):
            if kind not in MUST:
                continue
            value = row["text"][start:end]
            has = True
            is_own = value.casefold() in own
            report.known_values += is_own
            if _stands(value, wire):
                hit = True
                report.kinds[kind] += 1
                if is_own:
                    report.known_leaks.append(f"{row['id']} {kind}")
        report.with_values += has
        report.leaking += hit


def _span(span: Any) -> tuple[int, int, str]:
    if isinstance(span, dict):
        return span["start"], span["end"], span["type"]
    return span[0], span[1], span[2]


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
            if value[:1] in "[{":  # JSON within a string, as tools answer
                with suppress(ValueError):
                    yield from _strings(json.loads(value))
        case dict():
            for key, item in value.items():
                yield key
                yield from _strings(item)
        case list():
            for item in value:
                yield from _strings(item)
        case int() | float():
            yield str(value)


def _stands(value: str, wire: str) -> bool:
    return re.search(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", wire) is not None


def _compare(report: Report, shop: Shop, recorded: list[Recorded]) -> None:
    """Every request has a receipt, and it is these bytes."""
    with open_session(shop.scope, read_only=True) as session:
        kept = receipts.read(session, shop.ana, conversation_id=shop.conversation)
    bodies = Counter(request.body for request in recorded)
    written = Counter(receipt.body.encode() for receipt in kept)
    report.receipts += len(kept)
    report.different += sum(((bodies - written) + (written - bodies)).values())
    with open_session(shop.scope) as session:
        for message in transcripts.thread(session, shop.ana, shop.conversation).messages:
            if message.event and message.event.get("reason"):
                report.failed[str(message.event["reason"])] += 1
