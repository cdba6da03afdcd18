"""Nobody is told what is not for them: random worlds, readers and questions against the tables."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import Engine, text

from access import Grant, Permission, Principal, Role, people
from knowledge import index, ingest, proposals, releases, retrieval
from knowledge.editions import ANYONE, COLLEAGUES, CUSTOMERS, Readers
from knowledge.models import Audience
from runtime.database import now, open_session
from runtime.scope import Scope

pytestmark = pytest.mark.timeout(600)

UNITS = (1, 2, 3)
QUERIES = 1_000
_WORDS = (
    "anchor basket candle drawer engine feather garden hammer island jacket kettle ladder magnet "
    "needle orange pillow quiver ribbon saddle tunnel umbrella violin window yellow zipper"
)
WORDS = _WORDS.split()
ALL = (
    Grant(Permission.KNOWLEDGE_READ),
    Grant(Permission.KNOWLEDGE_RELEASE),
    Grant(Permission.KNOWLEDGE_WRITE),
)
AUTHOR = Principal("user/1", "user", Role("author", ALL), frozenset(UNITS))
SECOND = Principal("user/2", "user", Role("second", ALL), frozenset(UNITS))


class World:
    """Units whose knowledge is written, released, tried, withdrawn, rolled back and deleted."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def build(self) -> None:
        for unit_id in UNITS:
            for number in range(24):
                self._write(unit_id, number)
            self._release(unit_id)
            for _ in range(3):
                for number in self.dice.sample(range(30), 6):
                    self._write(unit_id, number)
                self._release(unit_id)
                self.act(unit_id)
            if unit_id != 3:
                self._try_out(unit_id)
            for number in self.dice.sample(range(40), 6):
                self._write(unit_id, number)  # drafts

    def act(self, unit_id: int) -> None:
        """Withdraw or delete something, or go back to an earlier release."""
        kind = self.dice.choice(("withdraw", "delete", "roll back"))
        with open_session(Scope.of(unit_id)) as session:
            live = rows(session, "SELECT live FROM knowledge_unit WHERE unit_id = :u", u=unit_id)
            served = [
                each.document_id
                for each in rows(
                    session,
                    "SELECT v.document_id FROM knowledge_version v JOIN knowledge_serving s "
                    "ON s.version_id = v.id WHERE v.unit_id = :u AND s.since <= :n "
                    "AND (s.until IS NULL OR s.until > :n) ORDER BY v.document_id",
                    u=unit_id, n=live[0].live,
                )
            ]  # fmt: skip
            retired = [
                each.number
                for each in rows(
                    session,
                    "SELECT number FROM knowledge_release WHERE unit_id = :u AND state = 'retired' "
                    "ORDER BY number",
                    u=unit_id,
                )
            ]
            if kind == "withdraw" and served:
                chosen = self.dice.choice(served)
                releases.withdraw(session, SECOND, chosen, note="for the test")
            elif kind == "delete" and served:
                releases.delete_document(session, SECOND, self.dice.choice(served))
            elif retired:
                releases.rollback(session, SECOND, unit_id, self.dice.choice(retired))

    def _write(self, unit_id: int, number: int) -> None:
        today = now().date()
        days = (None, None, None, -30, -1, 0, 1, 30)
        first, last = self.dice.choice(days), self.dice.choice(days)
        if first is not None and last is not None and last < first:
            first, last = last, first
        ingest.ingest_text(
            unit_id,
            source="made up",
            name=f"{number}.md",
            title=" ".join(self.dice.sample(WORDS, 2)),
            text=" ".join(self.dice.sample(WORDS, 12)),
            language=self.dice.choice(("en", "en", "de")),
            principal=AUTHOR,
            audience=self.dice.choice(list(Audience)),
            valid_from=_day(today, first),
            valid_until=_day(today, last),
        )

    def _release(self, unit_id: int) -> None:
        with open_session(Scope.of(unit_id)) as session:
            releases.release_now(session, people.system(unit_id), unit_id, note="for the test")

    def _try_out(self, unit_id: int) -> None:
        """Serve a canary release to a part of the conversations."""
        for number in self.dice.sample(range(40), 8):
            self._write(unit_id, number)
        with open_session(Scope.of(unit_id)) as session:
            made = proposals.propose(session, AUTHOR, unit_id, note="for the test").id
        with open_session(Scope.of(unit_id)) as session:
            proposals.conclude(session, made, {}, passed=True)
        with open_session(Scope.of(unit_id)) as session:
            releases.approve(session, SECOND, made, share=self.dice.randint(30, 70))


