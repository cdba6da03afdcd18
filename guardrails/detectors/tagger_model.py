"""The tagger's file: a linear-chain conditional random field, and the word lists it uses.

Lafferty, McCallum and Pereira (2001); trained by CRFsuite (see `guardrails.training`), kept as
hashes of features with one signed byte per label. Scores of words are looked up once and kept in
memory, so that tagging a text is a few additions of arrays and a pass forward and backward.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Callable, Mapping, Sequence, Sized
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from guardrails.detectors.tagger_text import (
    AFTER,
    BEFORE,
    Token,
    Word,
    case_of,
    of_pair,
    of_three,
    of_word,
    word,
)
from guardrails.errors import MaskingFailed

if TYPE_CHECKING:
    from guardrails.detectors.gazetteer import WordLists

Floats = NDArray[np.float32]

FILE, FACTS = "tagger.npz", "tagger.json"
_BEFORE, _AFTER = Word(BEFORE, BEFORE, "", False), Word(AFTER, AFTER, "", False)
_GAPS = {"": 0, " ": 1, "/": 2}
_KEPT = 16_384
"""Words, and as many pairs and threes of them, whose scores are kept: some 6 MB."""
_RESCALED = 12
"""Steps after which forward and backward sums are brought back to the size of one."""

_Groups = tuple[tuple[str, ...], ...]


class _Scores:
    """Scores of features by key, remembered per key in one growing array."""

    def __init__(self, keys: NDArray[np.uint32], weights: NDArray[np.int8], width: int) -> None:
        self._keys, self._weights = keys, weights
        self._width = width
        self._bank: Floats = np.zeros((1024, width, weights.shape[1]), np.float32)
        self._rows: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def clear(self) -> None:
        self._rows.clear()

    def of(self, keys: list[int], features: Callable[[int], _Groups]) -> Floats:
        """Scores: keys x `width` x labels. `features` gives those of the key at a place."""
        rows = self._rows
        new = {key: place for place, key in enumerate(keys) if key not in rows}
        if new:
            self._add(list(new), [features(place) for place in new.values()])
        return self._bank[[rows[key] for key in keys]]

    def _add(self, keys: list[int], features: list[_Groups]) -> None:
        groups = [group for one in features for group in one]
        names = [crc32(name.encode("utf-8", "replace")) for group in groups for name in group]
        wanted = np.array(names, np.uint32)
        at = np.searchsorted(self._keys, wanted)
        at[at == len(self._keys)] = 0
        weights = self._weights[at].astype(np.float32)
        weights[self._keys[at] != wanted] = 0
        starts = np.cumsum([0, *map(len, groups[:-1])])
        summed = np.add.reduceat(weights, starts, axis=0)
        first = len(self._rows)
        while first + len(keys) > len(self._bank):
            self._bank = np.concatenate((self._bank, np.zeros_like(self._bank)))
        self._bank[first : first + len(keys)] = summed.reshape(len(keys), self._width, -1)
        self._rows.update((key, first + number) for number, key in enumerate(keys))


class Model:
    """A trained tagger in memory. Safe to use from several threads."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        from guardrails.detectors.gazetteer import WordLists

        described = json.loads(bytes(arrays["described"]).decode())
        self.labels: list[str] = described["labels"]
        self.words: WordLists = WordLists(
            arrays["word_keys"], arrays["word_codes"], described["codes"]
        )
        self._scale = np.float32(described["scale"])
        self._transitions = np.exp(arrays["transitions"].astype(np.float64))
        keys, weights = arrays["keys"], arrays["weights"]
        self._one = _Scores(keys, weights, 5)
        self._two = _Scores(keys, weights, 4)
        self._three = _Scores(keys, weights, 2)
        self._numbers: dict[Word, int] = {}
        self._words: dict[tuple[str, str, str], Word] = {}
        self._lock = threading.Lock()

    def probabilities(
        self, text: str, found: Sequence[Token], codes: Sequence[str]
    ) -> NDArray[np.float64]:
        """How probable each label is for each token: tokens x labels.

        `codes` are what the word lists say of each token.
        """
        with self._lock:
            scores = self._emissions(text, found, codes)
        return marginals(scores, self._transitions)

    def _emissions(self, text: str, found: Sequence[Token], codes: Sequence[str]) -> Floats:
        kept: tuple[Sized, ...] = (self._numbers, self._words, self._two, self._three)
        if max(map(len, kept)) >= _KEPT:
            self._forget()
        words, gaps = seen(text, found, codes, self._word)
        numbers = self._numbers
        n = [numbers.setdefault(one, len(numbers)) for one in words]
        # A pair is known by one number, three words by another: no number is as large as 2 ** 20.
        pairs = [(a << 20 | b) << 2 | _GAPS[gap] for a, b, gap in zip(n, n[1:], gaps, strict=False)]
        threes = [(a << 20 | b) << 20 | c for a, b, c in zip(n, n[1:], n[2:], strict=False)]
        one = self._one.of(n, lambda at: of_word(words[at]))
        two = self._two.of(pairs, lambda at: of_pair(words[at], words[at + 1], gaps[at]))
        three = self._three.of(threes, lambda at: of_three(*words[at : at + 3]))
        # Rows of `total` are words; the stand-ins at both ends are cut off.
        total = one[:, 2].copy()
        total[:-1] += one[1:, 1] + two[:, 1]
        total[1:] += one[:-1, 3] + two[:, 2]
        total[:-2] += one[2:, 0] + two[1:, 0]
        total[2:] += one[:-2, 4] + two[:-1, 3]
        total[1:-1] += three[:, 0]
        total[3:] += three[:-1, 1]
        scores: Floats = total[1:-1] * self._scale
        return scores

    def _forget(self) -> None:
        self._numbers.clear()
        self._words.clear()
        for scores in (self._one, self._two, self._three):
            scores.clear()

    def _word(self, token: str, case: str, code: str) -> Word:
        known = self._words.get((token, case, code))
        if known is None:
            known = self._words[token, case, code] = word(token, case, code)
        return known


