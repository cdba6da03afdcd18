"""Signing in at the company's OpenID provider: code flow with PKCE, state and nonce.

Who somebody is there is issuer and subject, never an e-mail address; which account that is was
said by two people (`access.hiring`).
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet
from sqlalchemy import select

from access import limits, oidc_tokens, sessions, sign_in
from access.models import ExternalIdentity, User
from access.oidc_tokens import Expected, WrongToken
from access.security_keys import sealed_text
from access.sessions import Door, SignedIn, Strength
from runtime.database import now, open_session
from runtime.errors import BadInput, NotAllowed, NotFound, TooMany, Unavailable
from runtime.outward import OutwardTransport, own_hosts, within
from runtime.scope import NOBODY
from runtime.secrets import keys
from runtime.settings import current

LIFE = timedelta(minutes=10)
"""How long somebody may take at the provider."""
SECONDS = 10.0
LARGEST = 512 * 1024
CACHED = timedelta(minutes=10)
CALLBACK = "/api/v1/oidc/callback"
_STRONG = frozenset({"mfa", "otp", "hwk", "swk"})


class NotLinked(NotAllowed):
    """Somebody the provider knows and we do not: two people have to link the account."""

    def __init__(self, subject: str) -> None:
        super().__init__("no account here is linked to this one: ask who looks after people")
        self.subject = subject


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what it keeps in a cookie until it comes back."""

    address: str
    cookie: str


@dataclass(frozen=True, slots=True)
class _Provider:
    issuer: str
    authorize: str
    token: str
    jwks: str
    read_at: datetime


_guard = threading.Lock()
_provider: _Provider | None = None
_keys: tuple[str, KeySet, datetime] | None = None


def is_set_up() -> bool:
    return current().oidc_issuer is not None


def name() -> str:
    """What the button at the door calls the provider; empty where there is none."""
    return current().oidc_name if is_set_up() else ""


def forget() -> None:
    """Read the provider's description and keys anew."""
    global _provider, _keys
    with _guard:
        _provider = _keys = None


def begin() -> Begun:
    """Send somebody to the provider. Raises `NotFound` without one, `Unavailable`."""
    provider = _described()
    verifier, state, nonce = (secrets.token_urlsafe(48) for _ in range(3))
    chosen = current()
    query = {
        "response_type": "code",
        "client_id": chosen.oidc_client_id,
        "redirect_uri": _callback(),
        "scope": "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
        "max_age": str(chosen.oidc_max_age),
    }
    if chosen.oidc_acr:
        query["acr_values"] = chosen.oidc_acr
    ends = int((now() + LIFE).timestamp())
    sealed = keys().seal(json.dumps([state, nonce, verifier, ends]), context="oidc")
    joint = "&" if "?" in provider.authorize else "?"
    return Begun(
        provider.authorize + joint + urlencode(query), base64.urlsafe_b64encode(sealed).decode()
    )


def finish(cookie: str, state: str, code: str, door: Door) -> SignedIn:
    """Take what the provider sent the browser back with, and open a session.

    Raises `WrongToken`, `NotLinked`, `sign_in.SecondFactorDue` when the account has a factor and
    the provider saw none, `Unavailable`, `TooMany`.
    """
    limits.count("oidc", door.source, most=60, within=timedelta(minutes=15))
    nonce, verifier = _kept(cookie, state)
    answer = _exchange(code, verifier)
    chosen = current()
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise WrongToken("missing")
    access_token = answer.get("access_token")
    expected = Expected(
        _described().issuer, chosen.oidc_client_id, nonce, chosen.oidc_max_age,
        tuple(chosen.oidc_acr.split()), access_token if isinstance(access_token, str) else None,
    )  # fmt: skip
    claims = oidc_tokens.identity(token, _keys_for(token), expected)
    user_id = _linked(expected.issuer, claims["sub"])
    methods = claims.get("amr")
    seen = {str(item) for item in methods} if isinstance(methods, list) else set()
    strong = bool(expected.acr) or bool(seen & _STRONG)
    due = None if strong else sign_in.ticket_for(user_id)
    if due is not None:
        raise due
    session_there = claims.get("sid")
    return sessions.open_for(
        user_id,
        Strength.OIDC_STRONG if strong else Strength.OIDC,
        door,
        issuer=expected.issuer,
        issuer_session=session_there if isinstance(session_there, str) else None,
    )