def _day(today: date, distance: int | None) -> date | None:
    return None if distance is None else today + timedelta(days=distance)


def rows(session, statement: str, **given: object):  # type: ignore[no-untyped-def] # plain SQL
    return session.connection().execute(text(statement), given).all()


@dataclass(frozen=True)
class Truth:
    """A chunk, as the tables have it, and the numbers between which it is served."""

    chunk_id: int
    unit_id: int
    audience: str
    valid_from: str | None
    valid_until: str | None
    since: int
    until: int | None


def truths(db: Engine) -> tuple[list[Truth], dict[int, tuple[int, int | None, int]]]:
    """Every chunk that any release serves, and what each unit serves now."""
    with db.connect() as connection:
        found = connection.execute(
            text(
                "SELECT c.id, v.unit_id, v.audience, v.valid_from, v.valid_until, s.since, s.until "
                "FROM knowledge_chunk c JOIN knowledge_version v ON v.id = c.version_id "
                "JOIN knowledge_serving s ON s.version_id = v.id"
            )
        ).all()
        units = connection.execute(
            text("SELECT unit_id, live, canary, canary_share FROM knowledge_unit")
        ).all()
    chunks = [
        Truth(
            each[0], each[1], each[2], each[3] and str(each[3]), each[4] and str(each[4]), *each[5:]
        )
        for each in found
    ]
    return chunks, {each[0]: (each[1], each[2], each[3]) for each in units}


def allowed(
    db: Engine, units: frozenset[int], readers: Readers, lot: int | None
) -> dict[int, tuple[int, int]]:
    """By chunk, unit and release of everything that may be told: by hand, from the tables."""
    today = str(now().date())
    chunks, serving = truths(db)
    found: dict[int, tuple[int, int]] = {}
    for each in chunks:
        if each.unit_id not in units or each.audience not in {str(one) for one in readers}:
            continue
        if each.valid_from and each.valid_from > today:
            continue
        if each.valid_until and each.valid_until < today:
            continue
        live, canary, share = serving[each.unit_id]
        release = live
        if canary is not None and lot is not None:
            drawn = int.from_bytes(sha256(f"{canary}/{lot}".encode()).digest()[:4], "big") % 100
            release = canary if drawn < share else live
        if each.since <= release and (each.until is None or release < each.until):
            found[each.chunk_id] = each.unit_id, release
    return found


@pytest.mark.parametrize("kind", ["scan", "chroma"])
def test_a_thousand_readers_are_told_nothing_that_is_not_for_them(
    db: Engine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    world = World(seed=11)
    world.build()
    dice = world.dice
    if kind == "chroma":
        monkeypatch.setattr(index, "EXACT_BELOW", 1)
        for unit_id in UNITS:
            index.synchronise(unit_id)
    wrong: list[str] = []
    told = 0
    for number in range(QUERIES):
        if number % 50 == 49:
            world.act(dice.choice(UNITS))
        units = frozenset(dice.sample(UNITS, dice.randint(1, 3)))
        readers = dice.choice((ANYONE, CUSTOMERS, COLLEAGUES))
        lot = dice.choice((None, dice.randint(1, 10**6)))
        query = " ".join(dice.sample(WORDS, dice.randint(1, 5)))
        truth = allowed(db, units, readers, lot)
        found = retrieval.search(
            units, query, language="en", limit=6, readers=readers, lot=lot
        )  # fmt: skip
        if len(found.passages) != min(6, len(truth)):
            wrong.append(f"{number}: {len(found.passages)} of {len(truth)}, {found.state}")
        for passage in found.passages:
            told += 1
            if passage.chunk_id not in truth:
                wrong.append(f"{number}: chunk {passage.chunk_id} is not for them")
            elif truth[passage.chunk_id][1] != passage.release:
                wrong.append(f"{number}: chunk {passage.chunk_id} is of another release")
    assert wrong == []
    assert told > QUERIES


def test_a_wall_that_is_down_is_seen(db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison itself would notice: what customers may not see is told to colleagues."""
    World(seed=12).build()
    everybody = allowed(db, frozenset(UNITS), COLLEAGUES, None)
    customers = allowed(db, frozenset(UNITS), CUSTOMERS, None)
    assert set(customers) < set(everybody)
    found = retrieval.search(UNITS, " ".join(WORDS), limit=200, readers=COLLEAGUES)
    assert {passage.chunk_id for passage in found.passages} == set(everybody)
