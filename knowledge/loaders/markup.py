"""An HTML tree as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_INLINE = re.compile(
    r"</?(?:a|abbr|b|code|em|i|mark|s|small|span|strong|sub|sup|u)\b[^<>]{0,2000}>"
)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLOCKS = {
    "p", "div", "section", "article", "main", "blockquote", "figure", "figcaption", "address",
    "body", "html", "header", "form", "fieldset", "details", "center", "li", "dd", "td", "th",
    "tr", "table", "ul", "ol", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "summary",
    "hr", "tbody", "thead", "tfoot", "hgroup", "legend", "caption", "menu",
}  # fmt: skip
_ANCHORS = " §¶🔗"
"""What stands behind a heading for copying its address."""

_DEEPEST = 200
_BREAK = "\0"
"""Stands for <br>; nothing else in a tree can be it."""


def markdown(root: Any) -> str:
    """The element's text with headings, lists, tables, and the questions of foldable answers."""
    return "\n\n".join(part for part in _parts(root, 0) if part)


def words_of(markup: str) -> str:
    """A small piece of HTML as plain words."""
    from html import unescape

    return " ".join(unescape(_TAG.sub(" ", _INLINE.sub("", markup[:200_000]))).split())


def _parts(element: Any, depth: int) -> Iterator[str]:
    """One string a block; what stands between blocks is a block of its own."""
    said: list[str] = [element.text or ""]
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag in _BLOCKS or (tag and _holds_block(child)):
            yield _line("".join(said))
            said = []
            yield from _block(child, tag, depth)
        elif tag == "br":
            said.append(_BREAK)
        elif tag:
            said.append(_inline(child))
        said.append(child.tail or "")
    yield _line("".join(said))


def _block(element: Any, tag: str, depth: int) -> Iterator[str]:
    if tag[0] == "h" and tag[1:].isdigit():
        if words := _flat(element).rstrip(_ANCHORS):
            yield f"{'#' * int(tag[1:])} {words}"
    elif tag == "summary":
        if words := _flat(element):
            yield f"### {words}"
    elif tag in ("ul", "ol", "menu"):
        yield "\n".join(_items(element, 0))
    elif tag == "dl":
        yield "\n".join(_terms(element))
    elif tag == "table" and element.find(".//table") is None:
        yield _table(element)
    elif tag == "pre":
        words = "".join(element.itertext()).strip("\n")
        if words.strip():
            yield f"```\n{words.replace('```', '')}\n```"
    elif depth < _DEEPEST:
        yield from _parts(element, depth + 1)
    else:
        yield _flat(element)


def _holds_block(element: Any) -> bool:
    return next(element.iter(*_BLOCKS), None) is not None


def _items(element: Any, depth: int) -> Iterator[str]:
    mark = "1." if element.tag == "ol" else "-"
    for item in element:
        if item.tag in ("ul", "ol") and depth < 8:
            yield from _items(item, depth + 1)
            continue
        if item.tag != "li":
            continue
        nested = [child for child in item if child.tag in ("ul", "ol")]
        for inner in nested:
            inner.tag = f"nested-{inner.tag}"
        words = " ".join("".join(_spoken(item)).split())
        if words:
            yield f"{'  ' * depth}{mark} {words}"
        for inner in nested:
            inner.tag = inner.tag.removeprefix("nested-")
            if depth < 8:
                yield from _items(inner, depth + 1)


def _spoken(item: Any) -> Iterator[str]:
    """The item's words without those of the lists in it."""
    waiting: list[Any] = [item]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
            continue
        if isinstance(one.tag, str) and one.tag.startswith("nested-"):
            continue
        waiting.extend(part for child in reversed(one) for part in (child.tail or "", child, " "))
        waiting.append(one.text or "")


def _terms(element: Any) -> Iterator[str]:
    term = ""
    for one in element.iter("dt", "dd"):
        words = _flat(one)
        if one.tag == "dt":
            term = words
        elif words:
            yield f"- {term}: {words}" if term else f"- {words}"


def _table(element: Any) -> str:
    rows = [
        [_flat(cell).replace("|", "\\|") for cell in row.iter("td", "th")]
        for row in element.iter("tr")
    ]
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)


def _inline(element: Any) -> str:
    # a link's and an emphasis' words without their marks: they are quoted to people
    said = []
    for event, one in _walk(element):
        if event == "start":
            said.append(_BREAK if one.tag == "br" else one.text or "")
        elif one is not element:
            said.append(one.tail or "")
    return "".join(said)


def _walk(element: Any) -> Iterator[tuple[str, Any]]:
    from lxml.etree import iterwalk  # type: ignore[import-untyped] # the package carries no types

    yield from iterwalk(element, events=("start", "end"))


def _flat(element: Any) -> str:
    """All words of an element on one line, blocks in it parted by a space."""
    said = []
    for event, one in _walk(element):
        if event == "start":
            said.append(" " if one.tag in _BLOCKS or one.tag == "br" else "")
            said.append(one.text or "")
        elif one is not element:
            said.append(" " if one.tag in _BLOCKS else "")
            said.append(one.tail or "")
    return " ".join("".join(said).split())


def _line(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split(_BREAK)]
    # what looks like a heading is none
    return "\n".join(f"\\{line}" if line.startswith("#") else line for line in lines if line)
