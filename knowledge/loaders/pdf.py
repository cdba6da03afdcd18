"""PDF text, page by page; the page is the heading, so that a citation can name it."""

from __future__ import annotations

import re
from collections import Counter
from ctypes import byref, c_double
from dataclasses import dataclass
from typing import Any

from knowledge.loaders import MAX_CHARS, Loaded, Refused
from knowledge.loaders.text import clean

MAX_PAGES = 5_000
_SOFT_HYPHEN = re.compile("(?:\ufffe|\u00ad|\x02)[ \t]*\n?")
_HYPHEN = re.compile(r"(?<=[a-zà-öø-ÿа-яёα-ω])[-\u2010]\n(?=[a-zà-öø-ÿа-яёα-ω])")
_LIGATURES = {
    0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st",
    0xFB06: "st",
}  # fmt: skip
_LEADERS = re.compile(r"(?:[ ]?[.\u2026]){6,}[ ]*\w{0,6}$")
"""A line of a table of contents."""

_NO_TITLE = re.compile(r"^(?:microsoft word|untitled|unbenannt|slide 1)|\.\w{2,5}$", re.IGNORECASE)
"""What programs write as a title when nobody has given one."""

_DIGITS = re.compile(r"\d+")
_LEAST = 6
"""Fewer letters in a whole file: its pages are pictures."""

_BROKEN = "is not a readable PDF: print it into a new PDF file"
_LARGER = 1.15
"""A line in letters so much larger than most is a heading."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float
    """Of its first letter, in points."""


def load(content: bytes, name: str) -> Loaded:
    """Read a PDF. Refuses encrypted and broken files and such without text."""
    import pypdfium2  # type: ignore[import-untyped] # the package carries no types

    if b"%PDF-" not in content[:1024]:
        raise Refused("is not a readable PDF, only named like one: export it as PDF")
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Refused("is encrypted with a password: save it without") from None
        raise Refused(_BROKEN) from None
    try:
        pages = _pages(document)
        title = clean(str(document.get_metadata_dict().get("Title") or "")).strip()
    except pypdfium2.PdfiumError:
        raise Refused(_BROKEN) from None
    finally:
        document.close()
    texts = _texts(pages)
    if sum(sign.isalpha() for text in texts for sign in text) < _LEAST:
        raise Refused("holds no text (scanned pages? run text recognition first)")
    text = "\n\n".join(f"## p. {number}\n\n{page}" for number, page in enumerate(texts, 1) if page)
    if _NO_TITLE.search(title):
        title = ""
    first = re.search(r"^#{3,4} (.+)$", texts[0], re.MULTILINE)
    return Loaded(title or (first[1] if first else name), text)


def _pages(document: Any) -> list[list[_Line]]:
    if len(document) > MAX_PAGES:
        raise Refused(f"has more than {MAX_PAGES:,} pages: split it")
    pages = []
    size = 0
    for number in range(len(document)):
        page = document[number]
        words = page.get_textpage()
        try:
            whole = words.get_text_range()
            size += len(whole)
            if size > MAX_CHARS:
                raise Refused(f"holds more than {MAX_CHARS:,} characters of text: split it")
            pages.append(_lines(words, whole))
        finally:
            words.close()
            page.close()
    return pages


def _lines(words: Any, whole: str) -> list[_Line]:
    from pypdfium2 import raw

    lines: list[_Line] = []
    at = 0
    across, up, before = c_double(), c_double(), -1.0
    for part in whole.split("\n"):
        first = at + len(part) - len(part.lstrip())
        at += len(part) + 1
        text, size = part.rstrip("\r"), 0.0
        if text.strip():
            sign = max(0, raw.FPDFText_GetCharIndexFromTextIndex(words.raw, first))
            size = round(float(raw.FPDFText_GetFontSize(words.raw, sign)), 1)
            raw.FPDFText_GetCharOrigin(words.raw, sign, byref(across), byref(up))
            if lines and abs(up.value - before) < 0.2 * size:  # cells far from each other
                lines[-1] = _Line(f"{lines[-1].text} {text}", lines[-1].size)
                continue
            before = up.value
        lines.append(_Line(text, size))
    return lines


def _texts(pages: list[list[_Line]]) -> list[str]:
    """The pages as Markdown, without what stands at the same end of most of them."""
    usual = _usual_size(pages)
    counted, repeated = _repeated(pages, usual)
    said: set[str] = set()
    texts = []
    for lines in pages:
        ends = _ends(lines)
        kept = []
        for at, line in enumerate(lines):
            if at in ends and _key(line.text) in counted and line.size < usual * _LARGER:
                if line.text not in repeated or line.text in said:
                    continue
                said.add(line.text)  # it may be a telephone number: once it stays
            if not _LEADERS.search(line.text.rstrip()):
                kept.append(_marked(line, usual))
        texts.append(_joined("\n".join(kept)))
    return texts


def _repeated(pages: list[list[_Line]], usual: float) -> tuple[set[str], set[str]]:
    """Running heads and feet, on most pages and three at least: but for their numbers; exactly."""
    alike: Counter[str] = Counter()
    same: Counter[str] = Counter()
    for lines in pages:
        ends = [lines[at] for at in _ends(lines) if lines[at].size < usual * _LARGER]
        alike.update({_key(line.text) for line in ends})
        same.update({line.text for line in ends})
    least = max(3, len(pages) * 0.6)
    counted = {key for key, times in alike.items() if times >= least}
    return counted, {text for text, times in same.items() if times >= least}


def _ends(lines: list[_Line]) -> list[int]:
    """Where the first and the last two lines of a page stand."""
    written = [at for at, line in enumerate(lines) if line.text.strip()]
    return [*written[:2], *written[-2:]]


def _key(line: str) -> str:
    return _DIGITS.sub("0", " ".join(line.split()))


def _usual_size(pages: list[list[_Line]]) -> float:
    letters: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            letters[line.size] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def _marked(line: _Line, usual: float) -> str:
    words = line.text.strip()
    if words.startswith("#"):
        words = f"\\{words}"
    large = usual > 0 and line.size >= usual * _LARGER
    named = 1 < len(words) <= 120 and any(sign.isalpha() for sign in words)
    if not large or not named or words.endswith((".", ",", ";", "。", "।", "؟")):
        return words
    return f"\n{'###' if line.size >= usual * 1.45 else '####'} {words}\n"


def _joined(page: str) -> str:
    page = _HYPHEN.sub("", _SOFT_HYPHEN.sub("", page)).translate(_LIGATURES)
    return re.sub(r"\n{3,}", "\n\n", clean(page)).strip()
