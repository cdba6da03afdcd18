"""What the word lists say about a word: seen as a name, as a place, as an ordinary word.

The lists are counts taken from the training text (see `guardrails.training`), coarsened to a code
of four characters and shipped inside the tagger's file as hashes: 32 bits of a word and its code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from guardrails.detectors import tagger_model
from guardrails.detectors.tagger_text import MIXED, Token, case_of, tokens
from guardrails.spans import Span

UNSEEN = "0-00"
"""Code: how often a name (0 to 4), first or last part of it (F, L, B for both), how often a
place or organisation (0 to 2), how often an ordinary word (0 to 3)."""

LONGEST = 4
"""Characters of the longest Chinese or Japanese word in the lists."""


def key_of(word: str) -> int:
    """The 32 bits by which a word is found in the lists."""
    return crc32(word.encode("utf-8", "replace"))


def code_of(first: int, last: int, place: int, common: int) -> str:
    """The code for how often a word was the first or a later part of a name, part of a place or
    an organisation, and an ordinary word in lower case."""
    names = first + last
    if names == 0:
        role = "-"
    elif first >= 2 * last:
        role = "F"
    else:
        role = "L" if last >= 2 * first else "B"
    return "".join(
        (
            str(sum(names >= least for least in (1, 2, 5, 15))),
            role,
            str(sum(place >= least for least in (1, 3))),
            str(sum(common >= least for least in (1, 3, 10))),
        )
    )


class WordLists:
    """Words and their codes, as two sorted arrays: some 6 bytes a word."""

    def __init__(self, keys: NDArray[np.uint32], places: NDArray[np.uint8], codes: list[str]):
        self._keys, self._places, self._codes = keys, places, codes
        self.code: Callable[[str], str] = lru_cache(maxsize=20_000)(self._code)

    def _code(self, word: str) -> str:
        key = key_of(word)
        at = int(np.searchsorted(self._keys, np.uint32(key)))
        known = at < len(self._keys) and int(self._keys[at]) == key
        return self._codes[int(self._places[at])] if known else UNSEEN


def codes(found: Sequence[Token], code: Callable[[str], str]) -> list[str]:
    """The code of every token. Neighbouring Chinese or Japanese characters are looked up
    together: each gets the code of the longest listed word it is in, and its place in it."""
    result: list[str] = []
    at, count = 0, len(found)
    while at < count:
        text = found[at].text
        if not _is_han(text):
            result.append(code(text.lower()) if text.isalpha() else UNSEEN)
            at += 1
            continue
        run = text
        while len(run) < LONGEST and at + len(run) < count:
            following = found[at + len(run)]
            if following.start != found[at].start + len(run) or not _is_han(following.text):
                break
            run += following.text
        for size in range(len(run), 0, -1):
            known = code(run[:size])
            if known != UNSEEN or size == 1:
                result += [known + place for place in _places(size)]
                at += size
                break
    return result


def _places(size: int) -> Iterable[str]:
    return ("S",) if size == 1 else ("B", *("I" * (size - 2)), "E")


def _is_han(text: str) -> bool:
    return len(text) == 1 and "\u3400" <= text <= "\u9fff"


class ListedNames:
    """Words that the lists know as names and hardly as anything else.

    A capitalised word must have been a name more often than a place or an ordinary word. In
    lower case only a first name, followed by another name, is taken. Chinese and Japanese is
    left to the tagger.
    """

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        code = tagger_model.loaded().words.code
        cased = case_of(text) == MIXED
        run: list[Token] = []
        for token in tokens(text):
            if not _listed(token.text, code, cased):
                continue
            if run and not _adjoins(run, token):
                yield from _told(run, cased)
                run = []
            run.append(token)
        yield from _told(run, cased)


def _told(run: list[Token], cased: bool) -> Iterable[Span]:
    if len(run) > 1 or (run and cased):
        yield Span(run[0].start, run[-1].end, "PERSON")


def _adjoins(run: list[Token], token: Token) -> bool:
    return token.start - run[-1].end <= 1


def _listed(token: str, code: Callable[[str], str], cased: bool) -> bool:
    if (cased and not token[0].isupper()) or len(token) < 3 or not token.isalpha():
        return False
    said = code(token.lower())
    return said[2:] == "00" and said[0] >= ("2" if cased else "3")
