"""Figures of an evaluation."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.evaluation import Outcome


@dataclass(frozen=True, slots=True)
class Share:
    """A share of rows with its standard error."""

    value: float
    n: int

    @property
    def error(self) -> float:
        """The standard error of a share of n independent rows."""
        return math.sqrt(self.value * (1 - self.value) / self.n) if self.n else 0.0


def share(kept: Sequence[bool]) -> Share:
    """The share of rows that hold."""
    return Share(sum(kept) / len(kept), len(kept)) if kept else Share(0.0, 0)


def recall(outcomes: Sequence[Outcome], depth: int) -> Share:
    """The share of questions with one of their documents among the first `depth`."""
    return share([not each.row.docs.isdisjoint(each.ranked[:depth]) for each in outcomes])


def mean_reciprocal_rank(outcomes: Sequence[Outcome]) -> float:
    """The mean of 1 / place of the first right document, 0 where none is ranked."""
    if not outcomes:
        return 0.0
    return sum(map(_reciprocal, outcomes)) / len(outcomes)


def _reciprocal(outcome: Outcome) -> float:
    for place, doc in enumerate(outcome.ranked, start=1):
        if doc in outcome.row.docs:
            return 1 / place
    return 0.0


def auroc(likely: Sequence[float], truth: Sequence[bool]) -> float:
    """The chance that a true row has the higher probability; ties count half. NaN for one class."""
    yes = sum(truth)
    no = len(truth) - yes
    if not yes or not no:
        return math.nan
    _, places, counts = np.unique(np.asarray(likely), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    total = float(ranks[np.asarray(truth, dtype=np.bool_)].sum())
    return (total - yes * (yes + 1) / 2) / (yes * no)


def contains(text: str, answers: Sequence[str]) -> bool:
    """Whether one of the answers stands in the text, whatever its width, case and spacing."""
    plain = _plain(text)
    return any(_plain(answer) in plain for answer in answers if answer.strip())


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
