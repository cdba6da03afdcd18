"""A unit's regression cases: questions, and what every release must make of them.

Whoever writes a bad edit must not be able to take away the case that would show it: every change
of a case is in the ledger, with whether it asks for less than before, and a rehearsal names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from knowledge import index
from knowledge.models import Case, Document
from ledger import entries
from runtime.errors import AppError, BadInput, Conflict, NotFound

MOST = 500
"""Cases of a unit: each takes some 20 ms twice, and whoever releases waits for all of them."""
LONGEST = 1_000
"""Characters of a question."""
_HOLDS = 10
_LONGEST_HELD = 200
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")
_FIELDS = ("question", "expects", "language", "document", "holds")
_HISTORY = 5_000
"""Entries of the ledger that are looked through for what happened to cases."""

Expects = Literal["answer", "person"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """A question and what has to come of it.

    "answer": it is answered, from `document` if one is named, and the answer holds all of `holds`
    (a price, say, in any spelling). "person": it is not answered; `document` then names a document
    whose questions go to people from now on.
    """

    question: str
    expects: Expects
    language: str | None = None
    document: str | None = None
    holds: tuple[str, ...] = ()

    def digest(self) -> str:
        """The hash by which a case is told from what it was."""
        facts = (self.question, self.expects, self.language, self.document, list(self.holds))
        return sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()

    def as_data(self) -> dict[str, Any]:
        """The case as one line of a file holds it, without what is not said."""
        given = {name: getattr(self, name) for name in _FIELDS}
        return {name: value for name, value in given.items() if value not in (None, ())}


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as it stands."""

    id: int
    unit_id: int
    wanted: Expectation
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """How many cases of a file were new, and how many were there already."""

    added: int
    known: int


@dataclass(frozen=True, slots=True)
class Alteration:
    """A case that was changed or deleted; `weaker`: it asks for less than it did."""

    case_id: int
    act: Literal["changed", "deleted"]
    actor: str
    weaker: bool


def add(session: Session, principal: Principal, unit_id: int, wanted: Expectation) -> int:
    """Keep a case; return its id. A question of a customer has to be masked already.

    Raises `BadInput` naming the field, `Conflict` when the unit has too many, `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_WRITE)
    within(principal, unit_id)
    index.take_turn(session, unit_id)
    _room(session, unit_id, 1)
    return _add(session, principal, unit_id, checked(session, unit_id, wanted))


def edit(session: Session, principal: Principal, case_id: int, wanted: Expectation) -> None:
    """Change a case. Raises `BadInput` naming the field, `Denied`, `NotFound`."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    row = _row(session, principal, case_id)
    before = _view(row).wanted
    after = checked(session, row.unit_id, wanted, known=before.document)
    changed = [name for name in _FIELDS if getattr(before, name) != getattr(after, name)]
    if not changed:
        return
    _fill(row, after)
    row.author = principal.id
    _note(session, principal, row, "change", fields=changed, weaker=weaker(before, after))


def delete(session: Session, principal: Principal, case_id: int) -> None:
    """Remove a case. Raises `Denied`, `NotFound`."""
    require(principal, Permission.KNOWLEDGE_WRITE)
    row = _row(session, principal, case_id)
    _note(session, principal, row, "delete")
    session.delete(row)
    session.flush()


def listed(session: Session, principal: Principal, unit_id: int) -> list[CaseView]:
    """The cases of a unit, oldest first. Raises `Denied`, `NotFound`."""
    require(principal, Permission.KNOWLEDGE_READ)
    within(principal, unit_id)
    return of_unit(session, unit_id)


def of_unit(session: Session, unit_id: int) -> list[CaseView]:
    """The cases of a unit, oldest first, for a rehearsal."""
    rows = session.scalars(select(Case).where(Case.unit_id == unit_id).order_by(Case.id))
    return [_view(row) for row in rows]


def export(session: Session, principal: Principal, unit_id: int) -> str:
    """The cases as JSON Lines, which `take_in` reads. Raises `Denied`, `NotFound`."""
    return "".join(
        json.dumps(case.wanted.as_data(), ensure_ascii=False) + "\n"
        for case in listed(session, principal, unit_id)
    )


