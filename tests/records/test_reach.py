"""Reach and fields hold wherever a conversation or a contact is read, and in all that is done."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update

from access import Permission, Principal, decide, people
from access.grants import role_from
from admin_api.live import Seen
from guardrails import receipts
from guardrails.trace import Trace
from records import (
    contacts,
    conversations,
    exchanges,
    identities,
    lenses,
    messages,
    reaching,
    sealing,
    transcripts,
)  # fmt: skip
from records.identities import Address
from records.messages import Incoming
from records.models import Contact, Conversation, Identity, Message
from records.states import Assignee, Strength
from runtime.database import open_session
from runtime.errors import Conflict, NotFound
from runtime.nudges import Nudge
from runtime.scope import NOBODY
from tests.access import cases

DOES = (
    "contact:list", "contact:read", "conversation:assign", "conversation:close",
    "conversation:note", "conversation:read", "conversation:reply", "receipt:read",
)  # fmt: skip
PHONE = "+49 151 2345 6789"


@dataclass(frozen=True)
class Desk:
    """Ana's conversation, one of her team, one of another team: who may see which."""

    house: Any
    other_team: int
    mine: int
    teams: int
    others: int

    @property
    def three(self) -> tuple[int, int, int]:
        return self.mine, self.teams, self.others

    def ana(self, reach: str, **more: Any) -> Principal:
        grants = [{"permission": each, "reach": reach} for each in DOES]
        return self.acting([{**g, **more.get(g["permission"], {})} for g in grants])

    def acting(self, grants: list[dict[str, Any]]) -> Principal:
        who = self.house.ana
        return Principal(who.id, "user", role_from("own", grants), who.units, who.teams, who.name)


@pytest.fixture
def desk(house: Any) -> Desk:
    with open_session(NOBODY) as session:
        other_team = people.add_team(session, house.unit, "Second line")
    with open_session(house.scope) as session:
        found = []
        for number in ("4712345", "4722345", "4732345"):
            sender = identities.resolve(
                session, unit_id=house.unit, channel="telegram",
                addresses=[Address("telegram", number)], name=f"Person {number}",
            )  # fmt: skip
            contacts.observe(session, sender.contact_id, {"phone": PHONE}, source="crm")
            conversation = conversations.open_conversation(
                session, house.place, contact_id=sender.contact_id, identity_id=sender.identity_id
            )
            text = f"I am {number}, call {PHONE.replace(' ', '')}"
            messages.append_inbound(session, conversation, Incoming(number, text))
            found.append(conversation)
        conversations.assign(session, people.system(house.unit), found[0], user_id=house.ana.number)
        for number in found[1:]:
            conversations.assign(session, people.system(house.unit), number, user_id=None)
        session.execute(
            update(Conversation).where(Conversation.id == found[2]).values(team_id=other_team)
        )
    return Desk(house, other_team, *found)


EXPECTED = {"assigned": (True, False, False), "team": (True, True, False), "unit": (True,) * 3}


def _contact(session: Any, conversation: int) -> int:
    found = conversations.contact_of(session, conversation)
    assert found is not None
    return found


READS: dict[str, Callable[[Any, Principal, int], object]] = {
    "thread": transcripts.thread,
    "profile": lambda s, who, n: contacts.read_profile(s, who, _contact(s, n)),
    "exchange": lambda s, who, n: exchanges.read(
        s, who, s.scalar(select(Message.id).where(Message.conversation_id == n)), purpose="test"
    ),
    "receipts": lambda s, who, n: reaching.must_reach(s, who, Permission.RECEIPT_READ, n),
    "reply": lambda s, who, n: messages.reply(s, _owner(s, who, n), n, "hello"),
    "note": lambda s, who, n: messages.note(s, who, n, "hello"),
    "take over": conversations.take_over,
    "hand back": conversations.hand_back,
    "assign": lambda s, who, n: conversations.assign(s, who, n, user_id=None),
    "close": conversations.close,
}


def _owner(session: Any, who: Principal, conversation: int) -> Principal:
    """Make who replies the owner, so that only the reach can be in the way."""
    session.execute(
        update(Conversation)
        .where(Conversation.id == conversation, Conversation.assignee != Assignee.USER)
        .values(assignee=Assignee.USER, user_id=999)
    )
    return who


