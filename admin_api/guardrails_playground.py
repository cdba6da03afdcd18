"""The playground: what the guardrails do with a text, step by step. Nothing of it is kept."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field, model_validator

from access import Permission, Principal, people, within
from admin_api.deps import CurrentPrincipal, needs
from admin_api.guardrails import Chosen, policy_of
from admin_api.schemas import Number, Out
from bot.generative import kind_of
from guardrails import directory, playground
from guardrails.mask import KnownValue
from guardrails.outbound import Gate
from guardrails.playground import Look
from guardrails.policy import Policy
from knowledge import language as languages
from records import contacts, transcripts
from runtime.database import open_session
from runtime.errors import BadInput, NotFound
from runtime.scope import Scope

router = APIRouter(prefix="/api/v1/guardrails", tags=["guardrails"])

Passage = Annotated[str, Field(min_length=1, max_length=4_000)]


class PlaygroundIn(Chosen):
    """A text, or a message of a conversation (its customer's newest one where none is named);
    and, for the gate, a reply with its passages."""

    text: str = Field(default="", max_length=8_000)
    conversation_id: Number | None = None
    message_id: Number | None = None
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    reply: str = Field(default="", max_length=8_000)
    passages: list[Passage] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.conversation_id is None and self.message_id is not None:
            raise ValueError("message_id needs its conversation_id")
        if bool(self.text) == (self.conversation_id is not None):
            raise ValueError("give a text, or a message of a conversation")
        return self


class PieceOut(Out):
    """A piece of the text in order; one that is hidden has a kind."""

    text: str
    kind: str | None = None
    rules: list[str] = Field(default_factory=list)
    placeholder: str = ""


class InboundOut(Out):
    act: str
    reason: str
    score: float
    flags: list[str]
    threshold: float


class StatementOut(Out):
    text: str
    supported: bool
    passage: int | None
    reason: str


class GateOut(Out):
    verdict: str
    reason: str
    text: str
    removed: list[str]
    statements: list[StatementOut]


class PlaygroundOut(Out):
    language: str
    pieces: list[PieceOut]
    hidden: str
    restored: str
    exact: bool
    directory: bool
    """Whether names of other contacts were looked up, too: that takes `contact:list`, for it says
    who is a customer."""
    inbound: InboundOut
    gate: GateOut | None


@router.post("/playground", dependencies=[needs(Permission.GUARDRAILS_READ)])
def try_out(body: PlaygroundIn, principal: CurrentPrincipal) -> PlaygroundOut:
    """What is found and by which rule, what a model would see, what comes back, what the gate says.

    A message of a conversation is looked at with its customer's record and what was said before;
    that needs `conversation:read`, and the reading is recorded.
    """
    within(principal, body.unit_id)
    with open_session(Scope.of(body.unit_id), read_only=True) as session:
        policy = policy_of(session, principal, body)
        hosts = people.units(session, [body.unit_id])[0].link_hosts
    text, known, earlier = _chosen(principal, body)
    language = body.language or languages.detect(text, fallback="en")
    others = directory.of_unit(body.unit_id) if principal.may(Permission.CONTACT_LIST) else None
    seen = playground.look(
        text, known=known, earlier=earlier, language=language, policy=policy, others=others
    )
    gate = None
    if body.reply:
        gate = playground.judged(
            body.reply,
            body.passages,
            question=text,
            policy=policy,
            allowed_hosts=hosts,
            record_values=[item.value for item in known],
        )
    return _answer(text, language, seen, gate, policy, directory=others is not None)


def _chosen(principal: Principal, body: PlaygroundIn) -> tuple[str, list[KnownValue], list[str]]:
    """The text, what the record knows of its author, and what was said before it."""
    if body.conversation_id is None:
        return body.text, [], []
    with open_session(principal.scope) as session:
        thread = transcripts.thread(session, principal, body.conversation_id)
        if thread.line.unit_id != body.unit_id:
            raise NotFound("no such conversation in this unit")
        values = contacts.values_to_hide(session, thread.line.contact_id)
    said = [item for item in thread.messages if item.content_type not in ("event", "note")]
    if body.message_id is None:
        wanted = [item for item in said if item.author == "contact" and item.text]
    else:
        wanted = [item for item in said if item.id == body.message_id]
    if not wanted:
        raise NotFound("no such message in this conversation")
    message = wanted[-1]
    if not message.text:
        raise BadInput("message_id: this message has no text")
    known = [KnownValue(kind_of(name), value) for name, value in values]
    return message.text, known, [item.text for item in said if item.id < message.id and item.text]


def _answer(
    text: str, language: str, seen: Look, gate: Gate | None, policy: Policy, *, directory: bool
) -> PlaygroundOut:
    return PlaygroundOut(
        language=language,
        pieces=_pieces(text, seen),
        hidden=seen.hidden,
        restored=seen.restored,
        exact=seen.exact,
        directory=directory,
        inbound=InboundOut(
            act=seen.inbound.act,
            reason=seen.inbound.reason,
            score=seen.inbound.score,
            flags=list(seen.inbound.flags),
            threshold=policy.injection_threshold,
        ),
        gate=None if gate is None else _gate(gate),
    )


def _pieces(text: str, seen: Look) -> list[PieceOut]:
    """Cut here, since browsers count characters in another way."""
    pieces, end = [], 0
    for one in seen.found:
        if one.start > end:
            pieces.append(PieceOut(text=text[end : one.start]))
        pieces.append(
            PieceOut(
                text=text[one.start : one.end],
                kind=one.kind,
                rules=list(one.rules),
                placeholder=one.placeholder,
            )
        )
        end = one.end
    if end < len(text):
        pieces.append(PieceOut(text=text[end:]))
    return pieces


def _gate(gate: Gate) -> GateOut:
    return GateOut(
        verdict=gate.verdict,
        reason=gate.reason,
        text=gate.text,
        removed=list(gate.removed),
        statements=[
            StatementOut(
                text=one.text, supported=one.supported, passage=one.chunk_id, reason=one.reason
            )
            for one in gate.statements
        ],
    )
