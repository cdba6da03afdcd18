"""The regression set of a unit's knowledge: what a release must answer, and what it must not."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from access import Permission
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, RowNumber, needs
from admin_api.schemas import Body, Number, Out
from knowledge import cases
from knowledge.cases import CaseView, Expectation

router = APIRouter(prefix="/api/v1/knowledge/cases", tags=["knowledge"])


class CaseIn(Body):
    question: str = Field(min_length=1, max_length=1000)
    expects: Literal["answer", "person"]
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    document: str | None = Field(default=None, max_length=400)
    """The name of the document that has to be cited."""
    holds: list[str] = Field(default=[], max_length=20)
    """Words that the answer must contain."""

    def wanted(self) -> Expectation:
        return Expectation(
            question=self.question,
            expects=self.expects,
            language=self.language,
            document=self.document or None,
            holds=tuple(self.holds),
        )


class NewCaseIn(CaseIn):
    unit_id: Number


class CaseOut(Out):
    id: int
    unit_id: int
    question: str
    expects: str
    language: str | None
    document: str | None
    holds: list[str]
    author: str
    created_at: datetime


def _shown(case: CaseView) -> CaseOut:
    return CaseOut(
        id=case.id,
        unit_id=case.unit_id,
        question=case.wanted.question,
        expects=case.wanted.expects,
        language=case.wanted.language,
        document=case.wanted.document,
        holds=list(case.wanted.holds),
        author=case.author,
        created_at=case.created_at,
    )


@router.get("", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def list_cases(
    principal: CurrentPrincipal, session: CurrentSession, unit_id: RowNumber
) -> dict[str, list[CaseOut]]:
    """The unit's regression set."""
    return {"items": [_shown(case) for case in cases.listed(session, principal, unit_id)]}


@router.post("", status_code=201, dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def add_case(
    body: NewCaseIn, principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, int]:
    """Add a question; the next rehearsal asks it."""
    return {"id": cases.add(session, principal, body.unit_id, body.wanted())}


@router.put("/{case_id}", status_code=204, dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def edit_case(
    case_id: RowId, body: CaseIn, principal: CurrentPrincipal, session: CurrentSession
) -> None:
    """Change a question or what is expected of it; the next release's report shows that."""
    cases.edit(session, principal, case_id, body.wanted())


@router.delete("/{case_id}", status_code=204, dependencies=[needs(Permission.KNOWLEDGE_WRITE)])
def delete_case(case_id: RowId, principal: CurrentPrincipal, session: CurrentSession) -> None:
    """Take a question out; the next release's report shows that."""
    cases.delete(session, principal, case_id)
