"""What contacts and units have used of the model, and whether they may use more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from guardrails.models import Usage
from guardrails.policy import Limits
from guardrails.trace import Trace
from records import turns
from runtime.database import is_sqlite, now, open_session
from runtime.scope import Scope

HOUR = timedelta(hours=1)
UNREPORTED = 2_000
"""Tokens a call counts for when the server does not say how many it took."""
SUSPECTED = 4
"""A contact who seems to steer the assistant may use this fraction of what others may."""
EVERYBODY = 0
"""The contact id under which a unit's own use is counted."""


def exhausted(
    session: Session, unit_id: int, contact_id: int, limits: Limits, *, flagged: bool = False
) -> str | None:
    """The name of the first limit that is reached: messages, contact_tokens, unit_tokens, money.

    None while there is something left. Days are those of UTC.
    """
    share = SUSPECTED if flagged else 1
    if turns.heard(session, contact_id, now() - HOUR) * share > (
        limits.messages_per_contact_and_hour
    ):
        return "messages"
    rows = {
        row.contact_id: row
        for row in session.scalars(
            select(Usage).where(
                Usage.unit_id == unit_id,
                Usage.contact_id.in_((EVERYBODY, contact_id)),
                Usage.day == _today(),
            )
        )
    }
    own, unit = rows.get(contact_id), rows.get(EVERYBODY)
    if own is not None and own.tokens * share >= limits.tokens_per_contact_and_day:
        return "contact_tokens"
    if unit is None:
        return None
    if unit.tokens >= limits.tokens_per_unit_and_day:
        return "unit_tokens"
    most = limits.money_per_unit_and_day
    if most is not None and cost(unit.prompt_tokens, unit.completion_tokens, limits) >= most:
        return "money"
    return None


def cost(prompt_tokens: int, completion_tokens: int, limits: Limits) -> float:
    """What tokens cost, in the currency of the two prices."""
    return (
        prompt_tokens * limits.price_per_million_prompt_tokens
        + completion_tokens * limits.price_per_million_completion_tokens
    ) / 1_000_000


def charge(trace: Trace, contact_id: int) -> None:
    """Add what a turn has used to the contact's and the unit's day, in a transaction of its own.

    A turn that is dropped afterwards has cost all the same.
    """
    prompt, completion = trace.prompt_tokens, trace.completion_tokens
    if trace.calls and not prompt:
        prompt = UNREPORTED * trace.calls
    if not prompt and not completion:
        return
    dialect = sqlite if is_sqlite() else postgresql
    with open_session(Scope.of(trace.unit_id)) as session:
        for who in (EVERYBODY, contact_id):
            session.execute(
                dialect.insert(Usage)
                .values(
                    unit_id=trace.unit_id,
                    contact_id=who,
                    day=_today(),
                    prompt_tokens=prompt,
                    completion_tokens=completion,
                )
                .on_conflict_do_update(
                    index_elements=["unit_id", "contact_id", "day"],
                    set_={
                        "prompt_tokens": Usage.prompt_tokens + prompt,
                        "completion_tokens": Usage.completion_tokens + completion,
                    },
                )
            )


def _today() -> str:
    return now().date().isoformat()
