"""Read text the way a person or a model reads it, and find the way back to what was written.

Invisible characters, full-width and other digits, percent and JSON escapes, look-alike letters:
whatever hides a value from a string search is undone in a *view*, which remembers for each of
its characters where in the original it came from.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress

_ESCAPES = re.compile(
    r"(?:%(?:25)*[0-9A-Fa-f]{2})+"
    r"|(?:\\+u[0-9A-Fa-f]{4})+"
    r"|(?:\\+x[0-9A-Fa-f]{2})+"
    r"|\\[nrtbf\"/\\]"
    r"|&(?:amp;)*(?:#0*\d{2,6}|#[xX]0*[0-9A-Fa-f]{2,5}|commat|period|nbsp|amp);"
)
"""Also what was escaped twice: "%2540", "\\\\u0040", "&amp;#64;"."""
_SHORT_ESCAPES = {"n": "\n", "r": "\n", "t": " ", "b": " ", "f": " ", '"': '"', "/": "/"}
_NAMED = {"commat": "@", "period": ".", "nbsp": " ", "amp": "&"}
_PLAIN = re.compile(r"[ -~\n\t]*\Z")
_FORMATTING = "".join(
    char for char in map(chr, range(0x80, 0x1E000)) if unicodedata.category(char) == "Cf"
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u1680\u2007\u202f\u205f\u3000\t\r\u2028\u2029"), " ")

_CHANGED = re.compile(
    "[\t\r\u2028\u2029\u00a0\u1680\u2007\u202f\u205f\u3000‐‑‒–—―−﹣－\ufe00-\ufe0f\u034f\u115f\u1160"
    "\u17b4\u17b5\u3164\uffa0\U000e0000-\U000e0fff" + re.escape(_FORMATTING) + "]|[^\\D0-9]"
)
"""Characters that a view shows otherwise, besides what is not in normal form."""
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁԛԝһӏАВЕКМНОРСТУХІЈЅαεικνορτυχωγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdqwhlABEKMHOPCTYXIJSaeikvoptuxwyABEZHIKMNOPTYX",
)
_LOOKALIKES |= {
    code: _LOOKALIKES[base]
    for code in range(0x370, 0x530)
    if code not in _LOOKALIKES
    and (base := ord(unicodedata.normalize("NFD", chr(code))[0])) in _LOOKALIKES
}
"""Cyrillic and Greek letters that pass for Latin ones; used only inside words that mix scripts."""

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_MIXABLE = re.compile(r"[\u0370-\u052f]")
_WORD = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f])+")
_EXPANSIONS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
}  # fmt: skip


def word_set(words: str) -> frozenset[str]:
    """The words of a text: a long list reads better without quotes and commas."""
    return frozenset(words.split())


@dataclass(frozen=True, slots=True)
class View:
    """Text that is easier to search; character i covers `starts[i]:ends[i]` of the original."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The original's range behind `start:end` (not empty) of this view."""
        return self.starts[start], self.ends[end - 1]


def _invisible(char: str) -> bool:
    code = ord(char)
    return (
        unicodedata.category(char) == "Cf"
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0100 <= code <= 0xE01EF
        or code in (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)
    )


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """What one character stands for: maybe nothing, maybe several."""
    if _invisible(char):
        return ""
    if char in "\n ":
        return char
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    return unicodedata.normalize("NFKC", char).translate(_DASHES).translate(_SPACES)


def _unescape(found: str) -> str:
    if found.startswith("%"):
        pairs = re.findall(r"%(?:25)*?([0-9A-Fa-f]{2})(?=%|\Z)", found)
        return bytes.fromhex("".join(pairs)).decode("utf-8", errors="replace")
    if found.startswith("\\"):
        units = re.findall(r"[ux]([0-9A-Fa-f]{4}|[0-9A-Fa-f]{2})", found)
        if not units:
            return _SHORT_ESCAPES.get(found[1], " ")
        if len(units[0]) == 2:
            return bytes.fromhex("".join(units)).decode("utf-8", errors="replace")
        return bytes.fromhex("".join(units)).decode("utf-16-be", errors="replace")
    name = found[1:-1].rpartition(";")[2]
    if name.startswith(("#x", "#X")):
        return _character(int(name[2:], 16))
    if name.startswith("#"):
        return _character(int(name[1:]))
    return _NAMED[name]


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code <= 0xDFFF else " "


