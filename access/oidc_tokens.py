"""What a provider's tokens have to be like (OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6).

Everything is checked here and nothing is believed before its signature is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from runtime.database import now
from runtime.errors import NotAllowed

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
"""Asymmetric only: `none` and what our own secret could sign are refused."""
SKEW = 60
"""Seconds a clock may be off."""
OLDEST = 600
"""Seconds since a token was issued."""
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class WrongToken(NotAllowed):
    """A provider's token that is not taken; `why` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__("the provider's answer cannot be trusted: begin again")
        self.why = why


@dataclass(frozen=True, slots=True)
class Expected:
    """What our side knows of the exchange that a token belongs to."""

    issuer: str
    client_id: str
    nonce: str = ""
    max_age: int | None = None
    acr: tuple[str, ...] = ()
    access_token: str | None = None


def key_id(token: str) -> str | None:
    """Which key a token says it is signed with. Raises `WrongToken`."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        raise WrongToken("malformed") from None
    if header.get("alg") not in ALGORITHMS:
        raise WrongToken("alg")
    found = header.get("kid")
    return found if isinstance(found, str) else None


def identity(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The claims of an ID token that holds in every point. Raises `WrongToken`."""
    header, claims = _signed(token, keys)
    if header.get("typ", "JWT").lower() != "jwt":
        raise WrongToken("typ")
    _common(claims, expected)
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), expected.nonce.encode()):
        raise WrongToken("nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise WrongToken("sub")
    if expected.max_age is not None:
        at = _seconds(claims, "auth_time")
        if at > now().timestamp() + SKEW or at < now().timestamp() - expected.max_age - SKEW:
            raise WrongToken("auth_time")
    if expected.acr and claims.get("acr") not in expected.acr:
        raise WrongToken("acr")
    if "at_hash" in claims and expected.access_token is not None:
        _at_hash(str(claims["at_hash"]), expected.access_token, str(header["alg"]))
    return claims


def logout(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The claims of a logout token that holds. Raises `WrongToken`."""
    header, claims = _signed(token, keys)
    if header.get("typ", "logout+jwt").lower() not in ("logout+jwt", "jwt"):
        raise WrongToken("typ")
    _common(claims, expected)
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(LOGOUT), Mapping):
        raise WrongToken("events")
    if "nonce" in claims:
        raise WrongToken("nonce")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise WrongToken("jti")
    if not isinstance(claims.get("sub"), str) and not isinstance(claims.get("sid"), str):
        raise WrongToken("sub")
    return claims


def _signed(token: str, keys: KeySet) -> tuple[dict[str, Any], dict[str, Any]]:
    key_id(token)
    try:
        found = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError):
        raise WrongToken("signature") from None
    return dict(found.header), dict(found.claims)


def _common(claims: dict[str, Any], expected: Expected) -> None:
    at = now().timestamp()
    if claims.get("iss") != expected.issuer:
        raise WrongToken("iss")
    audience = claims.get("aud")
    listed = [audience] if isinstance(audience, str) else audience
    if not isinstance(listed, list) or expected.client_id not in listed:
        raise WrongToken("aud")
    authorized = claims.get("azp")
    if authorized != expected.client_id and (len(listed) > 1 or authorized is not None):
        raise WrongToken("azp")
    if _seconds(claims, "exp") <= at - SKEW:
        raise WrongToken("exp")
    issued = _seconds(claims, "iat")
    if issued > at + SKEW or issued < at - OLDEST:
        raise WrongToken("iat")
    if "nbf" in claims and _seconds(claims, "nbf") > at + SKEW:
        raise WrongToken("nbf")


def _seconds(claims: dict[str, Any], name: str) -> float:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise WrongToken(name)
    return float(found)


def _at_hash(given: str, access_token: str, algorithm: str) -> None:
    if not algorithm.endswith("256"):
        return  # EdDSA names no hash of its own
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    expected = base64.urlsafe_b64encode(half).decode().rstrip("=")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise WrongToken("at_hash")
