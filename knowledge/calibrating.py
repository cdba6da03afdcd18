"""Rows to calibrate with, fitted on half of the articles and measured on the other."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from knowledge import eval_rows, measures
from knowledge.calibration import Calibration, probability
from knowledge.evaluation import Row, corpus, find
from knowledge.fitting import Sample, fit
from knowledge.left_out import samples
from knowledge.suite import TO_ENGLISH, Suite
from knowledge.tables import Table

SPLITS = 10
SEEN = {
    "fast": ("en", "de", "es", "ru", "zh", "ar", "th", "tr", "hi", "vi", "el", "ro"),
    "quality": ("en", "de", "zh"),
}
"""Languages of the set that are asked in their own passages."""
MANY = 40
"""Passages from which a collection counts as large in the tables."""


@dataclass(frozen=True, slots=True)
class Holding:
    """How a calibration did on rows that it had not seen."""

    name: str
    target: float
    n: int
    auroc: float
    precision: float
    answered: float
    """The share of the answerable questions that were answered."""
    bound: float
    """The error that was stated, by rows."""

    @property
    def holds(self) -> bool:
        """Whether no more answers were wrong than stated."""
        return 1 - self.precision <= self.bound


def of_suite(suite: Suite, setting: str, seed: int = 0) -> dict[str, list[Sample]]:
    """The rows of a folder, by set and pair of languages."""
    found: dict[str, list[Sample]] = {}
    if suite.has("xquad"):
        own = SEEN.get(setting, SEEN["quality"])
        pairs = [(each, each) for each in own] + [(each, "en") for each in TO_ENGLISH]
        for asked, written in pairs:
            rows = [replace(row, language=None) for row in suite.queries("xquad", asked)]
            found[f"xquad {asked}>{written}"] = _left_out(
                suite, "xquad", setting, rows, seed, written
            )
    if suite.has("squad2"):
        rows = [row for row in suite.queries("squad2") if row.answerable]
        found["squad2 en>en"] = _left_out(suite, "squad2", setting, rows, seed)
    return found


def _left_out(
    suite: Suite,
    name: str,
    setting: str,
    rows: Sequence[Row],
    seed: int,
    language: str | None = None,
) -> list[Sample]:
    within = suite.corpus(name, setting, language)
    article_of = {doc["id"]: f"{name}/{doc['article']}" for doc in within.docs}
    return [
        replace(sample, question=f"{name}/{sample.question}")
        for sample in samples(within, setting, rows, article_of, seed)
    ]


def of_unit(
    docs: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], setting: str
) -> list[Sample]:
    """Rows {"text", "answerable": true or false} asked of a unit's documents."""
    within = corpus(eval_rows.docs(docs), [setting])
    asked = [row for row in eval_rows.queries(rows) if row.answerable is not None]
    outcomes = [find(within, setting, row) for row in asked]
    return [
        Sample(each.hits[0], bool(each.row.answerable), each.row.id, each.row.id)
        for each in outcomes
        if each.hits
    ]


def halves(found: Iterable[Sample], seed: int) -> tuple[list[Sample], list[Sample]]:
    """The rows of one half of the articles, and those of the other."""
    rows = list(found)
    groups = sorted({row.group for row in rows})
    drawn = random.Random(seed)  # noqa: S311 # a draw to be repeated, no secret
    drawn.shuffle(groups)
    first = set(groups[: len(groups) // 2])
    return [row for row in rows if row.group in first], [
        row for row in rows if row.group not in first
    ]


def held(
    calibration: Calibration, name: str, rows: Sequence[Sample], targets: Sequence[float]
) -> Iterator[Holding]:
    """What a calibration does on rows it has not seen, for each precision it promises."""
    if not rows:
        return
    likely = [probability(calibration.weights[row.hit.relation], row.hit) for row in rows]
    truth = [row.answerable for row in rows]
    for target in targets:
        used = replace(calibration, target=target)
        bars = [used.bar(row.hit.relation, row.hit.pair) for row in rows]
        answers = [
            bar is not None and value >= bar.answer for bar, value in zip(bars, likely, strict=True)
        ]
        given = [yes for yes, answered in zip(truth, answers, strict=True) if answered]
        stated = [
            bar.bound for bar, answered in zip(bars, answers, strict=True) if answered and bar
        ]
        yield Holding(
            name=name,
            target=target,
            n=len(rows),
            auroc=measures.auroc(likely, truth),
            precision=sum(given) / len(given) if given else 1.0,
            answered=sum(given) / max(sum(truth), 1),
            bound=sum(stated) / len(stated) if stated else 0.0,
        )


def splits(
    found: Mapping[str, Sequence[Sample]],
    base: Calibration,
    targets: Sequence[float],
    count: int = SPLITS,
) -> Iterator[tuple[int, Calibration, list[Holding]]]:
    """Fit on half of the articles and measure on the other half, so many times.

    Only large collections are measured apart by set; "all" holds every row.
    """
    for seed in range(count):
        first, second = halves([row for rows in found.values() for row in rows], seed)
        fitted = fit(first, base, targets=targets, fitted_on=f"half of the articles, draw {seed}")
        unseen = {row.group for row in second}
        held_out: list[Holding] = []
        for name, rows in found.items():
            large = [row for row in rows if row.group in unseen and row.hit.size >= MANY]
            held_out += held(fitted, name, large, targets)
        held_out += held(fitted, "all", second, targets)
        yield seed, fitted, held_out


def summary(runs: Sequence[tuple[int, Calibration, list[Holding]]], setting: str) -> Table:
    """Means over the splits, and in how many of them the stated bound held."""
    by_name: dict[tuple[str, float], list[Holding]] = {}
    for _, _, of_split in runs:
        for each in of_split:
            by_name.setdefault((each.name, each.target), []).append(each)
    rows = []
    for (name, target), held_out in by_name.items():
        rows.append(
            (
                name,
                setting,
                f"{_mean([one.auroc for one in held_out]):.3f}",
                f"{target:g}",
                f"{_mean([one.precision for one in held_out]):.3f}",
                f"{_mean([one.answered for one in held_out]):.3f}",
                f"{_mean([one.bound for one in held_out]):.3f}",
                f"{sum(one.holds for one in held_out)} of {len(held_out)}",
            )
        )
    columns = (
        "rows", "setting", "AUROC", "target", "precision", "answered", "stated error", "held",
    )  # fmt: skip
    caption = f"Fitted on half of the articles, measured on the other, {len(runs)} splits"
    return Table(caption, columns, tuple(rows))


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def out_of_scope(
    path: Path, setting: str, calibration: Calibration
) -> list[tuple[bool, float, bool]]:
    """Requests of CLINC against a list of questions: ten of each intent are the documents.

    Returns (in scope, probability, answered) of the other requests.
    """
    rows = list(eval_rows.read(path))
    docs: list[dict[str, str]] = []
    asked: list[tuple[str, bool]] = []
    times: dict[str, int] = {}
    for number, row in enumerate(rows):
        times[row["intent"]] = seen = times.get(row["intent"], 0) + 1
        if not row["oos"] and seen <= 10:
            docs.append({"id": str(number), "title": "", "text": str(row["q"]), "lang": "en"})
        else:
            asked.append((str(row["q"]), bool(row["oos"])))
    within = corpus(docs, [setting])
    found = []
    for text, outside in asked:
        outcome = find(within, setting, Row(text, text, language="en"), calibration)
        decision = outcome.decision
        found.append((not outside, decision.probability, decision.answers))
    return found
