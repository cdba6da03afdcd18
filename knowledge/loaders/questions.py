"""Question and answer pairs in CSV (also with semicolons or tabs)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from hashlib import sha256

from knowledge.loaders import Loaded, Refused
from knowledge.loaders.facts import stated
from knowledge.loaders.text import decode

_COLUMNS = {
    "question": {"question", "q", "frage", "pregunta", "pergunta", "问题", "質問", "سؤال", "คำถาม",
                 "प्रश्न", "title"},
    "answer": {"answer", "a", "antwort", "respuesta", "resposta", "答案", "回答", "جواب", "คำตอบ",
               "उत्तर", "text"},
    "language": {"language", "lang", "locale", "sprache", "idioma", "语言", "言語"},
    "url": {"url", "link", "address"},
    "audience": {"audience"},
    "valid_from": {"valid_from"},
    "valid_until": {"valid_until"},
}  # fmt: skip
_LONGEST_CELL = 1_000_000
_FACTS = ("language", "url", "audience", "valid_from", "valid_until")

Row = dict[str, str]


def load(content: bytes, name: str) -> tuple[Loaded, ...]:
    """Read pairs; columns are found by their names, else the first two are taken.

    Rows that say the same of themselves (language, address, audience, dates) are one document.
    """
    together: dict[tuple[str, ...], list[Row]] = {}
    for row in _rows(decode(content)):
        together.setdefault(tuple(row.get(fact, "") for fact in _FACTS), []).append(row)
    if not together:
        raise Refused("holds no question and answer pairs (two columns are needed)")
    title = name.replace("_", " ").replace("-", " ")
    if len(together) == 1:
        ((facts, rows),) = together.items()
        return (_document(title, facts, rows),)
    made = []
    for facts, rows in together.items():
        part = sha256("\0".join(facts).encode()).hexdigest()[:12]
        own = rows[0]["question"] if len(rows) == 1 else title
        made.append(_document(own, facts, rows, part))
    return tuple(made)


def _document(title: str, facts: tuple[str, ...], rows: list[Row], part: str = "") -> Loaded:
    text = "\n\n".join(f"## {row['question']}\n\n{_plain(row['answer'])}" for row in rows)
    given = dict(zip(_FACTS, facts, strict=True))
    return stated(title, text, given, where="one of its rows", part=part)


def _rows(content: str) -> Iterator[Row]:
    """Every row with a question and an answer."""
    csv.field_size_limit(_LONGEST_CELL)
    try:
        lines = [
            row
            for row in csv.reader(io.StringIO(content), _dialect(content))
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        if "field limit" in str(error):
            raise Refused(
                f"has a cell of more than {_LONGEST_CELL:,} characters: is a quotation mark "
                "left open?"
            ) from None
        raise Refused("is not readable as CSV: export it anew, in UTF-8") from None
    if not lines:
        return
    columns = _columns(lines[0])
    if "question" in columns and "answer" in columns:
        lines = lines[1:]
    else:
        columns = {"question": 0, "answer": 1}
    for line in lines:
        row = {name: line[at].strip() for name, at in columns.items() if at < len(line)}
        if row.get("question") and row.get("answer"):
            yield row | {"question": " ".join(row["question"].split())}


def _columns(header: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        word = cell.strip().casefold()
        for name, words in _COLUMNS.items():
            if word in words:
                found.setdefault(name, at)
    return found


def _dialect(content: str) -> type[csv.Dialect]:
    # The sniffer's patterns backtrack: the first lines are enough, and short ones only.
    sample = "\n".join(line[:200] for line in content[:4096].splitlines()[:20])
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t")
    except csv.Error:
        return csv.excel


def _plain(answer: str) -> str:
    # an answer must not open a section of its own
    return "\n".join(
        line.lstrip("# ") if line.startswith("#") else line for line in answer.splitlines()
    )
