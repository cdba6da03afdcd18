"""What the model may look up: read-only, and bound to this conversation's contact.

No tool takes an id. Whose record is read was decided before the model was asked, and travels
beside the call, not through it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from knowledge import retrieval
from knowledge.retrieval import Passage

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


class Shelf:
    """The passages a turn has seen, numbered in the order of their first appearance."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []

    def put(self, passages: tuple[Passage, ...]) -> str:
        """Number the passages and return them as data for the model."""
        for passage in passages:
            if all(passage.chunk_id != known.chunk_id for known in self.passages):
                self.passages.append(passage)
        numbers = {known.chunk_id: n for n, known in enumerate(self.passages, start=1)}
        return json.dumps(
            [
                {"n": numbers[passage.chunk_id], "title": passage.title, "text": passage.text}
                for passage in passages
            ],
            ensure_ascii=False,
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """What the tools of one turn may read."""

    shelf: Shelf
    units: frozenset[int]
    language: str
    attributes: Mapping[str, str]


_reach: ContextVar[Reach] = ContextVar("bot_reach")


@contextmanager
def within(reach: Reach) -> Iterator[None]:
    """Tools that are called inside this block read this and nothing else."""
    token = _reach.set(reach)
    try:
        yield
    finally:
        _reach.reset(token)


@cache
def tools() -> tuple[BaseTool, ...]:
    """The tools, made once: describing them to a model costs more than calling it."""
    from langchain_core.tools import tool

    @tool
    def search_knowledge(query: str) -> str:
        """Search the company's sources for one question; returns numbered sources."""
        reach = _reach.get()
        found = retrieval.search(reach.units, query, language=reach.language)
        return reach.shelf.put(found.passages)

    @tool
    def read_customer_record() -> str:
        """Read what is known about this customer: orders, language, country."""
        return json.dumps(dict(_reach.get().attributes), ensure_ascii=False)

    return (search_knowledge, read_customer_record)