def back_channel(token: str) -> int:
    """End the sessions that a provider says are over; return how many.

    Raises `WrongToken`, also for one that was taken before.
    """
    chosen = current()
    expected = Expected(_described().issuer, chosen.oidc_client_id)
    claims = oidc_tokens.logout(token, _keys_for(token), expected)
    try:
        limits.count("oidc logout", claims["jti"], most=1, within=timedelta(hours=1))
    except TooMany:
        raise WrongToken("jti") from None
    sid = claims.get("sid") if isinstance(claims.get("sid"), str) else None
    user_id = None
    if isinstance(claims.get("sub"), str):
        try:
            user_id = _linked(expected.issuer, claims["sub"])
        except NotLinked:
            return 0
    if sid is None and user_id is None:
        return 0
    return sessions.end_elsewhere(expected.issuer, issuer_session=sid, user_id=user_id)


def _kept(cookie: str, state: str) -> tuple[str, str]:
    """Nonce and verifier of this browser's attempt, once."""
    try:
        kept, nonce, verifier, ends = json.loads(sealed_text(cookie, "oidc"))
    except ValueError:
        raise WrongToken("state") from None
    if ends < now().timestamp() or not hmac.compare_digest(kept.encode(), state.encode()):
        raise WrongToken("state")
    try:
        limits.count("oidc state", state, most=1, within=LIFE)
    except TooMany:
        raise WrongToken("state") from None
    return nonce, verifier


def _linked(issuer: str, subject: str) -> int:
    with open_session(NOBODY, read_only=True) as session:
        found = session.scalar(
            select(ExternalIdentity.user_id)
            .join(User, User.id == ExternalIdentity.user_id)
            .where(
                ExternalIdentity.issuer == issuer.rstrip("/"),
                ExternalIdentity.subject == subject,
                User.active.is_(True),
            )
        )
    if found is None:
        raise NotLinked(subject)
    return found


def _callback() -> str:
    return str(current().public_url).rstrip("/") + CALLBACK


def _exchange(code: str, verifier: str) -> dict[str, Any]:
    chosen = current()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _callback(),
        "client_id": chosen.oidc_client_id,
        "code_verifier": verifier,
    }
    if chosen.oidc_client_secret is not None:
        form["client_secret"] = chosen.oidc_client_secret.get_secret_value()
    return _ask("POST", _described().token, form)


def _described() -> _Provider:
    """The provider's own description (OpenID Connect Discovery), read every ten minutes."""
    global _provider
    chosen = current().oidc_issuer
    if chosen is None:
        raise NotFound("no provider is set up here")
    issuer = str(chosen).rstrip("/")
    with _guard:
        known = _provider
    if known and known.issuer.rstrip("/") == issuer and known.read_at > now() - CACHED:
        return known
    said = _ask("GET", f"{issuer}/.well-known/openid-configuration")
    if str(said.get("issuer", "")).rstrip("/") != issuer:
        raise Unavailable("the provider's description is of another issuer")
    try:
        made = _Provider(
            said["issuer"], said["authorization_endpoint"], said["token_endpoint"],
            said["jwks_uri"], now(),
        )  # fmt: skip
    except KeyError:
        raise Unavailable("the provider's description lacks an address") from None
    with _guard:
        _provider = made
    return made


def _keys_for(token: str) -> KeySet:
    """The provider's keys; read anew for a key we have not seen, at most once a minute."""
    global _keys
    wanted, provider = oidc_tokens.key_id(token), _described()
    with _guard:
        known = _keys
    if known and known[0] == provider.jwks and known[2] > now() - CACHED:
        held = {key.kid for key in known[1].keys}
        if wanted is None or wanted in held or known[2] > now() - timedelta(minutes=1):
            return known[1]
    try:
        found = KeySet.import_key_set(_ask("GET", provider.jwks))  # type: ignore[arg-type] # checked there
    except (ValueError, KeyError, TypeError):
        raise Unavailable("the provider's keys cannot be read") from None
    with _guard:
        _keys = (provider.jwks, found, now())
    return found


def _ask(method: str, address: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """Ask the provider, and nobody inside: its own host was named by the operator."""
    issuer = urlsplit(str(current().oidc_issuer))
    port = issuer.port or (443 if issuer.scheme == "https" else 80)
    own = own_hosts() | {f"{issuer.hostname}:{port}"}
    if urlsplit(address).scheme != "https" and issuer.scheme == "https":
        raise Unavailable("the provider's description names an address that is not https")
    try:
        with (
            within(SECONDS),
            httpx2.Client(transport=OutwardTransport(own=own), timeout=SECONDS) as client,
            client.stream(method, address, data=form) as answer,
        ):
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise Unavailable("the provider answers with too much")
    except (httpx2.HTTPError, BadInput):
        raise Unavailable("the provider cannot be reached") from None
    if answer.status_code != 200:
        raise WrongToken("code") if method == "POST" else Unavailable("the provider refuses")
    try:
        found = json.loads(body)
    except ValueError:
        raise Unavailable("the provider's answer cannot be read") from None
    if not isinstance(found, dict):
        raise Unavailable("the provider's answer cannot be read")
    return found
