"""Commands that put things in and look at them: people, channels, knowledge."""

from __future__ import annotations

import dataclasses
import getpass
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

users = typer.Typer(help="People who sign in.", no_args_is_help=True)
units = typer.Typer(help="Business units.", no_args_is_help=True)
assistants = typer.Typer(help="AI employees.", no_args_is_help=True)
channels = typer.Typer(help="Channel accounts.", no_args_is_help=True)
knowledge = typer.Typer(help="The knowledge base's index.", no_args_is_help=True)

out = Console()
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Unit = Annotated[str, typer.Option(help="Name of the unit.")]


def _start() -> None:
    from admin_api.wiring import connect_parts
    from runtime.migrate import require_current
    from runtime.start import start

    start()
    require_current()
    connect_parts()


def _show(rows: Iterable[Any], as_json: bool, *columns: str) -> None:
    found = [row if isinstance(row, dict) else dataclasses.asdict(row) for row in rows]
    if as_json:
        typer.echo(json.dumps(found, default=str, ensure_ascii=False))
        return
    table = Table(*columns)
    for row in found:
        table.add_row(*(str(row.get(column, "")) for column in columns))
    out.print(table)


def _unit_id(name: str) -> int:
    from access import people
    from runtime.database import open_session
    from runtime.scope import NOBODY

    with open_session(NOBODY, read_only=True) as session:
        return people.unit_named(session, name).id


@units.command("add")
def add_unit(
    name: str,
    title: Annotated[str, typer.Option(help="Name for people.")] = "",
    language: Annotated[list[str] | None, typer.Option(help="May be given again.")] = None,
    link_host: Annotated[list[str] | None, typer.Option(help="Host answers may link to.")] = None,
    as_json: AsJson = False,
) -> None:
    """Create a unit, and the roles of a new installation."""
    _start()
    from access import people
    from runtime.database import open_session
    from runtime.scope import NOBODY

    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(
            session, name, title=title, languages=language or ["en"], link_hosts=link_host or []
        )
        people.team_of_unit(session, unit)
    _show([{"id": unit, "name": name}], as_json, "id", "name")


@users.command("add")
def add_user(
    email: str,
    role: Annotated[str, typer.Option(help="service, sales, management, admin or your own.")],
    unit: Annotated[list[str], typer.Option(help="Name of a unit; may be given again.")],
    name: Annotated[str, typer.Option(help="Name for people.")] = "",
    password_stdin: Annotated[bool, typer.Option(help="Read the password from input.")] = False,
) -> None:
    """Create a user; the password is asked for."""
    _start()
    from access import people
    from runtime.database import open_session
    from runtime.scope import NOBODY

    ids = [_unit_id(item) for item in unit]
    if password_stdin:
        password = typer.get_text_stream("stdin").readline().rstrip("\n")
    else:
        password = getpass.getpass("Password (at least 12 characters): ")
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        made = people.add_user(
            session,
            "system/0",
            email=email,
            name=name or email.partition("@")[0],
            password=password,
            role=role,
            units=ids,
            teams=[people.team_of_unit(session, item) for item in ids],
        )
    out.print(f"user {made} can sign in")


@assistants.command("add")
def add_assistant(
    name: str,
    unit: Annotated[list[str], typer.Option(help="Name of a unit; may be given again.")],
    language: Annotated[list[str] | None, typer.Option(help="May be given again.")] = None,
) -> None:
    """Hire an AI employee for some units."""
    _start()
    from access import people
    from runtime.database import open_session
    from runtime.scope import NOBODY

    ids = [_unit_id(item) for item in unit]
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        made = people.add_assistant(session, name=name, units=ids, languages=language or [])
    out.print(f"assistant {made} answers in {', '.join(unit)}")


