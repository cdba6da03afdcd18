"""Versions of a unit's policy: drafted by one person, released by another, live on the next turn.

Nothing is ever changed in place: a change is a new version. Every act has its entry in the ledger,
in the transaction of the act. How a version goes live is in `guardrails.releases`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

import ledger
from access import Permission, Principal, require, within
from guardrails import patterns
from guardrails.errors import fails_closed
from guardrails.models import PolicyState, PolicyVersion
from guardrails.policy import DEFAULT, Policy
from guardrails.spans import KINDS
from runtime.errors import BadInput, Conflict, NotFound
from runtime.secrets import keys

BUILT_IN = 0
"""The number of the policy that a unit has before it releases one of its own."""
CACHED = 256


class Released(NamedTuple):
    """What a turn follows; `label` goes into its receipts ("policy/7")."""

    label: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Version:
    """One version without its content. `cases` is the regression set it passed at its release."""

    number: int
    state: PolicyState
    author: str
    created_at: datetime | None
    note: str
    sha256: str
    released_by: str | None
    released_at: datetime | None
    cases: int | None


_cache: dict[tuple[int, int, str], Policy] = {}
_guard = Lock()


def released(session: Session, unit_id: int) -> Released:
    """The policy that a unit's turns follow: one look-up by index, the content from memory.

    Raises `MaskingFailed` when it cannot be read or is not what was released: people answer.
    """
    with fails_closed("policy"):
        found = session.execute(
            select(PolicyVersion.number, PolicyVersion.sha256).where(*_is_live(unit_id))
        ).first()
        if found is None:
            return Released(f"policy/{BUILT_IN}", DEFAULT)
        key = (unit_id, found.number, found.sha256)
        with _guard:
            known = _cache.get(key)
        if known is None:
            known = content_of(row_of(session, unit_id, found.number))
            with _guard:
                while len(_cache) >= CACHED:
                    _cache.pop(next(iter(_cache)))
                _cache[key] = known
        return Released(f"policy/{found.number}", known)


def versions(
    session: Session,
    principal: Principal,
    unit_id: int,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[Version]:
    """A unit's versions, newest first; `before` is a number to page from.

    Raises `Denied`, `NotFound`.
    """
    require(principal, Permission.GUARDRAILS_READ)
    within(principal, unit_id)
    query = select(PolicyVersion).where(PolicyVersion.unit_id == unit_id)
    if before is not None:
        query = query.where(PolicyVersion.number < before)
    rows = session.scalars(query.order_by(PolicyVersion.number.desc()).limit(limit))
    return [view_of(row) for row in rows]


def live(session: Session, principal: Principal, unit_id: int) -> int:
    """The number of the version that is live. Raises `Denied`, `NotFound`."""
    require(principal, Permission.GUARDRAILS_READ)
    within(principal, unit_id)
    return live_number(session, unit_id)


def live_number(session: Session, unit_id: int) -> int:
    """The number of the version that a unit follows."""
    found = session.scalar(select(PolicyVersion.number).where(*_is_live(unit_id)))
    return BUILT_IN if found is None else found


def read(
    session: Session, principal: Principal, unit_id: int, number: int
) -> tuple[Version, Policy]:
    """A version and its content. Raises `Denied`, `NotFound`."""
    require(principal, Permission.GUARDRAILS_READ)
    within(principal, unit_id)
    if number == BUILT_IN:
        return built_in(session, unit_id), DEFAULT
    row = row_of(session, unit_id, number)
    return view_of(row), content_of(row)


def draft(
    session: Session, principal: Principal, unit_id: int, policy: Policy, *, note: str
) -> int:
    """Keep a new version, which nobody follows yet; return its number.

    Raises `BadInput` naming the field and the fix, `Denied`, `NotFound`.
    """
    require(principal, Permission.GUARDRAILS_WRITE)
    within(principal, unit_id)
    check(policy)
    text, digest = canonical(policy)
    current = _live(session, unit_id)
    if digest == (current.sha256 if current else canonical(DEFAULT)[1]):
        raise BadInput("content: this is what is live already")
    number = 1 + (
        session.scalar(
            select(func.max(PolicyVersion.number)).where(PolicyVersion.unit_id == unit_id)
        )
        or 0
    )
    session.add(
        PolicyVersion(
            unit_id=unit_id,
            number=number,
            author=principal.id,
            note=note,
            content_sealed=keys().seal(text, context=_place(unit_id, number)),
            sha256=digest,
        )
    )
    ledger.record(
        session,
        principal.id,
        "policy:draft",
        f"policy/{number}",
        unit_id=unit_id,
        number=number,
        sha256=digest,
    )
    return number


def check(policy: Policy) -> None:
    """Raise `BadInput`, naming the field and the fix, for a policy that cannot be followed."""
    kinds = {
        "hide": [term.kind for term in policy.hide],
        "patterns": [pattern.kind for pattern in policy.patterns],
    }
    for field, used in kinds.items():
        for number, kind in enumerate(used):
            if kind not in KINDS:
                raise BadInput(f"{field}[{number}].kind: use one of {', '.join(KINDS)}")
    for number, code in enumerate(policy.languages):
        if not (2 <= len(code) <= 3 and code.isascii() and code.islower()):
            raise BadInput(f"languages[{number}]: use a code such as en or de")
    names = {
        "patterns": [pattern.name for pattern in policy.patterns],
        "topics": [topic.name for topic in policy.topics],
    }
    for field, given in names.items():
        for number, name in enumerate(given):
            if name in given[:number]:
                raise BadInput(f"{field}[{number}].name: is there already, choose another")
    for number, pattern in enumerate(policy.patterns):
        patterns.check(pattern, f"patterns[{number}]")


def canonical(policy: Policy) -> tuple[str, str]:
    """A policy as canonical JSON, and its SHA-256 in hexadecimal."""
    text = json.dumps(
        policy.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return text, hashlib.sha256(text.encode()).hexdigest()


def _live(session: Session, unit_id: int) -> PolicyVersion | None:
    return session.scalar(select(PolicyVersion).where(*_is_live(unit_id)))


def _is_live(unit_id: int) -> tuple[ColumnElement[bool], ...]:
    return PolicyVersion.unit_id == unit_id, PolicyVersion.state == PolicyState.RELEASED


def row_of(session: Session, unit_id: int, number: int, *, lock: bool = False) -> PolicyVersion:
    query = select(PolicyVersion).where(
        PolicyVersion.unit_id == unit_id, PolicyVersion.number == number
    )
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("no such version")
    return row


def content_of(row: PolicyVersion) -> Policy:
    """Raises `Conflict` when the content is not what its author drafted."""
    text = keys().open(row.content_sealed, context=_place(row.unit_id, row.number))
    if hashlib.sha256(text.encode()).hexdigest() != row.sha256:
        raise Conflict(f"the content of version {row.number} does not fit its hash")
    return Policy.model_validate_json(text)


def _place(unit_id: int, number: int) -> str:
    return f"{unit_id}|policy_version|{number}|content"


def built_in(session: Session, unit_id: int) -> Version:
    state = PolicyState.RELEASED if _live(session, unit_id) is None else PolicyState.RETIRED
    digest = canonical(DEFAULT)[1]
    return Version(BUILT_IN, state, "system/0", None, "", digest, None, None, None)


def view_of(row: PolicyVersion) -> Version:
    return Version(
        row.number,
        row.state,
        row.author,
        row.created_at,
        row.note,
        row.sha256,
        row.released_by,
        row.released_at,
        row.cases,
    )
