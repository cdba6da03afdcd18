"""Customers who write, wait for the reply, and write again."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.doubles import Doubles
from benchmarks.wire import Caller

EACH = 4
"""Messages of one customer."""
PATIENCE = 30.0

QUESTIONS = (
    "How long does standard shipping take?",
    "How many days do I have to send an item back?",
    "Which payment methods do you accept?",
    "How long is the warranty on a tent?",
    "Can I cancel my order?",
    "What do I do when my parcel arrives damaged? Mail me at robin.{n}@example.org",
    "How do I track my order?",
    "Do I pay customs or import duties?",
    "When do I get my money back after a return? Call me on +1202555{p}",
    "Do you deliver to business customers with an invoice?",
)

_customers = itertools.count(50_000_000)
_updates = itertools.count(1)


@dataclass
class Figures:
    """Milliseconds; `seconds` is the wall time of the whole."""

    ack: list[float] = field(default_factory=list)
    reply: list[float] = field(default_factory=list)
    seconds: float = 0.0
    lost: int = 0

    @property
    def per_second(self) -> float:
        return len(self.reply) / self.seconds if self.seconds else 0.0


def quantile(values: list[float], share: float) -> float:
    """Nearest rank; NaN of nothing."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True)
class Target:
    """Where the contestant's webhook is."""

    port: int
    path: str
    secret: str


async def run(target: Target, doubles: Doubles, *, customers: int, messages: int) -> Figures:
    """Let so many customers at a time write so many messages in all."""
    figures, caller = Figures(), Caller(target.port)
    turns = iter(range(messages))
    started = time.perf_counter()
    await asyncio.gather(*(_customer(target, doubles, caller, turns, figures)
                           for _ in range(customers)))  # fmt: skip
    figures.seconds = time.perf_counter() - started
    caller.close()
    return figures


async def _customer(
    target: Target, doubles: Doubles, caller: Caller, turns: Iterator[int],
    figures: Figures,
) -> None:  # fmt: skip
    chat, said = next(_customers), 0
    for turn in turns:  # shared by all customers
        if said == EACH:
            chat, said = next(_customers), 0
        said += 1
        reply = doubles.expect(chat)
        begun = time.perf_counter()
        await caller.post(
            target.path, an_update(chat, turn), {"X-Telegram-Bot-Api-Secret-Token": target.secret}
        )
        figures.ack.append((time.perf_counter() - begun) * 1000)
        try:
            await asyncio.wait_for(reply, PATIENCE)
        except TimeoutError:
            figures.lost += 1
            continue
        figures.reply.append((time.perf_counter() - begun) * 1000)


def an_update(chat: int, turn: int) -> bytes:
    """What Telegram posts when this customer asks the question of this turn."""
    text = QUESTIONS[turn % len(QUESTIONS)].format(n=turn, p=f"{turn % 100:02}{turn % 89:02}")
    person = {"id": chat, "is_bot": False, "first_name": "Robin", "language_code": "en"}
    number = next(_updates)
    return json.dumps(
        {
            "update_id": number,
            "message": {
                "message_id": number,
                "from": person,
                "chat": {"id": chat, "type": "private", "first_name": "Robin"},
                "date": int(time.time()),
                "text": text,
            },
        }
    ).encode()
