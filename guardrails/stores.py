"""What this package keeps about contacts: the bytes models were sent, and how much it was."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from guardrails import receipts
from guardrails.models import ModelReceipt, Usage
from runtime.stores import Category, NotAboutContacts, Store, Subject


def _receipt(session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    return {
        "at": row.at, "recipient": row.url_host, "model": row.model, "status": row.status,
        "sha256": row.body_sha256, "sent": receipts.body_of(session, row),
    }  # fmt: skip


def _usage(_session: Session, _subject: Subject, row: Any) -> dict[str, Any]:
    return {
        "day": row.day, "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
    }  # fmt: skip


class _Usage(Store):
    def aged(self, session: Session, unit_id: int, purpose: str, before: Any) -> Any:
        return super().aged(session, unit_id, purpose, before.date().isoformat())


STORES: list[Store | NotAboutContacts] = [
    Store(
        ModelReceipt,
        Category.MODEL_CALLS,
        "What a language model was sent to answer, pseudonymised, byte for byte",
        contact=ModelReceipt.contact_id,
        conversation=ModelReceipt.conversation_id,
        message=ModelReceipt.message_id,
        at=ModelReceipt.at,
        show=_receipt,
    ),
    _Usage(
        Usage,
        Category.MODEL_CALLS,
        "How much of a language model's work was used a day",
        contact=Usage.contact_id,
        at=Usage.day,
        show=_usage,
    ),
    NotAboutContacts("policy_version", "a unit's rules of what is hidden, sealed as a secret"),
    NotAboutContacts("policy_cases", "a unit's tests of its rules, written by its people"),
]
