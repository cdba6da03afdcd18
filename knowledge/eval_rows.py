"""Documents and questions of an evaluation, as files hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from knowledge.evaluation import Row
from runtime.errors import BadInput

Doc = dict[str, str]


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON Lines file. Raises `BadInput` with the line that is none."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                raise BadInput(f"{path.name} line {number} is not JSON") from None
            if not isinstance(row, dict):
                raise BadInput(f"{path.name} line {number} is not a JSON object")
            yield row


def docs(rows: Sequence[Mapping[str, Any]], *, language: str | None = None) -> list[Doc]:
    """Documents {"id" or "doc", "text"} with "title", "lang" and "article" where they have them.

    `language` keeps those of one "lang". Raises `BadInput` for a row without id or text.
    """
    found = []
    for number, row in enumerate(rows, start=1):
        if language is not None and row.get("lang") != language:
            continue
        doc = {
            "id": _text(row, ("id", "doc"), f"document {number}"),
            "title": str(row.get("title") or ""),
            "text": _text(row, ("text",), f"document {number}"),
        }
        found.append(doc | {name: str(row[name]) for name in ("lang", "article") if row.get(name)})
    return found


def queries(rows: Sequence[Mapping[str, Any]], *, language: str | None = None) -> list[Row]:
    """Questions {"id", "text" or "q"} with what is known of them.

    "doc" (one id) or "required_docs" or "docs" (several) name the documents that answer;
    "answer" or "answers" are texts of which one should be quoted; "history" holds the
    earlier turns as `turns` reads them; "lang" is the language. `language` keeps
    those of one "lang". Raises `BadInput` for a row without a text.
    """
    found = []
    for number, row in enumerate(rows, start=1):
        if language is not None and row.get("lang") != language:
            continue
        gold = row.get("required_docs") or row.get("docs") or row.get("doc") or ()
        answers = row.get("answers") or row.get("answer") or ()
        asked, both = turns(row.get("history") or (), newest_first="q" in row)
        found.append(
            Row(
                id=str(row.get("id", number)),
                text=_text(row, ("text", "q"), f"question {number}"),
                docs=frozenset([gold] if isinstance(gold, str) else map(str, gold)),
                language=str(row["lang"]) if row.get("lang") else None,
                history=asked,
                context=both,
                answers=(answers,) if isinstance(answers, str) else tuple(map(str, answers)),
                answerable=row.get("answerable"),
            )
        )
    return found


def turns(history: Sequence[str], *, newest_first: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Earlier turns, oldest first: the customer's, and those of both sides.

    "user:" and "agent:" before a turn say whose it is; without either it is the customer's.
    `newest_first`: the order in which public data sets (rows with "q") list them.
    """
    ordered = list(reversed(history) if newest_first else history)
    asked = [turn for turn in ordered if not turn.startswith("agent:")]
    return _plain(asked), _plain(ordered)


def _plain(history: Sequence[str]) -> tuple[str, ...]:
    return tuple(turn.removeprefix("user:").removeprefix("agent:").strip() for turn in history)


def _text(row: Mapping[str, Any], names: Sequence[str], where: str) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value:
            return value
    raise BadInput(f'{where} needs "{names[0]}"')
