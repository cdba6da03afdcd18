"""Colleagues, assistants, roles and API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from access import Permission, people, sign_in
from access.grants import role_as_data
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, needs
from admin_api.schemas import Body, Created, Out, UserIn, UserOut, UsersOut

router = APIRouter(prefix="/api/v1", tags=["people"])


@router.get("/users", dependencies=[needs(Permission.USER_READ)])
def list_users(principal: CurrentPrincipal, session: CurrentSession) -> UsersOut:
    """The colleagues who share a unit with the caller."""
    found = people.colleagues(session, principal)
    return UsersOut(items=[UserOut.model_validate(user) for user in found])


@router.post("/users", status_code=201, dependencies=[needs(Permission.USER_WRITE)])
def add_user(body: UserIn, principal: CurrentPrincipal, session: CurrentSession) -> Created:
    """Create a colleague in units of the caller."""
    return Created(
        id=people.invite(
            session,
            principal,
            email=body.email,
            name=body.name,
            password=body.password,
            role=body.role,
            units=body.units,
        )
    )


class AssistantOut(Out):
    id: int
    name: str
    languages: list[str]
    instructions: str
    role: str
    units: list[int]


@router.get("/assistants", dependencies=[needs(Permission.ASSISTANT_READ)])
def list_assistants(
    principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, list[AssistantOut]]:
    """The AI employees of the caller's units, and the role each acts with."""
    found = people.assistants_of(session, principal)
    return {
        "items": [
            AssistantOut(
                id=item.id,
                name=item.name,
                languages=list(item.languages),
                instructions=item.instructions,
                role=item.principal.role.name,
                units=sorted(item.principal.units & principal.units),
            )
            for item in found
        ]
    }


@router.get("/roles", dependencies=[needs(Permission.ROLE_READ)])
def list_roles(
    principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, list[dict[str, Any]]]:
    """Every role with its grants, down to the field."""
    return {
        "items": [
            {"name": role.name, "grants": role_as_data(role)}
            for role in people.roles(session, principal)
        ]
    }


class TokenIn(Body):
    name: str = Field(min_length=1, max_length=80)
    permissions: list[str] = Field(min_length=1)
    days: int = 90


class TokenOut(Out):
    id: int
    name: str
    permissions: list[str]
    created_at: datetime
    expires_at: datetime
    revoked: bool


@router.get("/tokens", dependencies=[needs(Permission.TOKEN_WRITE)])
def list_tokens(principal: CurrentPrincipal) -> dict[str, list[TokenOut]]:
    """The caller's own API tokens, without their values."""
    return {"items": [TokenOut.model_validate(item) for item in sign_in.tokens(principal)]}


@router.post("/tokens", status_code=201, dependencies=[needs(Permission.TOKEN_WRITE)])
def add_token(body: TokenIn, principal: CurrentPrincipal) -> dict[str, str]:
    """Make an API token; this is the only time it is shown."""
    token = sign_in.create_token(principal, body.name, permissions=body.permissions, days=body.days)
    return {"token": token}


@router.delete("/tokens/{token_id}", status_code=204, dependencies=[needs(Permission.TOKEN_WRITE)])
def revoke_token(token_id: RowId, principal: CurrentPrincipal) -> None:
    """End a token at once."""
    sign_in.revoke_token(principal, token_id)
