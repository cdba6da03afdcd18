"""`frontdesk train`: make what the detectors are made of, from labelled text."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

training = typer.Typer(help="Train the detectors.", no_args_is_help=True)


@training.command("tagger")
def tagger(
    data: Annotated[
        Path,
        typer.Argument(
            exists=True,
            help="The folder with train/ner_train.jsonl.gz and chat_templates.json, "
            "or a file like the former.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for tagger.npz and tagger.json. None: this package's own."),
    ] = None,
    templates: Annotated[bool, typer.Option(help="Also use the folder's chat templates.")] = False,
) -> None:
    """Train the tagger of names and addresses; print its figures per language."""
    try:
        from guardrails.training.train import train
    except ModuleNotFoundError:
        typer.echo("training needs CRFsuite: pip install 'frontdesk[train]'", err=True)
        raise typer.Exit(2) from None

    folder = out or Path(str(files("guardrails.data")))
    facts = train(data, folder, templates=templates, tell=lambda step: typer.echo(step, err=True))
    typer.echo(json.dumps(facts, ensure_ascii=False, indent=1))


@training.command("injection")
def injection(
    data: Annotated[
        Path,
        typer.Argument(exists=True, help="The folder with injection/, pii/ and retrieval/."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The file to write. None: this package's own.")
    ] = None,
) -> None:
    """Train the score of attempts to steer the assistant; print its figures on held-out sources."""
    from hashlib import sha256

    from guardrails.training.injection import table, train

    trained = train(data, lambda step: typer.echo(step, err=True))
    path = out or Path(str(files("guardrails.data").joinpath("injection.bin")))
    path.write_bytes(trained.model)
    typer.echo(json.dumps(table(trained.outcomes), indent=1))
    typer.echo(f"MODEL_SHA256 of guardrails/injection.py: {sha256(trained.model).hexdigest()}")
