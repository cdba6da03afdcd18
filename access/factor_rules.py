"""Which roles ask for a second factor: those that decide, or hold the keys of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import ledger
from access import approvals
from access.models import FactorRule, RoleRow, User
from access.policy import Permission, Principal, Role, require, role_from
from runtime.errors import BadInput
from runtime.settings import current

WEIGHTY = frozenset(
    {
        Permission.APPROVAL_DECIDE,
        Permission.CHANNEL_WRITE,
        Permission.CONTACT_ERASE,
        Permission.CONTACT_EXPORT,
        Permission.KNOWLEDGE_RELEASE,
        Permission.ROLE_WRITE,
        Permission.TOKEN_WRITE,
        Permission.USER_WRITE,
    }
)
"""A role with one of these asks for a second factor unless a rule says otherwise."""


@dataclass(frozen=True, slots=True)
class RuleView:
    role: str
    required: bool
    chosen: bool
    """Whether somebody has decided so; otherwise it follows from the grants."""


def by_grants(role: Role) -> bool:
    """What holds for a role about which nothing was decided."""
    return any(grant.permission in WEIGHTY for grant in role.grants)


def required_of(session: Session, principal: Principal) -> bool:
    """Whether this user has to show a second factor. Demo users never have to."""
    if current().second_factor == "optional" or principal.kind != "user":
        return False
    found = session.execute(
        select(User.demo, FactorRule.required)
        .outerjoin(FactorRule, FactorRule.role_id == User.role_id)
        .where(User.id == principal.number)
    ).one_or_none()
    if found is None or found.demo:
        return False
    return by_grants(principal.role) if found.required is None else bool(found.required)


def rules(session: Session, principal: Principal) -> list[RuleView]:
    """What holds for every role. Raises `Denied`."""
    require(principal, Permission.ROLE_READ)
    rows = session.execute(
        select(RoleRow, FactorRule.required)
        .outerjoin(FactorRule, FactorRule.role_id == RoleRow.id)
        .order_by(RoleRow.id)
    ).all()
    return [
        RuleView(
            role.name,
            by_grants(role_from(role.name, role.grants)) if chosen is None else chosen,
            chosen is not None,
        )
        for role, chosen in rows
    ]


ACT = approvals.needs_two("factor:rule", asks=Permission.ROLE_WRITE, job="access.factor_rule")


def ask(
    session: Session, principal: Principal, role: str, *, required: bool, unit_id: int, reason: str
) -> int:
    """Ask that a role shall need a second factor or not; return the request's id.

    Raises what `approvals.ask` does, and `BadInput` for no such role.
    """
    plan = {**_plan(session, role), "required": required}
    return approvals.ask(
        session, principal, ACT.name, f"role/{plan['role']}", unit_id=unit_id, plan=plan,
        reason=reason,
    )  # fmt: skip


def carry_out(session: Session, approval_id: int) -> None:
    """Do what was approved."""
    asked = approvals.plan_of(session, approval_id)
    plan = {**_plan(session, asked.plan["name"]), "required": asked.plan["required"]}
    used = approvals.use(session, approval_id, ACT.name, plan)
    row = session.scalar(select(FactorRule).where(FactorRule.role_id == plan["role"]))
    if row is None:
        session.add(FactorRule(role_id=plan["role"], required=plan["required"]))
    else:
        row.required = plan["required"]
    ledger.record(
        session, used.requested_by, "factor:rule", f"role/{plan['role']}", unit_id=used.unit_id,
        role=plan["name"], required=plan["required"], approved_by=used.decided_by,
    )  # fmt: skip


def _plan(session: Session, role: str) -> dict[str, Any]:
    found = session.execute(
        select(RoleRow.id, FactorRule.required)
        .outerjoin(FactorRule, FactorRule.role_id == RoleRow.id)
        .where(RoleRow.name == role)
    ).one_or_none()
    if found is None:
        raise BadInput("role: no such role")
    return {"role": found.id, "name": role, "before": found.required}
