"""What the tagger looks at: the tokens of a text, and the features of one, two or three of them.

Training and tagging use this module alike, so that a model never meets a feature it was not
trained with. A feature is a short string; what a token shows does not depend on where it stands,
which lets a tagger look each word up once and remember its scores.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_KATAKANA = r"\u30a1-\u30fa\u30fc-\u30fe\uff66-\uff9f"
_HIRAGANA = r"\u3041-\u309f"
_HAN = r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"[{_KATAKANA}]+|[{_HAN}]|[{_HIRAGANA}]|\d+"
    rf"|[^\W\d_{_KATAKANA}{_HIRAGANA}{_HAN}]+|[^\w\s]|_"
)
_DENSE = re.compile(rf"[{_HIRAGANA}{_HAN}]")

MIXED, LOWER, UPPER = "m", "l", "u"
"""How a text uses capitals. Where all letters are alike, a letter's case says nothing."""

BEFORE, AFTER = "^", "$"
"""Stand-ins for what precedes the first and follows the last token."""


class Token(NamedTuple):
    """A word, a number, a punctuation mark or one character of Chinese or Japanese."""

    text: str
    start: int
    end: int


class Word(NamedTuple):
    """What is known of a token by itself."""

    lower: str
    """Lower case; digits are replaced by nines, at most six."""
    shape: str
    code: str
    """What the word lists say (see `guardrails.detectors.gazetteer`)."""
    dense: bool


@lru_cache(maxsize=8)
def tokens(text: str) -> tuple[Token, ...]:
    """Cut a text. White space belongs to no token. The tagger and the word lists ask in turn."""
    return tuple(Token(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text))


def case_of(text: str) -> str:
    """`MIXED`, `LOWER` or `UPPER`; a text in a script without case is mixed."""
    if text.islower():
        return LOWER
    return UPPER if text.isupper() and len(text) > 12 else MIXED


def word(token: str, case: str, code: str) -> Word:
    """What a token shows by itself, in a text of this case."""
    if token.isdigit():
        return Word("9" * min(len(token), 6), f"9{min(len(token), 6)}", code, False)
    if not token.isalpha():
        sign = token if len(token) == 1 and token.isprintable() else "?"
        return Word(sign, sign, code, False)
    return Word(token.lower(), _shape(token, case), code, bool(_DENSE.match(token)))


def _shape(token: str, case: str) -> str:
    first = token[0]
    if "\u3041" <= first <= "\u309f":
        return "h"
    if "\u30a1" <= first <= "\u30fe" or "\uff66" <= first <= "\uff9f":
        return f"K{min(len(token), 5)}"
    if "\u3005" <= first <= "\u9fff" or "\uf900" <= first <= "\ufaff":
        return "H"
    if not (first.isupper() or first.islower()):
        return "r" if "\u0600" <= first <= "\u06ff" else "o"
    if case != MIXED:
        return case
    if first.islower():
        return "x" if token.islower() else "xX"
    if len(token) == 1:
        return "X"
    if token.isupper():
        return "XX"
    return "Xx" if token[1:].islower() else "XxX"


def of_word(one: Word) -> tuple[tuple[str, ...], ...]:
    """Features for the labels of the tokens at -2, -1, 0, +1 and +2 from this one."""
    low, shape, code, _ = one
    near = (f"w{low}", f"s{shape}", f"g{code}", f"q{low[-3:]}", f"y{shape}{code}")
    far = near[:3]
    here = [*near, f"n{min(len(low), 12)}"]
    if low.isalpha():
        size = len(low)
        here += [f"p{low[:cut]}" for cut in (1, 2, 3, 4, 5) if cut < size]
        here += [f"e{low[-cut:]}" for cut in (1, 2, 3, 4, 5) if cut < size]
    return (
        tuple(["C" + name for name in far]),
        tuple(["B" + name for name in near]),
        tuple(["A" + name for name in here]),
        tuple(["b" + name for name in near]),
        tuple(["c" + name for name in far]),
    )


def of_pair(one: Word, two: Word, gap: str) -> tuple[tuple[str, ...], ...]:
    """Features of two neighbours, for the labels of -1, the first, the second, and +1 after it.

    `gap` is what stands between them: nothing, a space or a line break.
    """
    lower = f"{one.lower}{gap}{two.lower}"
    shapes = f"{one.shape}{gap}{two.shape}"
    codes = f"{one.code}|{two.code}"
    mixed = f"{one.lower}|{two.shape}{two.code}"
    mixed_back = f"{one.shape}{one.code}|{two.lower}"
    return (
        (f"D{lower}",),
        (f"E{lower}", f"F{shapes}", f"G{codes}", f"H{mixed_back}"),
        (f"I{lower}", f"J{shapes}", f"K{codes}", f"L{mixed}"),
        (f"M{lower}",),
    )


def of_three(one: Word, two: Word, three: Word) -> tuple[tuple[str, ...], ...]:
    """Features of three neighbours, for the labels of the second, and of the one after them."""
    middle = [f"N{one.shape}{two.shape}{three.shape}", f"O{one.code}|{two.code}|{three.code}"]
    if two.dense:
        middle.append(f"P{one.lower}{two.lower}{three.lower}")
    return tuple(middle), (f"Q{one.lower} {two.lower} {three.lower}",)
