"""The web application over a small company: two units of the same shape, four roles each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from fastapi.testclient import TestClient

from access import people
from admin_api.main import create_app
from connectors import accounts
from knowledge import ingest, releases, sources
from records import contacts, conversations, identities, messages
from records.conversations import Place
from records.identities import Address
from records.messages import Incoming
from runtime.database import open_session
from runtime.scope import NOBODY, Scope

PASSWORD = "{name}-wears-a-blue-hat"
SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
ROLES = ("service", "sales", "management", "admin")


@dataclass
class Branch:
    """One unit with people, a contact, a conversation, knowledge and a channel account."""

    unit: int
    scope: Scope
    secret: str
    """A word that occurs in everything personal of this unit, and nowhere else."""
    users: dict[str, int] = field(default_factory=dict)
    contact: int = 0
    conversation: int = 0
    source: int = 0


@pytest.fixture
def company(db) -> dict[str, Branch]:
    with open_session(NOBODY) as session:
        people.seed_roles(session)
    return {name: _branch(name, secret) for name, secret in (("eu", "Zorblat"), ("jp", "Quixnor"))}


def _branch(name: str, secret: str) -> Branch:
    with open_session(NOBODY) as session:
        unit = people.add_unit(session, name)
        team = people.team_of_unit(session, unit)
        branch = Branch(unit, Scope.of(unit), secret)
        for role in ROLES:
            branch.users[role] = people.add_user(
                session,
                "system/0",
                email=f"{role}@{name}.example",
                name=f"{role} of {name}",
                password=PASSWORD.format(name=role),
                role=role,
                units=[unit],
                teams=[team],
            )
        assistant = people.add_assistant(session, name="Mika", units=[unit], languages=["en"])
    system = people.system(unit)
    with open_session(branch.scope) as session:
        account = accounts.add_account(
            session, system, unit_id=unit, channel="web", name=f"web-{name}"
        )
        sender = identities.resolve(
            session,
            unit_id=unit,
            channel="web",
            addresses=[Address("visitor", f"visitor-{secret}")],
            name=f"{secret} Smith",
        )
        contacts.observe(
            session,
            sender.contact_id,
            {"email": f"{secret}@mail.example", "order.last.number": f"NW-{secret}"},
            source="crm",
        )
        branch.contact = sender.contact_id
        place = Place(unit, "web", account.id, account.name, assistant)
        branch.conversation = conversations.open_conversation(
            session, place, contact_id=sender.contact_id, identity_id=sender.identity_id
        )
        messages.append_inbound(
            session, branch.conversation, Incoming("m1", f"I am {secret} and I ask")
        )
    ingest.ingest_text(
        unit,
        source="handbook",
        name="returns.md",
        title="Returns",
        text=f"# Returns\n\nYou can return any item within 30 days. Ask for {secret}.\n",
        language="en",
        principal=system,
    )
    with open_session(branch.scope) as session:
        releases.release_now(session, system, branch.unit, note="for the tests")
        branch.source = sources.list_sources(session, system)[0].id
    return branch


@pytest.fixture
def app(company):
    return create_app()


@pytest.fixture
def client(app) -> Iterator[TestClient]:
    with TestClient(app, headers=SAME_ORIGIN) as opened:
        yield opened


def sign_in(client: TestClient, role: str, unit: str = "eu") -> None:
    client.cookies.clear()
    answer = client.post(
        "/api/v1/session",
        json={"email": f"{role}@{unit}.example", "password": PASSWORD.format(name=role)},
    )
    assert answer.status_code == 200, answer.text
