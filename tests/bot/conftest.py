"""A shop with a small handbook, a visitor who writes, and jobs that are drained on the spot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from access import Grant, Permission, Principal, Role, people
from connectors import accounts, web
from connectors.channel import ChannelAccount
from knowledge import ingest
from records import contacts, transcripts
from records.transcripts import MessageView, Thread
from runtime import jobs
from runtime.database import open_session
from runtime.scope import NOBODY, Scope
from tests.conftest import point_to, serve
from tests.fakes.openai_stub import Stub, running

if TYPE_CHECKING:
    from tests.bot.desk import Desk

HANDBOOK = """# Returns and refunds

## How long can I return something?

You can return any item within 30 days of delivery. The 30 days start on the day the parcel arrives.

## What does a return cost?

Returns from Germany are free. From other countries a return costs EUR 4.90.

# Tents

## How heavy is the Fjell 2?

The Fjell 2 weighs 2.1 kg with poles, pegs and bags.
"""

FACTS = {
    "name": "Nora Feldmann",
    "email": "nora.feldmann@mail.example",
    "phone": "+49 30 23125 004",
    "order.last.number": "NW-204518",
    "order.last.status": "on its way",
    "address.street": "Lindenweg 3",
    "risk.note": "asked for a discount twice",
}


@dataclass
class Shop:
    """The visitor's side and the desk's side of one conversation."""

    scope: Scope
    ana: Principal
    account: ChannelAccount
    visitor: str = "visitor0001"

    def write(self, text: str) -> int:
        return web.say(self.account, self.visitor, uuid4().hex, text)

    def ask(self, text: str) -> MessageView | None:
        """Write, let the house work, and return what the assistant said to it."""
        conversation = self.write(text)
        before = {m.id for m in self.thread(conversation).messages}
        jobs.drain()
        said = [m for m in self.thread(conversation).messages if m.author == "assistant"]
        return next((m for m in reversed(said) if m.id not in before), None)

    def thread(self, conversation: int) -> Thread:
        with open_session(self.scope) as session:
            return transcripts.thread(session, self.ana, conversation)

    @property
    def conversation(self) -> int:
        found = web.conversation_of(self.account, self.visitor)
        assert found is not None
        return found


@pytest.fixture
def shop(db, configured) -> Shop:
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(session, "europe", languages=["en", "de"])
        team = people.team_of_unit(session, unit)
        user = people.add_user(
            session,
            "system/0",
            email="ana@desk.example",
            name="Ana",
            password="ana-wears-a-blue-hat",
            role="service",
            units=[unit],
            teams=[team],
        )
        people.add_assistant(session, name="Mika", units=[unit], languages=["en", "de"])
        ana = people.principal_of(session, user)
    scope = Scope.of(unit)
    with open_session(scope) as session:
        accounts.add_account(
            session, people.system(unit), unit_id=unit, channel="web", name="web-eu"
        )
    ingest.ingest_text(
        unit,
        source="handbook",
        name="handbook.md",
        title="Handbook",
        text=HANDBOOK,
        language="en",
        principal=people.system(unit),
    )
    serve(unit)
    return Shop(scope, ana, accounts.account("web-eu"))


SITE = "the-site-signs-with-this-made-up-secret"


def signed(account: ChannelAccount, subject: str, secret: str = SITE, **given: object) -> str:
    """A token with which the site says who its visitor is."""
    claims = {"sub": subject, "aud": account.name, "exp": int(time.time()) + 3600, **given}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))


@pytest.fixture
def known(shop: Shop) -> Shop:
    """The same shop, and it knows a lot about this visitor, whom its site has signed for."""
    with open_session(shop.scope) as session:
        unit = min(shop.scope.units)
        accounts.replace_secrets(
            session, people.system(unit), shop.account.id, {"identity_secret": SITE}
        )
    shop.account = accounts.account("web-eu")
    token = web.start_signed(shop.account, signed(shop.account, "nora"))
    shop.visitor = web.visitor_of(shop.account, token)
    shop.write("hello")
    jobs.drain()
    with open_session(shop.scope) as session:
        contact = transcripts.thread(session, shop.ana, shop.conversation).line.contact_id
        contacts.observe(session, contact, FACTS, source="crm")
    return shop


@pytest.fixture
def model(shop: Shop, configured) -> Iterator[Stub]:
    """A model server that quotes the first source, and keeps every body it is sent."""
    from guardrails import gateway

    with running() as stub:
        point_to(configured, stub.url, model_deadline=3)
        yield stub
        gateway.close()


@pytest.fixture
def desk(shop: Shop) -> Desk:
    grants = tuple(
        Grant(permission)
        for permission in (
            Permission.KNOWLEDGE_READ,
            Permission.KNOWLEDGE_WRITE,
            Permission.KNOWLEDGE_RELEASE,
        )
    )
    from tests.bot.desk import Desk

    units = shop.scope.units
    author = Principal("user/101", "user", Role("editor", grants), units)
    second = Principal("user/102", "user", Role("editor", grants), units)
    return Desk(shop, author, second)
