"""Is it really them? How well the person in a conversation is proven, and what that opens.

none < claimed < channel < code < signed. A platform that proves who writes (WhatsApp, Telegram)
gives `channel`; a one-time code that reached an address proven to be somebody's opens that
person's record in this conversation for half an hour; a host that signs who its visitor is gives
`signed`. Below `channel` nobody's account is read: not by the assistant, not by its tools.

A code is never stored. It is derived from the challenge with a key of the key file, so that the
job that sends it and the check that compares it make it anew.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, limits, require
from records import contacts, keys, merging, sealing
from records.contacts import Fact, Profile
from records.identity_models import CodeChallenge, SignedProof
from records.models import Contact, Conversation, Identity, new_ref
from records.states import Strength
from runtime import jobs, secrets
from runtime.database import now, open_session
from runtime.errors import NotFound
from runtime.scope import Scope

CODE_LIFE = timedelta(minutes=10)
VERIFIED_FOR = timedelta(minutes=30)
TRIES = 3
DIGITS = 6
PER_CONTACT = (3, timedelta(hours=1))
PER_ADDRESS = (5, timedelta(days=1))
PER_UNIT = (120, timedelta(hours=1))
"""Codes that may be asked for: how many, in which time."""

OWN_WORDS = "contact"
"""The source of what somebody says of themselves."""


class Level(StrEnum):
    """How well it is proven who writes."""

    NONE = "none"
    CLAIMED = "claimed"
    CHANNEL = "channel"
    CODE = "code"
    SIGNED = "signed"

    @property
    def opens_account(self) -> bool:
        """Whether fields of the account may be read."""
        return self in (Level.CHANNEL, Level.CODE, Level.SIGNED)


class Code(StrEnum):
    """How the newest code of a conversation stands."""

    NONE = "none"
    WAITING = "waiting"
    PASSED = "passed"
    WRONG = "wrong"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Standing:
    """How well the person in a conversation is proven, and whose record that opens."""

    level: Level
    contact_id: int
    """The contact whose record may be read in this conversation."""
    until: datetime | None = None
    code: Code = Code.NONE
    claimed: tuple[str, ...] = ()
    """Kinds of addresses this person claimed here: `email`, `phone`."""


def standing(session: Session, conversation_id: int) -> Standing:
    """Raises `NotFound`."""
    conversation = _conversation(session, conversation_id)
    newest = _newest(session, conversation_id)
    code = _state(newest)
    claimed = tuple(keys.asserted_kinds(session, conversation.contact_id, conversation.channel))
    if newest is not None and newest.passed_at is not None and newest.target_id is not None:
        until = newest.passed_at + VERIFIED_FOR
        if until > now():
            return Standing(Level.CODE, newest.target_id, until, code, claimed)
    own, lapses = _own_level(session, conversation, bool(claimed))
    return Standing(own, conversation.contact_id, lapses, code, claimed)


def _own_level(
    session: Session, conversation: Conversation, claimed: bool
) -> tuple[Level, datetime | None]:
    signed = session.scalar(
        select(SignedProof.until).where(
            SignedProof.identity_id == conversation.identity_id, SignedProof.until > now()
        )
    )
    if signed is not None:
        return Level.SIGNED, signed
    strength = session.scalar(
        select(Identity.strength).where(Identity.id == conversation.identity_id)
    )
    # A host's word holds as long as it signed for, unlike a platform's.
    if strength is Strength.VERIFIED and not _was_signed(session, conversation.identity_id):
        return Level.CHANNEL, None
    return (Level.CLAIMED if claimed else Level.NONE), None


def _was_signed(session: Session, identity_id: int) -> bool:
    found = select(SignedProof.id).where(SignedProof.identity_id == identity_id)
    return session.scalar(found) is not None


def _conversation(session: Session, conversation_id: int) -> Conversation:
    found = session.scalar(select(Conversation).where(Conversation.id == conversation_id))
    if found is None:
        raise NotFound("no such conversation")
    return found


def shown(session: Session, principal: Principal, conversation_id: int) -> Standing:
    """The standing of a conversation for people. Raises `Denied`, `NotFound`."""
    require(principal, Permission.CONVERSATION_READ)
    found = _conversation(session, conversation_id)
    if found.unit_id not in principal.units:
        raise NotFound("no such conversation")
    return standing(session, conversation_id)


def read_profile(
    session: Session, principal: Principal, conversation_id: int, *, purpose: str
) -> tuple[Standing, Profile]:
    """What may be read of the person in a conversation at the level this person has reached.

    Below `channel` that is what they said of themselves here, and nothing else, whatever the
    contact was merged with. Raises `Denied`, `NotFound`.
    """
    proven = standing(session, conversation_id)
    conversation = _conversation(session, conversation_id)

    def said_here(part: int, fact: Fact) -> bool:
        own = fact.source in (OWN_WORDS, conversation.channel)
        return part == conversation.contact_id and own

    only = None if proven.level.opens_account else said_here
    profile = contacts.read_profile(
        session, principal, proven.contact_id, purpose=purpose, only=only
    )
    return proven, profile


def sign(session: Session, identity_id: int, *, until: datetime) -> None:
    """A host has signed who this visitor is; the newest word counts."""
    identity = session.scalar(select(Identity).where(Identity.id == identity_id))
    if identity is None:
        raise NotFound("no such identity")
    row = session.scalar(select(SignedProof).where(SignedProof.identity_id == identity_id))
    if row is None:
        row = SignedProof(unit_id=identity.unit_id, identity_id=identity_id)
        session.add(row)
    row.until, row.proved_at = until, now()
    session.flush()
    _record(session, identity.unit_id, "verification:sign", f"contact/{identity.contact_id}")


# --- one-time codes -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Errand:
    """A code on its way: to whom, through which conversation's account."""

    code: str
    language: str
    unit_id: int
    account_id: int
    channel: str
    addresses: dict[str, str]


