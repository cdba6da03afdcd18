"""Web pages: the main text, without navigation, banners and footers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from knowledge.loaders import Loaded, Refused
from knowledge.loaders.markdown import parse
from knowledge.loaders.text import clean, decode

_FURNITURE = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form")
_BLOCKS = ("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "dt", "dd", "blockquote", "pre")


def load(path: Path) -> Loaded:
    """Read a page as Markdown with headings, lists and tables."""
    import trafilatura
    from lxml.html import (  # type: ignore[import-untyped] # the package carries no types
        fromstring,
    )

    source = decode(path.read_bytes())
    if not source.strip():
        raise Refused("is empty")
    tree = trafilatura.load_html(source)
    if tree is None:
        raise Refused("is not a web page")
    language = (tree.get("lang") or "").partition("-")[0].lower() or None
    title = clean(tree.findtext(".//title") or "").strip()
    text = trafilatura.extract(
        source,
        output_format="markdown",
        include_formatting=True,
        include_tables=True,
        include_links=False,
        include_images=False,
        include_comments=False,
        favor_recall=True,
    )
    if not text or len(text) < 40:
        text = _plain(fromstring(source)) or text or ""
    return Loaded(title or parse(text, path.stem).title, clean(text), language)


def _plain(tree: Any) -> str:
    """All block texts, for pages too short for trafilatura to judge."""
    for element in list(tree.iter(*_FURNITURE)):
        element.drop_tree()
    lines = []
    for element in tree.iter(*_BLOCKS):
        words = " ".join("".join(element.itertext()).split())
        if words:
            level = element.tag[1:] if element.tag[0] == "h" and element.tag[1:].isdigit() else ""
            lines.append(f"{'#' * int(level)} {words}" if level else words)
    return "\n\n".join(lines)
