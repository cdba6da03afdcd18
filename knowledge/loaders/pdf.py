"""PDF text, page by page; the page is the heading, so that a citation can name it."""

from __future__ import annotations

import re
from pathlib import Path

from knowledge.loaders import MAX_CHARS, Loaded, Refused
from knowledge.loaders.text import clean

_SOFT_HYPHEN = re.compile("(?:\ufffe|\u00ad|\x02)[ \t]*\n?")
_HYPHEN = re.compile(r"(?<=[a-zà-öø-ÿß])-\n(?=[a-zà-öø-ÿß])")
_LEAST = 16
"""Fewer letters in a whole file: its pages are pictures."""


def load(path: Path) -> Loaded:
    """Read a PDF. Refuses encrypted and broken files and such without text."""
    import pypdfium2  # type: ignore[import-untyped] # the package carries no types

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Refused("is encrypted with a password") from None
        raise Refused("is not a readable PDF") from None
    try:
        pages = []
        size = 0
        for number in range(len(document)):
            page = document[number].get_textpage().get_text_range()
            size += len(page)
            if size > MAX_CHARS:
                raise Refused("holds too much text")
            pages.append(_joined(page))
        title = str(document.get_metadata_dict().get("Title") or "").strip()
    except pypdfium2.PdfiumError:
        raise Refused("is not a readable PDF") from None
    finally:
        document.close()
    if sum(sign.isalnum() for page in pages for sign in page) < _LEAST:
        raise Refused("holds no text (scanned pages? run text recognition first)")
    text = "\n\n".join(f"## p. {number}\n\n{page}" for number, page in enumerate(pages, 1) if page)
    return Loaded(clean(title) or path.stem, text)


def _joined(page: str) -> str:
    page = page.replace("\r\n", "\n").replace("\r", "\n")
    return clean(_HYPHEN.sub("", _SOFT_HYPHEN.sub("", page))).strip()
