"""Word documents: headings, lists and tables in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from knowledge.loaders import MAX_CHARS, Loaded, Refused
from knowledge.loaders.text import clean

_MAX_UNPACKED = 200 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LEVEL = re.compile(
    r"(?:heading|überschrift|título|titre|titolo|标题|見出し)\s*(\d)", re.IGNORECASE
)


def load(path: Path) -> Loaded:
    """Read a .docx. Refuses encrypted and broken files and archives that unpack to too much."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import (  # type: ignore[import-untyped] # the package carries no types
        XMLSyntaxError,
    )

    with path.open("rb") as file:
        if file.read(8) == _OLE:
            raise Refused("is encrypted with a password, or an old .doc file")
    try:
        with ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
                raise Refused("unpacks to too much data")
        document = docx.Document(str(path))
        text = clean("\n\n".join(_blocks(document)))
    except (BadZipFile, PackageNotFoundError, XMLSyntaxError, KeyError, ValueError):
        raise Refused("is not a readable Word document") from None
    if len(text) > MAX_CHARS:
        raise Refused("holds too much text")
    first = re.search(r"^# (.+)$", text, re.MULTILINE)
    title = clean(document.core_properties.title or "").strip()
    return Loaded(first[1] if first else title or path.stem, text)


def _blocks(document: object) -> Iterator[str]:
    from docx.document import Document
    from docx.table import Table

    assert isinstance(document, Document)  # noqa: S101 - for the type checker
    items: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            line = _table([[cell.text for cell in row.cells] for row in block.rows])
        else:
            words = " ".join(block.text.split())
            style = (block.style.name if block.style is not None else "") or ""
            if words and style.startswith("List"):
                items.append(f"{'1.' if 'Number' in style else '-'} {words}")
                continue
            level = _LEVEL.match(style)
            line = f"{'#' * min(6, int(level[1]))} {words}" if level and words else words
            if style == "Title" and words:
                line = f"# {words}"
        if items:
            yield "\n".join(items)
            items = []
        if line:
            yield line
    if items:
        yield "\n".join(items)


def _table(rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(' '.join(cell.split()) for cell in row)} |" for row in rows]
    if lines:
        lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)