@pytest.mark.parametrize("reach", list(EXPECTED))
@pytest.mark.parametrize("act", list(READS))
def test_what_is_out_of_reach_is_not_there(desk: Desk, reach: str, act: str) -> None:
    who = desk.ana(reach)
    for number, expected in zip(desk.three, EXPECTED[reach], strict=True):
        found = True
        with open_session(desk.house.scope) as session:
            try:
                READS[act](session, who, number)
            except NotFound:
                found = False
            except Conflict:  # it was reached; its state refuses the act
                found = True
            session.rollback()
        assert found is expected, (act, reach, number)


@pytest.mark.parametrize("reach", list(EXPECTED))
def test_lists_counts_and_the_stream_hold_what_is_reached(desk: Desk, reach: str) -> None:
    who = desk.ana(reach)
    expected = {n for n, yes in zip(desk.three, EXPECTED[reach], strict=True) if yes}
    with open_session(desk.house.scope) as session:
        lines = transcripts.list_conversations(session, who, "all")
        assert {line.id for line in lines} == expected
        assert transcripts.count_queues(session, who)["all"] == len(expected)
        listed = {line.contact_id for line in contacts.list_contacts(session, who)}
        reached = {_contact(session, number) for number in expected}
        assert reached <= listed
        if reach != "unit":
            assert listed == reached
    seen = Seen()
    seen.begin(who)
    rung = [Nudge(desk.house.unit, f"conversation/{number}") for number in desk.three]
    assert {item.topic for item in seen.among(who, rung)} == {f"conversation/{n}" for n in expected}


def test_the_stream_names_once_what_was_taken_from_someone(desk: Desk) -> None:
    who = desk.ana("assigned")
    seen = Seen()
    seen.begin(who)
    rung = [Nudge(desk.house.unit, f"conversation/{desk.mine}")]
    with open_session(desk.house.scope) as session:
        conversations.assign(session, people.system(desk.house.unit), desk.mine, user_id=None)
    assert seen.among(who, rung) == rung
    assert seen.among(who, rung) == []


def test_receipts_of_others_are_not_there(desk: Desk) -> None:
    for number in desk.three:
        receipts.write(
            Trace(desk.house.unit, number, None, 0.0), b"{}", host="m.example", model="m", counts={}
        )
    receipts.write(
        Trace(desk.house.unit, None, None, 0.0), b"{}", host="m.example", model="m", counts={}
    )
    for reach, expected in EXPECTED.items():
        with open_session(desk.house.scope) as session:
            found = receipts.page(session, desk.ana(reach))
            mine = {n for n, yes in zip(desk.three, expected, strict=True) if yes}
            wanted = mine | ({None} if reach == "unit" else set())
            assert {each.conversation_id for each in found} == wanted
            every = [each.id for each in receipts.page(session, desk.ana("unit"))]
            for number in set(every) - {each.id for each in found}:
                with pytest.raises(NotFound):
                    receipts.one(session, desk.ana(reach), number)


def test_who_may_not_see_bodies_sees_lists_without_previews(desk: Desk) -> None:
    frame = desk.ana("unit", **{"conversation:read": {"fields": ["verdict"]}})
    with open_session(desk.house.scope) as session:
        messages.note(session, desk.ana("unit"), desk.mine, "he sounded cross")
        _attach(session, desk.mine, [{"name": "passport.pdf"}])
        lines = transcripts.list_conversations(session, frame, "all")
        assert len(lines) == 3
        assert {line.preview for line in lines} == {""}
        thread = transcripts.thread(session, frame, desk.mine)
        assert {message.text for message in thread.messages} == {""}
        assert "note" not in {message.content_type for message in thread.messages}
        assert all(not m.attachments and not m.sources for m in thread.messages)
        assert thread.withheld == ("attachments", "body", "notes", "sources")
        first = session.scalar(select(Message.id).where(Message.conversation_id == desk.mine))
        with pytest.raises(NotFound):
            exchanges.read(session, frame, first, purpose="test")
        assert all(word not in str(thread) for word in ("cross", "passport", "call"))


def _attach(session: Any, conversation: int, attachments: list[dict[str, Any]]) -> None:
    row = session.scalar(select(Message).where(Message.conversation_id == conversation).limit(1))
    key = sealing.data_key(session, _contact(session, conversation))
    row.extra_sealed = sealing.seal(key, row, "extra", json.dumps({"attachments": attachments}))
    session.flush()


