"""Which conversations and contacts a principal reaches: as objects for `decide`, and as SQL.

Both say the same: a list holds exactly what could be opened one by one.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_, select, true
from sqlalchemy.orm import Session

from access import Permission, Principal, Resource, decide, require
from access.policy import Grant, Reach, rules
from records.models import Contact, Conversation, Identity
from records.states import Assignee, Strength
from runtime.errors import NotFound


def of_conversation(
    session: Session, row: Conversation, *, topics: frozenset[str] | None = None
) -> Resource:
    """A conversation as the object of a request."""
    strength = session.scalar(select(Identity.strength).where(Identity.id == row.identity_id))
    return Resource(
        "conversation",
        row.unit_id,
        frozenset({row.team_id}),
        _owners(row),
        row.contact_id,
        verified=strength == Strength.VERIFIED,
        topics=topics,
    )


def of_contact(
    session: Session,
    contact: Contact,
    *,
    conversation_id: int | None = None,
    topics: frozenset[str] | None = None,
) -> Resource:
    """A contact as the object of a request: the work of who has, or had, its conversations.

    It counts as verified by the identity of the conversation it is read for, else by any.
    """
    found = session.scalars(select(Conversation).where(Conversation.contact_id == contact.id)).all()
    proven = select(Identity.id).where(
        Identity.contact_id == contact.id, Identity.strength == Strength.VERIFIED
    )
    if conversation_id is not None:
        proven = proven.where(
            Identity.id.in_(
                select(Conversation.identity_id).where(Conversation.id == conversation_id)
            )
        )
    return Resource(
        "contact",
        contact.unit_id,
        frozenset(row.team_id for row in found),
        frozenset[str]().union(*(_owners(row) for row in found)),
        contact.id,
        verified=session.scalar(proven.limit(1)) is not None,
        topics=topics,
    )


def seen_of_conversation(
    session: Session, principal: Principal, row: Conversation, fields: Collection[str]
) -> frozenset[str]:
    """Which of these fields of a conversation the principal may read."""
    read = Permission.CONVERSATION_READ
    return decide(principal, read, _for(session, principal, read, row), fields).seen


def require_conversation(
    session: Session, principal: Principal, permission: Permission, row: Conversation
) -> None:
    """Raises `Denied`; `NotFound` for what is out of the principal's reach."""
    require(principal, permission, _for(session, principal, permission, row))


def _for(
    session: Session, principal: Principal, permission: Permission, row: Conversation
) -> Resource:
    if everywhere(principal, permission):
        return Resource("conversation", row.unit_id)  # nothing else is looked at
    return of_conversation(session, row)


def contact_named(session: Session, contact_id: int) -> Resource:
    """Raises `NotFound`, also for a contact of another unit."""
    row = session.scalar(select(Contact).where(Contact.id == contact_id))
    if row is None:
        raise NotFound("no such contact")
    return of_contact(session, row)


def conversation_named(session: Session, conversation_id: int) -> Resource:
    """Raises `NotFound`, also for a conversation of another unit."""
    row = session.scalar(select(Conversation).where(Conversation.id == conversation_id))
    if row is None:
        raise NotFound("no such conversation")
    return of_conversation(session, row)


def _owners(row: Conversation) -> frozenset[str]:
    if row.assignee is Assignee.USER:
        return frozenset({f"user/{row.user_id}"})
    if row.assignee is Assignee.ASSISTANT:
        return frozenset({f"assistant/{row.assistant_id}"})
    return frozenset()


def must_reach(
    session: Session, principal: Principal, permission: Permission, conversation_id: int
) -> None:
    """Raises `Denied`; `NotFound`, also for a conversation out of the principal's reach."""
    require(principal, permission)
    require(principal, permission, conversation_named(session, conversation_id))


def locked(
    session: Session, principal: Principal, permission: Permission, conversation_id: int
) -> Conversation:
    """The conversation, for this transaction alone, if the principal may do this to it.

    Raises `Denied`, `NotFound`.
    """
    require(principal, permission)
    row = session.scalar(
        select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    )
    if row is None:
        raise NotFound("no such conversation")
    require_conversation(session, principal, permission, row)
    return row


def everywhere(principal: Principal, permission: Permission) -> bool:
    """Whether it is allowed for every object of the principal's units, with nothing to look at."""
    found = rules(principal, permission)
    every = all(grant.plain for _, grant in (*found.allows, *found.denies))
    return every and decide(principal, permission).allowed


def conversations(principal: Principal, permission: Permission) -> ColumnElement[bool]:
    """What a query of `Conversation` is narrowed by."""
    return _reached(principal, permission, _conversation, Conversation.unit_id)


def contacts(principal: Principal, permission: Permission) -> ColumnElement[bool]:
    """What a query of `Contact` is narrowed by."""
    return _reached(principal, permission, _contact, Contact.unit_id)


def conversation_ids(principal: Principal, permission: Permission) -> Select[int]:
    """The conversations a principal reaches, for queries of other tables."""
    return select(Conversation.id).where(conversations(principal, permission))


def _reached(
    principal: Principal, permission: Permission, clause: Any, unit: Any
) -> ColumnElement[bool]:
    found = rules(principal, permission)
    allows = [clause(g, principal) for _, g in found.allows if not g.needs_approval]
    denies = [clause(g, principal) for _, g in found.denies if "*" in g.fields]
    return and_(
        unit.in_(principal.units), or_(false(), *allows), not_(or_(false(), *denies))
    )  # fmt: skip


def _conversation(grant: Grant, principal: Principal) -> ColumnElement[bool]:
    proven = exists(
        select(Identity.id).where(
            Identity.id == Conversation.identity_id, Identity.strength == Strength.VERIFIED
        )
    )
    return and_(
        _work(grant, principal),
        proven if grant.conditions else true(),
        _topics(grant),
    )


def _contact(grant: Grant, principal: Principal) -> ColumnElement[bool]:
    work = exists(
        select(Conversation.id).where(
            Conversation.contact_id == Contact.id, _work(grant, principal)
        )
    )
    proven = exists(
        select(Identity.id).where(
            Identity.contact_id == Contact.id, Identity.strength == Strength.VERIFIED
        )
    )
    return and_(
        true() if grant.reach is Reach.UNIT else work,
        proven if grant.conditions else true(),
        _topics(grant),
    )


def _topics(grant: Grant) -> ColumnElement[bool]:
    # A list is about no topic: what cannot be judged opens nothing and is no exception.
    return true() if not grant.topics or grant.deny else false()


def _work(grant: Grant, principal: Principal) -> ColumnElement[bool]:
    if grant.reach is Reach.UNIT:
        return true()
    own: ColumnElement[bool] = false()
    if principal.kind == "user":
        own = and_(Conversation.assignee == Assignee.USER, Conversation.user_id == principal.number)
    elif principal.kind == "assistant":
        own = and_(
            Conversation.assignee == Assignee.ASSISTANT,
            Conversation.assistant_id == principal.number,
        )
    if grant.reach is Reach.TEAM:
        return or_(own, Conversation.team_id.in_(principal.teams))
    return own
