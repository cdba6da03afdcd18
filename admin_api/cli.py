"""The `frontdesk` command. Parts are imported when a command needs them, so that help is quick."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from admin_api import cli_backup, cli_data, cli_eval, cli_guardrails, cli_train
from runtime.errors import AppError

app = typer.Typer(
    help="An AI employee for customer conversations that you can audit.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_data.users, name="users")
app.add_typer(cli_data.units, name="units")
app.add_typer(cli_data.assistants, name="assistants")
app.add_typer(cli_data.channels, name="channels")
app.add_typer(cli_data.knowledge, name="knowledge")
app.add_typer(cli_data.ledger, name="ledger")
app.add_typer(cli_eval.evaluate, name="eval")
app.add_typer(cli_train.training, name="train")
app.add_typer(cli_guardrails.guardrails, name="guardrails")
app.command("ingest")(cli_data.ingest)
app.command("backup")(cli_backup.backup)
app.command("restore")(cli_backup.restore)

out = Console()

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def _start() -> Any:
    from runtime.start import start

    return start()


@app.command()
def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    wipe: Annotated[bool, typer.Option(help="Delete the demo customers instead.")] = False,
    seed_only: Annotated[bool, typer.Option(help="Seed, but do not serve.")] = False,
) -> None:
    """Migrate, seed a demo shop on first use, and serve with workers."""
    settings = _start()
    from admin_api import demo as shop
    from admin_api.wiring import connect_parts
    from runtime.migrate import require_current, set_up

    set_up(settings)
    require_current()
    connect_parts()
    logins = settings.data_dir / "demo-logins.json"
    if wipe:
        out.print(f"{shop.wipe()} demo customers deleted; the demo logins are switched off")
        logins.unlink(missing_ok=True)
        return
    if not shop.is_seeded():
        with out.status("Seeding the demo shop …") as status:
            found = shop.seed(lambda step: status.update(f"Seeding the demo shop: {step} …"))
        logins.touch(mode=0o600)
        logins.write_text(json.dumps([shop.as_data(login) for login in found]), encoding="utf-8")
    _print_logins(logins, f"http://{host}:{port}")
    if not seed_only:
        _serve(host, port, settings.workers)


def _print_logins(file: Path, address: str) -> None:
    table = Table("sign in as", "password", "role", title="Demo logins", title_justify="left")
    if file.exists():
        for login in json.loads(file.read_text(encoding="utf-8")):
            table.add_row(login["email"], login["password"], login["role"])
        out.print(table)
    out.print(f"Chat as a customer:  {address}/", highlight=False, soft_wrap=True)
    out.print(f"Answer as a person:  {address}/desk/", highlight=False, soft_wrap=True)
    out.print(f"The API:             {address}/docs", highlight=False, soft_wrap=True)


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[
        int | None, typer.Option(min=0, max=256, help="Worker threads; 0 with `frontdesk worker`.")
    ] = None,
) -> None:
    """Serve the API, the desk, the widget and the webhooks."""
    settings = _start()
    _require_current()
    _serve(host, port, settings.workers if workers is None else workers)


def _serve(host: str, port: int, workers: int) -> None:
    import uvicorn

    from admin_api.main import create_app

    uvicorn.run(
        create_app(embedded_workers=workers),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Event streams never end by themselves: they resume on the next process.
        timeout_graceful_shutdown=3,
    )


def _require_current() -> None:
    from runtime.migrate import require_current

    require_current()


@app.command()
def migrate() -> None:
    """Bring the database to this version's tables, as its owner where one is named."""
    settings = _start()
    from runtime.migrate import set_up

    set_up(settings)
    out.print("the database is at the newest revision")


@app.command()
def worker(
    threads: Annotated[int, typer.Option(min=1, max=256, help="Jobs at the same time.")] = 16,
) -> None:
    """Run jobs that the relay announces (Celery, threads)."""
    _start()
    _require_current()
    from admin_api.wiring import connect_parts, warm_up
    from runtime import celery_app

    connect_parts()
    warm_up()
    celery_app.work(threads)


@app.command()
def relay() -> None:
    """Announce runnable jobs to the broker."""
    _start()
    _require_current()
    from threading import Event

    from runtime import celery_app, jobs, nudges

    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    jobs.schedule_periodic()
    others = nudges.CrossProcess()
    others.start()
    celery_app.relay_forever(stop)
    others.stop()


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at settings, database, ledger, index, broker and plugins."""
    _start()
    from admin_api.checks import run_checks

    found = run_checks()
    if as_json:
        typer.echo(json.dumps(found))
    else:
        table = Table("part", "state")
        for part, state in found.items():
            table.add_row(part, state)
        out.print(table)
    if any(state.startswith("failed") for state in found.values()):
        raise typer.Exit(1)


def main() -> None:
    """Run a command; an expected failure is one line, not a traceback."""
    try:
        app()
    except AppError as error:
        typer.secho(f"frontdesk: {error.message}", fg="red", err=True)
        sys.exit(1)
