"""Seed a believable shop, marked as demo data, and wipe it again."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from access import people
from connectors import accounts
from knowledge import ingest, releases
from records import contacts, history, identities
from records.conversations import Place
from records.history import Past, PastLine
from records.states import Assignee, Strength
from runtime.database import now, open_session
from runtime.errors import Conflict
from runtime.scope import NOBODY, Scope

DATA = Path(__file__).resolve().parent.parent / "demo"

KINDS = {"web": "visitor", "telegram": "telegram", "whatsapp": "wa_id", "email": "email"}
"""The kind of address by which each channel knows a sender."""

DEMO_SECRETS: dict[str, dict[str, str]] = {
    "web": {},
    "telegram": {"token": "0:demo", "secret_token": "demo"},
    "whatsapp": {"token": "demo", "app_secret": "demo", "verify_token": "demo"},
}
"""What accounts that never send are given where a channel asks for secrets."""


@dataclass(frozen=True, slots=True)
class Login:
    """A demo user's way in; the password is shown once."""

    name: str
    email: str
    role: str
    password: str


@dataclass(frozen=True, slots=True)
class _Shop:
    """Names of the files, as ids of the rows made for them."""

    units: Mapping[str, int]
    teams: Mapping[str, int]
    users: Mapping[str, int]
    assistants: Mapping[str, int]
    accounts: Mapping[str, Place]
    team_of_account: Mapping[str, int]


def seed(on_step: Callable[[str], None] = lambda _: None) -> list[Login]:
    """Fill an empty installation. Raises `Conflict` when it holds units already."""
    plan = _read("people.json")
    on_step("people, roles and channels")
    with open_session(NOBODY) as session:
        if people.units(session):
            raise Conflict("this installation is not empty: demo data goes into a new one")
        people.seed_roles(session)
        shop, logins = _people(session, plan)
    places = _accounts(plan, shop)
    shop = _Shop(
        shop.units, shop.teams, shop.users, shop.assistants, places, _teams_of_accounts(plan, shop)
    )
    on_step("knowledge articles")
    for key, unit in shop.units.items():
        for folder in sorted((DATA / "knowledge" / key).iterdir()):
            ingest.ingest_path(
                unit,
                folder,
                language=folder.name,
                source=f"{key}/{folder.name}",
                principal=people.system(unit),
            )
        with open_session(Scope.of(unit)) as session:
            releases.release_now(session, people.system(unit), unit, note="the demo's articles")
    on_step("customers and their conversations")
    for item in _read("contacts.json")["contacts"]:
        with open_session(Scope.of(shop.units[item["unit"]])) as session:
            _contact(session, item, shop)
    return logins


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def _people(session: Session, plan: Any) -> tuple[_Shop, list[Login]]:
    units = {
        item["key"]: people.add_unit(
            session, item["key"], title=item["name"], languages=item["languages"], demo=True
        )
        for item in plan["units"]
    }
    # The default team of a unit comes first: hand-offs go there.
    ordered = sorted(plan["teams"], key=lambda item: not item["default"])
    teams = {
        item["key"]: people.add_team(session, units[item["unit"]], item["name"]) for item in ordered
    }
    users, logins = {}, []
    for item in plan["users"]:
        password = secrets.token_urlsafe(12)
        users[item["email"]] = people.add_user(
            session,
            "system/0",
            email=item["email"],
            name=item["name"],
            password=password,
            role=item["role"],
            units=[units[key] for key in item["units"]],
            teams=[teams[key] for key in item["teams"]],
            demo=True,
        )
        logins.append(Login(item["name"], item["email"], item["role"], password))
    assistants = {
        item["key"]: people.add_assistant(
            session,
            name=item["name"],
            units=[units[key] for key in item["units"]],
            languages=item["languages"],
            role=item["role"],
            demo=True,
        )
        for item in plan["assistants"]
    }
    return _Shop(units, teams, users, assistants, {}, {}), logins


def _accounts(plan: Any, shop: _Shop) -> dict[str, Place]:
    places = {}
    for item in plan["accounts"]:
        unit = shop.units[item["unit"]]
        with open_session(Scope.of(unit)) as session:
            made = accounts.add_account(
                session,
                people.system(unit),
                unit_id=unit,
                channel=item["channel"],
                name=item["name"],
                secrets=DEMO_SECRETS[item["channel"]],
                external_id=item["name"] if item["channel"] == "whatsapp" else "",
                title=item["name"],
                demo=True,
            )
            if item["channel"] != "web":
                # The addresses are invented: nothing may ever be sent to them.
                accounts.set_active(session, people.system(unit), made.id, active=False)
        assistant = shop.assistants[item["assistant"]]
        places[item["name"]] = Place(unit, item["channel"], made.id, item["name"], assistant)
    return places