SPELLINGS = (PHONE, "+4915123456789", "0151 23456789", "0049-151-2345-6789", "4712345")


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_identifiers_are_hidden_in_names_previews_events_and_attachments(
    desk: Desk, spelled: str
) -> None:
    closed = desk.ana("unit", **{"contact:read": {"fields": ["name"]}})
    opened = desk.ana("unit", **{"contact:read": {"fields": ["name", "phone", "channel.*"]}})
    with open_session(desk.house.scope) as session:
        contact = _contact(session, desk.mine)
        contacts.observe(session, contact, {"name": f"Nora {spelled}"}, source="channel")
        _attach(session, desk.mine, [{"name": f"scan {spelled}.pdf", "size": 12}])
        row = session.scalar(select(Conversation).where(Conversation.id == desk.mine))
        event = conversations._event
        event(session, people.system(desk.house.unit), row, "flagged", reason=f"of {spelled}")
        messages.append_inbound(session, desk.mine, Incoming("m9", f"ring {spelled} today"))
        for who, there in ((closed, False), (opened, True)):
            line = next(
                each
                for each in transcripts.list_conversations(session, who, "all")
                if each.id == desk.mine
            )
            thread = transcripts.thread(session, who, desk.mine)
            parts = {
                "name": line.contact_name,
                "preview": line.preview,
                "author": next(m.author_name for m in thread.messages if m.author == "contact"),
                "event": str([m.event for m in thread.messages if m.event]),
                "attachment": str([m.attachments for m in thread.messages if m.attachments]),
                "list": contacts.display_name(session, who, contact),
            }
            assert {name: spelled in text for name, text in parts.items()} == dict.fromkeys(
                parts, there
            )


def test_other_numbers_stay_readable() -> None:
    hidden = ("+4915123456789", "4711", "nora@mail.example")
    text = "order 47110815 of 4711, 12 items, 15123456789, NORA@mail.example, 2026-11-24"
    assert lenses.black_out(text, hidden) == (
        "order 47110815 of •••, 12 items, •••, •••, 2026-11-24"
    )


def test_sql_and_decisions_agree(desk: Desk) -> None:
    """A list holds exactly what could be opened one by one, for any role."""
    chance = random.Random(11)
    _spread(desk, chance)
    differences, reached = [], 0
    with open_session(desk.house.scope) as session:
        rows = session.scalars(select(Conversation)).all()
        everyone = session.scalars(select(Contact)).all()
        objects = [(row, reaching.of_conversation(session, row)) for row in rows]
        people_ = [(row, reaching.of_contact(session, row)) for row in everyone]
        for _ in range(300):
            asks = cases.who(chance) | {
                "id": chance.choice((f"user/{desk.house.ana.number}", "user/2", "assistant/1")),
                "units": [desk.house.unit],
                "teams": chance.sample([1, desk.other_team], chance.randint(0, 2)),
            }
            who = cases.principal(asks, cases.role(chance))
            read, listed = Permission.CONVERSATION_READ, Permission.CONTACT_LIST
            found = set(session.scalars(reaching.conversation_ids(who, read)))
            expected = {row.id for row, it in objects if decide(who, read, it).allowed}
            listing = set(session.scalars(select(Contact.id).where(reaching.contacts(who, listed))))
            listable = {row.id for row, it in people_ if decide(who, listed, it).allowed}
            reached += len(expected) + len(listable)
            if found != expected or listing != listable:
                differences.append((who, found ^ expected, listing ^ listable))
    assert reached > 300
    assert differences == []


def _spread(desk: Desk, chance: random.Random) -> None:
    """Give owners, teams and strengths of all kinds to a dozen conversations."""
    with open_session(desk.house.scope) as session:
        for number in range(12):
            sender = identities.resolve(
                session, unit_id=desk.house.unit, channel="web",
                addresses=[
                    Address("visitor", f"v{number}", chance.choice(tuple(Strength))),
                ],
            )  # fmt: skip
            made = conversations.open_conversation(
                session, desk.house.place, contact_id=sender.contact_id,
                identity_id=sender.identity_id,
            )  # fmt: skip
            assignee = chance.choice(tuple(Assignee))
            session.execute(
                update(Conversation)
                .where(Conversation.id == made)
                .values(
                    assignee=assignee,
                    user_id=chance.choice((desk.house.ana.number, 2))
                    if assignee is Assignee.USER
                    else None,
                    team_id=chance.choice((1, desk.other_team)),
                )
            )
        assert len({row.strength for row in session.scalars(select(Identity))}) > 1
