"""Signing in and out, and who one is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from access import Principal, people, sessions, sign_in
from access.sessions import SignedIn
from admin_api.deps import (
    PLAIN_COOKIE,
    SECURE_COOKIE,
    CurrentPrincipal,
    door_of,
    open_to,
    put_cookies,
    session_token,
    signed_in,
    site_of,
    source_of,
)
from admin_api.schemas import Body, Credentials, Me, UnitOut
from runtime.database import open_session
from runtime.errors import NotAllowed
from runtime.scope import NOBODY
from runtime.settings import current

router = APIRouter(prefix="/api/v1", tags=["session"])

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "testserver"})


def refuse_plain_http(request: Request) -> None:
    """A session's cookie does not travel over a network in clear."""
    secure = request.url.scheme == "https"
    if not secure and current().secure_cookies and request.url.hostname not in LOOPBACK:
        raise NotAllowed(
            "sign in over HTTPS; FRONTDESK_SECURE_COOKIES=false allows plain HTTP on a test network"
        )


@router.post("/session", dependencies=[open_to("everybody: this is the way in")])
def open_web_session(credentials: Credentials, request: Request, response: Response) -> Me:
    """Sign in with e-mail address and password; the session is in a cookie.

    401 `SecondFactorDue` says in `kinds` what else is asked for; its `ticket` goes to
    `/session/factor`.
    """
    refuse_plain_http(request)
    door = door_of(request)
    opened = sign_in.sign_in(
        credentials.email,
        credentials.password,
        source=door.source,
        agent=door.agent,
        device=door.device,
        code=credentials.code,
    )
    return enter(request, response, opened)


def enter(request: Request, response: Response, opened: SignedIn) -> Me:
    """Let somebody in, and end the session that the browser had before."""
    former = session_token(request)
    if former is not None:
        sessions.sign_out(former)
    put_cookies(request, response, opened)
    return _me(opened.principal, opened.token)


class Factor(Body):
    """A code, or a security key's answer to the challenge."""

    code: str = Field("", max_length=40)
    challenge: str = Field("", max_length=2000)
    credential: dict[str, Any] | None = None


class FactorIn(Factor):
    ticket: str = Field(max_length=500)


@router.post("/session/factor", dependencies=[open_to("everybody: the second half of the way in")])
def show_factor(shown: FactorIn, request: Request, response: Response) -> Me:
    """Finish signing in with the second factor."""
    refuse_plain_http(request)
    opened = sign_in.second(
        shown.ticket,
        door_of(request),
        code=shown.code,
        site=site_of(request),
        challenge=shown.challenge,
        credential=shown.credential,
    )
    return enter(request, response, opened)


class Ticket(Body):
    ticket: str = Field(max_length=500)


@router.post(
    "/session/factor/challenge", dependencies=[open_to("everybody: the second half of the way in")]
)
def challenge(body: Ticket, request: Request) -> dict[str, Any]:
    """What the browser asks a security key for, after the password."""
    found = sign_in.challenge_for(body.ticket, site_of(request))
    return {"options": found.options, "challenge": found.ticket}


class Proof(Factor):
    password: str = Field("", max_length=256)


@router.post("/session/proof", status_code=204, dependencies=[signed_in()])
def prove(proof: Proof, request: Request, _: CurrentPrincipal) -> None:
    """Prove once more who is acting: some acts ask for it when the last time is 15 minutes ago.

    With the second factor, too, where one is set up.
    """
    token = session_token(request)
    if token is None:
        raise NotAllowed("an API token cannot prove who is acting: use the console")
    sign_in.prove(
        token,
        proof.password,
        source=source_of(request),
        code=proof.code,
        site=site_of(request),
        challenge=proof.challenge,
        credential=proof.credential,
    )


@router.delete("/session", status_code=204, dependencies=[open_to("everybody: the way out")])
def close_web_session(request: Request, response: Response) -> None:
    """Sign out; the session ends on the server."""
    token = session_token(request)
    if token is not None:
        sessions.sign_out(token)
    response.delete_cookie(SECURE_COOKIE, secure=True, httponly=True, samesite="lax", path="/")
    response.delete_cookie(PLAIN_COOKIE, httponly=True, samesite="lax", path="/")


@router.get("/me", dependencies=[signed_in()])
def read_me(principal: CurrentPrincipal, request: Request) -> Me:
    """Who is signed in, and what the role allows."""
    return _me(principal, session_token(request))


def own_token(request: Request) -> str:
    """The session that asks. Raises `NotAllowed` for an API token."""
    token = session_token(request)
    if token is None or request.headers.get("authorization"):
        raise NotAllowed("an API token cannot do this: use the console")
    return token


def _me(principal: Principal, token: str | None) -> Me:
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
        must_enrol=token is not None and sessions.must_enrol(token),
        glass_until=principal.glass_until,
    )
