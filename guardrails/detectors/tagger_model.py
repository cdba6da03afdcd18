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
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from itertools import accumulate, pairwise
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
_PAIR, _THREE = 1 << 50, 1 << 60
"""What tells the number of a pair and of three words from that of a word."""
_KEPT = 40_000
"""Words, pairs and threes of them whose scores are kept: some 10 MB."""
_RESCALED = 12
"""Steps after which forward and backward sums are brought back to the size of one."""

_Groups = tuple[tuple[str, ...], ...]


class _Weights:
    """Weights of features by their hash, found by its first bits: one step, not twenty."""

    def __init__(self, keys: NDArray[np.uint32], weights: NDArray[np.int8]) -> None:
        """`keys` ascending; `weights` keys x labels."""
        bits = max(1, len(keys).bit_length())
        self._shift = np.uint32(32 - bits)
        firsts = np.arange(1 << bits, dtype=np.uint64) << np.uint64(32 - bits)
        self._starts = np.searchsorted(keys, firsts.astype(np.uint32)).astype(np.int32)
        ends = np.append(self._starts[1:], len(keys))
        self._within = np.arange(max(1, int((ends - self._starts).max())), dtype=np.int32)
        # Looking past the last key must find none: what stands there begins with other bits.
        self._keys = np.concatenate((keys, np.zeros(len(self._within), np.uint32)))
        self._weights = np.concatenate((weights, np.zeros((1, weights.shape[1]), np.int8)))

    def summed(self, groups: Sequence[tuple[str, ...]]) -> Floats:
        """The sum of the weights of each group of features: groups x labels."""
        hashes = [crc32(name.encode("utf-8", "replace")) for group in groups for name in group]
        wanted = np.array(hashes, np.uint32)
        start = self._starts[wanted >> self._shift]
        same = self._keys[start[:, None] + self._within] == wanted[:, None]
        at = np.where(same.any(axis=1), start + same.argmax(axis=1), -1)
        firsts = list(accumulate(map(len, groups[:-1]), initial=0))
        summed: Floats = np.add.reduceat(self._weights[at], firsts, axis=0, dtype=np.float32)
        return summed


class _Scores:
    """Scores by key, remembered in one growing array: some rows for each key."""

    def __init__(self, weights: _Weights, labels: int) -> None:
        self._weights = weights
        self._bank: Floats = np.zeros((4096, labels), np.float32)
        self._used = 0
        self._first: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._first)

    def clear(self) -> None:
        self._first.clear()
        self._used = 0

    def add(self, wanted: Mapping[int, Callable[[], _Groups]]) -> None:
        """Make sure of these keys; each comes with what gives its features, a group a row."""
        first, used = self._first, self._used
        groups: list[tuple[str, ...]] = []
        for key, features in wanted.items():
            first[key] = used + len(groups)
            groups += features()
        self._used += len(groups)
        while self._used > len(self._bank):
            self._bank = np.concatenate((self._bank, np.zeros_like(self._bank)))
        self._bank[used : self._used] = self._weights.summed(groups)

    def missing(self, keys: list[int]) -> list[int]:
        """Places of keys that are not there yet."""
        first = self._first
        return [place for place, key in enumerate(keys) if key not in first]

    def rows(self, keys: list[int]) -> NDArray[np.intp]:
        """The first row of each key."""
        return np.array([self._first[key] for key in keys], np.intp)

    @property
    def bank(self) -> Floats:
        return self._bank


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
        weights = _Weights(arrays["keys"], arrays["weights"])
        self._scores = _Scores(weights, len(self.labels))
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
        if max(len(self._scores), len(self._words)) >= _KEPT:
            self._numbers.clear()
            self._words.clear()
            self._scores.clear()
        words, gaps = seen(text, found, codes, self._word)
        numbers = self._numbers
        one = [numbers.setdefault(word, len(numbers)) for word in words]
        # No number reaches 2 ** 20, so no word, pair or three can be taken for another.
        two = [
            (a << 20 | b) << 2 | _GAPS[g] | _PAIR
            for a, b, g in zip(one, one[1:], gaps, strict=False)
        ]
        three = [
            (a << 20 | b) << 20 | c | _THREE for a, b, c in zip(one, one[1:], one[2:], strict=False)
        ]
        scores = self._scores
        new: dict[int, Callable[[], _Groups]] = {}
        for at in scores.missing(one):
            new[one[at]] = partial(of_word, words[at])
        for at in scores.missing(two):
            new[two[at]] = partial(of_pair, words[at], words[at + 1], gaps[at])
        for at in scores.missing(three):
            new[three[at]] = partial(of_three, *words[at : at + 3])
        if new:
            scores.add(new)
        bank, w, p, t = scores.bank, scores.rows(one), scores.rows(two), scores.rows(three)
        # Rows of `total` are words; the stand-ins at both ends are cut off.
        total = bank[w + 2]
        total[:-1] += bank[w[1:] + 1] + bank[p + 1]
        total[1:] += bank[w[:-1] + 3] + bank[p + 2]
        total[:-2] += bank[w[2:]] + bank[p[1:]]
        total[2:] += bank[w[:-2] + 4] + bank[p[:-1] + 3]
        total[1:-1] += bank[t]
        total[3:] += bank[t[:-1] + 1]
        result: Floats = total[1:-1] * self._scale
        return result

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
    """How probable each label is at each place of a chain: places x labels.

    `scores` are places x labels, `transitions` e to the power of the score of one label after
    another. Forward and backward sums over all sequences are taken in one pass: from both ends,
    as one vector of twice as many entries.
    """
    weights = np.exp((scores - scores.max(axis=1, keepdims=True)).astype(np.float64))
    count, labels = weights.shape
    both = np.concatenate((weights, weights[::-1]), axis=1)
    step = np.zeros((2 * labels, 2 * labels))
    step[:labels, :labels], step[labels:, labels:] = transitions, transitions.T
    current = both[0]
    for at in range(1, count):
        current = np.dot(current, step)
        current *= both[at]
        if at % _RESCALED == 0:
            current[:labels] /= current[:labels].sum()
            current[labels:] /= current[labels:].sum()
        both[at] = current
    # A place's own weight is in both sums: once is enough.
    product = both[:, :labels] * both[::-1, labels:] / weights
    result: NDArray[np.float64] = product / product.sum(axis=1, keepdims=True)
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
