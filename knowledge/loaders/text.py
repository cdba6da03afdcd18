"""Plain text, and bytes to text for the other formats."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from knowledge.loaders import Loaded, Refused

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MARKUP = re.compile(r"^([ \t]*)(#{1,6}[ \t])", re.MULTILINE)


def load(path: Path) -> Loaded:
    """Read plain text. Lines that look like Markdown headings are kept as text."""
    text = _MARKUP.sub(r"\1\\\2", decode(path.read_bytes()))
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return Loaded(first if len(first) <= 80 else path.stem, text)


def decode(content: bytes) -> str:
    """Bytes as text: by byte order mark, as UTF-8, else as Windows-1252. Refuses binary files."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return clean(content.decode(encoding, errors="replace"))
    if b"\0" in content[:4096]:
        raise Refused("is not a text file")
    try:
        return clean(content.decode("utf-8"))
    except UnicodeDecodeError:
        return clean(content.decode("cp1252", errors="replace"))


def clean(text: str) -> str:
    """One kind of line end, composed characters, no control characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        sign
        for sign in text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\f", "\n")
        if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")
    )
