"""Colleagues, assistants and roles."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from access import Permission, entering, factor_rules, hiring, leaving, overview, people, sessions
from access.hiring import Elsewhere
from access.policy import role_as_data
from admin_api.account import SessionOut
from admin_api.deps import CurrentPrincipal, CurrentSession, RowId, needs, open_to, source_of
from admin_api.schemas import Body, ElsewhereIn, Number, Out, UserIn, UserOut, UsersOut

router = APIRouter(prefix="/api/v1", tags=["people"])


@router.get("/users", dependencies=[needs(Permission.USER_READ)])
def list_users(principal: CurrentPrincipal, session: CurrentSession) -> UsersOut:
    """The colleagues who share a unit with the caller."""
    found = overview.colleagues(session, principal)
    return UsersOut(items=[UserOut.model_validate(user) for user in found])


class AskedOut(Out):
    user_id: int
    approval_id: int


@router.post("/users", status_code=202, dependencies=[needs(Permission.USER_WRITE)])
def invite(body: UserIn, principal: CurrentPrincipal, session: CurrentSession) -> AskedOut:
    """Ask for a new colleague in units of the caller; a second person decides."""
    asked = hiring.invite(
        session,
        principal,
        email=body.email,
        name=body.name,
        role=body.role,
        units=body.units,
        teams=body.teams,
        reason=body.reason,
        elsewhere=_elsewhere(body.elsewhere),
    )
    return AskedOut.model_validate(asked)


def _elsewhere(given: ElsewhereIn | None) -> Elsewhere | None:
    return Elsewhere(given.issuer, given.subject) if given else None


class WaitingOut(Out):
    approval_id: int
    user_id: int
    name: str
    email: str


@router.get("/users/invited", dependencies=[needs(Permission.APPROVAL_READ)])
def list_invited(
    principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, list[WaitingOut]]:
    """Whom the open invitations are about."""
    found = hiring.waiting(session, principal)
    return {"items": [WaitingOut.model_validate(item) for item in found]}


class ChangeIn(Body):
    role: str | None = None
    units: list[Number] | None = Field(None, min_length=1, max_length=1000)
    teams: list[Number] | None = Field(None, max_length=1000)
    active: bool = False
    """Let somebody come back who has left."""
    elsewhere: ElsewhereIn | None = None
    reason: str = Field(min_length=1, max_length=500)


@router.post(
    "/users/{user_id}/changes", status_code=202, dependencies=[needs(Permission.USER_WRITE)]
)
def change_user(
    user_id: RowId, body: ChangeIn, principal: CurrentPrincipal, session: CurrentSession
) -> AskedOut:
    """Ask for another role, other units or teams, or to let somebody come back."""
    asked = hiring.change(
        session,
        principal,
        user_id,
        role=body.role,
        units=body.units,
        teams=body.teams,
        active=body.active,
        elsewhere=_elsewhere(body.elsewhere),
        reason=body.reason,
    )
    return AskedOut.model_validate(asked)


class Reason(Body):
    reason: str = Field(min_length=1, max_length=500)


@router.post("/users/{user_id}/reset", status_code=202, dependencies=[needs(Permission.USER_WRITE)])
def reset_user(
    user_id: RowId, body: Reason, principal: CurrentPrincipal, session: CurrentSession
) -> AskedOut:
    """Ask for a new way in for somebody who has lost password or second factor."""
    asked = hiring.reset(session, principal, user_id, reason=body.reason)
    return AskedOut.model_validate(asked)


class LeaveIn(Body):
    successor: Number | None = None
    """Who takes the open work over; without one it goes to the team's queue."""


class LeftOut(Out):
    handed_over: dict[str, int]
    sessions: int
    tokens: int
    requests: int


@router.post("/users/{user_id}/leave", dependencies=[needs(Permission.USER_WRITE)])
def leave(user_id: RowId, body: LeaveIn, principal: CurrentPrincipal) -> LeftOut:
    """Switch an account off at once, and pass its open work on."""
    return LeftOut.model_validate(leaving.leave(principal, user_id, successor=body.successor))


@router.post("/users/{user_id}/link", dependencies=[needs(Permission.USER_READ)])
def show_link(
    user_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, str]:
    """The link to pass on to somebody who was asked for; only for who has asked."""
    return {"path": f"/console/#/welcome/{entering.show_link(session, principal, user_id)}"}


@router.post("/users/{user_id}/code", dependencies=[needs(Permission.USER_READ)])
def show_code(
    user_id: RowId, principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, str]:
    """The code that goes with the link; only for who has approved."""
    return {"code": entering.show_code(session, principal, user_id)}


class WelcomeIn(Body):
    token: str = Field(max_length=100)
    code: str = Field(max_length=40)
    password: str = Field(max_length=256)


@router.post("/welcome", status_code=204, dependencies=[open_to("who holds a link and its code")])
def welcome(body: WelcomeIn, request: Request) -> None:
    """Set one's password, once, with the two halves that two people passed on."""
    entering.enter(body.token, body.code, body.password, source=source_of(request))


@router.get("/users/{user_id}/sessions", dependencies=[needs(Permission.USER_WRITE)])
def list_sessions(user_id: RowId, principal: CurrentPrincipal) -> dict[str, list[SessionOut]]:
    """Where a colleague is signed in."""
    found = sessions.of_user(principal, user_id)
    return {"items": [SessionOut.model_validate(item) for item in found]}


@router.delete(
    "/users/{user_id}/sessions", status_code=204, dependencies=[needs(Permission.USER_WRITE)]
)
def end_sessions(user_id: RowId, principal: CurrentPrincipal) -> None:
    """Sign a colleague out everywhere."""
    sessions.end_others(principal, user_id)


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


class RuleOut(Out):
    role: str
    required: bool
    chosen: bool


@router.get("/factor-rules", dependencies=[needs(Permission.ROLE_READ)])
def list_factor_rules(
    principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, list[RuleOut]]:
    """Which roles ask for a second factor."""
    found = factor_rules.rules(session, principal)
    return {"items": [RuleOut.model_validate(item) for item in found]}


class RuleIn(Body):
    unit_id: Number
    required: bool
    reason: str = Field(min_length=1, max_length=500)


@router.post("/factor-rules/{role}", status_code=202, dependencies=[needs(Permission.ROLE_WRITE)])
def change_factor_rule(
    role: str, body: RuleIn, principal: CurrentPrincipal, session: CurrentSession
) -> dict[str, int]:
    """Ask that a role shall need a second factor, or not."""
    number = factor_rules.ask(
        session, principal, role, required=body.required, unit_id=body.unit_id, reason=body.reason
    )
    return {"approval_id": number}
