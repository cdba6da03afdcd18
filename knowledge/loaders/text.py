"""Plain text, and bytes to text for the other formats."""

from __future__ import annotations

import re
import unicodedata

import regex

from knowledge.loaders import Loaded, Refused

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MARKUP = re.compile(r"^([ \t]*)(#{1,6}[ \t])", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|[\f\x85\u2028\u2029]")
_MARKS = regex.compile(r"(\p{Mn}{30})\p{Mn}+")
"""More marks on one letter than any script has (UAX 15, 12.1); sorting them costs their square."""

_SAMPLE = 4096
_NOT_TEXT = "is not a text file: export it as text in UTF-8"


def load(content: bytes, name: str) -> Loaded:
    """Read plain text. Lines that look like Markdown headings are kept as text."""
    text = _MARKUP.sub(r"\1\\\2", decode(content))
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return Loaded(first if len(first) <= 80 else name, text)


def decode(content: bytes) -> str:
    """Bytes as text, whatever wrote them, as far as that can be told.

    By byte order mark, as UTF-8, as UTF-16 without a mark, line by line where UTF-8 and
    Windows-1252 are mixed. Refuses binary files and other encodings: guessing them wrong would
    serve nonsense.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return clean(content.decode(encoding, errors="replace"))
    if b"\0" in content:
        return clean(_wide(content))
    try:
        return clean(content.decode("utf-8"))
    except UnicodeDecodeError:
        return clean(_mixed(content))


def _wide(content: bytes) -> str:
    # in UTF-16 the spaces, digits and line ends of every script have one zero byte, on one side
    sample = content[: _SAMPLE * 16]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(content) % 2 or max(even, odd) < 10 * min(even, odd) + 1:
        raise Refused(_NOT_TEXT)
    try:
        text = content.decode("utf-16-le" if odd > even else "utf-16-be")
    except UnicodeDecodeError:
        raise Refused(_NOT_TEXT) from None
    if len(_CONTROL.findall(text[:_SAMPLE])) > len(text[:_SAMPLE]) // 20:
        raise Refused(_NOT_TEXT)
    return text


def _mixed(content: bytes) -> str:
    lines = []
    for line in content.splitlines(keepends=True):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            foreign = sum(byte > 127 for byte in line)
            # in Western European words one letter in a few has an accent, seldom more
            if foreign > 8 and foreign > len(line) // 3:
                raise Refused("is in an unknown encoding: save it as UTF-8") from None
            lines.append(line.decode("cp1252", errors="replace"))
    return "".join(lines)


def clean(text: str) -> str:
    """One kind of line end, composed characters, no control characters."""
    plain = _CONTROL.sub("", _BREAKS.sub("\n", text))
    if plain.isascii():
        return plain
    return unicodedata.normalize("NFC", _MARKS.sub(r"\1", plain))
