"""Word documents: headings, lists, tables, links and footnotes in their order.

Read from the package's own parts, each within a limit: a bomb is stopped while it unpacks, whatever
its directory claims. ECMA-376 part 1, chapter 17.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zipfile import BadZipFile, ZipFile

from knowledge.loaders import MAX_CHARS, Loaded, Refused
from knowledge.loaders.facts import language
from knowledge.loaders.text import clean

_MOST_UNPACKED = 100 * 1024 * 1024
"""Bytes of one part; a tree of it takes some five times as much memory."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST = 40
_BROKEN = "is not a readable Word document: open it in Word and save it again as .docx"
_DEFINED = "carries definitions that no Word document has: open it in Word and save it again"
_LEVEL = re.compile(r"heading (\d)", re.IGNORECASE)
_ENDS = frozenset(
    f"{_W}{name}"
    for name in (
        "del",
        "moveFrom",
        "instrText",
        "pPr",
        "rPr",
        "sectPr",
        "drawing",
        "pict",
        "object",
    )
)
"""Elements with nothing in them that is read: what was deleted, fields' codes, pictures."""


@dataclass(frozen=True, slots=True)
class _Package:
    """What the other parts say: heading levels and lists of styles, kinds of lists, footnotes."""

    levels: Mapping[str, int]
    listed: Mapping[str, str]
    ordered: frozenset[tuple[str, str]]
    """(list, depth) where items are numbered."""
    notes: Mapping[str, str] = field(default_factory=dict)


def load(content: bytes, name: str) -> Loaded:
    """Read a .docx. Refuses encrypted and broken files and archives that unpack to too much."""
    from lxml.etree import (  # type: ignore[import-untyped] # the package carries no types
        XMLSyntaxError,
    )

    if content.startswith(_OLE):
        raise Refused(
            "is encrypted with a password, or an old .doc file: save it as .docx without password"
        )
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            return _document(archive, name)
    except (BadZipFile, XMLSyntaxError, EOFError, NotImplementedError, KeyError, ValueError):
        raise Refused(_BROKEN) from None
    except RuntimeError:  # zipfile's word for a member with a password
        raise Refused("is encrypted with a password: save it without") from None


def _document(archive: ZipFile, name: str) -> Loaded:
    main = _part(archive, "word/document.xml")
    if main is None:
        raise Refused(_BROKEN)
    body = main.find(f"{_W}body")
    if body is None:
        raise Refused(_BROKEN)
    text = clean("\n\n".join(_grouped(_blocks(body, _package(archive), 0))))
    if len(text) > MAX_CHARS:
        raise Refused(f"holds more than {MAX_CHARS:,} characters of text: split it")
    first = re.search(r"^# (.+)$", text, re.MULTILINE)
    title, spoken = _properties(archive)
    return Loaded(first[1] if first else title or name, text, language(spoken))


def _part(archive: ZipFile, path: str) -> Any | None:
    """The root element of a part, None where there is none. Raises `Refused` for a bomb."""
    from lxml.etree import XMLParser, fromstring

    if path not in archive.namelist():
        return None
    with archive.open(path) as packed:
        content = packed.read(_MOST_UNPACKED + 1)
    if len(content) > _MOST_UNPACKED:
        raise Refused("unpacks to too much data: save it again without what makes it so large")
    if b"<!DOCTYPE" in content[:8192] or b"<!ENTITY" in content[:8192]:
        raise Refused(_DEFINED)
    parser = XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = fromstring(content, parser)
    if root.getroottree().docinfo.doctype:
        raise Refused(_DEFINED)
    return root


def _package(archive: ZipFile) -> _Package:
    levels, listed = _styles(_part(archive, "word/styles.xml"))
    package = _Package(levels, listed, _numbering(_part(archive, "word/numbering.xml")))
    notes: dict[str, str] = {}
    for kind in ("footnote", "endnote"):
        root = _part(archive, f"word/{kind}s.xml")
        for note in () if root is None else root.iter(f"{_W}{kind}"):
            if note.get(f"{_W}type") is None:  # the others are the rules between the notes
                notes[f"{kind}{note.get(f'{_W}id')}"] = _words(note, package)
    return _Package(levels, listed, package.ordered, notes)


def _styles(root: Any | None) -> tuple[dict[str, int], dict[str, str]]:
    levels: dict[str, int] = {}
    listed: dict[str, str] = {}
    for style in () if root is None else root.iter(f"{_W}style"):
        key, name = style.get(f"{_W}styleId") or "", _value(style, "name")
        outline = _value(style, "pPr/outlineLvl")
        if match := _LEVEL.fullmatch(name):
            levels[key] = int(match[1])
        elif name.lower() == "title":
            levels[key] = 1
        elif outline.isdigit() and int(outline) < 9:
            levels[key] = int(outline) + 1
        elif (based := _value(style, "basedOn")) in levels:
            levels[key] = levels[based]
        number = _value(style, "pPr/numPr/numId")
        if key not in levels and (number or name.lower().startswith("list ")):
            listed[key] = "1." if "number" in name.lower() else number or "-"
    return levels, listed


