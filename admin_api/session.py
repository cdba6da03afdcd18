"""Signing in and out, and who one is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import Field

from access import Principal, people, sign_in
from admin_api.deps import (
    PLAIN_COOKIE,
    SECURE_COOKIE,
    CurrentPrincipal,
    open_to,
    session_token,
    signed_in,
    source_of,
)
from admin_api.schemas import Body, Credentials, Me, UnitOut
from runtime.database import open_session
from runtime.errors import NotAllowed
from runtime.scope import NOBODY
from runtime.settings import current

router = APIRouter(prefix="/api/v1", tags=["session"])

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "testserver"})


@router.post("/session", dependencies=[open_to("everybody: this is the way in")])
def open_web_session(credentials: Credentials, request: Request, response: Response) -> Me:
    """Sign in with e-mail address and password; the session is in a cookie."""
    secure = request.url.scheme == "https"
    if not secure and current().secure_cookies and request.url.hostname not in LOOPBACK:
        raise NotAllowed(
            "sign in over HTTPS; FRONTDESK_SECURE_COOKIES=false allows plain HTTP on a test network"
        )
    opened = sign_in.sign_in(credentials.email, credentials.password, source=source_of(request))
    former = session_token(request)
    if former is not None:
        sign_in.sign_out(former)
    response.set_cookie(
        SECURE_COOKIE if secure else PLAIN_COOKIE,
        opened.token,
        max_age=int(sign_in.ABSOLUTE.total_seconds()),
        secure=secure,
        httponly=True,
        samesite="lax",
        path="/",
    )
    return _me(opened.principal)


class Proof(Body):
    password: str = Field(max_length=256)


@router.post("/session/proof", status_code=204, dependencies=[signed_in()])
def prove(proof: Proof, request: Request, _: CurrentPrincipal) -> None:
    """Prove once more who is acting: some acts ask for it when the last time is 15 minutes ago."""
    token = session_token(request)
    if token is None:
        raise NotAllowed("an API token cannot prove who is acting: use the console")
    sign_in.prove(token, proof.password, source=source_of(request))


@router.delete("/session", status_code=204, dependencies=[open_to("everybody: the way out")])
def close_web_session(request: Request, response: Response) -> None:
    """Sign out; the session ends on the server."""
    token = session_token(request)
    if token is not None:
        sign_in.sign_out(token)
    response.delete_cookie(SECURE_COOKIE, secure=True, httponly=True, samesite="lax", path="/")
    response.delete_cookie(PLAIN_COOKIE, httponly=True, samesite="lax", path="/")


@router.get("/me", dependencies=[signed_in()])
def read_me(principal: CurrentPrincipal) -> Me:
    """Who is signed in, and what the role allows."""
    return _me(principal)


def _me(principal: Principal) -> Me:
    with open_session(NOBODY, read_only=True) as session:
        account = people.account(session, principal.number)
        units = people.units(session, principal.units)
    return Me(
        id=principal.number,
        name=principal.name,
        email=account.email,
        role=principal.role.name,
        units=[UnitOut.model_validate(unit) for unit in units],
        permissions=sorted(str(grant.permission) for grant in principal.role.grants),
        demo=account.demo,
    )
