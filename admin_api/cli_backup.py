"""`frontdesk backup` and `frontdesk restore`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from admin_api.restore import Report

out = Console()
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Passphrase = Annotated[
    Path | None,
    typer.Option(exists=True, help="A file with the passphrase; else the key file's key is used."),
]


def backup(
    destination: Annotated[Path, typer.Argument(help="A new directory.")],
    keys: Annotated[
        Path | None, typer.Option(help="A new file, elsewhere, for a copy of the key file.")
    ] = None,
    passphrase_file: Passphrase = None,
    together: Annotated[
        bool, typer.Option(help="Keep keys and data in one directory all the same.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep database, files and checkpoints: encrypted, signed, without the keys."""
    from admin_api.backup import make
    from runtime.migrate import require_current
    from runtime.start import start

    settings = start()
    require_current()
    made = make(
        settings, destination, passphrase=_read(passphrase_file), keys_to=keys, together=together
    )
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(made)))
        return
    out.print(
        f"{made.path}: {made.bytes / 1e6:.1f} MB, {made.ledger_size} ledger entries, "
        f"{made.seconds} s",
        markup=False,
    )
    if keys is None:
        out.print(
            f"The keys are not in it: without {settings.keys()} it cannot be read.", markup=False
        )


def restore(
    source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A backup.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Into a temporary place that is deleted again.")
    ] = False,
    keys: Annotated[Path | None, typer.Option(help="The copy of the key file.")] = None,
    passphrase_file: Passphrase = None,
    as_json: AsJson = False,
) -> None:
    """Restore into an empty place: 0 all fits, 1 refused, 2 restored with problems."""
    from admin_api.restore import restore as bring_back
    from admin_api.wiring import connect_parts, disconnect_parts
    from runtime import jobs, logs, plugins, settings

    chosen = settings.load()
    settings.use(chosen)
    logs.configure(chosen.log_level)
    plugins.load("frontdesk.tables")
    jobs.load_handlers()
    connect_parts()
    try:
        report = bring_back(
            chosen, source, passphrase=_read(passphrase_file), keys_from=keys, verify_only=verify
        )
    finally:
        disconnect_parts()
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(report)))
    else:
        _show(report)
    if report.problems:
        raise typer.Exit(2)


def _show(report: Report) -> None:
    done = "verified" if report.verified_only else "restored"
    lines = [
        f"{done}: backup of {report.made_at}, {report.seconds} s",
        f"ledger: {report.ledger_size} entries, {report.lost_entries} later ones lost",
        f"knowledge: {report.passages} passages, "
        f"{report.golden_total - len(report.golden_failed)} of {report.golden_total} golden "
        "questions pass",
        *(f"{name}: {said}" for name, said in report.after.items()),
        *(f"PROBLEM {problem}" for problem in report.problems),
        *(f"  {failed}" for failed in report.golden_failed),
    ]
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _read(path: Path | None) -> str | None:
    return None if path is None else path.read_text(encoding="utf-8").strip()
