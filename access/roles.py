"""The roles a new installation starts with: seeds of the table; code never asks for names."""

from __future__ import annotations

from access.policy import Grant, Permission, Role

_CONVERSATIONS = (
    Grant(Permission.CONVERSATION_ASSIGN),
    Grant(Permission.CONVERSATION_CLOSE),
    Grant(Permission.CONVERSATION_NOTE),
    Grant(Permission.CONVERSATION_READ),
    Grant(Permission.CONVERSATION_REPLY),
)

SERVICE = Role(
    "service",
    (
        *_CONVERSATIONS,
        Grant(Permission.CONTACT_LIST),
        Grant(
            Permission.CONTACT_READ,
            fields=frozenset(
                {
                    "name", "language", "country", "order.*", "loyalty.*", "follow_up", "labels",
                    "notes",
                }
            ),
        ),
        Grant(Permission.GUARDRAILS_READ),
        Grant(Permission.KNOWLEDGE_READ),
        Grant(Permission.RECEIPT_READ),
        Grant(Permission.USER_READ),
        Grant(Permission.CONTACT_WRITE),
    ),
)  # fmt: skip

SALES = Role(
    "sales",
    (
        *_CONVERSATIONS,
        Grant(Permission.CONTACT_LIST),
        Grant(
            Permission.CONTACT_READ,
            fields=frozenset(
                {
                    "name", "language", "country", "company", "email", "phone", "channel.*",
                    "deal.*", "follow_up", "labels", "loyalty.*", "marketing.*", "notes", "order.*",
                }
            ),
        ),
        Grant(Permission.KNOWLEDGE_READ),
        Grant(Permission.USER_READ),
        Grant(Permission.CONTACT_WRITE),
        Grant(Permission.CONTACT_IMPORT),
        Grant(Permission.SEGMENT_WRITE),
    ),
)  # fmt: skip

MANAGEMENT = Role(
    "management",
    (
        Grant(Permission.ASSISTANT_READ),
        Grant(Permission.CHANNEL_READ),
        Grant(Permission.GUARDRAILS_READ),
        Grant(Permission.GUARDRAILS_RELEASE),
        Grant(Permission.INBOX_READ),
        Grant(Permission.JOB_READ),
        Grant(Permission.KNOWLEDGE_READ),
        Grant(Permission.KNOWLEDGE_RELEASE),
        Grant(Permission.KNOWLEDGE_WRITE),
        Grant(Permission.LEDGER_READ),
        Grant(Permission.ROLE_READ),
        Grant(Permission.STATISTICS_READ),
        Grant(Permission.USER_READ),
        Grant(Permission.APPROVAL_DECIDE),
        Grant(Permission.APPROVAL_READ),
        Grant(Permission.CONTACT_ERASE),
        Grant(Permission.CONTACT_EXPORT),
        Grant(Permission.CONTACT_LIST),
        Grant(Permission.CONTACT_MERGE),
        Grant(Permission.CONTACT_SHARE),
        Grant(Permission.CONVERSATION_EXPORT),
        Grant(Permission.FIELD_WRITE),
        Grant(Permission.PRIVACY_READ),
        Grant(Permission.PRIVACY_WRITE),
        Grant(Permission.RETENTION_READ),
        Grant(Permission.RETENTION_WRITE),
        Grant(Permission.RISK_READ),
    ),
)

ADMIN = Role(
    "admin",
    (
        Grant(Permission.ASSISTANT_READ),
        Grant(Permission.CHANNEL_READ),
        Grant(Permission.CHANNEL_WRITE),
        Grant(Permission.GUARDRAILS_READ),
        Grant(Permission.GUARDRAILS_RELEASE),
        Grant(Permission.GUARDRAILS_WRITE),
        Grant(Permission.INBOX_READ),
        Grant(Permission.JOB_READ),
        Grant(Permission.KNOWLEDGE_READ),
        Grant(Permission.KNOWLEDGE_RELEASE),
        Grant(Permission.KNOWLEDGE_WRITE),
        Grant(Permission.LEDGER_READ),
        Grant(Permission.RECEIPT_READ),
        Grant(Permission.ROLE_READ),
        Grant(Permission.STATISTICS_READ),
        Grant(Permission.TOKEN_WRITE),
        Grant(Permission.USER_READ),
        Grant(Permission.USER_WRITE),
        Grant(Permission.APPROVAL_DECIDE),
        Grant(Permission.APPROVAL_READ),
        Grant(Permission.FIELD_WRITE),
        Grant(Permission.PRIVACY_READ),
        Grant(Permission.RETENTION_READ),
        Grant(Permission.RISK_READ),
        Grant(Permission.ROLE_WRITE),
        Grant(Permission.UNIT_WRITE),
    ),
)

ASSISTANT = Role(
    "assistant",
    (
        Grant(Permission.CONVERSATION_ASSIGN),
        Grant(Permission.CONVERSATION_READ),
        Grant(Permission.CONVERSATION_REPLY),
        Grant(
            Permission.CONTACT_READ,
            fields=frozenset({"name", "language", "country", "order.*", "loyalty.tier"}),
        ),
        Grant(Permission.KNOWLEDGE_READ),
    ),
)

_EVERYTHING = frozenset({"*", "custom.*", "custom.sensitive.*"})

SYSTEM = Role("system", tuple(Grant(permission, _EVERYTHING) for permission in Permission))
"""What the installation itself may do: seeding, scheduled work. Nobody can be given it."""

SEED = (SERVICE, SALES, MANAGEMENT, ADMIN, ASSISTANT)