@lru_cache(maxsize=512)
def view(text: str) -> View:
    """Undo escapes, invisible characters, width and digit variants, and mixed-script words."""
    if _PLAIN.match(text) and not _ESCAPES.search(text):
        places = tuple(range(len(text) + 1))
        return View(text.replace("\t", " "), places[:-1], places[1:])
    if _stays(text):
        places = tuple(range(len(text) + 1))
        return View(_one_script(text), places[:-1], places[1:])
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def add(piece: str, start: int, end: int) -> None:
        for char in piece:
            for plain in _plain(char):
                chars.append(plain)
                starts.append(start)
                ends.append(end)

    position = 0
    for escape in _ESCAPES.finditer(text):
        for place in range(position, escape.start()):
            add(text[place], place, place + 1)
        add(_unescape(escape[0]), escape.start(), escape.end())
        position = escape.end()
    for place in range(position, len(text)):
        add(text[place], place, place + 1)
    return View(_one_script("".join(chars)), tuple(starts), tuple(ends))


def _stays(text: str) -> bool:
    """Whether each character of a text stands for itself."""
    return (
        unicodedata.is_normalized("NFKC", text)
        and not _CHANGED.search(text)
        and not _ESCAPES.search(text)
    )


def _one_script(text: str) -> str:
    if not _MIXABLE.search(text):
        return text

    def latin(word: re.Match[str]) -> str:
        mixed = _LATIN.search(word[0]) and _MIXABLE.search(word[0])
        return word[0].translate(_LOOKALIKES) if mixed else word[0]

    return _WORD.sub(latin, text)


@lru_cache(maxsize=8192)
def _folded(char: str) -> str:
    lower = char.lower()
    if lower in _EXPANSIONS:
        return _EXPANSIONS[lower]
    parts = unicodedata.normalize("NFD", lower)
    return "".join(part for part in parts if not unicodedata.combining(part))


def fold(text: str) -> str:
    """Lower case without accents: what two spellings of one name have in common."""
    if text.isascii():
        return text.lower()
    return "".join(map(_folded, text))


def lower(text: str) -> str:
    """Lower case, as long as the text: patterns without case are several times as quick."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


_LETTERS = dict(
    zip(
        "абвгдезийклмнопрстуфыэіґαβγδεζηικλμνξοπρσςτυφω",
        "abvgdeziiklmnoprstufyeigavgdeziiklmnxoprsstyfo",
        strict=True,
    )
) | {
    "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "",
    "ю": "iu", "я": "ia", "є": "ie", "ї": "i", "θ": "th", "χ": "ch", "ψ": "ps",
}  # fmt: skip
"""Cyrillic and Greek in Latin letters (as in passports, ICAO 9303), so that a name is found in
either script."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Only the letters and digits of a view, folded; `places[i]` is the view's character."""

    text: str
    places: tuple[int, ...]


@lru_cache(maxsize=512)
def stream(viewed: str) -> Stream:
    """Drop everything but letters and digits, so that grouping and punctuation do not matter."""
    if viewed.isascii():
        kept = list(map(str.isalnum, viewed))
        places = compress(range(len(viewed)), kept)
        return Stream("".join(compress(viewed, kept)).lower(), tuple(places))
    pieces = list(map(_streamed, viewed))
    text = "".join(pieces)
    if len(text) == len(viewed):
        return Stream(text, tuple(range(len(text))))
    return Stream(text, tuple(place for place, piece in enumerate(pieces) for _ in piece))


@lru_cache(maxsize=8192)
def _streamed(char: str) -> str:
    letters = "".join(_LETTERS.get(folded, folded) for folded in _folded(char))
    return "".join(filter(str.isalnum, letters))


def plain_stream(value: str) -> str:
    """A value as it would appear in a `Stream`."""
    return stream(view(value).text).text


def script(char: str) -> str:
    """`d` digit, `c` a script without spaces between words, `l` any other letter, "" none."""
    if char.isdigit():
        return "d"
    if not char.isalpha():
        return ""
    code = ord(char)
    dense = (
        0x3040 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3134F
        or 0x0E00 <= code <= 0x0EFF
        or 0x1780 <= code <= 0x17FF
        or 0x1000 <= code <= 0x109F
        or 0xAC00 <= code <= 0xD7AF  # Korean has spaces, but glues particles to names
    )
    return "c" if dense else "l"
