"""The tables of `frontdesk eval calibrate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from knowledge import calibrating, eval_rows, evaluation, fitting, measures
from knowledge.calibration import Calibration
from knowledge.suite import Suite
from knowledge.tables import Bar, Table


@dataclass(frozen=True, slots=True)
class Made:
    """Calibrations by setting, and what was measured."""

    fitted: dict[str, Calibration]
    tables: list[Table]
    bars: list[Bar]


def of_suite(folder: Path, settings: Sequence[str], targets: Sequence[float], count: int) -> Made:
    """Fit weights and thresholds on a folder of retrieval rows."""
    suite = Suite(folder, lambda note: typer.echo(note, err=True))
    made = Made({}, [], [])
    for setting in settings:
        rows = calibrating.of_suite(suite, setting)
        base = Calibration.default(setting)
        runs = list(calibrating.splits(rows, base, targets, count))
        made.tables.append(calibrating.summary(runs, setting))
        made.bars.extend(_bars(runs, setting))
        everything = [row for each in rows.values() for row in each]
        fitted = fitting.fit(
            everything, base, targets=targets, fitted_on=f"all rows of {folder.name}"
        )
        made.fitted[setting] = fitted
        made.tables.append(_thresholds(fitted))
        made.tables.extend(_beside(suite, folder, setting, fitted))
    return made


def of_rows(
    docs: Path, rows: Sequence[Path], settings: Sequence[str], targets: Sequence[float]
) -> Made:
    """Fit the thresholds of one unit on its own questions; raises `BadInput` if they are few."""
    made = Made({}, [], [])
    documents = list(eval_rows.read(docs))
    asked = [row for path in rows for row in eval_rows.read(path)]
    for setting in settings:
        base = Calibration.default(setting)
        found = calibrating.of_unit(documents, asked, setting)
        fitted = fitting.fit(
            found, base, targets=targets, weights=False, fitted_on=f"{len(found)} own questions"
        )
        made.fitted[setting] = fitted
        made.tables.append(_thresholds(fitted))
        lines = calibrating.held(fitted, "these rows (fitted on them)", found, targets)
        made.tables.append(_holdings("On the same rows", setting, list(lines)))
    return made


def _bars(
    runs: Sequence[tuple[int, Calibration, list[calibrating.Holding]]], setting: str
) -> list[Bar]:
    first = runs[0][2]
    names = dict.fromkeys(each.name for each in first)
    means = {
        name: [each.auroc for _, _, held in runs for each in held if each.name == name]
        for name in names
    }
    return [
        Bar(f"{setting}: {name}, AUROC", sum(values) / len(values))
        for name, values in means.items()
    ]


def _thresholds(fitted: Calibration) -> Table:
    columns = (
        "relation", "target", "answer from", "ask back from", "stated error", "n", "errors",
        "answered",
    )  # fmt: skip
    lines = tuple(
        (
            name,
            f"{bar.target:g}",
            f"{bar.answer:.4f}",
            f"{bar.near:.4f}",
            f"{bar.bound:.4f}",
            str(bar.n),
            str(bar.errors),
            f"{bar.answered:.3f}",
        )
        for name, bars in fitted.bars.items()
        for bar in bars
    )
    return Table(f"Thresholds, {fitted.setting}, fitted on {fitted.fitted_on}", columns, lines)


def _holdings(caption: str, setting: str, held: Sequence[calibrating.Holding]) -> Table:
    columns = ("rows", "setting", "n", "AUROC", "target", "precision", "answered", "stated error")
    lines = tuple(
        (
            each.name,
            setting,
            str(each.n),
            f"{each.auroc:.3f}",
            f"{each.target:g}",
            f"{each.precision:.3f}",
            f"{each.answered:.3f}",
            f"{each.bound:.3f}",
        )
        for each in held
    )
    return Table(caption, columns, lines)


def _beside(suite: Suite, folder: Path, setting: str, fitted: Calibration) -> list[Table]:
    """Rows that nothing was fitted on: CLINC's requests, SQuAD's adversarial questions."""
    lines: list[tuple[str, list[tuple[bool, float, bool]]]] = []
    if (clinc := folder / "clinc_oos.jsonl").exists():
        name = "clinc_oos: out of scope against the same intents' other requests"
        lines.append((name, calibrating.out_of_scope(clinc, setting, fitted)))
    if suite.has("squad2"):
        within = suite.corpus("squad2", setting)
        outcomes = [
            evaluation.find(within, setting, row, fitted) for row in suite.queries("squad2")
        ]
        found = [
            (bool(each.row.answerable), each.decision.probability, each.decision.answers)
            for each in outcomes
        ]
        lines.append(("squad2: adversarial questions about the same passages", found))
    columns = ("rows", "setting", "n", "AUROC", "answerable answered", "others answered")
    shown = []
    for name, rows in lines:
        yes = [answered for truth, _, answered in rows if truth]
        no = [answered for truth, _, answered in rows if not truth]
        shown.append(
            (
                name,
                setting,
                str(len(rows)),
                f"{measures.auroc([p for _, p, _ in rows], [t for t, _, _ in rows]):.3f}",
                f"{sum(yes) / max(len(yes), 1):.3f}",
                f"{sum(no) / max(len(no), 1):.3f}",
            )
        )
    return [Table("Other rows, at the default target", columns, tuple(shown))] if shown else []
