"""Policies of a unit: drafts, differences, the regression set, release and the way back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Query
from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from access import Permission, Principal, within
from admin_api.deps import LARGEST, CurrentPrincipal, CurrentSession, RowNumber, needs
from admin_api.schemas import Body, Number, Out
from guardrails import cases, differences, policies, releases
from guardrails.cases import Case
from guardrails.policy import Policy
from runtime.database import open_session
from runtime.scope import Scope

router = APIRouter(prefix="/api/v1/guardrails", tags=["guardrails"])

VersionNumber = Annotated[int, Path(ge=0, le=LARGEST)]
"""0 is the policy that every unit starts with."""
AnyVersion = Annotated[int, Field(ge=0, le=LARGEST)]


class VersionOut(Out):
    number: int
    state: str
    author: str
    created_at: datetime | None
    note: str
    sha256: str
    released_by: str | None
    released_at: datetime | None
    cases: int | None


class VersionsOut(Out):
    live: int
    items: list[VersionOut]


class ChangeOut(Out):
    field: str
    item: str
    kind: str
    before: Any
    after: Any


class PolicyOut(Out):
    """A version, its content, and how it differs from the one it is compared with."""

    version: VersionOut
    content: Policy
    against: int
    changes: list[ChangeOut]


class DraftIn(Body):
    unit_id: Number
    content: Policy
    note: str = Field(default="", max_length=300)


class DraftOut(Out):
    number: int


class UnitIn(Body):
    unit_id: Number


class ReleaseIn(UnitIn):
    """`live` is the version that the one to be released was compared with: 409 when another one
    is live by now."""

    live: AnyVersion | None = None


class CasesOut(Out):
    number: int
    author: str
    created_at: datetime | None
    items: list[Case]


class CasesIn(Body):
    unit_id: Number
    seen: Annotated[int, Field(ge=0, le=LARGEST)]
    """The number of the set that was changed; 0 for the first one."""
    items: list[Case] = Field(max_length=cases.MOST)


class Chosen(Body):
    """A version of a unit by its number, or the content of one that is still being written."""

    unit_id: Number
    number: AnyVersion | None = None
    content: Policy | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.number is not None and self.content is not None:
            raise ValueError("give number or content, not both")
        return self


class OutcomeOut(Out):
    name: str
    ok: bool
    problems: list[str]
    values: list[str]


class OutcomesOut(Out):
    cases: int
    items: list[OutcomeOut]


def policy_of(session: Session, principal: Principal, chosen: Chosen) -> Policy:
    """The policy that was chosen; without a choice, the live one. Raises `BadInput`, `NotFound`."""
    within(principal, chosen.unit_id)
    if chosen.content is not None:
        policies.check(chosen.content)
        return chosen.content
    if chosen.number is not None:
        return policies.read(session, principal, chosen.unit_id, chosen.number)[1]
    return policies.released(session, chosen.unit_id).policy


@router.get("/policies", dependencies=[needs(Permission.GUARDRAILS_READ)])
def list_versions(
    principal: CurrentPrincipal,
    session: CurrentSession,
    unit_id: RowNumber,
    before: RowNumber | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> VersionsOut:
    """A unit's versions, newest first, and which one is live (0: the built-in one)."""
    found = policies.versions(session, principal, unit_id, before=before, limit=limit)
    return VersionsOut(
        live=policies.live(session, principal, unit_id),
        items=[VersionOut.model_validate(item) for item in found],
    )


@router.post("/policies", status_code=201, dependencies=[needs(Permission.GUARDRAILS_WRITE)])
def draft(body: DraftIn, principal: CurrentPrincipal, session: CurrentSession) -> DraftOut:
    """Keep a new version. It does nothing until somebody else releases it."""
    number = policies.draft(session, principal, body.unit_id, body.content, note=body.note)
    return DraftOut(number=number)


@router.get("/policies/{number}", dependencies=[needs(Permission.GUARDRAILS_READ)])
def read_version(
    number: VersionNumber,
    principal: CurrentPrincipal,
    session: CurrentSession,
    unit_id: RowNumber,
    against: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
) -> PolicyOut:
    """A version, and how it differs from the live one or from the one it is held `against`."""
    version, content = policies.read(session, principal, unit_id, number)
    other = policies.live(session, principal, unit_id) if against is None else against
    _, before = policies.read(session, principal, unit_id, other)
    return PolicyOut(
        version=VersionOut.model_validate(version),
        content=content,
        against=other,
        changes=[ChangeOut.model_validate(item) for item in differences.changes(before, content)],
    )


@router.post("/policies/{number}/release", dependencies=[needs(Permission.GUARDRAILS_RELEASE)])
def release(number: VersionNumber, body: ReleaseIn, principal: CurrentPrincipal) -> VersionOut:
    """Make a draft of somebody else live. 409 names the rows of the regression set that fail."""
    return VersionOut.model_validate(
        releases.release(principal, body.unit_id, number, seen=body.live)
    )


@router.post(
    "/policies/{number}/refuse",
    status_code=204,
    dependencies=[needs(Permission.GUARDRAILS_RELEASE)],
)
def refuse(
    number: VersionNumber, body: UnitIn, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Set a draft aside: it can not be released any more."""
    releases.refuse(session, principal, body.unit_id, number)


@router.post("/policies/{number}/rollback", dependencies=[needs(Permission.GUARDRAILS_RELEASE)])
def rollback(number: VersionNumber, body: ReleaseIn, principal: CurrentPrincipal) -> VersionOut:
    """Make an earlier version live again, as it was. Not by its author, and only if it passes."""
    return VersionOut.model_validate(
        releases.rollback(principal, body.unit_id, number, seen=body.live)
    )


@router.get("/cases", dependencies=[needs(Permission.GUARDRAILS_READ)])
def read_cases(
    principal: CurrentPrincipal, session: CurrentSession, unit_id: RowNumber
) -> CasesOut:
    """The unit's regression set, which every release has to pass."""
    found = cases.read(session, principal, unit_id)
    return CasesOut(
        number=found.number,
        author=found.author,
        created_at=found.created_at,
        items=list(found.cases),
    )


@router.put("/cases", dependencies=[needs(Permission.GUARDRAILS_WRITE)])
def save_cases(body: CasesIn, principal: CurrentPrincipal, session: CurrentSession) -> DraftOut:
    """Keep the regression set as it is given. 409 when somebody else has changed it meanwhile."""
    number = cases.save(session, principal, body.unit_id, body.items, seen=body.seen)
    return DraftOut(number=number)


@router.post("/cases/run", dependencies=[needs(Permission.GUARDRAILS_READ)])
def run_cases(body: Chosen, principal: CurrentPrincipal) -> OutcomesOut:
    """Run the regression set under a version, or under a content that is still being written."""
    within(principal, body.unit_id)
    with open_session(Scope.of(body.unit_id), read_only=True) as session:
        policy = policy_of(session, principal, body)
        found = cases.read(session, principal, body.unit_id)
    outcomes = cases.run(found.cases, policy)
    return OutcomesOut(
        cases=found.number, items=[OutcomeOut.model_validate(item) for item in outcomes]
    )
