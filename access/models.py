"""Units, teams, roles, users and assistants; sessions, tokens and attempts to sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from runtime.database import Base, Id, Scoped, now


class Unit(Base):
    """A country, brand, business line or team: the boundary of isolation."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    link_hosts: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Hosts that an answer may link to."""
    demo: Mapped[bool] = mapped_column(default=False)


class Team(Base):
    """A group of users of one unit; hand-offs go to a team."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    __table_args__ = (UniqueConstraint("unit_id", "name"),)


class RoleRow(Base):
    __tablename__ = "role"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    grants: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class User(Base):
    """A person who signs in."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    """Empty while none is set: somebody invited, or who signs in elsewhere."""
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"))
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    left_at: Mapped[datetime | None]
    """When the person left; the row stays, as the name that the ledger means."""


class UserUnit(Base):
    __tablename__ = "user_unit"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class TeamMember(Base):
    __tablename__ = "team_member"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)


class Assistant(Base):
    """An AI employee of some units."""

    __tablename__ = "assistant"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"))
    units: Mapped[list[int]] = mapped_column(JSON)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    instructions: Mapped[str] = mapped_column(String(2000), default="")
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)


class WebSession(Base):
    """A sign-in; the cookie holds a random token, the row its hash."""

    __tablename__ = "web_session"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    proved_at: Mapped[datetime] = mapped_column(default=now)
    """When its user last proved who is acting: by password, second factor or sign-in elsewhere."""
    device: Mapped[str] = mapped_column(String(60), default="")
    """Browser and system, as coarse as "Firefox on Linux"."""
    network: Mapped[str] = mapped_column(String(60), default="")
    """The first half of the address it was opened from."""
    strength: Mapped[str] = mapped_column(String(20), default="password")
    """What was shown at the door: see `access.sessions.Strength`."""
    issuer: Mapped[str | None] = mapped_column(String(200))
    issuer_session: Mapped[str | None] = mapped_column(String(200), index=True)
    """The session at the provider that it came from (OpenID Connect's sid)."""


class ApiToken(Base):
    """A token of a user for programs: shown once, stored as a hash."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    permissions: Mapped[list[str]] = mapped_column(JSON)
    """Narrows the user's role; never widens it."""
    units: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    """Narrows the user's units; None for all of them."""
    last_used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Attempt(Base):
    """A counter of one window of a limit: keyed hash of what is counted, never the value."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    count: Mapped[int] = mapped_column(default=0)
    window_ends: Mapped[datetime] = mapped_column(index=True)


class SecondFactor(Base):
    """Something a user has: an authenticator's shared secret, or a security key."""

    __tablename__ = "second_factor"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(10))
    """totp or webauthn."""
    name: Mapped[str] = mapped_column(String(60))
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The shared secret, or the public key, under the installation's key."""
    credential: Mapped[str | None] = mapped_column(String(400), unique=True)
    last_step: Mapped[int] = mapped_column(Id, default=0)
    """The newest time step a code was taken for, or the key's signature counter."""
    confirmed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A way in for who has lost the second factor; each one once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class FactorRule(Base):
    """Whether a role asks for a second factor, where that is not what its grants say."""

    __tablename__ = "factor_rule"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), unique=True)
    required: Mapped[bool]


class EntryLink(Base):
    """A way to set one's first or a new password, once: of two halves that two people hold."""

    __tablename__ = "entry_link"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    asked_by: Mapped[str] = mapped_column(String(80))
    """Who may be shown the link."""
    approved_by: Mapped[str] = mapped_column(String(80))
    """Who may be shown the code that goes with it."""
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ExternalIdentity(Base):
    """A person at an OpenID provider: issuer and subject, never an e-mail address."""

    __tablename__ = "external_identity"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    issuer: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class Activity(Base, Scoped):
    """How often somebody did something within an hour: what is usual is read off these."""

    __tablename__ = "activity"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    actor: Mapped[str] = mapped_column(String(80))
    hour: Mapped[datetime]
    measure: Mapped[str] = mapped_column(String(20))
    count: Mapped[int]
    __table_args__ = (UniqueConstraint("unit_id", "actor", "hour", "measure"),)


class ActivityHead(Base):
    """How far the ledger is counted: one row."""

    __tablename__ = "activity_head"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(Id, default=0)


class Alarm(Base, Scoped):
    """Something unusual that somebody did, for management to look at. Counts and codes only."""

    __tablename__ = "alarm"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(80), index=True)
    hour: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    raised_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(80))
    verdict: Mapped[str | None] = mapped_column(String(20))
    __table_args__ = (
        UniqueConstraint("unit_id", "kind", "actor", "hour"),
        CheckConstraint("settled_by <> actor", name="settled_by_another"),
    )


class BrokenGlass(Base):
    """Access beyond the role that somebody took in an emergency, for a while."""

    __tablename__ = "broken_glass"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    permissions: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(500))
    opened_at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Approval(Base, Scoped):
    """A request for an act that needs a second person, and what became of it."""

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Exactly what will be done: identifiers, counts and codes, never personal values."""
    plan_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(500))
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("decided_by <> requested_by", name="second_person"),
        CheckConstraint("decided_at <= expires_at", name="decided_in_time"),
        CheckConstraint("used_at <= expires_at", name="used_in_time"),
        CheckConstraint(
            "used_at IS NULL OR (approved IS NOT NULL AND approved)", name="used_when_approved"
        ),
        CheckConstraint(
            "(decided_by IS NULL) = (approved IS NULL) "
            "AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="decided_whole",
        ),
    )
