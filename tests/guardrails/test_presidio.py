from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from guardrails import finding
from guardrails.detectors import presidio
from guardrails.mask import Mask
from runtime import settings
from runtime.errors import Misconfigured


class Engine:
    """Stands in for the analyzer, which is not installed where tests run."""

    def __init__(self, **_: object) -> None:
        pass

    def analyze(self, *, text: str, language: str, entities: list[str]) -> list[SimpleNamespace]:
        assert "DATE_TIME" not in entities
        start = text.find("quux")
        one = SimpleNamespace(start=start, end=start + 4, entity_type="PERSON")
        return [one] if start >= 0 else []


class Provider:
    def __init__(self, **_: object) -> None:
        pass

    def create_engine(self) -> None:
        return None


def test_without_the_extra_the_setting_is_refused(tmp_path) -> None:
    with pytest.raises((ValueError, Misconfigured), match=r"frontdesk\[presidio\]"):
        settings.Settings(_env_file=None, data_dir=tmp_path, FRONTDESK_PRESIDIO=True)
    presidio._engine.cache_clear()
    with pytest.raises(Misconfigured, match=r"frontdesk\[presidio\]"):
        presidio.SecondOpinion()


def test_with_it_what_presidio_finds_is_hidden_too(configured, monkeypatch) -> None:
    analyzer, engines = ModuleType("presidio_analyzer"), ModuleType("presidio_analyzer.nlp_engine")
    analyzer.AnalyzerEngine = Engine
    engines.NlpEngineProvider = Provider
    monkeypatch.setitem(sys.modules, "presidio_analyzer", analyzer)
    monkeypatch.setitem(sys.modules, "presidio_analyzer.nlp_engine", engines)
    text = "the quux is here, write to a@mail.example"
    assert Mask().hide(text) == "the quux is here, write to [EMAIL_1]"
    switched = configured.model_copy(update={"presidio": True})
    settings.use(switched)
    presidio._engine.cache_clear()
    finding.forget()
    try:
        assert Mask().hide(text) == "the [PERSON_1] is here, write to [EMAIL_1]"
    finally:
        settings.use(configured)
        presidio._engine.cache_clear()
        finding.forget()
