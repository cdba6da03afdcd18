"""A unit's regression set: texts of its own, and what must come out of them.

A set is kept whole, sealed, and with a number: changing one row makes a new set. The newest one
counts. Rows are named by whoever writes them; only names are ever shown outside of the set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from guardrails import playground
from guardrails.models import PolicyCases
from guardrails.policy import Policy
from runtime.errors import AppError, BadInput, Conflict
from runtime.secrets import keys

MOST = 300
"""Rows of a set: each takes some milliseconds, and whoever releases waits for all of them."""

Value = Annotated[str, Field(min_length=1, max_length=200)]
Act = Literal["allow", "hand_over", "opt_out"]


class Case(BaseModel):
    """One row: a customer's text, and what must or must not be hidden of it; how it is to be
    met; what the gate must say about a reply to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    text: str = Field(min_length=1, max_length=4_000)
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$")
    hidden: tuple[Value, ...] = Field(default=(), max_length=50)
    """Parts of the text of which not one letter or digit may reach a model."""
    spared: tuple[Value, ...] = Field(default=(), max_length=50)
    """Parts of the text of which nothing may be hidden."""
    act: Act | None = None
    """What the inbound screening must decide."""
    reply: str = Field(default="", max_length=4_000)
    """What a model might answer, for the gate."""
    passages: tuple[Annotated[str, Field(min_length=1, max_length=4_000)], ...] = Field(
        default=(), max_length=20
    )
    gate: Literal["allow", "refuse"] | None = None


Problem = Literal["not_hidden", "hidden", "act", "gate", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one row came out. `values` are the parts of its text that went wrong: not for logs."""

    name: str
    ok: bool
    problems: tuple[Problem, ...] = ()
    values: tuple[str, ...] = ()


class Set(NamedTuple):
    """The newest set; number 0 and empty before there is one."""

    number: int
    cases: tuple[Case, ...]
    author: str = ""
    created_at: datetime | None = None


_ROWS = TypeAdapter(tuple[Case, ...])


def newest(session: Session, unit_id: int) -> Set:
    """The set that a release has to pass. Raises `Conflict` when it does not fit its hash."""
    row = session.scalar(
        select(PolicyCases)
        .where(PolicyCases.unit_id == unit_id)
        .order_by(PolicyCases.number.desc())
        .limit(1)
    )
    if row is None:
        return Set(0, ())
    text = keys().open(row.content_sealed, context=_place(unit_id, row.number))
    if hashlib.sha256(text.encode()).hexdigest() != row.sha256:
        raise Conflict(f"regression set {row.number} does not fit its hash")
    return Set(row.number, _ROWS.validate_json(text), row.author, row.created_at)


def read(session: Session, principal: Principal, unit_id: int) -> Set:
    """The newest set. Raises `Denied`, `NotFound`."""
    require(principal, Permission.GUARDRAILS_READ)
    within(principal, unit_id)
    return newest(session, unit_id)


def save(
    session: Session, principal: Principal, unit_id: int, rows: Sequence[Case], *, seen: int
) -> int:
    """Keep a new set; return its number. `seen` is the number of the set that was changed.

    Raises `BadInput` naming the row and the fix, `Conflict`, `Denied`, `NotFound`.
    """
    require(principal, Permission.GUARDRAILS_WRITE)
    within(principal, unit_id)
    check(rows)
    latest = newest(session, unit_id).number
    if latest != seen:
        raise Conflict(f"the regression set is at number {latest} by now: look again")
    text = json.dumps(
        [row.model_dump(mode="json") for row in rows],
        sort_keys=True, separators=(",", ":"), ensure_ascii=False,
    )  # fmt: skip
    digest = hashlib.sha256(text.encode()).hexdigest()
    session.add(
        PolicyCases(
            unit_id=unit_id,
            number=latest + 1,
            author=principal.id,
            size=len(rows),
            content_sealed=keys().seal(text, context=_place(unit_id, latest + 1)),
            sha256=digest,
        )
    )
    ledger.record(
        session,
        principal.id,
        "policy:cases",
        f"policy_cases/{latest + 1}",
        unit_id=unit_id,
        number=latest + 1,
        rows=len(rows),
        sha256=digest,
    )
    return latest + 1


def check(rows: Sequence[Case]) -> None:
    """Raise `BadInput` for rows that cannot be run."""
    if len(rows) > MOST:
        raise BadInput(f"cases: at most {MOST} rows")
    names: set[str] = set()
    for number, row in enumerate(rows):
        field = f"cases[{number}]"
        if row.name in names:
            raise BadInput(f"{field}.name: is there already, choose another")
        names.add(row.name)
        for part in ("hidden", "spared"):
            for place, value in enumerate(getattr(row, part)):
                if value not in row.text:
                    raise BadInput(f"{field}.{part}[{place}]: does not stand in the text")
        if row.gate and not row.reply:
            raise BadInput(f"{field}.reply: give the reply that the gate has to look at")
        if not (row.hidden or row.spared or row.act or row.gate):
            raise BadInput(f"{field}: say what must come out: hidden, spared, act or gate")


def run(rows: Sequence[Case], policy: Policy) -> list[Outcome]:
    """Every row under a policy; a row whose run fails has failed."""
    return [_outcome(row, policy) for row in rows]


def _outcome(row: Case, policy: Policy) -> Outcome:
    try:
        problems = list(_problems(row, policy))
    except AppError:
        problems = [("failed", "")]
    kinds = tuple(dict.fromkeys(problem for problem, _ in problems))
    values = tuple(dict.fromkeys(value for _, value in problems if value))
    return Outcome(row.name, not problems, kinds, values)


def _problems(row: Case, policy: Policy) -> Iterator[tuple[Problem, str]]:
    if row.hidden or row.spared:
        found = playground.covered(row.text, language=row.language, policy=policy)
        for value in row.hidden:
            if any(not places <= found for places in _places(row.text, value)):
                yield "not_hidden", value
        for value in row.spared:
            if any(places & found for places in _places(row.text, value)):
                yield "hidden", value
    if row.act:
        inbound = playground.screened(row.text, language=row.language, policy=policy)
        if inbound.act != row.act:
            yield "act", ""
    if row.gate:
        gate = playground.judged(row.reply, row.passages, question=row.text, policy=policy)
        if gate.verdict != row.gate:
            yield "gate", ""


def _places(text: str, value: str) -> Iterator[frozenset[int]]:
    """Letters and digits of every occurrence."""
    start = text.find(value)
    while start >= 0:
        places = range(start, start + len(value))
        yield frozenset(place for place in places if text[place].isalnum())
        start = text.find(value, start + 1)


def _place(unit_id: int, number: int) -> str:
    return f"{unit_id}|policy_cases|{number}|content"
