"""A conversation as a signed file that can be checked by anybody, made once two people agree.

What is made is sealed under the contact's data key: it cannot outlive the contact. It is taken
once, by the one who asked, within a day.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, approvals, fresh, people, require, within
from ledger import checkpoints, documents, entries, proofs, tree
from ledger import jobs as ledger_jobs
from ledger.entries import EntryView
from records import commitments, sealing, transcripts
from records.models import Conversation, Message, TranscriptExport, new_ref
from runtime.database import now, open_session
from runtime.errors import Conflict, NotFound
from runtime.jobs import Job, fenced_session, handles
from runtime.scope import NOBODY
from runtime.secrets import open_sealed_bytes, seal
from runtime.settings import current

ACT = approvals.needs_two(
    "conversation:export", asks=Permission.CONVERSATION_EXPORT, job="records.export_transcript"
)
LIFE = timedelta(hours=24)


def ask(session: Session, principal: Principal, conversation_id: int, *, reason: str) -> int:
    """Ask for a conversation's transcript; return the request's id.

    Raises `Denied`, `NotFound`, `BadInput` without a reason, `ReauthRequired`.
    """
    require(principal, Permission.CONVERSATION_EXPORT)
    conversation = _conversation(session, conversation_id)
    within(principal, conversation.unit_id)
    lines = _messages(session, conversation_id)
    return approvals.ask(
        session,
        principal,
        ACT.name,
        f"conversation/{conversation_id}",
        unit_id=conversation.unit_id,
        plan=_plan(session, conversation, lines),
        reason=reason,
    )


def _plan(session: Session, conversation: Conversation, lines: Sequence[Message]) -> dict[str, Any]:
    """Which lines, and what they say, as a number: one that changes asks for a new decision."""
    said = [
        [line.id, line.deleted, commitments.of(session, conversation.contact_id, line)]
        for line in lines
    ]
    return {
        "conversation": conversation.id,
        "until": lines[-1].id if lines else 0,
        "lines": len(lines),
        "digest": hashlib.sha256(tree.canonical_json(said)).hexdigest(),
    }


@handles("records.export_transcript")
def make(job: Job) -> None:
    """Make the file that was agreed to."""
    ledger_jobs.catch_up()
    with fenced_session(job, last=True) as session:
        asked = approvals.plan_of(session, job.args["approval_id"])
        conversation = _conversation(session, int(asked.plan["conversation"]))
        lines = _messages(session, conversation.id, until=int(asked.plan["until"]))
        used = approvals.use(session, asked.id, ACT.name, _plan(session, conversation, lines))
        principal = _requester(session, used.requested_by)
        body = _body(session, principal, conversation, lines, used)
        signed = documents.sign_document("transcript", body)
        _keep(session, conversation, signed, used)


def _requester(session: Session, who: str) -> Principal:
    found = people.principal_of(session, int(who.partition("/")[2]))
    if found is None:
        raise NotFound("who asked for this is not here any more")
    return found


def _body(
    session: Session,
    principal: Principal,
    conversation: Conversation,
    lines: Sequence[Message],
    approval: approvals.ApprovalView,
) -> dict[str, Any]:
    point = checkpoints.read(current().checkpoints())[-1]
    named, others = _entries(session, conversation)
    key = sealing.data_key(session, conversation.contact_id)
    thread = transcripts.whole(session, principal, conversation, lines)
    return {
        "made_at": now().isoformat(timespec="seconds"),
        "made_for": approval.requested_by,
        "approved_by": approval.decided_by,
        "approval": approval.id,
        "thread": json.loads(json.dumps(asdict(thread), default=_text)),
        "lines": [_line(session, key, line, named.get(line.id), point.size) for line in lines],
        # What happened around the lines: calls of the model, deliveries, limits.
        "acts": [
            {"position": act.position, "at": act.at.isoformat(), "actor": act.actor,
             "action": act.action, "detail": act.detail}
            for act in reversed(others)
        ],
        "checkpoint": point.note,
    }  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _line(
    session: Session, key: bytes, line: Message, entry: EntryView | None, size: int
) -> dict[str, Any]:
    """What ties a line to the ledger. Of a line that was taken back the text stays closed."""
    found: dict[str, Any] = {
        "message": line.id, "author_type": str(line.author), "author": line.author_id
    }  # fmt: skip
    if entry is not None and entry.position is not None and entry.position <= size:
        proof = proofs.prove(session, entry.id, size=size)
        found["proof"] = {"entry": json.loads(proof.entry), "proof": proof.as_data()}
    if line.event is None and not line.deleted:
        secret = commitments.key_of(key, line)
        found["content"] = commitments.content(line, sealing.unseal(key, line, "body"))
        found["key"] = base64.b64encode(secret).decode()
    return found


def _entries(
    session: Session, conversation: Conversation
) -> tuple[dict[int, EntryView], list[EntryView]]:
    """The newest entry that says what a line says, and the further acts, newest first."""
    named: dict[int, EntryView] = {}
    others: list[EntryView] = []
    before = None
    subject = f"conversation/{conversation.id}"
    while page := entries.of_units(
        session, [conversation.unit_id], subject=subject, before=before, limit=500
    ):
        before = page[-1].id
        for entry in page:
            lines = _lines_of(entry)
            for line in lines:
                named.setdefault(line, entry)
            if not lines and not entry.action.endswith((":read", ":list")):
                others.append(entry)
    return named, others


def _lines_of(entry: EntryView) -> list[int]:
    detail = entry.detail
    found = [int(number) for number in detail.get("commits", {})]
    if "commit" in detail:
        found.append(detail["message"] if "message" in detail else detail["notice"])
    return [*found, detail["event"]] if "event" in detail else found


def _keep(
    session: Session, conversation: Conversation, signed: dict[str, Any],
    approval: approvals.ApprovalView,
) -> None:  # fmt: skip
    key = sealing.data_key(session, conversation.contact_id)
    ref = new_ref()
    row = TranscriptExport(
        unit_id=conversation.unit_id,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        ref=ref,
        approval_id=approval.id,
        requested_by=approval.requested_by,
        expires_at=now() + LIFE,
        body_sealed=seal(key, json.dumps(signed), context=_place(ref)),
    )
    session.add(row)
    session.flush()
    ledger.record(
        session,
        approval.requested_by,
        "conversation:make_export",
        f"conversation/{conversation.id}",
        unit_id=conversation.unit_id,
        concerns=conversation.contact_id,
        export=row.id,
        approval=approval.id,
        document=documents.digest("transcript", signed["body"]),
    )


def _place(ref: str) -> str:
    return f"transcript_export|{ref}"


@dataclass(frozen=True, slots=True)
class ExportView:
    """A file that waits to be taken."""

    id: int
    conversation_id: int
    made_at: datetime
    expires_at: datetime


def waiting(session: Session, principal: Principal) -> list[ExportView]:
    """The files that the principal asked for and can take, newest first. Raises `Denied`."""
    require(principal, Permission.CONVERSATION_EXPORT)
    rows = session.scalars(
        select(TranscriptExport)
        .where(
            TranscriptExport.requested_by == principal.id,
            TranscriptExport.body_sealed.is_not(None),
            TranscriptExport.expires_at > now(),
        )
        .order_by(TranscriptExport.id.desc())
    )
    return [ExportView(row.id, row.conversation_id, row.made_at, row.expires_at) for row in rows]


def take(session: Session, principal: Principal, export_id: int) -> dict[str, Any]:
    """The signed transcript, once: it is deleted here. Only for who asked for it.

    Raises `Denied`, `NotFound`, `Conflict` when it was taken or its day is over,
    `ReauthRequired`.
    """
    require(principal, Permission.CONVERSATION_EXPORT)
    row = session.scalar(
        select(TranscriptExport).where(TranscriptExport.id == export_id).with_for_update()
    )
    if row is None or row.requested_by != principal.id:
        raise NotFound("no such export")
    fresh(principal)
    if row.body_sealed is None or row.expires_at <= now():
        raise Conflict("this file was taken already, or its day is over: ask again")
    key = sealing.data_key(session, row.contact_id)
    body = open_sealed_bytes(key, row.body_sealed, context=_place(row.ref))
    row.body_sealed, row.taken_at = None, now()
    ledger.record(
        session,
        principal.id,
        Permission.CONVERSATION_EXPORT,
        f"conversation/{row.conversation_id}",
        unit_id=row.unit_id,
        concerns=row.contact_id,
        export=row.id,
        approval=row.approval_id,
    )
    found: dict[str, Any] = json.loads(body)
    return found


@handles("records.expire_exports", every=timedelta(minutes=10))
def expire(_job: Job) -> None:
    """Delete the files whose day is over."""
    with open_session(NOBODY, read_only=True) as session:
        units = frozenset(unit.id for unit in people.units(session))
    with open_session(people.system(*units).scope) as session:
        session.execute(
            update(TranscriptExport)
            .where(TranscriptExport.expires_at <= now(), TranscriptExport.body_sealed.is_not(None))
            .values(body_sealed=None)
        )


def _conversation(session: Session, conversation_id: int) -> Conversation:
    row = session.scalar(select(Conversation).where(Conversation.id == conversation_id))
    if row is None:
        raise NotFound("no such conversation")
    return row


def _messages(
    session: Session, conversation_id: int, *, until: int | None = None
) -> Sequence[Message]:
    query = select(Message).where(Message.conversation_id == conversation_id)
    if until is not None:
        query = query.where(Message.id <= until)
    return session.scalars(query.order_by(Message.id)).all()
