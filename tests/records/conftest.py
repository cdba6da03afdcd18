"""One unit with an assistant, a team and two colleagues."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from access import Principal, people
from records import conversations, identities
from records.conversations import Place
from records.identities import Address
from runtime.database import open_session
from runtime.scope import NOBODY, Scope


@dataclass(frozen=True)
class House:
    """Who works here, and a conversation that waits for its first message."""

    unit: int
    scope: Scope
    assistant: Principal
    ana: Principal
    ben: Principal
    boss: Principal
    place: Place
    contact: int
    identity: int

    def open(self) -> int:
        with open_session(self.scope) as session:
            return conversations.open_conversation(
                session, self.place, contact_id=self.contact, identity_id=self.identity
            )


@pytest.fixture
def house(db) -> House:
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(session, "europe")
        other = people.add_unit(session, "japan")
        team = people.team_of_unit(session, unit)
        ids = [
            people.add_user(
                session,
                "system/0",
                email=f"{name}@desk.example",
                name=name,
                password=f"{name}-wears-a-blue-hat",
                role=role,
                units=[unit],
                teams=[team],
            )
            for name, role in (("ana", "service"), ("ben", "sales"), ("boss", "management"))
        ]
        hired = people.add_assistant(session, name="Mika", units=[unit, other], languages=["en"])
        ana, ben, boss = (people.principal_of(session, user) for user in ids)
        assistant = people.assistant(session, hired).principal
    scope = Scope.of(unit)
    with open_session(scope) as session:
        sender = identities.resolve(
            session,
            unit_id=unit,
            channel="telegram",
            addresses=[Address("telegram", "4711")],
            name="Nora Field",
        )
    place = Place(unit, "telegram", 1, "telegram-eu", hired)
    return House(
        unit, scope, assistant, ana, ben, boss, place, sender.contact_id, sender.identity_id
    )
