"""What the assistant could not answer, and what people answered instead: masked, then kept.

Nothing here is served. A gap is for editors to see, an answer of a colleague is at most the draft
of an article, which is read and released like any other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import regex
import structlog
from sqlalchemy.orm import Session

from access import Permission, Principal, people, require
from bot.generative import kind_of
from guardrails import directory, placeholders, policies
from guardrails.errors import MaskingFailed, fails_closed
from guardrails.mask import KnownValue, Mask
from knowledge import gaps
from knowledge.language import detect
from records import contacts, exchanges
from records.exchanges import Exchange
from runtime.database import open_session
from runtime.errors import NotFound
from runtime.jobs import Job, enqueue, fenced_session, handles

log = structlog.get_logger(__name__)

_GREETING = regex.compile(
    r"(?im)^\s*(?:hi|hello|hey|dear|hallo|guten tag|hola|olá|bonjour|ciao|salve)\b[^\n.!?,]{0,40}"
    r"[,!.]\s*"
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The beginning of an article; `open_places` are placeholders that an editor has to replace."""

    title: str
    text: str
    language: str
    answers: int
    open_places: tuple[str, ...]


def missed(session: Session, unit_id: int, message_id: int) -> None:
    """Have a message that found no answer gathered with others like it."""
    enqueue(session, "bot.gap", unit_id=unit_id, lane=f"gaps/{unit_id}", message=message_id)


def report(session: Session, principal: Principal, message_id: int) -> None:
    """A colleague says that the knowledge lacks what this message asks.

    Raises `NotFound`, `Denied`.
    """
    require(principal, Permission.CONVERSATION_READ)
    exchange = exchanges.read(session, principal, message_id, purpose="knowledge gap")
    missed(session, exchange.unit_id, message_id)


@handles("bot.gap")
def gap(job: Job) -> None:
    """Mask the message and keep it; what cannot be masked is not kept."""
    (unit_id,) = job.scope.units
    system = people.system(unit_id)
    with fenced_session(job) as session:
        try:
            exchange = exchanges.read(session, system, job.args["message"], purpose="knowledge gap")
        except NotFound:  # taken back or erased meanwhile
            return
        mask, language = _mask(session, exchange)
    try:
        question = masked(mask, exchange.question)
    except MaskingFailed:
        log.warning("gap.not_kept", job=job.id)
        return
    if not any(sign.isalnum() for sign in placeholders.EXACT.sub("", question)):
        return
    with fenced_session(job, last=True) as session:
        gaps.note(
            session,
            unit_id,
            message_id=exchange.message_id,
            conversation_id=exchange.conversation_id,
            language=language,
            question=question,
        )


def suggest(principal: Principal, gap_id: int) -> Suggestion:
    """Draft an article from what people answered to the questions of a gap, masked.

    Opens sessions of its own. Raises `MaskingFailed` rather than show what it could not mask;
    `NotFound`, `Denied`.
    """
    require(principal, Permission.KNOWLEDGE_WRITE)
    with open_session(principal.scope, read_only=True) as session:
        cluster = gaps.read(session, principal, gap_id)
    system = people.system(cluster.unit_id)
    answers: list[str] = []
    for message_id in cluster.message_ids:
        with open_session(system.scope) as session:
            try:
                exchange = exchanges.read(session, system, message_id, purpose="article draft")
            except NotFound:
                continue
            mask, _ = _mask(session, exchange)
        text = masked(mask, "\n\n".join(_GREETING.sub("", each) for each in exchange.answers))
        if text and text not in answers:
            answers.append(text)
    title = " ".join(cluster.examples[0].split())[:120]
    text = "\n\n".join(answers)
    places = tuple(dict.fromkeys(placeholders.EXACT.findall(f"{title}\n{text}")))
    return Suggestion(title, text, cluster.language, len(answers), places)


def masked(mask: Mask, text: str) -> str:
    """The text with personal data replaced. Raises `MaskingFailed` when some of it is left."""
    with fails_closed("mask"):
        mask.learn(text)
        hidden = mask.settled(lambda: mask.hide(text))
        if mask.residue(json.dumps(hidden)):
            raise MaskingFailed("a value would have been kept")
    return hidden.strip()


def _mask(session: Session, exchange: Exchange) -> tuple[Mask, str]:
    language = detect(exchange.question, fallback=exchange.language or "en")
    known = [
        KnownValue(kind_of(name), value)
        for name, value in contacts.values_to_hide(session, exchange.contact_id)
    ]
    policy = policies.released(session, exchange.unit_id).policy
    return Mask(known, language, policy, directory.of_unit(exchange.unit_id)), language
