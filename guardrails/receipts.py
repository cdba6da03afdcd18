"""The receipts of model calls: written before the bytes leave, completed when the answer is in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

import ledger
from access import Permission, Principal, require
from guardrails.models import ModelReceipt
from guardrails.trace import Trace
from records import conversations, sealing
from runtime.database import open_session
from runtime.errors import NotFound
from runtime.scope import Scope
from runtime.secrets import keys, open_sealed, seal

POLICY_VERSION = "mask/2"
"""Changes whenever recognisers or placeholders change in what they let through. A receipt names
the unit's own version with it: "mask/2+policy/7"."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One request to a model. `body` is what was sent, byte for byte, UTF-8.

    It is empty once its contact was erased; the hash stays.
    """

    id: int
    unit_id: int
    conversation_id: int | None
    message_id: int | None
    at: datetime
    url_host: str
    model: str
    body_sha256: str
    body: str
    counts: Mapping[str, int]
    policy_version: str
    prompt_tokens: int | None
    completion_tokens: int | None
    ms: int | None
    status: str


def write(trace: Trace, body: bytes, *, host: str, model: str, counts: Mapping[str, int]) -> int:
    """Keep a receipt and its ledger entry, in a transaction of their own; return its id."""
    digest = hashlib.sha256(body).hexdigest()
    with open_session(Scope.of(trace.unit_id)) as session:
        contact_id = (
            conversations.contact_of(session, trace.conversation_id)
            if trace.conversation_id is not None
            else None
        )
        key = _key(session, contact_id)
        row = ModelReceipt(
            unit_id=trace.unit_id,
            conversation_id=trace.conversation_id,
            message_id=trace.message_id,
            url_host=host,
            model=model,
            body_sha256=digest,
            contact_id=contact_id,
            body_sealed=seal(key, body, context=_place(trace.unit_id, digest)),
            counts=dict(counts),
            policy_version=f"{POLICY_VERSION}+{trace.policy}",
        )
        session.add(row)
        session.flush()
        subject = (
            f"conversation/{trace.conversation_id}"
            if trace.conversation_id is not None
            else f"unit/{trace.unit_id}"
        )
        ledger.record(
            session,
            trace.actor,
            "model:call",
            subject,
            unit_id=trace.unit_id,
            receipt=row.id,
            model=model,
            sha256=digest,
        )
        trace.receipt_ids.append(row.id)
        return row.id


def complete(
    trace: Trace,
    receipt_id: int,
    *,
    status: str,
    ms: int,
    prompt_tokens: int | None = None,
    completion_tokens: int | None = None,
) -> None:
    """Add to a receipt how the call ended."""
    with open_session(Scope.of(trace.unit_id)) as session:
        session.execute(
            update(ModelReceipt)
            .where(ModelReceipt.id == receipt_id)
            .values(
                status=status,
                ms=ms,
                prompt_tokens=prompt_tokens,
                completion_tokens=completion_tokens,
            )
        )


def read(session: Session, principal: Principal, *, conversation_id: int) -> list[Receipt]:
    """What models were told about a conversation, oldest first."""
    require(principal, Permission.RECEIPT_READ)
    rows = session.scalars(
        select(ModelReceipt)
        .where(ModelReceipt.conversation_id == conversation_id)
        .order_by(ModelReceipt.id)
    )
    return [_receipt(row, body_of(session, row)) for row in rows]


def one(session: Session, principal: Principal, receipt_id: int) -> Receipt:
    """A receipt with the body that was sent. Raises `Denied`, `NotFound`."""
    require(principal, Permission.RECEIPT_READ)
    row = session.scalar(select(ModelReceipt).where(ModelReceipt.id == receipt_id))
    if row is None:
        raise NotFound("no such receipt")
    return _receipt(row, body_of(session, row))


def page(
    session: Session,
    principal: Principal,
    *,
    unit_id: int | None = None,
    conversation_id: int | None = None,
    model: str | None = None,
    status: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Receipt]:
    """Receipts of the principal's units without their bodies, newest first.

    `before` is a receipt's id to page from. Raises `Denied`.
    """
    require(principal, Permission.RECEIPT_READ)
    query = select(ModelReceipt).options(defer(ModelReceipt.body_sealed))
    wanted = {
        ModelReceipt.unit_id: unit_id,
        ModelReceipt.conversation_id: conversation_id,
        ModelReceipt.model: model,
        ModelReceipt.status: status,
    }
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if since is not None:
        query = query.where(ModelReceipt.at >= since)
    if until is not None:
        query = query.where(ModelReceipt.at <= until)
    if before is not None:
        query = query.where(ModelReceipt.id < before)
    rows = session.scalars(query.order_by(ModelReceipt.id.desc()).limit(limit))
    return [_receipt(row, "") for row in rows]


def _receipt(row: ModelReceipt, body: str) -> Receipt:
    return Receipt(
        id=row.id,
        unit_id=row.unit_id,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        at=row.at,
        url_host=row.url_host,
        model=row.model,
        body_sha256=row.body_sha256,
        body=body,
        counts=row.counts,
        policy_version=row.policy_version,
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
        ms=row.ms,
        status=row.status,
    )


def _key(session: Session, contact_id: int | None) -> bytes:
    if contact_id is None:
        return keys().derived("installation")
    return sealing.data_key(session, contact_id)


def _place(unit_id: int, digest: str) -> str:
    return f"{unit_id}|model_receipt|{digest}|body"


def body_of(session: Session, row: ModelReceipt) -> str:
    """What was sent, empty once its contact was erased."""
    try:
        key = _key(session, row.contact_id)
    except NotFound:
        return ""
    return open_sealed(key, row.body_sealed, context=_place(row.unit_id, row.body_sha256))
