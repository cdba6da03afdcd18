"""Somebody leaves with open work: access is gone, nothing is orphaned, no customer notices."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

import records.leaving  # noqa: F401 - says how conversations are handed over
from access import Denied, Permission, approvals, leaving, people, sign_in, tokens
from access.models import Approval
from connectors import accounts
from ledger import entries
from records import conversations, identities, messages
from records.conversations import Place
from records.identities import Address
from records.messages import Incoming
from records.models import Conversation, Message
from records.states import Assignee, Author
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn
from runtime.scope import NOBODY, Scope
from tests.access.house import BOTH, PASSWORD, acting, settle

OPEN = 50
ACT = approvals.needs_two("test:leave", asks=Permission.CONTACT_READ, job="test.leave")


@pytest.fixture
def house(migrated):
    found = settle(
        {
            "boss": ("admin", (1, 2)), "lea": ("service", (1, 2)), "sam": ("service", (1,)),
            "far": ("admin", (2,)),
        }
    )  # fmt: skip
    for unit in (1, 2):
        with open_session(Scope.of(unit)) as session:
            accounts.add_account(
                session, people.system(unit), unit_id=unit, channel="web", name=f"web-{unit}"
            )
    return found


def _talk(owner, unit: int, number: int) -> int:
    with open_session(Scope.of(unit)) as session:
        who = identities.resolve(
            session, unit_id=unit, channel="web", name=f"Visitor {number}",
            addresses=[Address("visitor", f"visitor-{unit}-{number}")],
        )  # fmt: skip
        made = conversations.open_conversation(
            session, Place(unit, "web", unit, f"web-{unit}", None),
            contact_id=who.contact_id, identity_id=who.identity_id,
        )  # fmt: skip
        messages.append_inbound(session, made, Incoming(f"{unit}-{number}-1", "hello"))
        conversations.take_over(session, owner, made)
    return made


def test_fifty_open_items_find_a_new_owner_while_customers_write(house):
    lea, boss = acting(house["lea"]), acting(house["boss"])
    theirs = [_talk(lea, 1 if number % 5 else 2, number) for number in range(OPEN)]
    cookie = sign_in.sign_in("lea@desk.example", PASSWORD, source="192.0.2.1").token
    with open_session(BOTH) as session:
        for number in range(3):
            approvals.ask(
                session, lea, ACT.name, f"contact/{number}", unit_id=1, plan={}, reason="r"
            )
    failed: list[BaseException] = []
    begun = threading.Event()

    def customers_write() -> None:
        try:
            for turn in range(4):
                for at, number in enumerate(theirs):
                    unit = 1 if at % 5 else 2
                    with open_session(Scope.of(unit)) as session:
                        messages.append_inbound(
                            session, number, Incoming(f"{unit}-{at}-x{turn}", f"and {turn}?")
                        )
                    begun.set()
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    customers = threading.Thread(target=customers_write)
    customers.start()
    begun.wait(10)
    started = now()
    done = leaving.leave(boss, house["lea"], successor=house["sam"])
    gone = now()
    customers.join(60)
    assert failed == []
    assert (gone - started).total_seconds() < 5
    assert done.handed_over == {"conversations": OPEN}
    assert (done.sessions, done.requests) == (1, 3)
    with pytest.raises(NotSignedIn):
        sign_in.by_session(cookie)
    with open_session(BOTH, read_only=True) as session:
        owners = session.execute(
            select(Conversation.unit_id, Conversation.assignee, Conversation.user_id).where(
                Conversation.closed_at.is_(None)
            )
        ).all()
        heard = session.scalar(
            select(func.count()).select_from(Message).where(Message.author == Author.CONTACT)
        )
        asked = session.execute(select(Approval.decided_by, Approval.approved)).all()
        names = people.names(session, [lea.id])
    # The successor works in unit 1 only: what is of unit 2 goes to its team.
    assert set(owners) == {(1, Assignee.USER, house["sam"]), (2, Assignee.TEAM, None)}
    assert len(owners) == OPEN
    assert heard == OPEN * 5  # every message of every customer
    assert set(asked) == {("system/0", False)}
    assert names == {lea.id: "Lea"}  # what was written stays theirs


def test_a_customer_who_goes_on_gets_an_answer_from_the_successor(house):
    lea, boss, sam = (acting(house[name]) for name in ("lea", "boss", "sam"))
    number = _talk(lea, 1, 1)
    with open_session(Scope.of(1)) as session:
        messages.reply(session, lea, number, "One moment, I look it up.")
    leaving.leave(boss, house["lea"], successor=house["sam"])
    with open_session(Scope.of(1)) as session:
        assert messages.append_inbound(session, number, Incoming("again", "thanks")) is not None
        messages.reply(session, sam, number, "It is on its way.")
        said = session.execute(
            select(Message.author_id).where(Message.author == Author.USER).order_by(Message.id)
        ).scalars().all()  # fmt: skip
    assert said == [lea.id, sam.id]


def test_tokens_and_factors_end_and_the_ledger_says_so(house):
    boss = acting(house["boss"])
    far = acting(house["far"])
    token = tokens.create_token(far, "t", permissions=["user:read"])
    done = leaving.leave(boss, house["far"])
    assert done.tokens == 1
    with pytest.raises(NotSignedIn):
        tokens.by_token(token)
    with open_session(BOTH) as session:
        entry = entries.of_units(session, [2], action="user:leave")[0]
    assert (entry.actor, entry.subject) == (boss.id, far.id)
    assert entry.detail == {"to": "team", "items": 0}


def test_who_may_not_and_what_cannot_be(house):
    boss, far, sam = (acting(house[name]) for name in ("boss", "far", "sam"))
    with pytest.raises(Denied):
        leaving.leave(sam, house["lea"])
    with pytest.raises(NotFound):
        leaving.leave(far, house["sam"])
    with pytest.raises(NotAllowed, match="your own"):
        leaving.leave(boss, house["boss"])
    with pytest.raises(BadInput, match="successor"):
        leaving.leave(boss, house["lea"], successor=house["lea"])
    with pytest.raises(Conflict, match="nobody else"):
        leaving.leave(far, house["boss"])  # nobody else looks after unit 1
    assert acting(house["lea"]).kind == "user"


def test_a_leave_that_fails_half_way_has_not_happened(house, monkeypatch):
    lea, boss = acting(house["lea"]), acting(house["boss"])
    number = _talk(lea, 1, 1)

    def fall(*_: object) -> int:
        raise Conflict("the disk is full")

    monkeypatch.setitem(leaving._kinds, "zz-last", fall)
    with pytest.raises(Conflict):
        leaving.leave(boss, house["lea"])
    assert replace(acting(house["lea"]), proved_at=None) == replace(lea, proved_at=None)
    with open_session(Scope.of(1)) as session:
        assert session.get_one(Conversation, number).user_id == house["lea"]
    with open_session(NOBODY) as session:
        assert (
            session.scalar(text("SELECT count(*) FROM ledger_entry WHERE action='user:leave'")) == 0
        )
