"""`frontdesk guardrails`: show what models were told about a conversation, and prove it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from guardrails.proof import Proved

guardrails = typer.Typer(help="What models were told.", no_args_is_help=True)


@guardrails.callback()
def _group() -> None:
    """Keeps `prove` a command of its own while it is the only one."""


@guardrails.command("prove")
def prove(
    conversation: Annotated[int, typer.Option(min=1, help="Number of the conversation.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what models were told about a conversation, and verify it: 1 when anything differs.

    Body, receipt and ledger entry must name one hash, and the entry must lead to a signed root.
    """
    from admin_api.cli_data import _start

    _start()
    from access import people
    from guardrails import proof
    from ledger import checkpoints, entries
    from runtime.database import open_session
    from runtime.scope import NOBODY
    from runtime.secrets import keys
    from runtime.settings import current

    with open_session(NOBODY) as session:
        # Entries written a moment ago have no place yet; without a server nobody gives it.
        while entries.sequence_pending(session) == entries.BATCH:
            session.flush()
    with open_session(NOBODY, read_only=True) as session:
        system = people.system(*(unit.id for unit in people.units(session)))
        signed = checkpoints.read(current().checkpoints())
        tampered = checkpoints.verify(session, signed, keys().signing.public_key())
    with open_session(system.scope) as session:  # the reading is recorded
        calls = proof.conversation(session, system, conversation)
    failing = [call for call in calls if not call.ok]
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "ok": not failing and tampered is None,
                    "ledger": tampered.text if tampered else None,
                    "calls": [_as_data(call) for call in calls],
                },
                ensure_ascii=False,
            )
        )
    else:
        _print(calls)
        if tampered is not None:
            typer.echo(f"FAILS: the ledger: {tampered.text}")
        typer.echo(_sum(len(calls), len(failing), tampered is None))
    if failing or tampered is not None:
        raise typer.Exit(1)


def _print(calls: list[Proved]) -> None:
    for call in calls:
        typer.echo(f"== receipt {call.receipt_id}: {_about(call)}")
        if call.receipt is not None:
            typer.echo(_ERASED if call.erased else _body(call.receipt.body))
            typer.echo(f"SHA-256 {call.receipt.body_sha256}")
        typer.echo(f"{_verdict(call)}\n")


_ERASED = "(the contact was erased, and the body with it; its hash stays)"


def _about(call: Proved) -> str:
    one = call.receipt
    if one is None:
        return "deleted"
    hidden = ", ".join(f"{count} {kind}" for kind, count in sorted(one.counts.items()))
    parts = [
        one.at.isoformat(timespec="seconds"),
        f"{one.model or 'no model named'} at {one.url_host}",
        f"status {one.status}",
        f"{one.prompt_tokens if one.prompt_tokens is not None else '?'} tokens sent",
        f"policy {one.policy_version}",
        f"hidden: {hidden or 'nothing'}",
    ]
    return " | ".join(parts)


def _body(body: str) -> str:
    """The bytes that were sent, laid out; strings are printed as they read."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=1)
    except ValueError:
        return body


def _verdict(call: Proved) -> str:
    from guardrails.proof import FAULTS

    if call.faults:
        return "\n".join(f"FAILS: receipt {call.receipt_id}: {FAULTS[one]}" for one in call.faults)
    where = f"ledger entry {call.entry_id}"
    match call.standing:
        case "signed":
            return f"proven: {where}, no. {call.position} under the signed root of {call.size}"
        case "placed":
            return f"fits: {where}, no. {call.position}; no checkpoint is signed over it yet"
    return f"fits: {where}; it has no place in the tree yet"


def _sum(calls: int, failing: int, whole: bool) -> str:
    if calls == 0:
        said = "no model was asked about this conversation"
    elif failing:
        said = f"{failing} of {calls} requests cannot be proven"
    else:
        said = f"{calls} request{'s' if calls > 1 else ''}, as receipts and ledger say"
    return said if whole else f"{said}; the ledger does not verify"


def _as_data(call: Proved) -> dict[str, Any]:
    one = call.receipt
    return {
        "receipt": call.receipt_id,
        "faults": list(call.faults),
        "erased": call.erased,
        "standing": call.standing,
        "entry": call.entry_id,
        "position": call.position,
        "size": call.size,
        "root": call.root,
        "sha256": one.body_sha256 if one else None,
        "at": one.at.isoformat() if one else None,
        "model": one.model if one else None,
        "url_host": one.url_host if one else None,
        "policy_version": one.policy_version if one else None,
        "counts": dict(one.counts) if one else None,
        "body": one.body if one else None,
    }
