"""What a message says about who writes it: a one-time code, or an address that is claimed."""

from __future__ import annotations

import regex
from sqlalchemy.orm import Session

from records import canonical, keys, verification
from records.models import Conversation
from records.states import Strength

BLOT = "••••••"
"""What stands in the record where a one-time code was."""

_CODE = regex.compile(r"(?<![\p{L}\p{N}+])\p{Nd}(?:[ \-]?\p{Nd}){5}(?![\p{L}\p{N}])")
_ALONE = regex.compile(r"[\s.,!]*\p{Nd}(?:[ \-]?\p{Nd}){3,11}[\s.,!]*")


def heard(session: Session, conversation: Conversation, text: str) -> str:
    """Try a code and blot it out; note claims. Returns the text as it may be kept."""
    row = verification.open_challenge(session, conversation.id)
    if row is not None:
        found = _CODE.search(text)
        if found is not None:
            verification.attempt(session, row, _digits(found[0]))
            return _CODE.sub(BLOT, text)
        if _ALONE.fullmatch(text):
            verification.attempt(session, row, "")  # too short or too long: a try all the same
            return BLOT
    for kind, value in canonical.claims(text):
        keys.note(
            session, unit_id=conversation.unit_id, contact_id=conversation.contact_id,
            kind=kind, value=value, strength=Strength.ASSERTED, channel=conversation.channel,
        )  # fmt: skip
    return text


def _digits(text: str) -> str:
    """The digits of a text, in whichever script they were typed, as ASCII."""
    return "".join(str(int(char)) for char in text if char.isdecimal())
