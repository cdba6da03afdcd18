"""Bad settings give one clear message that names the variable and no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime import secrets, settings
from runtime.errors import Misconfigured


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def test_the_defaults_need_nothing(monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    found = settings.load()
    assert found.database() == "sqlite:///data/frontdesk.db"
    assert not found.has_model


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHROMA_URL", "not an address"),
        ("FRONTDESK_WORKERS", "many"),
        ("FRONTDESK_REPLY_DELAY", "-1"),
        ("FRONTDESK_EMBEDDING", "huge"),
    ],
)
def test_a_wrong_value_is_named_and_not_quoted(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as caught:
        settings.load()
    assert name in caught.value.message
    assert value not in caught.value.message or value == "many"


def test_a_broker_needs_postgresql(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(Misconfigured, match="DATABASE_URL"):
        settings.load()


def test_a_secret_may_come_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("sk-from-file\n")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found = settings.load()
    assert found.model_key is not None
    assert found.model_key.get_secret_value() == "sk-from-file"
    assert "sk-from-file" not in repr(found)


def test_an_unreadable_secret_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(Misconfigured, match="OPENAI_API_KEY_FILE"):
        settings.load()


def test_the_key_file_is_made_once_with_mode_0600(tmp_path):
    path = tmp_path / "installation.key"
    first = secrets.load_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert secrets.load_keys(path).kek == first.kek


def test_a_damaged_key_file_stops_the_start(tmp_path):
    path = tmp_path / "installation.key"
    path.write_text("{}")
    with pytest.raises(Misconfigured, match="damaged"):
        secrets.load_keys(path)


def test_sealed_data_opens_only_in_its_place(tmp_path):
    ring = secrets.load_keys(tmp_path / "k")
    key = ring.unwrap(ring.new_data_key("c1"), "c1")
    sealed = secrets.seal(key, "hello", context="1|message|a|body")
    assert secrets.open_sealed(key, sealed, context="1|message|a|body") == "hello"
    with pytest.raises(Misconfigured):
        secrets.open_sealed(key, sealed, context="1|message|b|body")
    with pytest.raises(Misconfigured):
        ring.unwrap(ring.new_data_key("c1"), "c2")