@channels.command("add")
def add_channel(
    channel: Annotated[str, typer.Argument(help="telegram, whatsapp or web.")],
    name: Annotated[str, typer.Option(help="URL-safe name, e.g. telegram-de.")],
    unit: Unit,
    token: Annotated[str, typer.Option(help="The platform's access token.")] = "",
    secret: Annotated[str, typer.Option(help="Webhook secret (Telegram), app secret (Meta).")] = "",
    verify_token: Annotated[str, typer.Option(help="Meta's verify token.")] = "",
    external_id: Annotated[str, typer.Option(help="Our id there, e.g. a phone number id.")] = "",
    polling: Annotated[bool, typer.Option(help="Telegram without a public address.")] = False,
    origin: Annotated[list[str] | None, typer.Option(help="Web: origin that may embed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Connect a channel account."""
    _start()
    from access import people
    from connectors import accounts
    from runtime.database import open_session
    from runtime.scope import Scope

    unit_id = _unit_id(unit)
    given = {"token": token, "secret": secret, "verify_token": verify_token}
    settings: dict[str, Any] = {"mode": "polling"} if polling else {}
    if origin:
        settings["allowed_origins"] = origin
    with open_session(Scope.of(unit_id)) as session:
        made = accounts.add_account(
            session,
            people.system(unit_id),
            unit_id=unit_id,
            channel=channel,
            name=name,
            secrets={key: value for key, value in given.items() if value},
            settings=settings,
            external_id=external_id,
        )
    row = dataclasses.asdict(made) | {"webhook": f"/webhooks/{channel}/{made.endpoint_key}"}
    _show([row], as_json, "id", "name", "channel", "webhook", "status")


@channels.command("list")
def list_channels(as_json: AsJson = False) -> None:
    """The channel accounts of all units, without their secrets."""
    _start()
    from access import people
    from connectors import accounts
    from runtime.database import open_session

    scope = accounts.everywhere()
    with open_session(scope, read_only=True) as session:
        found = accounts.list_accounts(session, people.system(*scope.units))
    _show(found, as_json, "id", "name", "channel", "status", "endpoint_key")


def ingest(
    path: Annotated[Path, typer.Argument(exists=True, help="A file or a folder.")],
    unit: Unit,
    language: Annotated[str, typer.Option(help="Language of the texts; default: found out.")] = "",
    source: Annotated[str, typer.Option(help="Name of the source; default: the path's.")] = "",
    release: Annotated[
        bool, typer.Option("--release", help="Serve the drafts, if the rehearsal passes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read files as drafts: Markdown, text, HTML, PDF, DOCX, CSV of questions.

    Nothing is served before a release: by two people in the console, or with --release.
    """
    _start()
    from access import people
    from knowledge.ingest import FileReport, ingest_path

    unit_id = _unit_id(unit)
    total = sum(1 for item in path.rglob("*") if item.is_file()) if path.is_dir() else 1
    with Progress(console=Console(stderr=True), disable=as_json) as progress:
        task = progress.add_task("Reading", total=total)

        def show(report: FileReport) -> None:
            progress.advance(task)
            if report.state == "failed":
                progress.console.print(f"{report.path}: {report.reason}", markup=False)
            if report.signs:
                progress.console.print(
                    f"{report.path}: read it, it seems to give orders to the assistant "
                    f"({', '.join(report.signs)})",
                    markup=False,
                )

        reports = ingest_path(
            unit_id,
            path,
            language=language or None,
            source=source or None,
            principal=people.system(unit_id),
            on_file=show,
        )
    _show(reports, as_json, "path", "state", "chunks", "reason")
    if release:
        _release(unit_id, f"ingest {path.name}", as_json=as_json)
    elif not as_json:
        out.print(f"These are drafts: `frontdesk knowledge release --unit {unit}` serves them.")
    if any(report.state == "failed" for report in reports):
        raise typer.Exit(1)


def _release(unit_id: int, note: str, *, as_json: bool) -> None:
    """Propose all drafts, rehearse them here and now, and serve them if nothing stands against."""
    from access import people
    from bot.rehearsal import rehearse_inline
    from knowledge import proposals, releases
    from runtime.database import open_session
    from runtime.scope import Scope

    system, scope = people.system(unit_id), Scope.of(unit_id)
    with open_session(scope, read_only=True) as session:
        waiting = proposals.drafts(session, system, unit_id)
    if not waiting:
        out.print("Nothing has changed since the last release.")
        return
    with open_session(scope) as session:
        proposed = proposals.propose(session, system, unit_id, note=note)
    report = rehearse_inline(unit_id, proposed.id)
    if report["blocking"]:
        out.print(
            f"[red]Not released[/red] ({', '.join(report['blocking'])}): the console shows why, "
            "and lets a second person override it."
        )
        raise typer.Exit(1)
    with open_session(scope) as session:
        made = releases.approve(session, system, proposed.id)
    _show([{"release": made.number, "documents": len(waiting)}], as_json, "release", "documents")


@knowledge.command("release")
def release(
    unit: Unit,
    note: Annotated[str, typer.Option(help="What it is about.")] = "released by the operator",
    as_json: AsJson = False,
) -> None:
    """Rehearse all drafts of a unit and serve them, if nothing stands against it."""
    _start()
    _release(_unit_id(unit), note, as_json=as_json)


@knowledge.command("rebuild")
def rebuild() -> None:
    """Make the vector index anew from the database."""
    _start()
    from knowledge import chroma, index

    out.print(f"{index.rebuild()} passages indexed")
    if not chroma.ready():
        out.print(f"Left to its owner: {chroma.owner()}", markup=False)


@knowledge.command("calibrate")
def calibrate(
    unit: Unit,
    file: Annotated[
        Path | None, typer.Argument(exists=True, help="What `eval calibrate --out` wrote.")
    ] = None,
    drop: Annotated[
        str, typer.Option(help="Go back to what ships, for this setting (fast, quality).")
    ] = "",
) -> None:
    """Use a unit's own thresholds of when to answer, or go back to those that ship."""
    if (file is None) == (not drop):
        raise typer.BadParameter("give a file, or --drop with a setting")
    _start()
    from access import people
    from knowledge import calibrations
    from runtime.database import open_session
    from runtime.scope import Scope

    unit_id = _unit_id(unit)
    with open_session(Scope.of(unit_id)) as session:
        if file is None:
            calibrations.drop(session, people.system(unit_id), unit_id, drop)
            out.print(f"{unit} answers by what ships for {drop}")
            return
        text = file.read_text(encoding="utf-8")
        kept = calibrations.keep(session, people.system(unit_id), unit_id, text)
    out.print(f"{unit} answers by its own thresholds for {kept.setting}")
