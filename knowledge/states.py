"""Closed lists of words that sources, documents and releases carry."""

from __future__ import annotations

from enum import StrEnum


class SourceKind(StrEnum):
    """Where a source's documents come from: files, the console's editor, a site, or the API."""

    FILES = "files"
    ARTICLES = "articles"
    WEBSITE = "website"
    API = "api"


class Audience(StrEnum):
    """Who may be told: everybody (help centre, too), customers who ask, or colleagues alone."""

    PUBLIC = "public"
    CUSTOMERS = "customers"
    TEAM = "team"


class ReleaseState(StrEnum):
    """Proposed and being rehearsed; rehearsed well or badly; served to some, to all, no more."""

    CHECKING = "checking"
    PASSED = "passed"
    FAILED = "failed"
    CANARY = "canary"
    LIVE = "live"
    RETIRED = "retired"
    REFUSED = "refused"


class ReleaseKind(StrEnum):
    """A release of drafts, a way back to an earlier one, or knowledge taken out at once."""

    CHANGE = "change"
    ROLLBACK = "rollback"
    WITHDRAWAL = "withdrawal"
