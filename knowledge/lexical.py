"""BM25 over our own tokens, as a share of what the question could have scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

K1 = 1.5
B = 0.75
Weights = NDArray[np.float32]
Encoded = tuple[NDArray[np.int32], Weights]
"""One text: the numbers of its terms, and how often each occurs."""


def count(words: Iterable[str]) -> dict[str, int]:
    """Term counts of one text."""
    return dict(Counter(words))


def encode(vocabulary: dict[str, int], words: Iterable[str]) -> Encoded:
    """Count a text's terms, adding new ones to the vocabulary."""
    counts = Counter(words)
    numbers = [vocabulary.setdefault(term, len(vocabulary)) for term in counts]
    return np.asarray(numbers, dtype=np.int32), np.asarray([*counts.values()], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Lexical:
    """An inverted index; row numbers are positions in the sequence it was built from."""

    size: int
    vocabulary: Mapping[str, int]
    offsets: NDArray[np.int64]
    rows: NDArray[np.intp]
    weights: Weights
    idf: Weights
    unknown_idf: float

    def coverage(self, query: Mapping[str, float]) -> Weights:
        """BM25 of every row divided by its upper bound for this query: 0 to 1.

        Words that no row has count in the bound, at the highest weight: a question about
        something else covers little however well its common words match.
        """
        scores = np.zeros(self.size, dtype=np.float32)
        bound = 0.0
        for term, weight in query.items():
            number = self.vocabulary.get(term, -1)
            if not 0 <= number < len(self.idf):  # the vocabulary may have grown since
                bound += weight * self.unknown_idf
                continue
            idf = float(self.idf[number])
            bound += weight * idf
            at = slice(self.offsets[number], self.offsets[number + 1])
            scores[self.rows[at]] += weight * idf * self.weights[at]
        return scores / np.float32(bound * (K1 + 1)) if bound else scores


def build(vocabulary: Mapping[str, int], texts: Sequence[Encoded]) -> Lexical:
    """Build the index of texts that were encoded with this vocabulary."""
    terms = len(vocabulary)
    size = len(texts)
    if size:
        numbers = np.concatenate([numbers for numbers, _ in texts])
        frequency = np.concatenate([counts for _, counts in texts])
    else:
        numbers, frequency = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    lengths = np.asarray([counts.sum() for _, counts in texts], dtype=np.float32)
    rows = np.repeat(np.arange(size, dtype=np.int32), [len(numbers) for numbers, _ in texts])
    per_term = np.bincount(numbers, minlength=terms).astype(np.int64)
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if size else 1.0, 1e-9))
    weights = frequency * (K1 + 1) / (frequency + norm[rows])
    order = np.argsort(numbers, kind="stable")
    return Lexical(
        size=size,
        vocabulary=vocabulary,
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(per_term)]),
        rows=rows[order].astype(np.intp),
        weights=weights[order].astype(np.float32),
        idf=_idf(per_term, size),
        unknown_idf=float(_idf(np.zeros(1, dtype=np.int64), size)[0]),
    )


def _idf(frequency: NDArray[np.int64], size: int) -> Weights:
    return np.log1p((size - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
