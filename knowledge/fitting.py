"""Fitting a calibration: weights by logistic regression, thresholds with a bound on the error."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledge.calibration import FEATURES, Bar, Calibration, features
from knowledge.scoring import Hit
from runtime.errors import BadInput

Floats = NDArray[np.float64]

TARGETS = (0.9, 0.95, 0.99)
CONFIDENCE = 0.9
NEAR = 0.25
"""One clarifying question is asked down to where this share of the questions is answerable."""
FEATURES_OF = {
    "fast": {
        "same": ("cosine", "z", "coverage", "coverage*cosine", "log size"),
        "cross": ("cosine", "z", "log size"),
        "blind": ("coverage",),
    },
    "quality": {
        "same": ("cosine", "z", "coverage", "coverage*cosine", "second cosine", "log size"),
        "cross": ("cosine", "z", "second cosine", "log size"),
        "blind": ("coverage",),
    },
}
"""Across languages words say little; of an unknown language the cosines say nothing."""
LIKELIER = 0.5
"""More likely right than wrong."""
TRIED = 40
"""Thresholds that are tried."""
_WINDOWS = 40
_RIDGE = 1.0
_LEAST_SPREAD = 0.02
"""What varies less among the rows tells nothing: it would only be blown up."""
_NEWTON = 25
_ROWS = 40
"""Rows of a relation, with both answers, below which no weights are fitted."""
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """A question with its best hit, and whether the documents answer it."""

    hit: Hit
    answerable: bool
    group: str
    """Rows of one group are folded together: an article, or a conversation."""
    question: str
    """Rows of one question (its translations) count as one observation together."""


def fit(
    samples: Sequence[Sample],
    base: Calibration,
    *,
    targets: Sequence[float] = TARGETS,
    confidence: float = CONFIDENCE,
    weights: bool = True,
    fitted_on: str,
) -> Calibration:
    """Fit thresholds, and weights unless told to keep `base`'s.

    The probabilities that thresholds are chosen on are out of fold where weights are fitted too.
    A relation or target that the rows cannot support keeps `base`'s weights and thresholds.
    Raises `BadInput` if the rows support no threshold at all, with the number that is needed.
    """
    fitted = {name: dict(values) for name, values in base.weights.items()}
    bars = dict(base.bars)
    done = 0
    for relation in base.weights:
        rows = [sample for sample in samples if sample.hit.relation == relation]
        likely = np.asarray([base.probability(row.hit) for row in rows])
        if weights and _enough(rows):
            names = _names(base.setting, relation)
            fitted[relation] = _weights(rows, names)
            likely = _out_of_fold(rows, names)
            # thresholds belong to the weights they were chosen with
            bars = {name: each for name, each in bars.items() if name not in _of(rows, relation)}
        for name, chosen in _by_pair(rows, likely, relation).items():
            found = thresholds(*chosen, targets=targets, confidence=confidence)
            done += len(found)
            if found:
                bars[name] = tuple(found)
    if not done:
        least = needed(min(targets), confidence)
        raise BadInput(
            f"{len(samples)} rows support no threshold: at {min(targets):.0%} precision and "
            f"{confidence:.0%} confidence at least {least} answered questions are needed, "
            "more if any of them is wrong"
        )
    return replace(base, weights=fitted, bars=bars, fitted_on=fitted_on)


def needed(target: float, confidence: float = CONFIDENCE) -> int:
    """Answers without an error that show a precision of `target` at this confidence."""
    return math.ceil(math.log(1 - confidence) / math.log(target))


def thresholds(
    likely: Floats,
    answerable: NDArray[np.bool_],
    weight: Floats,
    *,
    targets: Sequence[float] = TARGETS,
    confidence: float = CONFIDENCE,
) -> list[Bar]:
    """The lowest threshold for each precision that the rows support, with its error bound.

    Thresholds are tried where 1/40, 2/40, ... of the questions would be answered, so which are
    tried does not depend on the answers. The lowest is taken at which the precision is as likely
    as not to be reached. Its bound is the upper Clopper-Pearson bound of the share of
    unanswerable questions among those answered, at `confidence` shared among all the thresholds
    tried (Bonferroni): it holds whichever of them is taken (Angelopoulos, Bates, Candès, Jordan,
    Lei: Learn then Test, 2021, section 2). `weight` is what a row counts for: translations of one
    question count as one. A target with fewer answers than `needed` gets no threshold.
    """
    order = np.argsort(-likely, kind="stable")
    counts, wrongs = np.cumsum(weight[order]), np.cumsum((weight * ~answerable)[order])
    total = float((weight * answerable).sum())
    near = _near(likely[order], ~answerable[order], weight[order])
    made = []
    for target in sorted(targets):
        best = None
        for at in _tried(counts):
            errors, n = math.ceil(wrongs[at] - 1e-6), int(counts[at] + 1e-6)
            if n >= needed(target, confidence) and upper(errors, n, 0.5) <= 1 - target:
                best = at, errors, n
        if best is None:
            continue
        at, errors, n = best
        # nothing is answered that is more likely wrong than right, however good the average is
        lowest = max(float(likely[order[at]]), LIKELIER)
        at = int(np.searchsorted(-likely[order], -lowest, side="right")) - 1
        if at < 0:
            continue
        errors, n = math.ceil(wrongs[at] - 1e-6), int(counts[at] + 1e-6)
        answer = math.floor(lowest * 1e4) / 1e4
        made.append(
            Bar(
                target=target,
                answer=answer,
                near=min(answer, near),
                bound=round(upper(errors, n, 1 - (1 - confidence) / TRIED), 4),
                confidence=confidence,
                n=n,
                errors=errors,
                answered=round(float(counts[at] - wrongs[at]) / max(total, 1e-9), 4),
            )
        )
    return made


def _tried(counts: Floats) -> Iterable[int]:
    """Places in the order of falling probability where a threshold is tried."""
    if len(counts):
        for step in range(1, TRIED + 1):
            wanted = float(counts[-1]) * step / TRIED
            yield min(int(np.searchsorted(counts, wanted - 1e-9)), len(counts) - 1)


def _near(likely: Floats, wrong: NDArray[np.bool_], weight: Floats) -> float:
    """The lowest probability at which `NEAR` of such questions are answerable, in windows."""
    size = max(20, len(likely) // _WINDOWS)
    lowest = 1.0
    for start in range(0, len(likely), size):
        part = slice(start, start + size)
        share = float((weight * ~wrong)[part].sum() / max(weight[part].sum(), 1e-9))
        if share < NEAR:
            break
        lowest = float(likely[part][-1])
    return round(lowest, 4)


def upper(errors: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The upper Clopper-Pearson bound of a share: Clopper and Pearson, Biometrika 26, 1934."""
    if errors >= n:
        return 1.0
    low, high = errors / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if _at_most(errors, n, middle) > 1 - confidence else (low, middle)
        )
    return high


