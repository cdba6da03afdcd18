"""One's own account: password, second factors, sessions, API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from access import Permission, factors, own, security_keys, sessions, tokens
from access.factors import Enrolled
from access.sessions import SignedIn
from admin_api.deps import (
    CurrentPrincipal,
    RowId,
    door_of,
    needs,
    put_cookies,
    signed_in,
    site_of,
)
from admin_api.schemas import Body, Number, Out
from admin_api.session import own_token

router = APIRouter(prefix="/api/v1", tags=["account"])


class FactorOut(Out):
    id: int
    kind: str
    name: str
    created_at: datetime
    used_at: datetime | None


class AccountOut(Out):
    email: str
    has_password: bool
    factors: list[FactorOut]
    codes_left: int
    factor_required: bool


@router.get("/account", dependencies=[signed_in()])
def read_account(principal: CurrentPrincipal) -> AccountOut:
    """One's own account."""
    return AccountOut.model_validate(own.account(principal))


class PasswordIn(Body):
    password: str = Field(max_length=256)


@router.put("/account/password", status_code=204, dependencies=[signed_in()])
def change_password(body: PasswordIn, request: Request, principal: CurrentPrincipal) -> None:
    """Set another password; every other session ends."""
    own.change_password(principal, own_token(request), body.password)


class NameIn(Body):
    name: str = Field(min_length=1, max_length=60)


@router.post("/account/factors/totp", status_code=201, dependencies=[signed_in()])
def begin_totp(body: NameIn, request: Request, principal: CurrentPrincipal) -> dict[str, Any]:
    """A shared secret for an authenticator app; it counts once a code of it was given."""
    own_token(request)
    made = factors.begin_totp(principal, body.name)
    return {"id": made.id, "secret": made.secret, "uri": made.uri, "qr": made.qr}


class CodeIn(Body):
    code: str = Field(max_length=40)


@router.post("/account/factors/{factor_id}/confirm", dependencies=[signed_in()])
def confirm_totp(
    factor_id: RowId,
    body: CodeIn,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
) -> dict[str, list[str]]:
    """Take the first code of an app; answers with recovery codes if it is the first factor."""
    made = factors.confirm_totp(principal, own_token(request), factor_id, body.code)
    return _enrolled(request, response, principal, made)


def _enrolled(
    request: Request, response: Response, principal: CurrentPrincipal, made: Enrolled
) -> dict[str, list[str]]:
    """The session may more than before: it goes on under a new token."""
    door = door_of(request)
    put_cookies(request, response, SignedIn(made.token, principal, door.device or ""))
    return {"codes": list(made.codes)}


@router.post("/account/factors/webauthn/challenge", dependencies=[signed_in()])
def begin_key(request: Request, principal: CurrentPrincipal) -> dict[str, Any]:
    """What the browser asks a new security key for."""
    own_token(request)
    email = own.account(principal).email
    made = security_keys.begin(principal, site_of(request), email=email)
    return {"options": made.options, "challenge": made.ticket}


class KeyIn(NameIn):
    challenge: str = Field(max_length=2000)
    credential: dict[str, Any]


@router.post("/account/factors/webauthn", status_code=201, dependencies=[signed_in()])
def add_key(
    body: KeyIn, request: Request, response: Response, principal: CurrentPrincipal
) -> dict[str, list[str]]:
    """Keep a new security key; answers with recovery codes if it is the first factor."""
    made = security_keys.finish(
        principal,
        own_token(request),
        site_of(request),
        name=body.name,
        ticket=body.challenge,
        credential=body.credential,
    )
    return _enrolled(request, response, principal, made)


@router.post("/account/proof/challenge", dependencies=[signed_in()])
def prove_by_key(request: Request, principal: CurrentPrincipal) -> dict[str, Any]:
    """What the browser asks one's security keys for, to prove who is acting."""
    own_token(request)
    made = security_keys.ask(principal.number, site_of(request))
    return {"options": made.options, "challenge": made.ticket}


@router.delete("/account/factors/{factor_id}", status_code=204, dependencies=[signed_in()])
def remove_factor(factor_id: RowId, request: Request, principal: CurrentPrincipal) -> None:
    """Take a factor away; every other session ends."""
    factors.remove(principal, own_token(request), factor_id)


@router.post("/account/recovery-codes", dependencies=[signed_in()])
def new_codes(request: Request, principal: CurrentPrincipal) -> dict[str, list[str]]:
    """Ten new recovery codes; the former ones are void."""
    own_token(request)
    return {"codes": list(factors.new_codes(principal))}


class SessionOut(Out):
    id: int
    device: str
    network: str
    strength: str
    opened_at: datetime
    seen_at: datetime
    current: bool


@router.get("/account/sessions", dependencies=[signed_in()])
def list_sessions(request: Request, principal: CurrentPrincipal) -> dict[str, list[SessionOut]]:
    """Where one is signed in."""
    found = sessions.of_user(principal, principal.number, token=own_token(request))
    return {"items": [SessionOut.model_validate(item) for item in found]}


@router.delete("/account/sessions/{session_id}", status_code=204, dependencies=[signed_in()])
def end_session(session_id: RowId, request: Request, principal: CurrentPrincipal) -> None:
    """End one of one's own sessions."""
    own_token(request)
    sessions.end_one(principal, principal.number, session_id)


@router.delete("/account/sessions", status_code=204, dependencies=[signed_in()])
def end_other_sessions(request: Request, principal: CurrentPrincipal) -> None:
    """End all of one's own sessions but this one."""
    sessions.end_others(principal, principal.number, token=own_token(request))


class TokenIn(Body):
    name: str = Field(min_length=1, max_length=80)
    permissions: list[str] = Field(min_length=1)
    days: int = 90
    units: list[Number] | None = None
    """Where it acts; left out for all of one's units."""


class TokenOut(Out):
    id: int
    name: str
    permissions: list[str]
    units: list[int] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked: bool


@router.get("/tokens", dependencies=[needs(Permission.TOKEN_WRITE)])
def list_tokens(principal: CurrentPrincipal) -> dict[str, list[TokenOut]]:
    """The caller's own API tokens, without their values."""
    return {"items": [TokenOut.model_validate(item) for item in tokens.tokens(principal)]}


@router.post("/tokens", status_code=201, dependencies=[needs(Permission.TOKEN_WRITE)])
def add_token(body: TokenIn, principal: CurrentPrincipal) -> dict[str, str]:
    """Make an API token; this is the only time it is shown."""
    token = tokens.create_token(
        principal, body.name, permissions=body.permissions, days=body.days, units=body.units
    )
    return {"token": token}


@router.delete("/tokens/{token_id}", status_code=204, dependencies=[needs(Permission.TOKEN_WRITE)])
def revoke_token(token_id: RowId, principal: CurrentPrincipal) -> None:
    """End a token at once."""
    tokens.revoke_token(principal, token_id)


@router.get("/users/{user_id}/tokens", dependencies=[needs(Permission.USER_WRITE)])
def list_colleagues_tokens(
    user_id: RowId, principal: CurrentPrincipal
) -> dict[str, list[TokenOut]]:
    """A colleague's API tokens, without their values."""
    found = tokens.of_colleague(principal, user_id)
    return {"items": [TokenOut.model_validate(item) for item in found]}


@router.delete(
    "/users/{user_id}/tokens/{token_id}",
    status_code=204,
    dependencies=[needs(Permission.USER_WRITE)],
)
def revoke_colleagues_token(user_id: RowId, token_id: RowId, principal: CurrentPrincipal) -> None:
    """End a colleague's token at once."""
    tokens.revoke_of(principal, user_id, token_id)
