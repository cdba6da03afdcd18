"""Question and answer pairs in CSV (also with semicolons or tabs)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from knowledge.loaders import Loaded, Refused
from knowledge.loaders.text import decode

_QUESTION = {"question", "q", "frage", "pregunta", "pergunta", "问题", "質問", "title"}
_ANSWER = {"answer", "a", "antwort", "respuesta", "resposta", "答案", "回答", "text"}


def load(path: Path) -> Loaded:
    """Read pairs; columns are found by their names, else the first two are taken."""
    content = decode(path.read_bytes())
    csv.field_size_limit(1_000_000)
    try:
        rows = [
            row
            for row in csv.reader(io.StringIO(content), _dialect(content))
            if any(cell.strip() for cell in row)
        ]
    except csv.Error:
        raise Refused("is not readable as CSV") from None
    if not rows:
        raise Refused("is empty")
    names = [cell.strip().casefold() for cell in rows[0]]
    question = next((at for at, name in enumerate(names) if name in _QUESTION), None)
    answer = next((at for at, name in enumerate(names) if name in _ANSWER), None)
    if question is not None and answer is not None:
        rows = rows[1:]
    else:
        question, answer = 0, 1
    pairs = [
        (" ".join(row[question].split()), row[answer].strip())
        for row in rows
        if len(row) > max(question, answer) and row[question].strip() and row[answer].strip()
    ]
    if not pairs:
        raise Refused("holds no question and answer pairs (two columns are needed)")
    text = "\n\n".join(f"## {asked}\n\n{_plain(answered)}" for asked, answered in pairs)
    return Loaded(path.stem.replace("_", " ").replace("-", " "), text)


def _dialect(content: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(content[:4096], delimiters=",;\t")
    except csv.Error:
        return csv.excel


def _plain(answer: str) -> str:
    # an answer must not open a section of its own
    return "\n".join(
        line.lstrip("# ") if line.startswith("#") else line for line in answer.splitlines()
    )
