"""`frontdesk eval retrieve|answer|calibrate`: what is found, quoted, and good enough."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from knowledge.evaluation import Outcome
    from knowledge.tables import Bar, Plot, Table

Docs = Annotated[
    Path | None,
    typer.Option("--docs", exists=True, help='JSON Lines {"id","title","text"}, also "lang".'),
]
Queries = Annotated[
    Path | None,
    typer.Option(
        "--queries",
        exists=True,
        help='JSON Lines {"id","text"}, also "doc" or "required_docs", "lang", "history", '
        '"answers".',
    ),
]
Out = Annotated[Path | None, typer.Option("--out", help="What was found, as JSON Lines.")]
Setting = Annotated[
    list[str], typer.Option("--setting", help="fast or quality; may be given twice.")
]
Report = Annotated[Path | None, typer.Option("--report", help="The tables as one HTML page.")]
Vectors = Annotated[
    Path | None,
    typer.Option("--vectors", help="A file in which vectors are kept for the next run."),
]
SuiteFolder = Annotated[
    Path | None,
    typer.Option("--suite", exists=True, file_okay=False, help="A folder of retrieval rows."),
]


def retrieve(
    docs: Docs = None,
    queries: Queries = None,
    out: Out = None,
    suite: SuiteFolder = None,
    setting: Setting = [],  # noqa: B006 # typer reads the default, nobody changes it
    report: Report = None,
    vectors: Vectors = None,
) -> None:
    """Rank documents for questions, say how answerable each is, and quote the answer.

    With `--suite` everything in a folder of retrieval rows is measured, in one table.
    """
    from knowledge.vector_file import kept_in

    if suite is not None:
        with kept_in(vectors):
            _whole_suite(suite, setting or ["fast", "quality"], report)
        return
    if docs is None or queries is None:
        raise typer.BadParameter("give --docs and --queries, or --suite")
    with kept_in(vectors):
        tables, bars = _ranked(docs, queries, out, _settings(setting))
    _show(tables)
    _write_report(report, "Retrieval", tables, _plots("Recall", bars))


def answer(
    docs: Annotated[Path, typer.Option(exists=True, help='{"id","title","text"} a line.')],
    queries: Annotated[Path, typer.Option(exists=True, help='{"id","text"} a line.')],
    out: Out = None,
    setting: Setting = [],  # noqa: B006 # as above
    report: Report = None,
    vectors: Vectors = None,
) -> None:
    """Answer questions as the product does without a model: two quoted sentences, or abstain."""
    from knowledge.vector_file import kept_in

    rows: list[dict[str, Any]] = []
    lines: list[tuple[str, ...]] = []
    with kept_in(vectors):
        for each in _settings(setting):
            given, line = _answered(docs, queries, each)
            rows += given
            lines.append(line)
    columns = ("setting", "questions", "answered", "abstained", "asked back", *_ANSWER_COLUMNS)
    _save(out, rows)
    tables = [_table("Answers without a model", columns, lines)]
    _show(tables)
    _write_report(report, "Answers", tables, [])


def calibrate(
    out: Annotated[Path, typer.Option("--out", help="The calibration to write, as JSON.")],
    suite: SuiteFolder = None,
    docs: Docs = None,
    rows: Annotated[
        list[Path],
        typer.Option("--rows", exists=True, help='{"text","answerable": true or false} a line.'),
    ] = [],  # noqa: B006 # as above
    setting: Setting = [],  # noqa: B006 # as above
    target: Annotated[
        list[float], typer.Option("--target", help="Precision wanted, 0.5 to 1.")
    ] = [],  # noqa: B006 # as above
    splits: Annotated[int, typer.Option(min=1, help="Random halves to measure on.")] = 10,
    report: Report = None,
    vectors: Vectors = None,
) -> None:
    """Fit when to answer, measure it on rows not fitted on, and write weights and thresholds.

    `--suite` fits both on a folder of retrieval rows, with articles left out. `--docs` and
    `--rows` fit the thresholds of one unit on its own questions and keep the weights.
    """
    from admin_api.cli_eval_calibrate import of_rows, of_suite
    from knowledge.fitting import TARGETS
    from knowledge.vector_file import kept_in

    wanted = tuple(target) or TARGETS
    if any(not 0.5 <= each < 1 for each in wanted):
        raise typer.BadParameter("--target is a share from 0.5 to below 1")
    with kept_in(vectors):
        if suite is not None:
            made = of_suite(suite, _settings(setting or ["fast", "quality"]), wanted, splits)
        elif docs is not None and rows:
            made = of_rows(docs, rows, _settings(setting), wanted)
        else:
            raise typer.BadParameter("give --suite, or --docs and --rows")
    content = {name: fitted.content() for name, fitted in made.fitted.items()}
    shown: Mapping[str, Any] = content if len(content) > 1 else next(iter(content.values()))
    out.write_text(json.dumps(shown, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _show(made.tables)
    typer.echo(f"written to {out}")
    _write_report(report, "Calibration", made.tables, _plots("AUROC", made.bars))


_ANSWER_COLUMNS = ("quote holds the answer", "± s.e.", "n", "of those answered")


def _settings(given: Sequence[str]) -> list[str]:
    from runtime import settings

    for each in given:
        if each not in ("fast", "quality", "openai"):
            raise typer.BadParameter(f"--setting {each}: is none of fast, quality, openai")
    return list(dict.fromkeys(given)) or [settings.current().embedding]


def _whole_suite(folder: Path, setting: Sequence[str], report: Path | None) -> None:
    from knowledge import suite

    rows = suite.Suite(folder, lambda note: typer.echo(note, err=True))
    found = list(suite.figures(rows, _settings(setting)))
    tables = [suite.table(found, f"Retrieval rows of {folder.name}: goal and measured")]
    _show(tables)
    _write_report(report, "Retrieval", tables, _plots("Goal and measured", suite.bars(found)))


def _ranked(
    docs: Path, queries: Path, out: Path | None, settings: Sequence[str]
) -> tuple[list[Table], list[Bar]]:
    from knowledge import eval_rows, evaluation

    written: list[dict[str, Any]] = []
    lines: list[tuple[str, ...]] = []
    bars: list[Bar] = []
    for setting in settings:
        documents = eval_rows.docs(list(eval_rows.read(docs)))
        asked = eval_rows.queries(list(eval_rows.read(queries)))
        ranked = list(evaluation.rank(documents, asked, setting))
        name = {"setting": setting} if len(settings) > 1 else {}
        written += [row | name for _, row in ranked]
        known = [outcome for outcome, _ in ranked if outcome.row.docs]
        for pair, outcomes in _by_pair(known, documents).items():
            line, bar = _recalls(setting, pair, outcomes)
            lines.append(line)
            bars.append(bar)
    _save(out, written)
    columns = ("setting", "languages", "recall@1", "± s.e.", "recall@5", "± s.e.", "MRR", "n")
    return ([_table("Where the right document is", columns, lines)] if lines else []), bars


def _by_pair(
    outcomes: Sequence[Outcome], documents: Sequence[Mapping[str, str]]
) -> dict[str, list[Outcome]]:
    from knowledge.language import detect

    written = {doc["id"]: doc.get("lang") or detect(doc["text"]) for doc in documents}
    found: dict[str, list[Outcome]] = {"all": list(outcomes)} if outcomes else {}
    for each in outcomes:
        languages = sorted({written[doc] for doc in each.row.docs if doc in written})
        found.setdefault(f"{each.spoken} in {'+'.join(languages) or 'none'}", []).append(each)
    return found if len(found) > 2 else dict(list(found.items())[1:])


def _recalls(setting: str, pair: str, outcomes: Sequence[Outcome]) -> tuple[tuple[str, ...], Bar]:
    from knowledge import measures
    from knowledge.tables import Bar

    first, five = measures.recall(outcomes, 1), measures.recall(outcomes, 5)
    line = (
        setting,
        pair,
        f"{first.value:.3f}",
        f"{first.error:.3f}",
        f"{five.value:.3f}",
        f"{five.error:.3f}",
        f"{measures.mean_reciprocal_rank(outcomes):.3f}",
        str(first.n),
    )
    return line, Bar(f"{setting}: {pair}, recall@1", first.value, error=first.error)


def _answered(
    docs: Path, queries: Path, setting: str
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    from knowledge import eval_rows, evaluation, measures

    documents = eval_rows.docs(list(eval_rows.read(docs)))
    asked = eval_rows.queries(list(eval_rows.read(queries)))
    within = evaluation.corpus(documents, [setting])
    rows: list[dict[str, Any]] = []
    right: list[bool] = []
    right_answered: list[bool] = []
    for row in asked:
        outcome = evaluation.find(within, setting, row)
        quoted = evaluation.answer(within, outcome)
        decision = outcome.decision
        rows.append(
            {
                "id": row.id,
                "setting": setting,
                "probability": round(decision.probability, 4),
                "threshold": round(decision.threshold, 4),
                "answers": decision.answers,
                "near": decision.near,
                "answer": quoted.text if quoted else "",
                "doc": within.docs[quoted.passage.document_id]["id"] if quoted else None,
                "heading": quoted.passage.heading if quoted else "",
                "start": quoted.passage.start if quoted else None,
                "end": quoted.passage.end if quoted else None,
            }
        )
        if row.answers:
            right.append(quoted is not None and measures.contains(quoted.text, row.answers))
            if decision.answers:
                right_answered.append(right[-1])
    answered = sum(row["answers"] for row in rows)
    near = sum(row["near"] for row in rows)
    share, given = measures.share(right), measures.share(right_answered)
    return rows, (
        setting,
        str(len(rows)),
        str(answered),
        str(len(rows) - answered),
        str(near),
        f"{share.value:.3f}" if share.n else "",
        f"{share.error:.3f}" if share.n else "",
        str(share.n),
        f"{given.value:.3f}" if given.n else "",
    )


def _table(caption: str, columns: Sequence[str], lines: Iterable[tuple[str, ...]]) -> Table:
    from knowledge.tables import Table

    return Table(caption, tuple(columns), tuple(lines))


def _plots(caption: str, bars: Sequence[Bar]) -> list[Plot]:
    from knowledge.tables import Plot

    known = tuple(bar for bar in bars if not math.isnan(bar.value))
    return [Plot(caption, known)] if known else []


def _show(tables: Sequence[Table]) -> None:
    from knowledge.tables import as_text

    for table in tables:
        typer.echo(as_text(table) + "\n")


def _save(path: Path | None, rows: Sequence[Mapping[str, Any]]) -> None:
    if path is None:
        return
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    typer.echo(f"{len(rows)} rows written to {path}")


def _write_report(
    path: Path | None, title: str, tables: Sequence[Table], plots: Sequence[Plot]
) -> None:
    from knowledge.tables import as_page

    if path is not None:
        path.write_text(as_page(title, tables, plots), encoding="utf-8")
        typer.echo(f"report written to {path}")
