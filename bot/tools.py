"""What the model may look up: read-only, and bound to this conversation's contact.

No tool takes an id. Whose record is read was decided before the model was asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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


def tools_of_turn(
    shelf: Shelf, units: frozenset[int], language: str, attributes: Mapping[str, str]
) -> list[BaseTool]:
    """The tools of one turn, closed over what they may read."""
    from langchain_core.tools import tool

    @tool
    def search_knowledge(query: str) -> str:
        """Search the company's sources for one question; returns numbered sources."""
        return shelf.put(retrieval.search(units, query, language=language).passages)

    @tool
    def read_customer_record() -> str:
        """Read what is known about this customer: orders, language, country."""
        return json.dumps(dict(attributes), ensure_ascii=False)

    return [search_knowledge, read_customer_record]
