"""The desk: queues, threads, and the acts that move a conversation from hand to hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, Moment, RowId, needs
from admin_api.schemas import (
    AssignIn,
    Created,
    LineOut,
    LinesOut,
    NoteIn,
    ReceiptOut,
    ReceiptsOut,
    ReplyIn,
    ThreadOut,
)
from guardrails import receipts
from records import conversations, messages, transcripts

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])


@router.get("", dependencies=[needs(Permission.CONVERSATION_READ)])
def list_conversations(
    principal: CurrentPrincipal,
    session: CurrentSession,
    queue: transcripts.Queue = "all",
    before: Moment | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> LinesOut:
    """A queue, newest first, and how many conversations each queue holds."""
    lines = transcripts.list_conversations(session, principal, queue, before=before, limit=limit)
    return LinesOut(
        items=[LineOut.model_validate(line) for line in lines],
        counts=transcripts.count_queues(session, principal),
    )


@router.get("/{conversation_id}", dependencies=[needs(Permission.CONVERSATION_READ)])
def read_thread(
    conversation_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> ThreadOut:
    """Everything said and done in a conversation. Every reading is written to the ledger."""
    found = transcripts.thread(session, principal, conversation_id)
    return ThreadOut.model_validate(found)


@router.post(
    "/{conversation_id}/take-over",
    status_code=204,
    dependencies=[needs(Permission.CONVERSATION_REPLY)],
)
def take_over(conversation_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Become the one who answers; the assistant is silent from here on."""
    conversations.take_over(session, principal, conversation_id)


@router.post(
    "/{conversation_id}/hand-back",
    status_code=204,
    dependencies=[needs(Permission.CONVERSATION_ASSIGN)],
)
def hand_back(conversation_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Let the assistant answer again."""
    conversations.hand_back(session, principal, conversation_id)


@router.post(
    "/{conversation_id}/close",
    status_code=204,
    dependencies=[needs(Permission.CONVERSATION_CLOSE)],
)
def close(conversation_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """End the conversation; the contact's next message opens a new one."""
    conversations.close(session, principal, conversation_id)


@router.post(
    "/{conversation_id}/assign",
    status_code=204,
    dependencies=[needs(Permission.CONVERSATION_ASSIGN)],
)
def assign(
    conversation_id: RowId, body: AssignIn, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Give the conversation to a colleague, or (null) back to the team."""
    conversations.assign(session, principal, conversation_id, user_id=body.user_id)


@router.post(
    "/{conversation_id}/messages",
    status_code=201,
    dependencies=[needs(Permission.CONVERSATION_REPLY)],
)
def reply(
    conversation_id: RowId, body: ReplyIn, principal: CurrentPrincipal, session: CurrentSession
) -> Created:
    """Answer the contact. 409 when a colleague has answered since the message `seen`."""
    return Created(
        id=messages.reply(session, principal, conversation_id, body.text, seen=body.seen)
    )


@router.post(
    "/{conversation_id}/notes",
    status_code=201,
    dependencies=[needs(Permission.CONVERSATION_NOTE)],
)
def note(
    conversation_id: RowId, body: NoteIn, principal: CurrentPrincipal, session: CurrentSession
) -> Created:
    """Leave a note for colleagues."""
    return Created(id=messages.note(session, principal, conversation_id, body.text))


@router.get("/{conversation_id}/receipts", dependencies=[needs(Permission.RECEIPT_READ)])
def read_receipts(
    conversation_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> ReceiptsOut:
    """What the model was told in this conversation, masked, with the hash of the bytes sent."""
    conversations.must_exist(session, conversation_id)
    found = receipts.read(session, principal, conversation_id=conversation_id)
    return ReceiptsOut(items=[ReceiptOut.model_validate(item) for item in found])