def _numbering(root: Any | None) -> frozenset[tuple[str, str]]:
    if root is None:
        return frozenset()
    numbered = {
        (kind.get(f"{_W}abstractNumId"), level.get(f"{_W}ilvl"))
        for kind in root.iter(f"{_W}abstractNum")
        for level in kind.iter(f"{_W}lvl")
        if _value(level, "numFmt") not in ("bullet", "none", "")
    }
    return frozenset(
        (use.get(f"{_W}numId") or "", str(depth))
        for use in root.iter(f"{_W}num")
        for depth in range(9)
        if (_value(use, "abstractNumId"), str(depth)) in numbered
    )


def _properties(archive: ZipFile) -> tuple[str, str]:
    root = _part(archive, "docProps/core.xml")
    if root is None:
        return "", ""
    kept = "{http://purl.org/dc/elements/1.1/}"
    title = clean(root.findtext(f"{kept}title") or "").strip()
    return title, (root.findtext(f"{kept}language") or "").strip()


def _blocks(parent: Any, package: _Package, depth: int) -> Iterator[tuple[bool, str]]:
    """(is it an item of a list, its Markdown), in order."""
    if depth > _DEEPEST:
        raise Refused("is nested too deeply: export it anew")
    for element in parent:
        if element.tag == f"{_W}p":
            yield from _paragraph(element, package)
        elif element.tag == f"{_W}tbl":
            yield False, _table(element, package)
        elif element.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins"):
            yield from _blocks(element, package, depth + 1)


def _paragraph(element: Any, package: _Package) -> Iterator[tuple[bool, str]]:
    words = _words(element, package)
    if not words:
        return
    style = _value(element, "pPr/pStyle")
    if style.lower().startswith("toc"):  # the list of contents repeats every heading
        return
    outline = _value(element, "pPr/outlineLvl")
    level = int(outline) + 1 if outline.isdigit() and int(outline) < 9 else 0
    if level := level or package.levels.get(style, 0):
        yield False, f"{'#' * min(6, level)} {words}"
        return
    number = _value(element, "pPr/numPr/numId") or package.listed.get(style, "")
    if number in ("", "0"):  # 0 takes the paragraph out of its style's list
        yield False, words
        return
    depth = _value(element, "pPr/numPr/ilvl") or "0"
    mark = "1." if number == "1." or (number, depth) in package.ordered else "-"
    yield True, f"{'  ' * min(8, int(depth) if depth.isdigit() else 0)}{mark} {words}"


def _table(element: Any, package: _Package) -> str:
    rows = []
    for row in _inside(element, "tr"):
        cells = []
        for cell in _inside(row, "tc"):
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            goes_on = merged is not None and merged.get(f"{_W}val") != "restart"
            cells.append("" if goes_on else _words(cell, package).replace("|", "\\|"))
        rows.append(cells)
    if not rows:
        return ""
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    lines.insert(1, "|" + " --- |" * max(1, len(rows[0])))
    return "\n".join(lines)


def _inside(element: Any, name: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, also those in a content control; not a table's in it."""
    yield from (
        each
        for child in element
        for each in ((child,) if child.tag == f"{_W}{name}" else child.findall(f"{_W}sdtContent/*"))
        if each.tag == f"{_W}{name}"
    )


def _words(element: Any, package: _Package) -> str:
    return " ".join("".join(_runs(element, package)).split())


def _runs(element: Any, package: _Package) -> Iterator[str]:
    """All that is read of an element. Not recursive: its depth is the author's to choose."""
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if one.tag == f"{_W}t":
            yield one.text or ""
        elif one.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
            yield " "
        elif one.tag == f"{_W}noBreakHyphen":
            yield "-"
        elif one.tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
            kind = one.tag.removeprefix(_W).removesuffix("Reference")
            if note := package.notes.get(f"{kind}{one.get(f'{_W}id')}"):
                yield f" ({note})"
        elif one.tag not in _ENDS and isinstance(one.tag, str) and "Fallback" not in one.tag:
            if one.tag == f"{_W}p" and one is not element:
                yield " "
            waiting.extend(reversed(one))


def _value(element: Any, path: str) -> str:
    found = element.find("/".join(f"{_W}{name}" for name in path.split("/")))
    return "" if found is None else found.get(f"{_W}val") or ""


def _grouped(blocks: Iterator[tuple[bool, str]]) -> Iterator[str]:
    """Items of one list on lines that follow each other."""
    items: list[str] = []
    for is_item, line in blocks:
        if is_item:
            items.append(line)
            continue
        if items:
            yield "\n".join(items)
            items = []
        if line:
            yield line
    if items:
        yield "\n".join(items)
