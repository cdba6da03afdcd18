"""What the model may look up: read-only, and bound to this conversation's contact.

No tool takes an id. Whose record is read was decided before the model was asked, and travels
beside the call, not through it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from guardrails.errors import ModelFailed
from guardrails.fencing import returned
from knowledge import retrieval
from knowledge.retrieval import Passage
from records.verification import Level

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


class Shelf:
    """The passages a turn has seen, numbered in the order of their first appearance."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []

    def put(self, passages: tuple[Passage, ...]) -> list[dict[str, Any]]:
        """Number the passages and return them as data for the model."""
        for passage in passages:
            if all(passage.chunk_id != known.chunk_id for known in self.passages):
                self.passages.append(passage)
        numbers = {known.chunk_id: n for n, known in enumerate(self.passages, start=1)}
        return [
            {"n": numbers[passage.chunk_id], "title": passage.title, "text": passage.text}
            for passage in passages
        ]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the tools of one turn may read, and how often."""

    shelf: Shelf
    units: frozenset[int]
    conversation_id: int
    language: str
    attributes: Mapping[str, str]
    fence: str
    most_calls: int
    level: Level = Level.CHANNEL
    """How well it is proven who writes: below `channel` no account is read."""
    called: list[str] = field(default_factory=list)
    """The names of the tools that were called, in order."""


_reach: ContextVar[Reach] = ContextVar("bot_reach")
_proposing: list[BaseTool] = []


@contextmanager
def within(reach: Reach) -> Iterator[None]:
    """Tools that are called inside this block read this and nothing else."""
    token = _reach.set(reach)
    try:
        yield
    finally:
        _reach.reset(token)


def reach_of(tool: str) -> Reach:
    """The reach of the running turn, for one call of this tool.

    Raises `ModelFailed` (limit) when the turn has made as many calls as it may.
    """
    reach = _reach.get()
    if len(reach.called) >= reach.most_calls:
        raise ModelFailed("limit")
    reach.called.append(tool)
    return reach


def proposing(tool: BaseTool) -> BaseTool:
    """Register a tool that proposes a change, on which a person decides."""
    _proposing.append(tool)
    return tool


def tools(*, proposals: bool) -> tuple[BaseTool, ...]:
    """The tools of a turn: those that read and, with `proposals`, those that propose changes.

    A conversation in which somebody seems to steer the assistant gets none of the latter.
    """
    return (*_reading(), *(_proposing if proposals else ()))


@cache
def _reading() -> tuple[BaseTool, ...]:
    # Made once: describing them to a model costs more than calling it.
    from langchain_core.tools import tool

    @tool
    def search_knowledge(query: str) -> str:
        """Search the company's sources for one question; returns numbered sources."""
        reach = reach_of("search_knowledge")
        found = retrieval.search(
            reach.units, query, language=reach.language, lot=reach.conversation_id
        )
        return returned(reach.fence, "sources", reach.shelf.put(found.passages))

    @tool
    def read_customer_record() -> str:
        """Read what is known about this customer: orders, language, country."""
        reach = reach_of("read_customer_record")
        record = dict(reach.attributes)
        if not reach.level.opens_account:
            record["verification"] = f"{reach.level}: the account is closed, nothing is known of it"
        return returned(reach.fence, "record", record)

    return (search_knowledge, read_customer_record)
