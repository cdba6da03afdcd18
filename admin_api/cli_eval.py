"""`frontdesk eval`: run one part on files and print what it found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from admin_api import cli_eval_knowledge

evaluate = typer.Typer(help="Run one part on files.", no_args_is_help=True)

Rows = Annotated[Path, typer.Option("--in", exists=True, help="JSON Lines.")]
To = Annotated[Path, typer.Option("--out", help="JSON Lines to write.")]


def _read(path: Path, *fields: str) -> Iterator[Any]:
    """The rows of a JSON Lines file; each needs these fields."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                raise typer.BadParameter(f"{path} line {number} is not JSON") from None
            for field in fields:
                if not isinstance(row, dict) or not isinstance(row.get(field), str | int):
                    raise typer.BadParameter(f'{path} line {number} needs "{field}"')
            yield row


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


@evaluate.command("parse")
def parse(
    channel: Annotated[str, typer.Argument(help="telegram or whatsapp.")],
    files: Annotated[list[Path], typer.Argument(exists=True, help="Webhook bodies.")],
) -> None:
    """Print the normalised facts of webhook bodies."""
    from connectors.evaluation import facts

    typer.echo(json.dumps(facts(channel, files), ensure_ascii=False, indent=1))


@evaluate.command("mask")
def mask(
    rows: Rows,
    out: To,
    records: Annotated[
        Path | None, typer.Option(exists=True, help="What the system knows, per conversation.")
    ] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="Use no record at all.")] = False,
) -> None:
    """Find personal data in texts: {"id","text"} to {"id","spans":[[start,end,type]]}."""
    from guardrails.evaluation import mask_rows

    known = {}
    for record in _read(records, "conversation") if records else ():
        known[str(record["conversation"])] = record["known"]
    found = mask_rows(_read(rows, "id", "text"), known, unknown=unknown)
    typer.echo(f"{_write(out, found)} rows written to {out}")


evaluate.command("retrieve")(cli_eval_knowledge.retrieve)
evaluate.command("answer")(cli_eval_knowledge.answer)
evaluate.command("calibrate")(cli_eval_knowledge.calibrate)


@evaluate.command("gate")
def gate(rows: Rows, out: To) -> None:
    """Check replies against their source: {"id","text","source"} to a verdict per sentence."""
    from guardrails.evaluation import gate_rows

    verdicts = list(gate_rows(_read(rows, "id", "text", "source")))
    refused = sum(verdict["verdict"] == "refuse" for verdict in verdicts)
    typer.echo(f"{_write(out, verdicts)} rows written to {out}, {refused} of them refused")