def seen(
    text: str,
    found: Sequence[Token],
    codes: Sequence[str],
    made: Callable[[str, str, str], Word] = word,
) -> tuple[list[Word], list[str]]:
    """The words of a text with a stand-in at either end, and what is between neighbours."""
    case = case_of(text)
    words = [made(token.text, case, code) for token, code in zip(found, codes, strict=True)]
    gaps = [_gap(text, one.end, two.start) for one, two in pairwise(found)]
    return [_BEFORE, *words, _AFTER], [" ", *gaps, " "]


def _gap(text: str, end: int, start: int) -> str:
    if end == start:
        return ""
    return "/" if "\n" in text[end:start] else " "


def marginals(scores: Floats, transitions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forward and backward sums over all label sequences, per token brought to one."""
    weights = np.exp((scores - scores.max(axis=1, keepdims=True)).astype(np.float64))
    forward = np.empty_like(weights)
    backward = np.ones_like(weights)
    current = forward[0] = weights[0]
    for at in range(1, len(weights)):
        current = (current @ transitions) * weights[at]
        if at % _RESCALED == 0:
            current = current / current.sum()
        forward[at] = current
    current = backward[-1]
    towards = transitions.T
    for at in range(len(weights) - 2, -1, -1):
        current = (current * weights[at + 1]) @ towards
        if at % _RESCALED == 0:
            current = current / current.sum()
        backward[at] = current
    both = forward * backward
    result: NDArray[np.float64] = both / both.sum(axis=1, keepdims=True)
    return result


def read(content: bytes, sha256: str) -> Model:
    """A model from the bytes of its file. Raises `MaskingFailed` when they are not the ones that
    were released: names would be found by something nobody has measured."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise MaskingFailed(
            f"the tagger's file {FILE} is not the one that {FACTS} describes; "
            "install the package anew, or train with `frontdesk train tagger`"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return Model({name: arrays[name] for name in arrays.files})


@cache
def loaded() -> Model:
    """The model that comes with this package, read once. Raises `MaskingFailed`."""
    folder = files("guardrails.data")
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        content = (folder / FILE).read_bytes()
    except OSError:
        raise MaskingFailed(f"the tagger's files {FILE} and {FACTS} are missing") from None
    return read(content, facts["sha256"])
