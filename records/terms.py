"""Words, prefixes and identifiers of a text, as they are looked for: the same in every spelling.

Two sides: `of_text` gives everything by which a text may be found, `of_query` what must be found.
Nothing is stored from here; `records.indexing` keeps keyed hashes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

PREFIXES = (3, 4, 5, 6)
"""Lengths of the beginnings of a word that are kept; a longer query is looked up by six letters
and compared with the text itself."""
LONGEST_WORD = 64
MOST_TERMS = 3000
"""Of one text. A message of 20,000 characters has about as many."""
LAST_DIGITS = 7
"""By so many digits at their end two spellings of a phone number are the same: any country code,
any trunk prefix, also Brazil's ninth digit and what Mexico and Argentina put between."""
QUERY_WORDS = 8

_DENSE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]"
"""Scripts that put no space between words."""
_WORD = regex.compile(rf"(?P<dense>{_DENSE}[{_DENSE[1:-1]}\p{{M}}]*)|[\p{{L}}\p{{M}}\p{{N}}]+")
_HANGUL = regex.compile(r"\p{Hangul}")
_FOLDABLE = regex.compile(r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}]")
_SPELLINGS = str.maketrans("أإآٱىةؤئıđłø", "اااايهويidlo") | {ord("ـ"): None}
_MAIL = regex.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_NUMBER = regex.compile(r"(?<![\p{L}\p{N}])\+?\(?\d[\d\s().\-/‑–]{5,28}\d(?![\p{L}\p{N}])")
_CODE = regex.compile(r"[\p{L}\p{N}]+(?:[-_/.#:][\p{L}\p{N}]+)*")
_SPLIT = regex.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One part of a query: any of `terms` is looked up; what they lead to must hold `text`."""

    kind: str
    """word, dense, mail, phone or code."""
    terms: tuple[str, ...]
    text: str


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """The same letters whatever the case, width and marks; what carries meaning stays."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    decomposed = unicodedata.normalize("NFD", plain)
    kept: list[str] = []
    base = ""
    for char in decomposed:
        if not unicodedata.combining(char):
            base = char
        elif _FOLDABLE.match(base):
            continue  # é and e, ё and е, the vowel signs of Arabic and Hebrew
        kept.append(char)
    return _as_hiragana(unicodedata.normalize("NFC", "".join(kept)).translate(_SPELLINGS))


def _as_hiragana(text: str) -> str:
    return "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char for char in text)


def of_text(text: str, *, single: bool = False) -> set[str]:
    """All terms by which the text is found. `single` adds single signs of dense scripts: names."""
    found: set[str] = set()
    plain = folded(text)
    for term in _terms(plain, single=single):
        found.add(term)
        if len(found) >= MOST_TERMS:
            break
    return found


def _terms(plain: str, *, single: bool) -> Iterator[str]:
    # Identifiers first: a flood of words must not push them out.
    for match in _MAIL.finditer(plain):
        yield f"m:{match[0]}"
    for digits in _numbers(plain):
        yield f"p:{digits[-LAST_DIGITS:]}"
    for code in _codes(plain):
        yield f"c:{code}"
        yield from (f"w:{part}" for part in _parts(code))
    for word, dense in _words(plain):
        if dense:
            yield from (f"d:{pair}" for pair in _pairs(word))
            if single or len(word) == 1:
                yield from (f"d:{sign}" for sign in word)
        else:
            yield from (f"w:{part}" for part in _parts(word))


def _numbers(plain: str) -> Iterator[str]:
    for match in _NUMBER.finditer(plain):
        digits = "".join(char for char in match[0] if char.isdigit())
        if len(digits) >= LAST_DIGITS:
            yield digits


def _codes(plain: str) -> Iterator[str]:
    """Order numbers and the like, without what stands between their parts."""
    for match in _CODE.finditer(plain):
        joined = "".join(char for char in match[0] if char.isalnum())
        if any(map(str.isdigit, joined)) and (joined != match[0] or any(map(str.isalpha, joined))):
            yield joined[:LONGEST_WORD]


def _words(plain: str) -> Iterator[tuple[str, bool]]:
    for match in _WORD.finditer(plain):
        yield match[0][:LONGEST_WORD] if match["dense"] is None else match[0], bool(match["dense"])


def _pairs(word: str) -> Iterator[str]:
    return (word[at : at + 2] for at in range(len(word) - 1))


def _parts(word: str) -> Iterator[str]:
    if len(word) <= PREFIXES[-1]:
        yield word
    shortest = 2 if _HANGUL.match(word) else PREFIXES[0]
    yield from (word[:length] for length in (2, *PREFIXES) if shortest <= length < len(word))
    if word.startswith("ال") and len(word) > 4:
        yield from _parts(word[2:])  # the Arabic article is written together with its word


def of_query(query: str) -> list[Wanted]:
    """What a text must hold to be found by this query, the most telling first; empty for nothing.

    A query that is one mail address, phone number or code looks for that; anything else for all
    of its words, the last letters of each left open.
    """
    plain = folded(query.strip())
    whole = _identifier(plain)
    if whole is not None:
        return [whole]
    found: list[Wanted] = []
    for piece in _SPLIT.split(plain):
        one = _identifier(piece)
        found += [one] if one else _wanted_words(piece)
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda one: -len(one.terms[0]))[:QUERY_WORDS]


def _identifier(plain: str) -> Wanted | None:
    if _MAIL.fullmatch(plain):
        return Wanted("mail", (f"m:{plain}",), plain)
    beginning = f"w:{plain[: PREFIXES[-1]]}"
    if _NUMBER.fullmatch(plain):
        digits = "".join(char for char in plain if char.isdigit())
        if len(digits) >= LAST_DIGITS:
            return Wanted("phone", (f"p:{digits[-LAST_DIGITS:]}", beginning), digits)
    if _CODE.fullmatch(plain):
        code = next(_codes(plain), None)
        if code is not None:
            # Perhaps only the beginning of it is known.
            return Wanted("code", (f"c:{code}", beginning), code)
    return None


def _wanted_words(piece: str) -> Iterable[Wanted]:
    for word, dense in _words(piece):
        if not dense:
            yield Wanted("word", (f"w:{word[: PREFIXES[-1]]}",), word)
        elif len(word) == 1:
            yield Wanted("dense", (f"d:{word}",), word)
        else:
            yield from (Wanted("dense", (f"d:{pair}",), word) for pair in _pairs(word))


def holds(text: str, wanted: Wanted) -> bool:
    """Whether the text itself holds it: what the index led to may share no more than a hash."""
    plain = folded(text)
    if wanted.kind == "mail":
        return any(match[0] == wanted.text for match in _MAIL.finditer(plain))
    if wanted.kind == "dense":
        return wanted.text in plain
    if wanted.kind == "phone" and any(
        _same_number(digits, wanted.text) for digits in _numbers(plain)
    ):
        return True
    if wanted.kind == "code" and any(code.startswith(wanted.text) for code in _codes(plain)):
        return True
    return any(
        _begins(word, wanted.text) or _begins(word.removeprefix("ال"), wanted.text)
        for word, dense in _words(plain)
        if not dense
    )


def _begins(word: str, wanted: str) -> bool:
    """Whether a word is meant: by its beginning, or whole where that is too short to be kept."""
    shortest = 2 if _HANGUL.match(wanted) else PREFIXES[0]
    return word == wanted or (len(wanted) >= shortest and word.startswith(wanted))


def _same_number(one: str, other: str) -> bool:
    shared = min(len(one), len(other), 8)
    # Brazil writes a number with or without a 9 before its last eight digits.
    return one[-shared:] == other[-shared:]