def take_in(session: Session, principal: Principal, unit_id: int, lines: str) -> Imported:
    """Add the cases of a file of JSON Lines that are not there yet; all of them or none.

    Raises `BadInput` naming line and field, `Conflict`, `Denied`, `NotFound`.
    """
    require(principal, Permission.KNOWLEDGE_WRITE)
    within(principal, unit_id)
    index.take_turn(session, unit_id)
    given: dict[str, Expectation] = {}
    for number, line in enumerate(lines.splitlines(), start=1):
        if line.strip():
            wanted = _from_line(session, unit_id, number, line)
            given[wanted.digest()] = wanted
    there = {case.wanted.digest() for case in of_unit(session, unit_id)}
    fresh = [wanted for digest, wanted in given.items() if digest not in there]
    _room(session, unit_id, len(fresh))
    for wanted in fresh:
        _add(session, principal, unit_id, wanted)
    return Imported(len(fresh), len(given) - len(fresh))


def checked(
    session: Session, unit_id: int, wanted: Expectation, *, known: str | None = None
) -> Expectation:
    """The expectation in its stored form. Raises `BadInput` naming the field and the fix.

    `known` is a document's name that may stay although there is no such document any more.
    """
    question = " ".join(wanted.question.split())
    if not any(map(str.isalnum, question)):
        raise BadInput("question: write what a customer would ask")
    if len(question) > LONGEST:
        raise BadInput(f"question: at most {LONGEST} characters, this has {len(question)}")
    if wanted.expects not in ("answer", "person"):
        raise BadInput('expects: must be "answer" or "person"')
    language = (wanted.language or "").strip() or None
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise BadInput('language: give a code such as "de", or leave it out')
    holds = tuple(dict.fromkeys(" ".join(word.split()) for word in wanted.holds))
    if holds and wanted.expects == "person":
        raise BadInput("holds: what is not answered holds nothing; leave it out")
    if len(holds) > _HOLDS or not all(0 < len(word) <= _LONGEST_HELD for word in holds):
        raise BadInput(f"holds: up to {_HOLDS} texts of 1 to {_LONGEST_HELD} characters")
    document = (wanted.document or "").strip() or None
    if document is not None and document != known and not _exists(session, unit_id, document):
        raise BadInput("document: no document of this unit has this name")
    return Expectation(question, wanted.expects, language, document, holds)


def weaker(before: Expectation, after: Expectation) -> bool:
    """Whether a changed case lets more pass than it did.

    Another value for each value, or people instead of a document that is named, is a statement
    that a second person can judge; another question, or less to be held, is not.
    """
    if (before.question, before.language) != (after.question, after.language):
        return True
    if before.expects != after.expects:
        return after.expects != "person" or after.document is None
    if before.document is not None and before.document != after.document:
        return True
    return len(after.holds) < len(before.holds)


def altered(
    session: Session, unit_id: int, *, since: datetime | None, kept: Mapping[int, str]
) -> list[Alteration]:
    """What became of the unit's cases since a rehearsal, by case and by who did it.

    `kept` are the cases of that rehearsal by id, with their hashes. A case that was added since
    then and that nobody but its author has touched does not count. Reads the ledger.
    """
    acts = _acts(session, unit_id, since)
    touched: dict[str, set[str]] = {}
    for _, subject, actor, _ in acts:
        touched.setdefault(subject, set()).add(actor)
    own = {
        subject
        for action, subject, _, _ in acts
        if action == "case:add" and len(touched[subject]) == 1
    }
    found: dict[tuple[int, str, str], Alteration] = {}
    for action, subject, actor, weak in acts:
        if action == "case:add" or subject in own:
            continue
        act: Literal["changed", "deleted"] = "deleted" if action == "case:delete" else "changed"
        case_id = int(subject.partition("/")[2])
        before = found.get((case_id, act, actor))
        weak = weak or act == "deleted" or (before is not None and before.weaker)
        found[case_id, act, actor] = Alteration(case_id, act, actor, weak)
    now_there = {case.id: case.wanted.digest() for case in of_unit(session, unit_id)}
    named = {case_id for case_id, _, _ in found}
    for case_id, digest in kept.items():
        # not in the ledger: nobody can be named, so that it counts against everybody
        if case_id not in named and now_there.get(case_id) != digest:
            act = "changed" if case_id in now_there else "deleted"
            found[case_id, act, ""] = Alteration(case_id, act, "", weaker=True)
    return sorted(found.values(), key=lambda each: (each.case_id, each.act, each.actor))


