"""How often words are names, parts of places, or ordinary: what the word lists are made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from guardrails.detectors.gazetteer import LONGEST, UNSEEN, code_of
from guardrails.detectors.tagger_text import tokens
from guardrails.training.labelled import Sentence, labels
from guardrails.training.values import lists

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LISTED = 6
"""What a word in a list of ours counts for: as much as so many sentences."""


class Count(NamedTuple):
    """How often a word was seen as what; see `code_of`."""

    first: int = 0
    last: int = 0
    place: int = 0
    common: int = 0

    def plus(self, other: Count, times: int = 1) -> Count:
        return Count(*(mine + times * its for mine, its in zip(self, other, strict=True)))


Counts = dict[str, Count]
_FIRST, _LAST, _PLACE, _COMMON = (Count(*(int(a == b) for b in range(4))) for a in range(4))
coded = lru_cache(maxsize=None)(code_of)


def of_sentence(sentence: Sentence) -> Counts:
    """What one sentence adds."""
    found: Counts = {}
    cut = tokens(sentence.text)
    for token, label in zip(cut, labels(cut, sentence.spans), strict=True):
        if token.text.isalpha():
            one = {"O": _COMMON, "B-PERSON": _FIRST, "I-PERSON": _LAST}.get(label, _PLACE)
            _add(found, token.text.lower(), one)
    end = 0
    for span in sorted(sentence.spans):
        _add_ordinary(found, sentence.text[end : span.start])
        for run in _HAN.findall(sentence.text[span.start : span.end]):
            if 1 < len(run) <= LONGEST:
                _add(found, run, _LAST if span.kind == "PERSON" else _PLACE)
        end = max(end, span.end)
    _add_ordinary(found, sentence.text[end:])
    return found


def of_carrier(line: str) -> Counts:
    """What a line of `chat/` adds: its words are ordinary."""
    return of_sentence(Sentence(re.sub(r"\{\w+\}", "\n", line), (), "", ""))


def _add(found: Counts, key: str, one: Count, times: int = 1) -> None:
    found[key] = found.get(key, Count()).plus(one, times)


def _add_ordinary(found: Counts, text: str) -> None:
    for run in _HAN.findall(text):
        for size in range(2, LONGEST + 1):
            for at in range(len(run) - size + 1):
                _add(found, run[at : at + size], _COMMON)


def of_lists() -> Counts:
    """What the hand-written lists add."""
    found: Counts = {}
    names, places, things = lists("names"), lists("places"), lists("things")
    for keys, one in (
        (("latin_first", "ar_first", "ja_foreign"), _FIRST),
        (("zh_surnames", "zh_compound", "ja_surnames"), _FIRST),
        (("latin_last", "ar_last", "ja_given"), _LAST),
    ):
        for key in keys:
            for name in names[key]:
                for part in (name.lower(),) if _HAN.match(name) else _words(name):
                    _add(found, part, one, _LISTED)
    towns = [value for key, values in places.items() if key.startswith("cit") for value in values]
    for value in (*towns, *places["countries"], *places["provinces_zh"], *places["prefectures_ja"],
                  *things["brands"], *things["products_zh"], *things["products_ja"]):  # fmt: skip
        for part in (value,) if _HAN.match(value) and len(value) <= LONGEST else _words(value):
            _add(found, part, _PLACE, _LISTED)
    for words in lists("words").values():
        for word in words:
            for part in (word,) if _HAN.match(word) and len(word) <= LONGEST else _words(word):
                _add(found, part, _COMMON, 2 * _LISTED)
    return found


def _words(text: str) -> list[str]:
    return [token.text.lower() for token in tokens(text) if token.text.isalpha()]


def total_of(parts: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    summed: Counts = {}
    for part in parts:
        for key, count in part.items():
            _add(summed, key, count)
    return summed


def total(parts: Iterable[Counts]) -> Counts:
    """The sum of several counts, without what was seen too seldom to be listed."""
    summed = total_of(parts)
    # Runs of Chinese characters that were seen twice are chance, not words.
    return {
        key: count
        for key, count in summed.items()
        if count.first or count.last or count.place or count.common >= (4 if _is_run(key) else 2)
    }


def _is_run(key: str) -> bool:
    return len(key) > 1 and bool(_HAN.match(key))


def without(counts: Counts, own: Counts, names: bool) -> Callable[[str], str]:
    """Codes as they would be had a sentence, which added `own`, not been there.

    Without this a tagger learns that names are what is listed as names. `names` False leaves out
    how often a word was a name.
    """

    def code(word: str) -> str:
        count = counts.get(word)
        if count is None:
            return UNSEEN
        mine = own.get(word)
        if mine is not None:
            count = count.plus(mine, -1)
            if _is_run(word) and max(count) < 3:
                return UNSEEN
        if not names:
            count = count._replace(first=0, last=0)
        return coded(*count)

    return code