def _teams_of_accounts(plan: Any, shop: _Shop) -> dict[str, int]:
    return {item["name"]: shop.teams[item["team"]] for item in plan["accounts"]}


def _contact(session: Session, item: Any, shop: _Shop) -> None:
    unit = shop.units[item["unit"]]
    found: identities.Address | None = None
    by_channel: dict[str, int] = {}
    for identity in item["identities"]:
        address = identities.Address(
            KINDS[identity["channel"]],
            identity["address"],
            Strength.VERIFIED if identity["verified"] else Strength.WEAK,
        )
        known = [found] if found else []
        resolved = identities.resolve(
            session,
            unit_id=unit,
            channel=identity["channel"],
            addresses=[address, *known],
            demo=True,
        )
        found = found or address
        by_channel[identity["channel"]] = resolved.identity_id
        contact_id = resolved.contact_id
    at = now()
    for fact in sorted(item["attributes"], key=lambda fact: -int(fact["days_ago"])):
        contacts.observe(
            session,
            contact_id,
            {fact["name"]: fact["value"]},
            source=fact["source"],
            at=at - timedelta(days=fact["days_ago"]),
        )
    for talk in item.get("conversations", []):
        channel = shop.accounts[talk["account"]].channel
        past = _past(talk, shop, contact_id, by_channel[channel], at)
        history.bring_in(session, people.system(unit), past)


def _past(talk: Any, shop: _Shop, contact_id: int, identity_id: int, at: datetime) -> Past:
    place = shop.accounts[talk["account"]]
    start = at - timedelta(minutes=talk["started_minutes_ago"])
    lines = [_line(line, start, place, shop) for line in talk["lines"]]
    ends, _, whose = talk["ends"].partition(":")
    reasons = [line.event.get("reason") for line in lines if line.event]
    assignee = Assignee(ends) if ends in set(Assignee) else Assignee.ASSISTANT
    return Past(
        place,
        shop.teams[whose] if ends == "team" else shop.team_of_account[talk["account"]],
        contact_id,
        identity_id,
        talk["language"],
        lines,
        assignee,
        shop.users[whose] if ends == "user" else None,
        next((reason for reason in reversed(reasons) if reason), None)
        if assignee is not Assignee.ASSISTANT
        else None,
        closed=ends == "closed",
    )


def _line(line: Any, start: datetime, place: Place, shop: _Shop) -> PastLine:
    actor = {
        "contact": "",
        "assistant": f"assistant/{place.assistant_id}",
        "user": f"user/{shop.users.get(line.get('user', ''), 0)}",
        "system": f"user/{shop.users[line['user']]}" if line.get("user") else "system/0",
    }[line["author"]]
    event = dict(line["event"]) if "event" in line else None
    if event is not None and event["kind"] == "assigned":
        event["to"] = actor
    return PastLine(
        line["author"],
        start + timedelta(minutes=line["minutes_after"]),
        line.get("text", ""),
        actor,
        tuple(_source(path) for path in line.get("sources", [])),
        event,
    )


def _source(path: str) -> dict[str, Any]:
    article = (DATA / "knowledge" / path).read_text(encoding="utf-8")
    title = next(
        (line.removeprefix("# ") for line in article.splitlines() if line.startswith("# ")), path
    )
    return {"source": path.rpartition("/")[0], "title": title, "heading": "", "url": None}


def wipe() -> int:
    """Delete the demo customers with all they said; return how many there were."""
    with open_session(NOBODY, read_only=True) as session:
        units = [unit.id for unit in people.units(session)]
    with open_session(Scope.of(*units)) as session:
        gone = history.wipe_demo(session, people.system(*units))
        accounts.remove_demo(session)
    with open_session(NOBODY) as session:
        people.disable_demo(session)
    return gone


def is_seeded() -> bool:
    """Whether this installation holds units already: then nothing is seeded."""
    with open_session(NOBODY, read_only=True) as session:
        return bool(people.units(session))


def as_data(login: Login) -> dict[str, str]:
    """A login as it is kept for the next start of the demo."""
    return dataclasses.asdict(login)
