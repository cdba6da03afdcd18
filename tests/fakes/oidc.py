"""An OpenID provider on a port of its own, which can be told to make wrong tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

Mangle = Callable[["Provider", dict[str, Any], dict[str, Any]], str | None]
"""Changes header and claims before signing, or returns the whole token itself."""


class Provider:
    """Its keys, the codes it has given out, and how its next token is made."""

    client_id, client_secret = "frontdesk", "made-up-client-secret"

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one"}, private=True)
        self.other = RSAKey.generate_key(2048, parameters={"kid": "one"}, private=True)
        self.issuer = ""
        self.subject = "subject-7"
        self.claims: dict[str, Any] = {}
        self.mangle: Mangle | None = None
        self.codes: dict[str, dict[str, str]] = {}

    def authorize(self, address: str) -> dict[str, str]:
        """What a person who signs in there is sent back with."""
        query = {name: found[0] for name, found in parse_qs(urlsplit(address).query).items()}
        assert query["code_challenge_method"] == "S256"
        assert query["scope"] == "openid"
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return {"state": query["state"], "code": code}

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("client_secret") != self.client_secret:
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return None
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return None
        at = int(time.time())
        header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        claims: dict[str, Any] = {
            "iss": self.issuer, "sub": self.subject, "aud": self.client_id, "exp": at + 300,
            "iat": at, "auth_time": at - 5, "nonce": asked["nonce"], "sid": "there-1",
            **self.claims,
        }  # fmt: skip
        whole = self.mangle(self, header, claims) if self.mangle else None
        signed = whole if whole is not None else self.sign(header, claims)
        return {"access_token": "at", "token_type": "Bearer", "id_token": signed}

    def sign(self, header: dict[str, Any], claims: dict[str, Any], key: Any = None) -> str:
        return jwt.encode(header, claims, key or self.key, algorithms=[header["alg"]])

    def logout_token(self, **changed: Any) -> str:
        at = int(time.time())
        claims = {
            "iss": self.issuer, "aud": self.client_id, "iat": at, "exp": at + 120,
            "jti": f"logout-{time.monotonic_ns()}", "sid": "there-1", "sub": self.subject,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}}, **changed,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.sign({"alg": "RS256", "kid": "one", "typ": "logout+jwt"}, kept)

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        if path == "/keys":
            return dict(KeySet([self.key]).as_dict(private=False))
        return self.token(form) if path == "/token" else None


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that is served until the block ends."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._say({name: found[0] for name, found in parse_qs(body).items()})

        def _say(self, form: dict[str, str]) -> None:
            found = provider.answer(urlsplit(self.path).path, form)
            body = json.dumps(found or {"error": "invalid_grant"}).encode()
            self.send_response(200 if found else 400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
