"""The playground of the knowledge: a question is tried, nobody is answered."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from access import Permission
from admin_api.deps import CurrentPrincipal, needs
from admin_api.schemas import Body, Number, Out
from bot import asking

router = APIRouter(prefix="/api/v1/knowledge", tags=["knowledge"])


class AskIn(Body):
    unit_id: Number
    question: str = Field(min_length=1, max_length=1000)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    readers: Literal["anyone", "customers", "colleagues"] = "customers"
    edition: Literal["live", "draft"] | Number = "live"
    """"live", "draft" (as if every draft were released), or the number of a release."""


class FoundPassageOut(Out):
    chunk_id: int
    document_id: int
    source: str
    title: str
    heading: str
    text: str
    language: str
    audience: str
    version: int
    start: int
    end: int
    url: str | None
    score: float
    cosine: float
    coverage: float
    z: float
    words: list[str]
    """The words of the question that it has, in some form."""


class OutcomeOut(Out):
    act: str
    text: str
    reason: str
    sources: list[dict[str, Any]]
    verdict: dict[str, Any] | None


class AskOut(Out):
    state: str
    language: str
    answerable: float
    threshold: float
    """The probability below which the assistant does not answer."""
    near: bool
    """Close below it: a customer is asked once what is meant, before people answer."""
    release: int
    drafts: bool
    passages: list[FoundPassageOut]
    outcome: OutcomeOut


@router.post("/ask", dependencies=[needs(Permission.KNOWLEDGE_READ)])
def ask(body: AskIn, principal: CurrentPrincipal) -> AskOut:
    """What a question finds, with scores, how sure that is, and what the assistant would do."""
    asked = asking.ask(
        principal,
        body.unit_id,
        body.question,
        language=body.language,
        whom=body.readers,
        edition=body.edition,
    )
    names = FoundPassageOut.model_fields.keys() - {"words"}
    return AskOut(
        state=asked.found.state,
        language=asked.language,
        answerable=asked.found.answerable,
        threshold=asked.threshold,
        near=asked.found.decision.near,
        release=asked.edition.release,
        drafts=asked.edition.versions is not None,
        passages=[
            FoundPassageOut(**{name: getattr(passage, name) for name in names}, words=list(words))
            for passage, words in zip(asked.found.passages, asked.words, strict=True)
        ],
        outcome=OutcomeOut.model_validate(asked.outcome),
    )