def ask_code(conversation_id: int, unit_id: int, kind: str, value: str, language: str) -> None:
    """Have a code sent to the address, if it is somebody's proven one; say nothing either way.

    What happens here looks the same for addresses nobody has. Opens sessions of its own. Raises
    `TooMany` over a limit, `NotFound`.
    """
    found = keys.index(unit_id, kind, value) or ""
    with open_session(Scope.of(unit_id), read_only=True) as session:
        contact_id = _conversation(session, conversation_id).contact_id
    for what, who, (most, within) in (
        ("codes of a contact", str(contact_id), PER_CONTACT),
        ("codes to an address", found, PER_ADDRESS),
        ("codes of a unit", str(unit_id), PER_UNIT),
    ):
        limits.count(what, who, most=most, within=within)
    with open_session(Scope.of(unit_id)) as session:
        _challenge(session, conversation_id, kind, found, language)


def _challenge(
    session: Session, conversation_id: int, kind: str, key_index: str, language: str
) -> None:
    conversation = _conversation(session, conversation_id)
    at = now()
    session.execute(
        update(CodeChallenge)
        .where(CodeChallenge.conversation_id == conversation_id, CodeChallenge.ended_at.is_(None))
        .values(ended_at=at)
    )
    row = CodeChallenge(
        unit_id=conversation.unit_id, conversation_id=conversation_id, ref=new_ref(), kind=kind,
        key_index=key_index, language=language, created_at=at, expires_at=at + CODE_LIFE,
        target_id=next(iter(keys.holders(session, conversation.unit_id, key_index)), None),
    )  # fmt: skip
    session.add(row)
    session.flush()
    jobs.enqueue(
        session, "connectors.send_code", unit_id=row.unit_id, lane=f"code/{row.id}",
        challenge_id=row.id,
    )  # fmt: skip
    _record(
        session, row.unit_id, "verification:ask", f"conversation/{conversation_id}",
        key=kind, challenge=row.id,
    )  # fmt: skip


def _code(row: CodeChallenge) -> str:
    mac = secrets.keys().mac("one-time code", f"{row.unit_id}|{row.conversation_id}|{row.ref}")
    return f"{int(mac, 16) % 10**DIGITS:0{DIGITS}}"


