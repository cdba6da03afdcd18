"""Cutting a document into the pieces that are embedded, cited and quoted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from knowledge import sentences
from knowledge.loaders.markdown import heading_words

SIZE = 800
OVERLAP = 100
_WHOLE = 2 * SIZE
"""Tables and lists up to this length are not cut."""

_HEADING = regex.compile(r"^(#{1,6})[ \t]+(\S.*)$")
_FENCE = regex.compile(r"^[ \t]*(```|~~~)")
_TABLE = regex.compile(r"^[ \t]*\|")
_ITEM = regex.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S")


@dataclass(frozen=True, slots=True)
class Piece:
    """`text[start:end]` of the document, under a heading path like "Returns > Costs"."""

    start: int
    end: int
    heading: str


@dataclass(slots=True)
class _Block:
    start: int
    end: int
    kind: str
    """"prose", "list", "table" or "code"."""


def split(text: str, *, size: int = SIZE, overlap: int = OVERLAP) -> list[Piece]:
    """Cut Markdown into pieces of about `size` characters with exact offsets into `text`.

    A piece never crosses a heading. Tables, lists and code stay whole up to twice the size; prose
    is cut between sentences, and only then up to `overlap` characters are repeated.
    """
    pieces = [
        Piece(start, end, heading)
        for heading, blocks in _sections(text)
        for start, end in _pack(text, blocks, size, overlap)
    ]
    if not pieces and text.strip():  # nothing but headings
        start = len(text) - len(text.lstrip())
        pieces = [Piece(start, min(len(text.rstrip()), start + size), "")]
    return pieces


def indexed_text(title: str, heading: str, text: str) -> str:
    """What is embedded and counted for a piece: its title and heading path come first."""
    parts = [title] if title else []
    if heading and heading != title:
        parts.append(heading.removeprefix(f"{title} > "))
    return "\n".join([" > ".join(parts), text]) if parts else text


def _sections(text: str) -> Iterator[tuple[str, list[_Block]]]:
    path: list[tuple[int, str]] = []
    blocks: list[_Block] = []
    fenced = False
    at = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        if _FENCE.match(line):
            _extend(blocks, start, at, "code", joins=fenced)
            fenced = not fenced
        elif fenced:
            _extend(blocks, start, at, "code", joins=True)
        elif heading := _HEADING.match(line.rstrip("\r\n")):
            if blocks:
                yield " > ".join(name for _, name in path), blocks
            blocks = []
            level = len(heading[1])
            name = heading_words(heading[2])
            path = [*((depth, above) for depth, above in path if depth < level), (level, name)]
        elif not line.strip():
            if blocks:
                blocks.append(_Block(at, at, "gap"))
        else:
            _extend(blocks, start, at, _kind(line, blocks), joins=True)
    if blocks:
        yield " > ".join(name for _, name in path), blocks


def _kind(line: str, blocks: list[_Block]) -> str:
    if _TABLE.match(line):
        return "table"
    if _ITEM.match(line):
        return "list"
    # An indented or lazily continued line belongs to the list item above it.
    return "list" if blocks and blocks[-1].kind == "list" else "prose"


def _extend(blocks: list[_Block], start: int, end: int, kind: str, *, joins: bool) -> None:
    if joins and blocks and blocks[-1].kind == kind:
        blocks[-1].end = end
    else:
        blocks.append(_Block(start, end, kind))


def _pack(text: str, blocks: list[_Block], size: int, overlap: int) -> Iterator[tuple[int, int]]:
    start = end = -1
    for block in blocks:
        if block.kind == "gap":
            continue
        first, last = _trim(text, block.start, block.end)
        if start >= 0 and last - start <= size:
            end = last
            continue
        # A list or table goes with the line that introduces it, if the two fit together.
        led = start >= 0 and end - start < size // 4 and block.kind in ("list", "table")
        if led and last - start <= _WHOLE:
            end = last
            continue
        if start >= 0:
            yield start, end
        if last - first <= size or (block.kind != "prose" and last - first <= _WHOLE):
            start, end = first, last
            continue
        *whole, (start, end) = _cut(text, first, last, block.kind, size, overlap)
        yield from whole
    if start >= 0:
        yield start, end


def _cut(
    text: str, start: int, end: int, kind: str, size: int, overlap: int
) -> list[tuple[int, int]]:
    units = list(_units(text, start, end, kind, size))
    made: list[tuple[int, int]] = []
    first = 0
    for number, (_, stop) in enumerate(units):
        if stop - units[first][0] > size and number > first:
            made.append((units[first][0], units[number - 1][1]))
            first = number
            while (
                kind == "prose"
                and first > 0
                and units[first - 1][0] > made[-1][0]
                and units[number][0] - units[first - 1][0] <= overlap
                and stop - units[first - 1][0] <= size
            ):
                first -= 1
    made.append((units[first][0], units[-1][1]))
    return made


def _units(text: str, start: int, end: int, kind: str, size: int) -> Iterator[tuple[int, int]]:
    """Sentences, or lines of a table, list or code; longer ones are cut at spaces if any."""
    if kind == "prose":
        found: Iterator[tuple[int, int]] = (
            (start + a, start + b) for a, b in sentences.spans(text[start:end])
        )
    else:
        found = _lines(text, start, end)
    for a, b in found:
        while b - a > size:
            cut = text.rfind(" ", a + size // 2, a + size)
            cut = cut if cut > 0 else a + size
            yield _trim(text, a, cut)
            a, b = _trim(text, cut, b)
        yield a, b


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for line in text[start:end].splitlines(keepends=True):
        if line.strip():
            yield _trim(text, at, at + len(line))
        at += len(line)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
