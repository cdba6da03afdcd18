"""Who owns a conversation, and how it passes from hand to hand.

assistant → team → user → assistant → closed; every step is one function here, in one
transaction with its ledger entry, under the conversation's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, people, require
from records import messages
from records.models import Conversation, Message
from records.states import Assignee, Author, Outcome, Status
from runtime.database import now
from runtime.errors import BadInput, Conflict, NotFound
from runtime.nudges import nudge


class Reason(StrEnum):
    """Why the assistant hands over: codes, never free text."""

    WANTS_PERSON = "wants_person"
    NO_ANSWER = "no_answer"
    KNOWLEDGE_AWAY = "knowledge_away"
    NOT_TEXT = "not_text"
    ABUSE = "abuse"
    EMERGENCY = "emergency"
    OPT_OUT = "opt_out"
    TURN_LIMIT = "turn_limit"
    MODEL_FAILED = "model_failed"
    MASKING_FAILED = "masking_failed"
    UNSAFE_ANSWER = "unsafe_answer"
    TOPIC = "topic"
    LANGUAGE = "language"
    TOO_LONG = "too_long"
    OVER_LIMIT = "over_limit"
    NO_ASSISTANT = "no_assistant"
    NATIVE_APP = "native_app"
    UNVERIFIED = "unverified"
    """Something about an account is asked, and it cannot be proven whose it is."""
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation happens and who answers there first."""

    unit_id: int
    channel: str
    account_id: int
    account_name: str
    assistant_id: int | None


def open_conversation(session: Session, place: Place, *, contact_id: int, identity_id: int) -> int:
    """Return the open conversation of this identity on this account, or start one."""
    while True:
        found = session.scalar(
            select(Conversation)
            .where(
                Conversation.identity_id == identity_id,
                Conversation.account_id == place.account_id,
                Conversation.closed_at.is_(None),
            )
            .with_for_update()
        )
        if found is not None:
            return found.id
        team_id = people.team_of_unit(session, place.unit_id)
        started = _start(session, place, contact_id, identity_id, team_id)
        if started is not None:
            return started


def _start(
    session: Session, place: Place, contact_id: int, identity_id: int, team_id: int
) -> int | None:
    conversation = Conversation(
        unit_id=place.unit_id,
        contact_id=contact_id,
        identity_id=identity_id,
        channel=place.channel,
        account_id=place.account_id,
        account_name=place.account_name,
        assignee=Assignee.TEAM if place.assistant_id is None else Assignee.ASSISTANT,
        reason=Reason.NO_ASSISTANT if place.assistant_id is None else None,
        assistant_id=place.assistant_id,
        team_id=team_id,
    )
    session.add(conversation)
    session.flush()
    ledger.record(
        session,
        f"contact/{contact_id}",
        "conversation:open",
        f"conversation/{conversation.id}",
        unit_id=place.unit_id,
        channel=place.channel,
    )
    return conversation.id


def hand_over(
    session: Session,
    principal: Principal,
    conversation_id: int,
    reason: Reason,
    *,
    notice: str | None = None,
) -> None:
    """Give the conversation to its team; from here on the assistant is silent.

    `notice` is what the contact is told, in the same transaction. Every message that still
    waits for an answer counts as handed over. Raises `Conflict` when the assistant does not own
    the conversation any more.
    """
    require(principal, Permission.CONVERSATION_ASSIGN)
    conversation = messages.locked(session, conversation_id)
    if conversation.assignee is not Assignee.ASSISTANT or conversation.closed_at:
        raise Conflict("somebody else owns this conversation by now")
    if notice:
        messages.queue(session, conversation, principal, notice)
    conversation.assignee, conversation.reason = Assignee.TEAM, reason
    messages.settle_waiting(session, conversation, Outcome.HANDED_OVER)
    _moved(session, principal, conversation, "handed_over", reason=str(reason))


def take_over(session: Session, principal: Principal, conversation_id: int) -> None:
    """Make the principal the one who answers. Raises `Conflict` when a colleague already is."""
    require(principal, Permission.CONVERSATION_REPLY)
    conversation = messages.locked(session, conversation_id)
    if conversation.closed_at:
        raise Conflict("this conversation is closed")
    if conversation.assignee is Assignee.USER:
        if conversation.user_id == principal.number:
            return
        raise Conflict("a colleague already owns this conversation")
    give_to_user(session, principal, conversation, principal.number)


def assign(
    session: Session, principal: Principal, conversation_id: int, *, user_id: int | None
) -> None:
    """Give the conversation to a colleague of its unit, or (without one) back to its team."""
    require(principal, Permission.CONVERSATION_ASSIGN)
    conversation = messages.locked(session, conversation_id)
    if conversation.closed_at:
        raise Conflict("this conversation is closed")
    if user_id is None:
        messages.withdraw_assistants(session, conversation)
        conversation.assignee, conversation.user_id = Assignee.TEAM, None
        messages.settle_waiting(session, conversation, Outcome.HANDED_OVER)
        _moved(session, principal, conversation, "assigned", to="team")
        return
    other = people.principal_of(session, user_id)
    if other is None or conversation.unit_id not in other.units:
        raise BadInput("user_id: no such colleague in this unit")
    require(other, Permission.CONVERSATION_REPLY)
    give_to_user(session, principal, conversation, user_id)