def _acts(
    session: Session, unit_id: int, since: datetime | None
) -> list[tuple[str, str, str, bool]]:
    """(action, subject, actor, weaker) of what was done to cases, oldest first."""
    if since is not None:  # the ledger counts whole milliseconds
        since = since.replace(microsecond=since.microsecond // 1000 * 1000)
    read = [
        entry
        for action in ("case:add", "case:change", "case:delete")
        for entry in entries.of_units(session, [unit_id], action=action, limit=_HISTORY)
        if since is None or entry.at >= since
    ]
    return [
        (entry.action, entry.subject, entry.actor, bool(entry.detail.get("weaker")))
        for entry in sorted(read, key=lambda entry: entry.id)
    ]


def _from_line(session: Session, unit_id: int, number: int, line: str) -> Expectation:
    try:
        data = json.loads(line)
    except ValueError:
        raise BadInput(f"line {number}: is not JSON") from None
    if not isinstance(data, dict):
        raise BadInput(f'line {number}: must be an object such as {{"question": "…"}}')
    if unknown := sorted(data.keys() - set(_FIELDS)):
        raise BadInput(f"line {number}: {unknown[0][:40]}: there is no such field")
    try:
        return checked(session, unit_id, expectation(data))
    except AppError as error:
        raise BadInput(f"line {number}: {error.message}") from None


def expectation(data: Mapping[str, Any]) -> Expectation:
    """Read an expectation from JSON. Raises `BadInput` naming the field."""
    for name in ("question", "expects"):
        if not isinstance(data.get(name), str):
            raise BadInput(f"{name}: is missing, or not a text")
    for name in ("language", "document"):
        if not isinstance(data.get(name, ""), str | None):
            raise BadInput(f"{name}: must be a text")
    holds = data.get("holds", [])
    if not isinstance(holds, list) or not all(isinstance(word, str) for word in holds):
        raise BadInput("holds: must be a list of texts")
    expects = cast(Expects, data["expects"])  # `checked` looks whether it is one
    language, document = data.get("language"), data.get("document")
    return Expectation(data["question"], expects, language, document, tuple(holds))


def _exists(session: Session, unit_id: int, name: str) -> bool:
    there = select(Document.id).where(Document.unit_id == unit_id, Document.name == name)
    return session.scalar(there.limit(1)) is not None


def _room(session: Session, unit_id: int, more: int) -> None:
    there = session.scalar(select(func.count(Case.id)).where(Case.unit_id == unit_id)) or 0
    if there + more > MOST:
        raise Conflict(f"a unit may have {MOST} cases, this would make {there + more}")


def _row(session: Session, principal: Principal, case_id: int) -> Case:
    row = session.scalar(select(Case).where(Case.id == case_id))
    if row is None or row.unit_id not in principal.units:
        raise NotFound("no such case")
    return row


def _add(session: Session, principal: Principal, unit_id: int, wanted: Expectation) -> int:
    row = Case(unit_id=unit_id, author=principal.id)
    _fill(row, wanted)
    session.add(row)
    session.flush()
    _note(session, principal, row, "add")
    return row.id


def _fill(row: Case, wanted: Expectation) -> None:
    row.question, row.expects = wanted.question, wanted.expects
    row.language, row.document = wanted.language, wanted.document
    row.holds = list(wanted.holds)


def _view(row: Case) -> CaseView:
    wanted = Expectation(
        row.question, cast(Expects, row.expects), row.language, row.document, tuple(row.holds)
    )
    return CaseView(row.id, row.unit_id, wanted, row.author, row.created_at)


def _note(session: Session, principal: Principal, row: Case, act: str, **more: Any) -> None:
    ledger.record(
        session, principal.id, f"case:{act}", f"case/{row.id}", unit_id=row.unit_id, **more
    )
