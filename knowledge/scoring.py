"""How well passages fit a question, and whether they answer it at all.

Coverage fusion: S = z(cosine) + weight * coverage, z over all candidates of this question. Across
languages coverage falls to nearly nothing by itself, which a fusion of ranks could not know.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from knowledge import calibration
from knowledge.embedding import Vectors
from knowledge.lexical import Lexical, Weights, count
from knowledge.tokens import common, tokens

SAME_LANGUAGE_COVERAGE = 0.35
"""A passage that covers this much of the question is in its language, whatever detection says."""

COMMON = 0.2
"""What a word like "how" weighs against a word of the subject."""

_FLAT = 1e-6


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of a question and, weighing less, of the turns before it."""

    text: str
    history: str = ""
    history_weight: float = 0.0

    def of(self, language: str) -> dict[str, float]:
        """Term weights, stemmed as passages in `language` are."""
        weights: dict[str, float] = dict(count(tokens(self.text, language)))
        if self.history:
            for term, times in count(tokens(self.history, language)).items():
                weights.setdefault(term, self.history_weight * times)
        light = common(language)
        return {
            term: weight * COMMON if term in light else weight for term, weight in weights.items()
        }


@dataclass(frozen=True, slots=True)
class Cosines:
    """Cosines of one corpus's rows (NaN: not a candidate), and mean and deviation over all."""

    rows: Weights
    mean: float
    deviation: float
    size: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One row of one corpus, scored."""

    corpus: int
    row: int
    score: float
    cosine: float
    coverage: float
    z: float
    relation: Literal["same", "cross", "blind"]
    """Passage in the question's language, in another, or in one the engine does not know."""
    second_cosine: float = 0.0
    """By the quick engine, where the setting has two."""
    size: int = 1
    """How many passages there were to choose from: among many, chance finds a nearer one."""
    pair: str = ""
    """The languages of the question and of the passage: "de>en"."""


def coverage(lexical: Lexical, languages: NDArray[np.str_], terms: Terms) -> Weights:
    """The share of the question each row covers, its words stemmed in each row's language."""
    names, codes = coded(languages)
    if len(names) == 1:
        return lexical.coverage(terms.of(names[0]))
    found = np.zeros(lexical.size, dtype=np.float32)
    for code, language in enumerate(names):
        where = codes == code
        found[where] = lexical.coverage(terms.of(language))[where]
    return found


_coded: OrderedDict[int, tuple[NDArray[np.str_], tuple[str, ...], NDArray[np.int16]]] = (
    OrderedDict()
)
_CODED = 64


def coded(languages: NDArray[np.str_]) -> tuple[tuple[str, ...], NDArray[np.int16]]:
    """The different languages, and which of them each row has.

    Comparing ten thousand words takes longer than a search may; the same array, which nobody
    changes, is compared once. (Kept with it: as long as it is, no other has its number.)
    """
    known = _coded.get(id(languages))
    if known is None:
        names, codes = np.unique(languages, return_inverse=True)
        known = languages, tuple(map(str, names)), codes.astype(np.int16)
        _coded[id(languages)] = known
        while len(_coded) > _CODED:
            _coded.popitem(last=False)
    return known[1:]


def _among(languages: NDArray[np.str_], wanted: Container[str]) -> NDArray[np.bool_]:
    names, codes = coded(languages)
    if len(names) == 1:
        return np.full(len(languages), names[0] in wanted, dtype=np.bool_)
    return np.asarray([name in wanted for name in names], dtype=np.bool_)[codes]


def exact(vectors: Vectors, query: Vectors) -> Cosines:
    """Cosines of every row."""
    rows = vectors @ query
    if not len(rows):
        return Cosines(rows, 0.0, 0.0, 0)
    mean = float(rows.sum(dtype=np.float64)) / len(rows)
    square = float(np.dot(rows, rows)) / len(rows)
    return Cosines(rows, mean, math.sqrt(max(square - mean * mean, 0.0)), len(rows))


def _z(parts: Sequence[Cosines]) -> list[Weights]:
    size = sum(part.size for part in parts)
    mean = sum(part.mean * part.size for part in parts) / max(size, 1)
    square = sum((part.deviation**2 + part.mean**2) * part.size for part in parts) / max(size, 1)
    deviation = math.sqrt(max(square - mean * mean, 0.0))
    if deviation < _FLAT:
        return [np.zeros_like(part.rows) for part in parts]
    return [(part.rows - np.float32(mean)) / np.float32(deviation) for part in parts]


def fuse(
    setting: str,
    spoken: str,
    languages: Sequence[NDArray[np.str_]],
    coverages: Sequence[Weights],
    first: Sequence[Cosines],
    second: Sequence[Cosines] | None,
    limit: int,
    open_rows: Sequence[NDArray[np.bool_]] | None = None,
) -> list[Hit]:
    """Return the best rows over all corpora, best first; only `open_rows` if they are given.

    `languages` are the rows', `spoken` is the question's; `first` are the cosines of the setting's
    engine; `second` those of the quick engine, which the quality setting has too and adds to the
    score across languages.
    """
    known = _settings(setting)
    weights = known["fusion"]
    hits: list[Hit] = []
    size = sum(part.size for part in first)
    standard = _z(first)
    standard_second = _z(second) if second is not None else None
    for number, part in enumerate(first):
        alike = _among(languages[number], {spoken}) | (coverages[number] >= SAME_LANGUAGE_COVERAGE)
        blind = alike & ~_readable(setting, languages[number])
        weight = np.where(alike, np.float32(weights["same"]), np.float32(weights["cross"]))
        if blind.any():
            weight[blind] = weights["blind"]
        score = np.asarray(standard[number] + weight * coverages[number], dtype=np.float32)
        if standard_second is not None:
            apart = np.where(alike, np.float32(0), np.float32(weights["second"]))
            score += apart * standard_second[number]
        if open_rows is not None:
            score[~open_rows[number]] = -np.inf
        score[np.isnan(score)] = -np.inf
        best = _best(score, limit)
        hits.extend(
            Hit(
                corpus=number,
                row=int(row),
                score=float(score[row]),
                cosine=float(part.rows[row]),
                coverage=float(coverages[number][row]),
                z=float(standard[number][row]),
                relation="blind" if blind[row] else "same" if alike[row] else "cross",
                second_cosine=float(second[number].rows[row]) if second is not None else 0.0,
                size=size,
                pair=f"{spoken}>{languages[number][row]}",
            )
            for row in best
            if np.isfinite(score[row])
        )
    return sorted(hits, key=lambda hit: -hit.score)[:limit]


def _readable(setting: str, languages: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Rows in a language the engine was trained on; of others its cosines say little."""
    names = _settings(setting).get("languages")
    if names is None:
        return np.ones(len(languages), dtype=np.bool_)
    return _among(languages, names)


_STRIPES = 16


def _best(score: Weights, limit: int) -> NDArray[np.int64]:
    """The rows of the highest scores, highest first; of equal ones the first rows."""
    columns = len(score) // _STRIPES
    rows = np.arange(len(score))
    if columns > limit:
        # As many rows as there are best columns reach the last of these: no other is needed.
        highest = score[: columns * _STRIPES].reshape(_STRIPES, columns).max(axis=0)
        rows = np.flatnonzero(score >= np.partition(highest, -limit)[-limit])
    return rows[np.argsort(-score[rows], kind="stable")][:limit]


def _settings(setting: str) -> Mapping[str, Any]:
    """What was measured for a setting; an engine nobody measured is taken for "quality"'s kind."""
    known = calibration.shipped()
    chosen: Mapping[str, Any] = known.get(setting) or known["quality"]
    return chosen