def give_to_user(
    session: Session, principal: Principal, conversation: Conversation, user_id: int
) -> None:
    # What the assistant has said but no channel has taken yet is not said any more.
    messages.withdraw_assistants(session, conversation)
    conversation.assignee, conversation.user_id = Assignee.USER, user_id
    messages.settle_waiting(session, conversation, Outcome.HANDED_OVER)
    _moved(session, principal, conversation, "assigned", to=f"user/{user_id}")


def hand_back(session: Session, principal: Principal, conversation_id: int) -> None:
    """Let the assistant answer again; it will say once more that it is an AI."""
    require(principal, Permission.CONVERSATION_ASSIGN)
    conversation = messages.locked(session, conversation_id)
    if conversation.closed_at:
        raise Conflict("this conversation is closed")
    if conversation.assistant_id is None:
        raise BadInput("no assistant works on this channel account")
    if conversation.assignee is Assignee.ASSISTANT:
        return
    conversation.assignee, conversation.user_id = Assignee.ASSISTANT, None
    conversation.reason, conversation.disclosed, conversation.assistant_turns = None, False, 0
    conversation.flagged = False  # a person has read it
    _moved(session, principal, conversation, "handed_back", to="assistant")


def close(session: Session, principal: Principal, conversation_id: int) -> None:
    """End the conversation; the contact's next message opens a new one."""
    require(principal, Permission.CONVERSATION_CLOSE)
    conversation = messages.locked(session, conversation_id)
    if conversation.closed_at:
        return
    messages.withdraw_assistants(session, conversation)
    messages.settle_waiting(session, conversation, Outcome.HANDED_OVER)
    conversation.closed_at = now()
    _moved(session, principal, conversation, "closed")


def person_spoke_elsewhere(
    session: Session, conversation_id: int, text: str, *, external_id: str, at: datetime
) -> None:
    """Somebody of ours answered in the platform's own app: keep it, and silence the assistant."""
    conversation = messages.locked(session, conversation_id)
    system = people.system(conversation.unit_id)
    if conversation.assignee is Assignee.ASSISTANT:
        messages.withdraw_assistants(session, conversation)
        conversation.assignee, conversation.reason = Assignee.TEAM, Reason.NATIVE_APP
        messages.settle_waiting(session, conversation, Outcome.HANDED_OVER)
        _moved(session, system, conversation, "handed_over", reason=str(Reason.NATIVE_APP))
    messages.add_echo(session, conversation, text, external_id=external_id, at=at)


def _moved(
    session: Session, principal: Principal, conversation: Conversation, what: str, **detail: str
) -> None:
    """Write what every change of owner leaves behind: event, ledger entry, nudge."""
    _event(session, principal, conversation, what, **detail)
    ledger.record(
        session,
        principal.id,
        f"conversation:{what}",
        f"conversation/{conversation.id}",
        unit_id=conversation.unit_id,
        **detail,
    )


def _event(
    session: Session, principal: Principal, conversation: Conversation, what: str, **detail: str
) -> None:
    """Show colleagues, between the messages, what has happened."""
    conversation.touched_at = now()
    session.add(
        Message(
            unit_id=conversation.unit_id,
            conversation_id=conversation.id,
            author=Author.SYSTEM,
            author_id=principal.id,
            content_type="event",
            event={"kind": what, **detail},
            status=Status.INTERNAL,
        )
    )
    session.flush()
    nudge(session, conversation.unit_id, f"conversation/{conversation.id}")


def flag(
    session: Session,
    principal: Principal,
    conversation_id: int,
    *,
    message: int,
    score: float,
    signs: Sequence[str],
) -> None:
    """Mark a conversation whose contact seems to steer the assistant, until it is handed back.

    `signs` are names of rules. Every such message is in the ledger; colleagues see the first one.
    """
    conversation = messages.locked(session, conversation_id)
    ledger.record(
        session,
        principal.id,
        "guard:flag",
        f"conversation/{conversation.id}",
        unit_id=conversation.unit_id,
        message=message,
        score=round(score, 2),
        signs=list(signs),
    )
    if conversation.flagged:
        return
    conversation.flagged = True
    _event(session, principal, conversation, "flagged", reason=", ".join(signs))


def contact_of(session: Session, conversation_id: int) -> int | None:
    """Whose conversation it is; None when there is no such conversation here."""
    return session.scalar(select(Conversation.contact_id).where(Conversation.id == conversation_id))


def must_exist(session: Session, conversation_id: int) -> None:
    """Raises `NotFound`, also for a conversation of another unit."""
    if session.scalar(select(Conversation.id).where(Conversation.id == conversation_id)) is None:
        raise NotFound("no such conversation")


def seen_language(session: Session, conversation_id: int, language: str) -> None:
    """Remember the language the contact writes in."""
    session.execute(
        update(Conversation).where(Conversation.id == conversation_id).values(language=language)
    )
