"""What is carried out once two people agreed, and what comes back every hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from access import approvals, entering, factor_rules, hiring, limits, people, risk, sessions
from access.models import User, UserUnit
from runtime.database import now, open_session
from runtime.errors import AppError
from runtime.jobs import Job, LeaseLost, fenced_session, handles
from runtime.scope import NOBODY, Scope

log = structlog.get_logger(__name__)


def _carry_out(job: Job, act: Callable[[Session, int], None]) -> None:
    """Do what was approved; what cannot be done any more is noted and not tried again."""
    with open_session(NOBODY, read_only=True) as session:
        everywhere = Scope(frozenset(unit.id for unit in people.units(session)))
    number = int(job.args["approval_id"])
    try:
        with fenced_session(replace(job, scope=everywhere), last=True) as session:
            act(session, number)
    except LeaseLost:
        raise
    except AppError as error:
        log.warning("approval.void", approval=number, error=type(error).__name__)
        with fenced_session(job) as session:
            approvals.note_void(session, number, type(error).__name__)


@handles("access.invite")
def carry_out_invite(job: Job) -> None:
    """Make the account that two people agreed on."""
    _carry_out(job, hiring.carry_out_invite)


@handles("access.change")
def carry_out_change(job: Job) -> None:
    """Change the account as two people agreed."""
    _carry_out(job, hiring.carry_out_change)


@handles("access.reset")
def carry_out_reset(job: Job) -> None:
    """Open a new way in, as two people agreed."""
    _carry_out(job, hiring.carry_out_reset)


@handles("access.factor_rule")
def carry_out_factor_rule(job: Job) -> None:
    """Let a role ask for a second factor or not, as two people agreed."""
    _carry_out(job, factor_rules.carry_out)


@handles("access.risk", every=timedelta(minutes=5))
def watch(job: Job) -> None:
    """Count what people did since last time, and raise alarms about what is unusual."""
    risk.watch(job)


@handles("access.sweep", every=timedelta(hours=1))
def sweep(job: Job) -> None:
    """Drop counters, sessions and links that are over, and people who were never let in."""
    with fenced_session(job) as session:
        limits.sweep(session)
        sessions.sweep(session)
        entering.sweep(session)
        _forget_never_let_in(session)


def _forget_never_let_in(session: Session) -> None:
    """Names of people whose invitation was refused or ran out are nobody's business."""
    session.execute(
        delete(User).where(
            User.active.is_(False),
            User.left_at.is_(None),
            User.password_hash == "",
            User.created_at < now() - approvals.LIFE - timedelta(hours=1),
            User.id.not_in(select(UserUnit.user_id)),
        )
    )
