"""Decide what to say in one turn: quote, generate, or hand over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot import extractive, generative, verifying
from bot.courtesy import courtesy
from bot.employee import Customer, Employee
from bot.extractive import Quoted
from bot.lookup import Lookup, look_up
from bot.verifying_words import say_of_proof
from bot.words import say
from guardrails.errors import MaskingFailed, ModelFailed
from guardrails.inbound import Verdict, screen_turn
from guardrails.trace import Errand
from knowledge import language as languages
from knowledge.editions import Edition
from records.conversations import Reason
from records.turns import Turn
from runtime.errors import Unavailable

MOST_TURNS = 30
"""Answers of the assistant in one conversation before a person looks at it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say, and what it rests on."""

    text: str
    language: str
    sources: tuple[dict[str, Any], ...] = ()
    verdict: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Handoff:
    """Why people should answer, and what the contact is told meanwhile."""

    reason: Reason
    language: str
    notice: str
    said: Reply | None = None
    """What could be answered of the turn; it is said before the notice."""


def screened(turn: Turn, employee: Employee) -> Verdict:
    """What the messages of a turn ask for, and whether they seem to steer the assistant."""
    return screen_turn(
        turn.texts,
        earlier=[line.text for line in turn.history if line.by_contact],
        language=spoken(turn, employee),
        policy=employee.policy,
    )


def respond(
    turn: Turn,
    employee: Employee,
    customer: Customer,
    verdict: Verdict,
    *,
    over: str | None = None,
) -> Reply | Handoff:
    """One reply or one hand-off; no database session is open while this runs.

    `over` is the limit that is reached, if any: then no model is asked, only quoted.
    """
    language = spoken(turn, employee)
    short = _without_knowledge(turn, employee, verdict, language)
    if short is not None:
        return short
    proving = verifying.go_on(turn, customer, language)
    if proving is not None:
        return _proving(proving, language)
    if not employee.policy_version:
        return _handoff(Reason.MASKING_FAILED, language)
    try:
        with generative.guarded(turn, employee, customer, language) as account:
            outcome = _informed(turn, employee, customer, language, account, over)
    except MaskingFailed:
        # Fail closed: what could not be masked is for people, not for another attempt.
        return _handoff(Reason.MASKING_FAILED, language)
    if over or not _unanswered(outcome) or not generative.available():
        return outcome  # without a model nobody would answer from the account either
    proving = verifying.begin(turn, customer, language)
    return outcome if proving is None else _proving(proving, language)


def _unanswered(outcome: Reply | Handoff) -> bool:
    if isinstance(outcome, Reply):
        return (outcome.verdict or {}).get("kind") == "clarify"
    return outcome.reason is Reason.NO_ANSWER and outcome.said is None


def _proving(step: verifying.Step, language: str) -> Reply | Handoff:
    """What is said on the way to a proof of who writes."""
    text = say_of_proof(step.phrase, language)
    if step.to_people:
        return _handoff(Reason.UNVERIFIED, language, text)
    return Reply(text, language, verdict={"kind": "verify", "step": step.phrase})


def rehearsed(turn: Turn, employee: Employee, edition: Edition) -> Reply | Handoff:
    """What would be said to a turn from an edition by quoting, whether or not a model is there.

    Call it inside `generative.guarded` or an errand of its own where embeddings leave. Raises
    `Unavailable`, `ModelFailed` and `MaskingFailed` instead of handing over for these.
    """
    language = spoken(turn, employee)
    short = _without_knowledge(turn, employee, screened(turn, employee), language)
    if short is not None:
        return short
    known = look_up(turn, employee, language, edition)
    if known.state == "unavailable":
        raise Unavailable("the knowledge cannot be searched now")
    return _by_quoting(known, employee, language) or _handoff(Reason.NO_ANSWER, language)


def _informed(
    turn: Turn,
    employee: Employee,
    customer: Customer,
    language: str,
    account: Errand | None,
    over: str | None,
) -> Reply | Handoff:
    """Answer from what the company knows."""
    if over and generative.searching_leaves():
        return _handoff(Reason.OVER_LIMIT, language)
    try:
        known = look_up(turn, employee, language)
    except ModelFailed:
        return _handoff(Reason.KNOWLEDGE_AWAY, language)
    if known.state == "unavailable":
        return _handoff(Reason.KNOWLEDGE_AWAY, language)
    if over:
        quoted = _by_quoting(known, employee, language, instead_of="over_limit")
        return quoted or _handoff(Reason.OVER_LIMIT, language)
    if account is not None and generative.available():
        return _generated(turn, employee, customer, known, language, account)
    return _by_quoting(known, employee, language) or _without_answer(turn, known, language)


def _without_answer(turn: Turn, known: Lookup, language: str) -> Reply | Handoff:
    """Below the threshold: where it is near, asked once to put it otherwise; else people."""
    if known.whole.found.decision.near and not turn.clarified:
        verdict = {"kind": "clarify", "answerable": round(known.whole.found.answerable, 3)}
        return Reply(say("clarify", language), language, verdict=verdict)
    return _handoff(Reason.NO_ANSWER, language, say("no_answer", language))


def spoken(turn: Turn, employee: Employee) -> str:
    """The language to answer in: that of the message, else of the conversation."""
    fallback = turn.language or (employee.languages[0] if employee.languages else "en")
    return languages.detect(turn.text, fallback=fallback)


_REASONS = {
    "wants_person": Reason.WANTS_PERSON,
    "abuse": Reason.ABUSE,
    "emergency": Reason.EMERGENCY,
    "topic": Reason.TOPIC,
    "too_long": Reason.TOO_LONG,
}


def _without_knowledge(
    turn: Turn, employee: Employee, verdict: Verdict, language: str
) -> Reply | Handoff | None:
    """What can be decided from the messages alone."""
    if verdict.act == "opt_out":
        return Reply(say("opt_out", language), language, verdict={"kind": "opt_out"})
    if verdict.act == "hand_over":
        reason = _REASONS.get(verdict.reason, Reason.ERROR)
        lead = say("emergency", language) if reason is Reason.EMERGENCY else ""
        return _handoff(reason, language, lead)
    if turn.assistant_turns >= MOST_TURNS:
        return _handoff(Reason.TURN_LIMIT, language)
    if not turn.text or turn.content_types == {"reaction"}:
        return Reply(say("not_text", language), language, verdict={"kind": "not_text"})
    kind = courtesy(turn.text)
    if kind == "notice":
        return Reply("", language, verdict={"kind": "notice"})
    if kind is not None:
        return Reply(say(kind, language), language, verdict={"kind": "courtesy"})
    allowed = employee.policy.languages
    if allowed and language not in allowed:
        return _handoff(Reason.LANGUAGE, language)
    return None


def _generated(
    turn: Turn,
    employee: Employee,
    customer: Customer,
    known: Lookup,
    language: str,
    account: Errand,
) -> Reply | Handoff:
    """The model's answer if it holds, else the quoted one if that is good enough, else people."""
    try:
        draft = generative.write(turn, employee, customer, known.together(), language, account)
    except ModelFailed as failure:
        quoted = _by_quoting(known, employee, language, instead_of=failure.reason)
        return quoted or _handoff(Reason.MODEL_FAILED, language)
    if draft.text is not None:
        return Reply(draft.text, language, draft.sources, draft.verdict)
    quoted = _by_quoting(known, employee, language, instead_of=draft.refusal)
    if quoted is not None:
        return quoted
    if draft.refusal == "not_in_sources":
        return _without_answer(turn, known, language)
    return _handoff(Reason.UNSAFE_ANSWER, language)


def _by_quoting(
    known: Lookup, employee: Employee, language: str, *, instead_of: str | None = None
) -> Reply | Handoff | None:
    """Every question answered by itself; what is left without an answer goes to people."""
    answers = [
        extractive.quoted(each.question, each.found, employee.link_hosts, language)
        for each in known.parts
    ]
    found = [answer for answer in answers if answer is not None]
    if not found:
        whole = extractive.quoted(
            known.whole.question, known.whole.found, employee.link_hosts, language
        )
        return None if whole is None else _reply(whole, language, instead_of)
    reply = _reply(extractive.together(found), language, instead_of)
    if len(found) == len(answers):
        return reply
    return replace(_handoff(Reason.NO_ANSWER, language, say("rest", language)), said=reply)


def _reply(quoted: Quoted, language: str, instead_of: str | None) -> Reply:
    verdict = {**quoted.verdict, **({"instead_of": instead_of} if instead_of else {})}
    return Reply(quoted.text, language, quoted.sources, verdict)


def _handoff(reason: Reason, language: str, lead: str = "") -> Handoff:
    notice = f"{lead} {say('handover', language)}".strip()
    return Handoff(reason, language, notice)
