"""Random roles, principals and objects: as data for the oracle, and as ours for `decide`."""

from __future__ import annotations

import random
from typing import Any

from access.grants import role_from
from access.policy import Principal, Resource
from access.topics import TOPICS

PERMISSIONS = ("contact:read", "conversation:read", "conversation:reply", "contact:list")
FIELDS = (
    "name", "language", "country", "email", "phone", "channel.telegram", "channel.whatsapp",
    "order.last.number", "order.last.state", "order.sum", "loyalty.tier", "loyalty.points",
    "deal.stage", "health.note", "body", "notes",
)  # fmt: skip
PATTERNS = (*FIELDS, "*", "order.*", "loyalty.*", "channel.*", "*.note", "order.*.number", "o*m")
CLOSED = ("body", "notes", "verdict", "*")


def grant(chance: random.Random) -> dict[str, Any]:
    permission = chance.choice(PERMISSIONS)
    made: dict[str, Any] = {"permission": permission}
    if permission == "contact:read":
        made["fields"] = chance.sample(PATTERNS, chance.randint(1, 4))
    elif permission == "conversation:read":
        made["fields"] = chance.sample(CLOSED, chance.randint(1, 2))
    if chance.random() < 0.4:
        made["reach"] = chance.choice(("assigned", "team", "unit"))
    if chance.random() < 0.25:
        made["deny"] = True
    if chance.random() < 0.25:
        made["conditions"] = ["verified"]
    if chance.random() < 0.25:
        made["topics"] = chance.sample(TOPICS, chance.randint(1, 2))
    if chance.random() < 0.1:
        made["needs_approval"] = True
    return made


def role(chance: random.Random) -> list[dict[str, Any]]:
    return [grant(chance) for _ in range(chance.randint(1, 6))]


def who(chance: random.Random) -> dict[str, Any]:
    return {
        "id": f"{chance.choice(('user', 'assistant'))}/{chance.randint(1, 3)}",
        "units": sorted(chance.sample((1, 2, 3), chance.randint(1, 2))),
        "teams": sorted(chance.sample((10, 20, 30), chance.randint(0, 2))),
    }


def what(chance: random.Random) -> dict[str, Any]:
    owners = [f"user/{n}" for n in (1, 2, 3)] + ["assistant/1", "assistant/2"]
    return {
        "kind": chance.choice(("contact", "conversation")),
        "unit": chance.choice((1, 2, 3)),
        "teams": chance.sample((10, 20, 30), chance.randint(0, 2)),
        "owners": chance.sample(owners, chance.randint(0, 2)),
        "verified": chance.choice((True, False, None)),
        "topics": chance.choice((None, [], chance.sample(TOPICS, chance.randint(1, 2)))),
    }


def principal(data: dict[str, Any], grants: list[dict[str, Any]], name: str = "own") -> Principal:
    kind = "user" if data["id"].startswith("user/") else "assistant"
    return Principal(
        data["id"], kind, role_from(name, grants), frozenset(data["units"]),
        frozenset(data["teams"]),
    )  # fmt: skip


def resource(data: dict[str, Any]) -> Resource:
    topics = data["topics"]
    return Resource(
        data["kind"], data["unit"], frozenset(data["teams"]), frozenset(data["owners"]),
        verified=data["verified"], topics=None if topics is None else frozenset(topics),
    )  # fmt: skip