def errand(session: Session, challenge_id: int, channels: tuple[str, ...]) -> Errand | None:
    """What is to be sent now; None when there is nobody to send it to, or no use in it any more.

    `channels` are those that reach the address. Called once: the second time there is nothing.
    """
    row = session.scalar(
        select(CodeChallenge).where(CodeChallenge.id == challenge_id).with_for_update()
    )
    if row is None or row.ended_at or row.sent_at or row.target_id is None:
        return None
    if row.expires_at <= now():
        return None
    way = session.execute(
        select(Conversation, Identity)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(
            # Whose proven address it is, and no other part of the same person.
            Conversation.contact_id.in_(keys.holders(session, row.unit_id, row.key_index)),
            Conversation.channel.in_(channels),
            or_(Conversation.window_expires_at.is_(None), Conversation.window_expires_at > now()),
            Identity.strength == Strength.VERIFIED,
            Identity.reachable.is_(True),
        )
        .order_by(Conversation.touched_at.desc())
        .limit(1)
    ).one_or_none()
    if way is None:
        return None
    conversation, _ = way
    key = sealing.data_key(session, conversation.contact_id)
    addresses = {
        each.kind: sealing.unseal(key, each, "address")
        for each in session.scalars(
            select(Identity)
            .where(
                Identity.contact_id == conversation.contact_id,
                Identity.channel == conversation.channel,
            )
            .order_by(Identity.id == conversation.identity_id, Identity.id)
        )
    }
    row.sent_at = now()
    _record(
        session, row.unit_id, "verification:send", f"contact/{row.target_id}",
        challenge=row.id, channel=conversation.channel,
    )  # fmt: skip
    return Errand(
        _code(row), row.language, row.unit_id, conversation.account_id, conversation.channel,
        addresses,
    )  # fmt: skip


def kind_of(session: Session, challenge_id: int) -> str | None:
    """What kind of address a code goes to; None when it is needed no more."""
    return session.scalar(
        select(CodeChallenge.kind).where(
            CodeChallenge.id == challenge_id, CodeChallenge.ended_at.is_(None)
        )
    )


def end(session: Session, challenge_id: int) -> None:
    """Nothing comes of this code any more."""
    session.execute(
        update(CodeChallenge)
        .where(CodeChallenge.id == challenge_id, CodeChallenge.ended_at.is_(None))
        .values(ended_at=now())
    )


def attempt(session: Session, row: CodeChallenge, given: str) -> bool:
    """Try a code, in the transaction that keeps the message it came in."""
    row.tries += 1
    right = hmac.compare_digest(given.encode(), _code(row).encode())
    # Where nobody was sent a code, no code is right, and it takes as long to say so.
    passed = right and row.target_id is not None
    if passed:
        row.passed_at = row.ended_at = now()
    elif row.tries >= TRIES:
        row.ended_at = now()
    session.flush()
    _record(
        session, row.unit_id, "verification:pass" if passed else "verification:fail",
        f"conversation/{row.conversation_id}", challenge=row.id, tries=row.tries,
    )  # fmt: skip
    if passed:
        _suggest(session, row)
    return passed


def _suggest(session: Session, row: CodeChallenge) -> None:
    """Who had the code in hand may be the same person; a browser may be many people's."""
    conversation = _conversation(session, row.conversation_id)
    target = session.scalar(select(Contact.id).where(Contact.id == row.target_id))
    if target is None or row.passed_at is None:
        return
    _record(
        session, row.unit_id, "verification:open", f"contact/{target}",
        conversation=row.conversation_id, until=(row.passed_at + VERIFIED_FOR).isoformat(),
    )  # fmt: skip
    side = {"strength": str(Strength.VERIFIED), "channel": "code"}
    evidence = [{"key": row.kind, "first": side, "second": side}]
    merging.suggest(session, row.unit_id, conversation.contact_id, target, evidence)


def _newest(session: Session, conversation_id: int) -> CodeChallenge | None:
    return session.scalar(
        select(CodeChallenge)
        .where(CodeChallenge.conversation_id == conversation_id)
        .order_by(CodeChallenge.id.desc())
        .limit(1)
    )


def open_challenge(session: Session, conversation_id: int) -> CodeChallenge | None:
    """The code that is being waited for, locked; None when there is none."""
    return session.scalar(
        select(CodeChallenge)
        .where(
            CodeChallenge.conversation_id == conversation_id,
            CodeChallenge.ended_at.is_(None),
            CodeChallenge.expires_at > now(),
        )
        .order_by(CodeChallenge.id.desc())
        .limit(1)
        .with_for_update()
    )


def _state(row: CodeChallenge | None) -> Code:
    if row is None:
        return Code.NONE
    if row.passed_at is not None:
        return Code.PASSED if row.passed_at + VERIFIED_FOR > now() else Code.NONE
    if row.ended_at is not None or row.expires_at <= now():
        return Code.OVER
    return Code.WRONG if row.tries else Code.WAITING


def _record(session: Session, unit_id: int, action: str, subject: str, **detail: object) -> None:
    ledger.record(session, "system/0", action, subject, unit_id=unit_id, **detail)
