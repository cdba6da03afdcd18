"""Who sees a unit sees what lies below it; moving one changes that, with a second person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access import Denied, Principal, approvals, people, tree, units
from access.models import Unit
from ledger import entries
from runtime import jobs
from runtime.database import now, open_session
from runtime.errors import BadInput, NotFound
from runtime.scope import NOBODY


def _user(name: str, role: str, *homes: int) -> int:
    with open_session(NOBODY) as session:
        return people.add_user(
            session, "system/0", email=f"{name}@units.example", name=name,
            password="wears-a-blue-hat-today", role=role, units=homes,
        )  # fmt: skip


def _as(user: int) -> Principal:
    with open_session(NOBODY, read_only=True) as session:
        found = people.principal_of(session, user)
    assert found is not None
    return replace(found, proved_at=now())


@pytest.fixture
def world(db) -> dict[str, int]:
    """company > germany > berlin, company > france; two admins above, one in each country."""
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        top = people.add_unit(session, "company")
    found = {"company": top}
    found["ada"], found["bob"] = _user("ada", "admin", top), _user("bob", "admin", top)
    for name, above in (("germany", "company"), ("france", "company"), ("berlin", "germany")):
        with open_session(_as(found["ada"]).scope) as session:
            found[name] = units.create(
                session, _as(found["ada"]), name=name, title="", parent_id=found[above],
                languages=["en"],
            )  # fmt: skip
    found["greta"] = _user("greta", "admin", found["germany"])
    found["fleur"] = _user("fleur", "admin", found["france"])
    found["sam"] = _user("sam", "service", found["berlin"])
    return found


def _ask(world: dict[str, int], who: str, unit: str, to: str | None) -> int:
    acting = _as(world[who])
    with open_session(acting.scope) as session:
        return units.ask_move(
            session, acting, world[unit], parent_id=world[to] if to else None, reason="new country"
        )


def _decide(world: dict[str, int], who: str, asked: int) -> None:
    acting = _as(world[who])
    with open_session(acting.scope) as session:
        seen = approvals.find(session, acting, asked).plan_hash
        approvals.decide(session, acting, asked, approve=True, seen=seen)
    jobs.drain()


def test_who_sees_a_unit_sees_what_lies_below(world):
    names = ("company", "germany", "france", "berlin")
    assert _as(world["ada"]).units == {world[name] for name in names}
    assert _as(world["greta"]).units == {world["germany"], world["berlin"]}
    assert _as(world["fleur"]).units == {world["france"]}
    assert _as(world["sam"]).units == {world["berlin"]}


def test_a_move_changes_who_sees_what_and_takes_two(world):
    asked = _ask(world, "ada", "berlin", "france")
    with open_session(_as(world["ada"]).scope) as session:
        plan = approvals.find(session, _as(world["ada"]), asked).plan
    assert plan == {
        "unit": world["berlin"], "from": world["germany"], "to": world["france"],
        "gain": [world["fleur"]], "lose": [world["greta"]],
    }  # fmt: skip
    assert world["berlin"] in _as(world["greta"]).units
    _decide(world, "bob", asked)
    assert _as(world["greta"]).units == {world["germany"]}
    assert _as(world["fleur"]).units == {world["france"], world["berlin"]}
    with open_session(NOBODY, read_only=True) as session:
        told = entries.of_units(session, _as(world["ada"]).units, action="unit:move")
    assert {entry.unit_id for entry in told} == {
        world[name] for name in ("berlin", "germany", "france")
    }
    assert {entry.detail["approved_by"] for entry in told} == {f"user/{world['bob']}"}


def test_a_move_is_refused_below_itself_where_it_lies_and_where_one_does_not_see(world):
    for who, unit, to, error in (
        ("ada", "germany", "berlin", BadInput),
        ("ada", "germany", "germany", BadInput),
        ("ada", "berlin", "germany", BadInput),
        ("greta", "berlin", "france", NotFound),
        ("greta", "germany", None, NotFound),
        ("fleur", "berlin", "france", NotFound),
        ("sam", "berlin", None, Denied),
    ):
        with pytest.raises(error):
            _ask(world, who, unit, to)


def test_whoever_decides_has_to_see_both_places(world):
    asked = _ask(world, "ada", "berlin", "france")
    _decide(world, "greta", asked)  # she sees where it comes from only
    assert world["berlin"] in _as(world["greta"]).units
    assert world["berlin"] not in _as(world["fleur"]).units


def test_a_move_is_not_carried_out_when_the_tree_is_another_one_by_then(world):
    first, second = _ask(world, "ada", "germany", "france"), _ask(world, "ada", "france", "germany")
    _decide(world, "bob", first)
    assert world["berlin"] in _as(world["fleur"]).units
    _decide(world, "bob", second)  # it would make a circle now
    with open_session(NOBODY, read_only=True) as session:
        assert tree.above(session, world["berlin"]) == {
            world[name] for name in ("berlin", "germany", "france", "company")
        }


def test_a_unit_is_made_below_an_own_one_only_and_a_team_of_those_who_see_it(world):
    greta = _as(world["greta"])
    with open_session(greta.scope) as session:
        with pytest.raises(NotFound):
            units.create(session, greta, name="lyon", title="", parent_id=world["france"],
                         languages=[])  # fmt: skip
        team = units.add_team(session, greta, world["berlin"], "Night")
        units.set_members(session, greta, team, [world["sam"], world["greta"], world["ada"]])
        with pytest.raises(BadInput, match="colleague"):
            units.set_members(session, greta, team, [world["fleur"]])
        shown = {node.name: node for node in units.nodes(session, greta)}
    assert shown["germany"].parent_id is None  # what lies above is not hers to see
    assert shown["berlin"].parent_id == world["germany"]
    assert [each.members for each in shown["berlin"].teams if each.name == "Night"] == [
        tuple(sorted((world["sam"], world["greta"], world["ada"])))
    ]
    assert team in _as(world["sam"]).teams
    fleur = _as(world["fleur"])
    with open_session(fleur.scope) as session, pytest.raises(NotFound):
        units.set_members(session, fleur, team, [])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parents=st.lists(st.integers(0, 11), min_size=12, max_size=12), start=st.integers(0, 11))
def test_below_is_what_walking_the_tree_finds(db, parents, start):
    """Any parents, circles too: it ends, and finds what a walk finds."""
    with open_session(NOBODY) as session:
        ids = []
        for _ in parents:
            row = Unit(name=f"u{len(ids)}", title="", languages=[], link_hosts=[])
            session.add(row)
            session.flush()
            ids.append(row.id)
        rows = {row.id: row for row in session.query(Unit)}
        for place, parent in enumerate(parents):
            rows[ids[place]].parent_id = None if parent == place else ids[parent]
        session.flush()
        found = tree.below(session, [ids[start]])
        higher = tree.above(session, ids[start])
        session.rollback()
    children = {each: [] for each in ids}
    for place, parent in enumerate(parents):
        if parent != place:
            children[ids[parent]].append(ids[place])
    walked, waiting = set(), [ids[start]]
    while waiting:
        here = waiting.pop()
        if here not in walked:
            walked.add(here)
            waiting += children[here]
    assert found == walked
    assert ids[start] in higher
