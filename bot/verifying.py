"""Ask for proof before anything of an account is said: an address, then a code sent to it.

What is said never tells whether an address is known here. Where no code can be sent, or a limit
is reached, people answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from bot.employee import Customer
from bot.verifying_words import ACCOUNT_WORDS, ProofPhrase
from guardrails.text import fold
from records import verification
from records.canonical import claims
from records.hearing import BLOT
from records.turns import Turn
from records.verification import Code
from runtime.errors import TooMany


@dataclass(frozen=True, slots=True)
class Step:
    """What to say next; with `to_people`, that somebody else goes on."""

    phrase: ProofPhrase
    to_people: bool = False


def go_on(turn: Turn, customer: Customer, language: str) -> Step | None:
    """The next step of a proof under way; None when this turn is about something else."""
    if BLOT in turn.text and customer.code is not Code.NONE:
        return _after_a_code(customer)
    if customer.level.opens_account or turn.said != "verify":
        return None
    return _to_address(turn, customer, language)


def _after_a_code(customer: Customer) -> Step:
    if customer.code is Code.PASSED:
        return Step("code_right")
    if customer.code is Code.OVER:
        return Step("code_over", to_people=True)
    return Step("code_wrong")


def begin(turn: Turn, customer: Customer, language: str) -> Step | None:
    """The first step, where the question is about the asker's own account and nothing is proven."""
    if customer.level.opens_account or not about_an_account(turn.text):
        return None
    if not customer.reachable:
        return Step("no_way", to_people=True)
    return _to_address(turn, customer, language) or Step(_asking(customer))


def _asking(customer: Customer) -> ProofPhrase:
    if set(customer.reachable) >= {"email", "phone"}:
        return "ask_address"
    return "ask_email" if "email" in customer.reachable else "ask_phone"


def _to_address(turn: Turn, customer: Customer, language: str) -> Step | None:
    given = claims(turn.text)
    if not given:
        return None
    usable = [(kind, value) for kind, value in given if kind in customer.reachable]
    if not usable:
        return Step("no_way", to_people=True)
    kind, value = usable[0]
    try:
        verification.ask_code(turn.conversation_id, turn.unit_id, kind, value, language)
    except TooMany:
        return Step("no_way", to_people=True)
    return Step("code_sent")


_ACCOUNT = regex.compile(
    "|".join(rf"(?<![\p{{L}}\p{{N}}])(?:{words})" for words in ACCOUNT_WORDS.values())
)


def about_an_account(text: str) -> bool:
    """Whether a text asks about the asker's own order, parcel, invoice, contract or account."""
    return _ACCOUNT.search(fold(text)) is not None
