"""Security keys and passkeys (WebAuthn) as a second factor."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, update
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from access import factors, limits, sessions
from access.factors import WINDOW, Enrolled
from access.models import SecondFactor
from access.policy import Principal, fresh
from access.sessions import Strength
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, Misconfigured, NotAllowed, TooMany
from runtime.scope import NOBODY
from runtime.secrets import keys

LIFE = 300
"""Seconds a challenge holds."""
WRONG = "credential: this key's answer does not fit"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser asks a key for; `ticket` comes back with the answer."""

    options: dict[str, Any]
    ticket: str


@dataclass(frozen=True, slots=True)
class Site:
    """The origin that a key signs for: an answer for another site is refused."""

    origin: str

    @property
    def host(self) -> str:
        return urlsplit(self.origin).hostname or ""


def begin(principal: Principal, site: Site, *, email: str) -> Challenge:
    """Ask for a new key. Raises `ReauthRequired`, `Conflict` when there are too many."""
    fresh(principal)
    challenge = secrets.token_bytes(32)
    with open_session(NOBODY) as session:
        factors.make_room(session, principal.number)
    options = generate_registration_options(
        rp_id=site.host,
        rp_name="Frontdesk",
        user_id=keys().mac("webauthn user", principal.id).encode()[:32],
        user_name=email,
        user_display_name=principal.name or email,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(principal.number),
    )
    return Challenge(json.loads(options_to_json(options)), _ticket(principal.number, challenge))


def finish(
    principal: Principal,
    token: str,
    site: Site,
    *,
    name: str,
    ticket: str,
    credential: dict[str, Any],
) -> Enrolled:
    """Keep a new key; every other session of the user ends.

    Raises `ReauthRequired`, `BadInput` when the answer does not fit, `Conflict` for a known key.
    """
    fresh(principal)
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=_challenge(ticket, principal.number),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise BadInput(WRONG) from None
    known = base64.urlsafe_b64encode(made.credential_id).decode().rstrip("=")
    with open_session(NOBODY) as session:
        if session.scalar(select(SecondFactor.id).where(SecondFactor.credential == known)):
            raise Conflict("credential: this key is set up already")
        row = SecondFactor(
            user_id=principal.number,
            kind="webauthn",
            name=name,
            secret_sealed=keys().seal(
                base64.b64encode(made.credential_public_key).decode(), context=f"key|{known}"
            ),
            credential=known,
            last_step=made.sign_count,
        )
        first_codes = factors.confirmed(session, principal, row, but=token)
    return Enrolled(sessions.renew(token, Strength.WEBAUTHN), first_codes)


def ask(user_id: int, site: Site) -> Challenge:
    """Ask the user's keys to prove that one of them is there. Raises `BadInput` without keys."""
    challenge = secrets.token_bytes(32)
    known = _descriptors(user_id)
    if not known:
        raise BadInput("this account has no security key")
    options = generate_authentication_options(
        rp_id=site.host, challenge=challenge, allow_credentials=known,
        user_verification=UserVerificationRequirement.PREFERRED,
    )  # fmt: skip
    return Challenge(json.loads(options_to_json(options)), _ticket(user_id, challenge))


def take(
    user_id: int,
    site: Site,
    *,
    ticket: str,
    credential: dict[str, Any],
    source: str,
    known: bool = False,
) -> Strength:
    """Take a key's answer, once. Raises `NotAllowed` when it does not fit, `TooMany`."""
    factors.counted(user_id, source, known=known)
    given = str(credential.get("id", ""))
    with open_session(NOBODY, read_only=True) as session:
        row = session.scalar(
            select(SecondFactor).where(
                SecondFactor.credential == given,
                SecondFactor.user_id == user_id,
                SecondFactor.confirmed.is_(True),
            )
        )
    try:
        if row is None:
            raise ValueError(given)
        seen = verify_authentication_response(
            credential=credential,
            expected_challenge=_challenge(ticket, user_id),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64.b64decode(
                keys().open(row.secret_sealed, context=f"key|{given}")
            ),
            credential_current_sign_count=row.last_step,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        factors.refused(user_id)
        raise NotAllowed(WRONG) from None
    _once(ticket)
    with open_session(NOBODY) as session:
        session.execute(
            update(SecondFactor)
            .where(SecondFactor.id == row.id)
            .values(last_step=seen.new_sign_count, used_at=now())
        )
    factors.uncounted(user_id, source, known=known)
    return Strength.WEBAUTHN


def _once(ticket: str) -> None:
    try:
        limits.count("challenge", ticket, most=1, within=WINDOW)
    except TooMany:
        raise NotAllowed(WRONG) from None


def _descriptors(user_id: int) -> list[PublicKeyCredentialDescriptor]:
    with open_session(NOBODY, read_only=True) as session:
        known = session.scalars(
            select(SecondFactor.credential).where(
                SecondFactor.user_id == user_id,
                SecondFactor.kind == "webauthn",
                SecondFactor.confirmed.is_(True),
            )
        ).all()
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(item)) for item in known if item]


def _ticket(user_id: int, challenge: bytes) -> str:
    body = json.dumps([user_id, int(now().timestamp()) + LIFE, challenge.hex()])
    return base64.urlsafe_b64encode(keys().seal(body, context="webauthn")).decode()


def _challenge(ticket: str, user_id: int) -> bytes:
    """Raises `ValueError` for a ticket of somebody else, or one that is over."""
    number, ends, challenge = json.loads(sealed_text(ticket, "webauthn"))
    if number != user_id or ends < now().timestamp():
        raise ValueError("this challenge is over")
    return bytes.fromhex(challenge)


def sealed_text(ticket: str, context: str) -> str:
    """What we sealed and gave to a browser. Raises `ValueError` for anything else."""
    try:
        return keys().open(base64.urlsafe_b64decode(ticket.encode()), context=context)
    except Misconfigured:
        raise ValueError("not of ours") from None