def _at_most(errors: int, n: int, share: float) -> float:
    """The chance of at most so many errors in n."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    logs = [
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        + k * math.log(share) + (n - k) * math.log1p(-share)
        for k in range(errors + 1)
    ]  # fmt: skip
    most = max(logs)
    return math.exp(most) * sum(math.exp(each - most) for each in logs)


def logistic(rows: Floats, truth: Floats, weight: Floats, ridge: float = _RIDGE) -> Floats:
    """Newton steps on the weighted log-likelihood with a little ridge; the first is no feature.

    Columns are put on one scale for the ridge and the weights are given for the rows as they came.
    """
    mean = np.average(rows, axis=0, weights=weight)
    spread = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weight))
    spread = np.maximum(spread, _LEAST_SPREAD)
    scaled = np.column_stack([np.ones(len(rows)), (rows - mean) / spread])
    penalty = np.diag([0.0, *[ridge] * rows.shape[1]])
    beta = np.zeros(scaled.shape[1])
    for _ in range(_NEWTON):
        chance = 1 / (1 + np.exp(-np.clip(scaled @ beta, -30, 30)))
        gradient = scaled.T @ (weight * (truth - chance)) - penalty @ beta
        hessian = (scaled * (weight * chance * (1 - chance))[:, None]).T @ scaled + penalty
        step = np.linalg.solve(hessian + 1e-9 * np.eye(len(beta)), gradient)
        beta = beta + step
        if float(np.abs(step).max()) < 1e-8:
            break
    slopes = beta[1:] / spread
    return np.concatenate([[beta[0] - slopes @ mean], slopes])


def observed(samples: Sequence[Sample]) -> Floats:
    """What each row counts for: rows of one question with one answer count as one together."""
    times = Counter((row.question, row.answerable) for row in samples)
    return np.asarray([1 / times[row.question, row.answerable] for row in samples])


def _names(setting: str, relation: str) -> tuple[str, ...]:
    names = FEATURES_OF.get(setting, FEATURES_OF["quality"])[relation]
    return tuple(name for name in names if name in FEATURES)


def _enough(rows: Sequence[Sample]) -> bool:
    yes = sum(row.answerable for row in rows)
    return min(yes, len(rows) - yes) >= _ROWS and len({row.group for row in rows}) >= _FOLDS


def _weights(rows: Sequence[Sample], names: Sequence[str]) -> dict[str, float]:
    beta = logistic(_matrix(rows, names), _truth(rows), observed(rows))
    fitted = zip(("intercept", *names), beta, strict=True)
    return {name: round(float(value), 4) for name, value in fitted}


def _matrix(rows: Sequence[Sample], names: Sequence[str]) -> Floats:
    values = [features(row.hit) for row in rows]
    return np.asarray([[value[name] for name in names] for value in values])


def _truth(rows: Sequence[Sample]) -> Floats:
    return np.asarray([float(row.answerable) for row in rows])


def _out_of_fold(rows: Sequence[Sample], names: Sequence[str]) -> Floats:
    """Each row's probability by weights fitted without its group."""
    groups = sorted({row.group for row in rows})
    number_of = {group: number % _FOLDS for number, group in enumerate(groups)}
    folds = np.asarray([number_of[row.group] for row in rows])
    matrix, truth, weight = _matrix(rows, names), _truth(rows), observed(rows)
    likely = np.zeros(len(rows))
    for fold in range(_FOLDS):
        inside = folds == fold
        beta = logistic(matrix[~inside], truth[~inside], weight[~inside])
        total = beta[0] + matrix[inside] @ beta[1:]
        likely[inside] = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
    return likely


def _of(rows: Sequence[Sample], relation: str) -> set[str]:
    return {relation, *(f"{relation} {row.hit.pair}" for row in rows)}


def _by_pair(
    rows: Sequence[Sample], likely: Floats, relation: str
) -> Mapping[str, tuple[Floats, NDArray[np.bool_], Floats]]:
    """The rows of the relation as a whole and of each pair of languages in it."""
    chosen = {relation: list(range(len(rows)))}
    for at, row in enumerate(rows):
        chosen.setdefault(f"{relation} {row.hit.pair}", []).append(at)
    truth = np.asarray([row.answerable for row in rows], dtype=np.bool_)
    return {
        name: (likely[at], truth[at], observed([rows[n] for n in at]))
        for name, at in chosen.items()
    }
