"""An installation in which one contact has left a trace in every store, each value told apart.

`Trace.tokens` are the values; another contact has left as many. Nothing is put into a table by
hand where the product has a way of its own.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from access import Permission, Principal, approvals, people
from connectors import accounts, halted, inbox
from connectors.channel import ChannelAccount
from guardrails import receipts, spending  # noqa: F401 - usage is a store, too
from guardrails.trace import Trace as ModelTrace
from knowledge import gaps, ingest
from records import changes, contacts, conversations, deliveries, identities, messages
from records.conversations import Place
from records.identities import Address
from runtime.database import now, open_session
from runtime.jobs import JobRow
from runtime.scope import NOBODY, Scope

UNIT = Scope.of(1)
SECRET = "webhook-secret"
TEST_ACT = approvals.needs_two(
    "test:about_contact", asks=Permission.CONTACT_EXPORT, job="test.about_contact"
).name


@dataclass
class World:
    """Who works here, and where customers write."""

    agent: Principal
    asks: Principal
    decides: Principal
    assistant: Principal
    telegram: ChannelAccount


@dataclass
class Trace:
    """What one contact has left."""

    dice: random.Random
    tokens: list[str] = field(default_factory=list)
    contact: int = 0
    conversation: int = 0
    telegram_id: str = ""

    def word(self, *, ascii_only: bool = False) -> str:
        """A value that occurs nowhere else; letters that every encoding writes its own way."""
        made = f"Zq{self.dice.getrandbits(56):014x}" + ("" if ascii_only else "é")
        self.tokens.append(made)
        return made

    def number(self, start: str = "9") -> str:
        made = start + "".join(str(self.dice.randrange(10)) for _ in range(11))
        self.tokens.append(made)
        return made


def build() -> World:
    """One unit with people, an assistant, knowledge and a Telegram bot."""
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(session, "europe", languages=["en"])
        people.add_unit(session, "japan")
        team = people.team_of_unit(session, unit)
        made = [
            people.add_user(
                session, "system/0", email=f"{name}@desk.example", name=name,
                password=f"{name}-wears-a-blue-hat", role=role, units=[unit], teams=[team],
            )
            for name, role in (
                ("Agatha Quill", "service"), ("Bruno Marsh", "management"), ("Cleo Dune", "admin")
            )
        ]  # fmt: skip
        hired = people.add_assistant(session, name="Mika", units=[unit], languages=["en"])
        staff = [people.principal_of(session, number) for number in made]
        assistant = people.assistant(session, hired).principal
    with open_session(UNIT) as session:
        accounts.add_account(
            session, people.system(1), unit_id=1, channel="telegram", name="telegram-eu",
            secrets={"token": "42:TEST-bot-token", "secret_token": SECRET},
        )  # fmt: skip
    ingest.ingest_text(
        1, source="handbook", name="handbook.md", title="Handbook", language="en",
        text="# Returns\n\nYou can return any item within 30 days of delivery.",
        principal=people.system(1),
    )  # fmt: skip
    agent, asks, decides = (replace(each, proved_at=now()) for each in staff if each)
    return World(agent, asks, decides, assistant, accounts.account("telegram-eu"))


def act_again(who: Principal) -> Principal:
    """The same person after another proof of who is acting (the clock may have moved)."""
    return replace(who, proved_at=now())


def leave_traces(world: World, seed: int) -> Trace:
    """A contact with more than sixty values, at least one in each field of each store."""
    trace = Trace(random.Random(seed))
    _addresses(world, trace)
    _facts(trace)
    _talk(world, trace)
    _outside(world, trace)
    _models(world, trace)
    _asked_for(world, trace)
    return trace


def _addresses(world: World, trace: Trace) -> None:
    trace.telegram_id = trace.number("7")
    addresses = [
        Address("telegram", trace.telegram_id),
        Address("wa_id", trace.number("49")),
        Address("visitor", trace.word(ascii_only=True)),
    ]
    with open_session(UNIT) as session:
        found = identities.resolve(
            session, unit_id=1, channel="telegram", addresses=addresses, name=trace.word()
        )
        place = Place(1, "telegram", world.telegram.id, "telegram-eu", world.assistant.number)
        trace.contact = found.contact_id
        trace.conversation = conversations.open_conversation(
            session, place, contact_id=found.contact_id, identity_id=found.identity_id
        )


FACTS = (
    "email", "phone", "address.street", "address.city", "company", "deal.stage", "deal.value",
    "loyalty.tier", "loyalty.number", "marketing.segment", "marketing.source", "order.last.number",
    "order.last.status", "order.next.number", "risk.note", "birthday", "custom.crm.owner",
    "custom.sensitive.allergy", "country", "language",
)  # fmt: skip


def _facts(trace: Trace) -> None:
    with open_session(UNIT) as session:
        contacts.observe(session, trace.contact, {"email": trace.word()}, source="form")
        values = {name: trace.word() for name in FACTS}
        contacts.observe(session, trace.contact, values, source="crm")


def _talk(world: World, trace: Trace) -> None:
    extra: dict[str, Any] = {
        "attachments": [{"name": trace.word(), "caption": trace.word()}],
        "reply_to": trace.word(),
    }
    chat = f"{trace.telegram_id}:"
    with open_session(UNIT) as session:
        for number in range(12):
            incoming = messages.Incoming(f"{chat}{number}", trace.word(), extra=extra)
            last = messages.append_inbound(session, trace.conversation, incoming)
            extra = {}
        changes.edit(session, world.telegram.id, f"{chat}0", trace.word())
        changes.delete(session, world.telegram.id, f"{chat}1")
        answer = messages.reply(
            session, world.assistant, trace.conversation, trace.word(), answers=last
        )
        deliveries.begin(session, answer)
        halted.note(session, deliveries.outgoing(session, answer), first_id=trace.word())
    with open_session(UNIT) as session:
        conversations.take_over(session, world.agent, trace.conversation)
        for _ in range(3):  # queued: nobody has sent them yet
            messages.reply(session, world.agent, trace.conversation, trace.word())
        for _ in range(3):
            messages.note(session, world.agent, trace.conversation, trace.word())
        conversations.person_spoke_elsewhere(
            session, trace.conversation, trace.word(), external_id=f"{chat}77", at=now()
        )


def _outside(world: World, trace: Trace) -> None:
    """Deliveries that are kept: an edit of what is not here, and a message without its number."""
    person = {"id": int(trace.telegram_id), "first_name": trace.word()}
    chat = {"id": int(trace.telegram_id), "type": "private"}
    base = int(trace.telegram_id) % 10**6
    edit = {"message_id": 999, "date": 1, "edit_date": 2, "chat": chat, "from": person}
    _deliver({"update_id": base, "edited_message": edit | {"text": trace.word()}})
    broken = {"date": 1, "chat": chat, "from": {**person, "last_name": trace.word()}}
    _deliver({"update_id": base + 1, "message": broken | {"text": trace.word()}})


def _deliver(update: dict[str, Any]) -> None:
    from tests.connectors.conftest import run_all

    headers = {"x-telegram-bot-api-secret-token": SECRET, "content-type": "application/json"}
    inbox.accept("telegram-eu", headers, json.dumps(update).encode())
    run_all(leave=("bot.answer", "connectors.deliver", "connectors.connect"))


def _models(world: World, trace: Trace) -> None:
    account = ModelTrace(1, trace.conversation, None, time.monotonic() + 60)
    for _ in range(3):
        said = [{"content": trace.word()}]
        body = json.dumps({"model": "m", "messages": said}, ensure_ascii=False)
        receipts.write(account, body.encode(), host="models.example", model="m", counts={})
    with open_session(UNIT) as session:
        from guardrails.models import Usage

        session.add(Usage(unit_id=1, contact_id=trace.contact, day="2026-01-01", prompt_tokens=5))
        for number in range(2):
            gaps.note(
                session, 1, message_id=number + 10_000 * trace.contact,
                conversation_id=trace.conversation, language="en", question=trace.word(),
            )  # fmt: skip


def _asked_for(world: World, trace: Trace) -> None:
    for _ in range(2):
        with open_session(UNIT) as session:
            approvals.ask(
                session, act_again(world.asks), TEST_ACT, f"contact/{trace.contact}", unit_id=1,
                plan={"contact": trace.contact}, reason=f"they wrote {trace.word()}",
            )  # fmt: skip


def decide(world: World, approval: int) -> None:
    """The second person reads the plan and approves."""
    with open_session(UNIT) as session:
        shown = approvals.plan_of(session, approval)
        approvals.decide(
            session, act_again(world.decides), approval, approve=True, seen=shown.plan_hash
        )


def work(prefix: str = "records.") -> None:
    """Run the jobs of a kind that are due, and only those, by the product's own runner."""
    from sqlalchemy import select

    from runtime import jobs

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with open_session(NOBODY) as session:
            waiting = session.scalars(
                select(JobRow).where(
                    JobRow.kind.startswith(prefix),
                    JobRow.finished_at.is_(None),
                    JobRow.every.is_(None),
                )
            ).all()
        if not waiting:
            return
        for row in waiting:
            claimed = jobs.claim(row.id)
            if claimed is not None:
                jobs.run(claimed)
        if any(row.run_at > now() + timedelta(seconds=5) for row in waiting):
            raise AssertionError(f"{waiting[0].kind} has failed and waits")
    raise AssertionError("the work did not end")
