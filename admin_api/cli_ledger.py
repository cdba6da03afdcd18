"""Commands of the audit ledger: verify it, prove what is in it, ask it."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin_api.cli_data import AsJson, _show, _start, out

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from access import Principal

ledger = typer.Typer(help="The audit ledger.", no_args_is_help=True)

Since = Annotated[datetime | None, typer.Option(help="From this time on (UTC).")]
Until = Annotated[datetime | None, typer.Option(help="Before this time (UTC).")]


@ledger.command("verify")
def verify(
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="Checkpoint file; may be given again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the ledger against signed checkpoints: 0 fits, 1 tampered, 2 incomplete.

    Incomplete means that a file or every checkpoint is missing: nothing outside vouches for it.
    """
    _start()
    from ledger import checkpoints, jobs
    from runtime.database import open_session
    from runtime.scope import NOBODY
    from runtime.secrets import keys
    from runtime.settings import current

    files = checkpoint or [current().checkpoints()]
    signed = {str(file): checkpoints.read(file) for file in files}
    points = [point for found in signed.values() for point in found]
    with open_session(NOBODY) as session:
        # Entries written a moment ago have no place yet; without a server nobody gives it.
        jobs.place_all(session)
    with open_session(NOBODY, read_only=True) as session:
        finding = checkpoints.verify(session, points, keys().signing.public_key())
    if finding is None:
        with open_session(NOBODY) as session:
            jobs.sign_if_due(session, force=True)
    empty = [file for file, found in signed.items() if not found]
    result = {
        "ok": finding is None,
        "checkpoints": len(points),
        "position": finding.position if finding else None,
        "finding": finding.text if finding else None,
        "without_checkpoints": empty,
    }
    if as_json:
        typer.echo(json.dumps(result))
    elif finding:
        out.print(f"[red]tampered:[/red] {finding.text}")
    else:
        out.print(f"the ledger fits ({len(points)} checkpoints)")
        for file in empty:
            out.print(f"incomplete: there is no checkpoint in {file}", soft_wrap=True)
    if finding:
        raise typer.Exit(1)
    if empty:
        raise typer.Exit(2)


@ledger.command("prove")
def prove(entry_id: int) -> None:
    """Prove one entry to a signed checkpoint, without showing the others (JSON).

    The output is what the stand-alone verifier reads. 1 when the entry does not fit.
    """
    _start()
    from ledger import documents, jobs
    from runtime.database import open_session
    from runtime.scope import NOBODY

    jobs.catch_up()
    with open_session(NOBODY, read_only=True) as session:
        proven = documents.proven(session, entry_id)
    typer.echo(json.dumps(proven.as_data(), ensure_ascii=False))
    if not proven.fits:
        raise typer.Exit(1)


@ledger.command("consistency")
def consistency(first: int, second: int) -> None:
    """Prove that the ledger of the second size begins with that of the first (JSON).

    1 when a signed checkpoint of one of these sizes has another root.
    """
    _start()
    from ledger import checkpoints, documents
    from runtime.database import open_session
    from runtime.scope import NOBODY
    from runtime.settings import current

    with open_session(NOBODY, read_only=True) as session:
        shown, differs = documents.consistent(
            session, first, second, checkpoints.read(current().checkpoints())
        )
    typer.echo(json.dumps(shown, ensure_ascii=False))
    if differs:
        typer.echo(f"frontdesk: the checkpoint of size {differs} has another root", err=True)
        raise typer.Exit(1)


@ledger.command("key")
def key() -> None:
    """Print the public key (base64, Ed25519) that checkpoints and documents are signed with."""
    _start()
    from ledger.documents import public_key

    typer.echo(base64.b64encode(public_key()).decode())


@ledger.command("who-saw")
def who_saw(
    contact_id: int, since: Since = None, until: Until = None, as_json: AsJson = False
) -> None:
    """Who read, listed, took out or was told anything of a customer."""
    from access import auditing

    with _asking() as (session, system):
        found = auditing.who_saw(session, system, contact_id, since=since, until=until)
    _show(found, as_json, "actor", "action", "times", "first", "last")


@ledger.command("acts")
def acts(actor: str, since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """What somebody did: user/3, assistant/1, system/0."""
    from access import auditing

    with _asking() as (session, system):
        found = auditing.acts_of(session, system, actor, since=since, until=until)
    _show(found, as_json, "action", "times", "first", "last")


@ledger.command("touched")
def touched(
    actor: Annotated[str | None, typer.Option(help="user/3, assistant/1, system/0.")] = None,
    contact: Annotated[int | None, typer.Option(help="Whose data key.")] = None,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Whose data an actor, a period or a key touched: the list that a breach asks for."""
    from access import auditing

    with _asking() as (session, system):
        found = auditing.touched(
            session, system, contact_id=contact, actor=actor, since=since, until=until
        )
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(found), default=str))
        return
    _show(found.contacts, False, "contact_id", "times", "first", "last")
    out.print(f"{found.count} customers in {found.entries} entries")


@contextmanager
def _asking() -> Iterator[tuple[Session, Principal]]:
    """A session over all units, and the installation itself, who asks."""
    _start()
    from access import people
    from runtime.database import open_session
    from runtime.scope import NOBODY

    with open_session(NOBODY, read_only=True) as session:
        system = people.system(*(unit.id for unit in people.units(session)))
    with open_session(system.scope) as session:
        yield session, system
