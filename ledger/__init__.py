"""Who did what to which record, and why it was allowed. Append-only and sealed."""

from ledger.entries import record

__all__ = ["record"]
