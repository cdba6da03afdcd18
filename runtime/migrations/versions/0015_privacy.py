"""the privacy desk: erasures, exports, retention, limits, consents, requests, registers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from runtime.database import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consent_text",
        sa.Column("id", _ID, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
        sa.UniqueConstraint(
            "unit_id",
            "purpose",
            "language",
            "version",
            name=op.f("uq_consent_text_unit_id_purpose_language_version"),
        ),
    )
    op.create_index(op.f("ix_consent_text_unit_id"), "consent_text", ["unit_id"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("approval_id", _ID, nullable=True),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.Column("scrubbed_at", UtcDateTime(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("reapplied", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("signature", sa.String(length=100), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("ref", name=op.f("uq_erasure_ref")),
    )
    op.create_index(op.f("ix_erasure_contact_id"), "erasure", ["contact_id"], unique=False)
    op.create_index(op.f("ix_erasure_unit_id"), "erasure", ["unit_id"], unique=False)
    op.create_table(
        "legal_hold",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.Column("released_by", sa.String(length=80), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_contact_id"), "legal_hold", ["contact_id"], unique=False)
    op.create_index(op.f("ix_legal_hold_unit_id"), "legal_hold", ["unit_id"], unique=False)
    op.create_table(
        "privacy_request",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("conversation_id", _ID, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("law", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("confirm_by", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("alarmed_on", sa.Date(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_request")),
    )
    op.create_index(
        "ix_privacy_request_calendar",
        "privacy_request",
        ["unit_id", "closed_at", "due_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_privacy_request_contact_id"), "privacy_request", ["contact_id"], unique=False
    )
    op.create_index(
        op.f("ix_privacy_request_unit_id"), "privacy_request", ["unit_id"], unique=False
    )
    op.create_table(
        "processor",
        sa.Column("id", _ID, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("region", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("contract_on", sa.Date(), nullable=True),
        sa.Column("safeguard", sa.String(length=40), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processor")),
        sa.UniqueConstraint("unit_id", "host", name=op.f("uq_processor_unit_id_host")),
    )
    op.create_index(op.f("ix_processor_unit_id"), "processor", ["unit_id"], unique=False)
    op.create_table(
        "region_pin",
        sa.Column("id", _ID, nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_pin")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_region_pin_unit_id")),
    )
    op.create_index(op.f("ix_region_pin_unit_id"), "region_pin", ["unit_id"], unique=False)
    op.create_table(
        "retention_rule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
        sa.UniqueConstraint(
            "unit_id",
            "category",
            "purpose",
            name=op.f("uq_retention_rule_unit_id_category_purpose"),
        ),
    )
    op.create_index(op.f("ix_retention_rule_unit_id"), "retention_rule", ["unit_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("text_id", _ID, nullable=True),
        sa.Column("text_sha256", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("evidence", sa.String(length=80), nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_consent_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["text_id"], ["consent_text.id"], name=op.f("fk_consent_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_contact_id"), "consent", ["contact_id"], unique=False)
    op.create_index(op.f("ix_consent_unit_id"), "consent", ["unit_id"], unique=False)
    op.create_table(
        "contact_export",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("approval_id", _ID, nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("passphrase_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("ready_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("fetched_at", UtcDateTime(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_export_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_export")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_contact_export_approval_id")),
    )
    op.create_index(
        op.f("ix_contact_export_contact_id"), "contact_export", ["contact_id"], unique=False
    )
    op.create_index(op.f("ix_contact_export_unit_id"), "contact_export", ["unit_id"], unique=False)
    op.create_table(
        "privacy_step",
        sa.Column("id", _ID, nullable=False),
        sa.Column("request_id", _ID, nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["privacy_request.id"],
            name=op.f("fk_privacy_step_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_step")),
    )
    op.create_index(
        op.f("ix_privacy_step_request_id"), "privacy_step", ["request_id"], unique=False
    )
    op.create_index(op.f("ix_privacy_step_unit_id"), "privacy_step", ["unit_id"], unique=False)
    op.create_table(
        "processing_limit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_processing_limit_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_limit")),
    )
    op.create_index(
        "ix_processing_limit_active",
        "processing_limit",
        ["contact_id", "kind"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index(
        op.f("ix_processing_limit_unit_id"), "processing_limit", ["unit_id"], unique=False
    )
    op.create_index(op.f("ix_contact_key_context"), "contact", ["key_context"], unique=False)
