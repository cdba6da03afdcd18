"""The job that answers a customer's message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import structlog
from sqlalchemy.orm import Session

import ledger
from access import Principal, people
from bot import generative, learning, rehearsal  # noqa: F401 - registers the release gate's job
from bot.answer import Handoff, Reply, respond, screened
from bot.employee import Customer, Employee
from bot.words import say
from guardrails import policies, spending
from guardrails.errors import MaskingFailed
from guardrails.inbound import Verdict
from guardrails.policies import Released
from guardrails.policy import DEFAULT, Limits
from knowledge.editions import CUSTOMERS, still_served
from records import carriers, contacts, conversations, messages, turns, verification
from records.conversations import Reason
from records.turns import Turn
from runtime.errors import Conflict
from runtime.failpoints import failpoint
from runtime.jobs import Job, fenced_session, handles

log = structlog.get_logger(__name__)

ATTEMPTS = 3
"""Tries before a person gets the message: customers do not wait for ten minutes of retries."""


def give_up(job: Job) -> None:
    """Every try failed: people answer."""
    with fenced_session(job) as session:
        conversation_id = turns.conversation_of(session, job.args["message_id"])
        actor = people.system(*job.scope.units)
        try:
            conversations.hand_over(session, actor, conversation_id, Reason.ERROR)
        except Conflict:
            return


@handles("bot.answer", attempts=ATTEMPTS, otherwise=give_up)
def answer(job: Job) -> None:
    """Answer one message: read, think with no transaction open, then write."""
    read = _read(job)
    if read is None:
        return
    turn, employee, customer, over = read
    failpoint("answer:read")

    verdict = screened(turn, employee)
    if verdict.flags:
        turn = _flagged(job, turn, employee, verdict)
    try:
        think = partial(respond, turn, employee, customer, verdict, over=over)
        _think_and_write(job, turn, employee, think)
    except Conflict as conflict:
        # A colleague has taken over, the contact wrote more, or an earlier run answered: the
        # message has its outcome or gets it from the newer one's job.
        log.info("answer.dropped", job=job.id, reason=conflict.message)
    failpoint("answer:replied")


class _Withdrawn(Exception):
    """What an answer rests on has stopped being served while it was thought of."""


def _think_and_write(
    job: Job,
    turn: Turn,
    employee: Employee,
    think: Callable[[], Reply | Handoff],
) -> None:
    try:
        outcome = think()
        failpoint("answer:thought")
        _write(job, turn, employee, outcome)
    except _Withdrawn:
        log.info("answer.withdrawn", job=job.id)
        _write(job, turn, employee, think())


def _read(job: Job) -> tuple[Turn, Employee, Customer, str | None] | None:
    with fenced_session(job) as session:
        message_id = job.args["message_id"]
        assistant_id = turns.assistant_of(session, message_id)
        if assistant_id is None:
            return None
        assistant = people.assistant(session, assistant_id)
        turn = turns.begin(session, assistant.principal, message_id)
        if turn is None:
            return None
        proven, profile = verification.read_profile(
            session, assistant.principal, turn.conversation_id, purpose="answer"
        )
        # Only what leaves needs to be hidden.
        leaves = generative.something_leaves()
        hidden = [
            value
            for each in dict.fromkeys((turn.contact_id, proven.contact_id))
            for value in (contacts.values_to_hide(session, each) if leaves else ())
        ]
        reachable = carriers.kinds(session, turn.unit_id)
        unit = people.units(session, [turn.unit_id])[0]
        rules = _policy(session, turn.unit_id)
        employee = Employee(
            assistant.principal.id,
            assistant.name,
            assistant.languages or unit.languages,
            assistant.instructions,
            frozenset({turn.unit_id}),
            unit.link_hosts,
            rules.policy,
            rules.label,
        )
        over = _over(session, assistant.principal, turn, rules.policy.limits)
    customer = Customer(profile.attributes, tuple(hidden), proven.level, proven.code, reachable)
    return turn, employee, customer, over


def _flagged(job: Job, turn: Turn, employee: Employee, verdict: Verdict) -> Turn:
    """Mark the conversation whose messages seem to steer the assistant."""
    log.warning("turn.flagged", job=job.id, reason=", ".join(verdict.flags))
    with fenced_session(job) as session:
        conversations.flag(
            session,
            people.assistant(session, int(employee.actor.partition("/")[2])).principal,
            turn.conversation_id,
            message=turn.message_id,
            score=verdict.score,
            signs=verdict.flags,
        )
    return replace(turn, flagged=True)


def _over(session: Session, principal: Principal, turn: Turn, limits: Limits) -> str | None:
    """The limit that this turn is over, if any, and the alarm about it."""
    limit = spending.exhausted(session, turn.unit_id, turn.contact_id, limits, flagged=turn.flagged)
    if limit is not None:
        log.warning("limit.reached", unit=turn.unit_id, reason=limit)
        ledger.record(
            session,
            principal.id,
            "guard:limit",
            f"conversation/{turn.conversation_id}",
            unit_id=turn.unit_id,
            message=turn.message_id,
            limit=limit,
        )
    return limit


def _policy(session: Session, unit_id: int) -> Released:
    try:
        return policies.released(session, unit_id)
    except MaskingFailed:
        # What must be hidden is not known: nothing may leave, people answer.
        return Released("", DEFAULT)


def _write(job: Job, turn: Turn, employee: Employee, outcome: Reply | Handoff) -> None:
    with fenced_session(job, last=True) as session:
        _must_be_served(session, turn, outcome)
        principal = people.assistant(session, int(employee.actor.partition("/")[2])).principal
        conversations.seen_language(session, turn.conversation_id, outcome.language)
        match outcome:
            case Reply():
                if outcome.verdict == {"kind": "opt_out"}:
                    contacts.observe(
                        session, turn.contact_id, {"marketing.opt_in": "no"}, source="contact"
                    )
                _say(session, principal, turn, employee, outcome)
            case Handoff():
                notice = outcome.notice
                if outcome.said is None:
                    notice = _introduced(turn, employee, notice, outcome.language)
                else:
                    _say(session, principal, turn, employee, outcome.said)
                conversations.hand_over(
                    session, principal, turn.conversation_id, outcome.reason, notice=notice
                )
                if outcome.reason is Reason.NO_ANSWER:
                    learning.missed(session, turn.unit_id, turn.message_id)


def _must_be_served(session: Session, turn: Turn, outcome: Reply | Handoff) -> None:
    said = outcome if isinstance(outcome, Reply) else outcome.said
    chunks = [each["chunk_id"] for each in said.sources] if said else []
    if not still_served(session, turn.unit_id, chunks, turn.conversation_id, CUSTOMERS):
        raise _Withdrawn


def _say(
    session: Session, principal: Principal, turn: Turn, employee: Employee, reply: Reply
) -> None:
    messages.reply(
        session,
        principal,
        turn.conversation_id,
        _introduced(turn, employee, reply.text, reply.language),
        answers=turn.message_id,
        sources=reply.sources,
        verdict=reply.verdict,
        disclosing=True,
    )


def _introduced(turn: Turn, employee: Employee, text: str, language: str) -> str:
    """Before anything else, the contact learns that an AI is writing."""
    if turn.disclosed and text:
        return text
    return f"{say('notice', language, name=employee.name)}\n\n{text}".strip()
