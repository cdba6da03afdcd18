"""Who a visitor is by the word of the site that shows the chat: a short-lived signed token.

The site signs with the secret of one chat account (HS256) or with a key of its own whose public
half the account has (EdDSA). Which of both is fixed by what the account holds, never by the token.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, OKPKey

from connectors.channel import ChannelAccount
from runtime.errors import BadInput, NotSignedIn

SECRET = "identity_secret"  # noqa: S105 - the name of a secret
SHORTEST = 32
"""Characters a secret for HS256 has at least."""
LONGEST_LIFE = timedelta(hours=24)
CLOCKS_DIFFER = 60
_PEM = "-----BEGIN PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class Signed:
    """What a site says about its visitor."""

    subject: str
    until: datetime
    addresses: dict[str, str] = field(default_factory=dict)
    """`email` and `phone`, proven by the site."""
    name: str = ""


def checked_secret(value: str) -> str:
    """A secret or public key as an account may hold it. Raises `BadInput`."""
    if value.startswith("-----"):
        if "PRIVATE" in value or not value.startswith(_PEM):
            raise BadInput("secrets: identity_secret wants the public half of an Ed25519 key")
        try:
            if _ed25519(value).curve_name != "Ed25519":
                raise BadInput("secrets: identity_secret takes Ed25519 keys only")
        except (JoseError, ValueError, TypeError):
            raise BadInput("secrets: identity_secret is no Ed25519 public key in PEM") from None
        return value
    if len(value) < SHORTEST:
        raise BadInput(f"secrets: identity_secret needs at least {SHORTEST} characters")
    return value


def _ed25519(pem: str) -> OKPKey:
    return OKPKey.import_key(pem)


def read(account: ChannelAccount, token: str) -> Signed:
    """What the token says. Raises `NotSignedIn` for every token that does not hold."""
    for secrets in (account.secrets, account.previous):
        found = _read(account, token, secrets.get(SECRET, ""))
        if found is not None:
            return found
    raise NotSignedIn("identity_token: this token does not hold here: have the site sign a new one")


def _read(account: ChannelAccount, token: str, secret: str) -> Signed | None:
    if not secret or len(token) > 4000 or not token.isascii():
        return None
    public = secret.startswith("-----")
    key: OctKey | OKPKey = _ed25519(secret) if public else OctKey.import_key(secret)
    try:
        claims = jwt.decode(token, key, algorithms=["EdDSA" if public else "HS256"]).claims
    except (JoseError, ValueError, TypeError):
        return None
    return _fitting(account, claims)


def _fitting(account: ChannelAccount, claims: dict[str, Any]) -> Signed | None:
    now, subject, ends = time.time(), claims.get("sub"), claims.get("exp")
    if not isinstance(subject, str) or not 0 < len(subject) <= 200:
        return None
    if isinstance(ends, bool) or not isinstance(ends, int | float):
        return None
    if claims.get("aud") != account.name:  # one account only, and never a list
        return None
    if not now < ends <= now + LONGEST_LIFE.total_seconds() + CLOCKS_DIFFER:
        return None
    for name in ("iat", "nbf"):
        begins = claims.get(name, 0)
        if not isinstance(begins, int | float) or begins > now + CLOCKS_DIFFER:
            return None
    texts = {name: claims.get(name, "") for name in ("email", "phone", "name")}
    if not all(isinstance(value, str) and len(value) <= 320 for value in texts.values()):
        return None
    name = texts.pop("name")
    addresses = {kind: value for kind, value in texts.items() if value}
    return Signed(subject, datetime.fromtimestamp(ends, UTC), addresses, name)
