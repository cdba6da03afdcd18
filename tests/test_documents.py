"""The reference pages say what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from access import Permission
from admin_api.cli import app
from runtime.plugins import GROUPS
from runtime.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = (ROOT / "docs/reference.md").read_text(encoding="utf-8")


def _commands(command, path: str = "frontdesk"):
    for name, child in getattr(command, "commands", {}).items():
        if getattr(child, "commands", None):
            yield from _commands(child, name)
        else:
            yield f"{path} {name}".removeprefix("frontdesk ")


def test_every_setting_is_documented():
    names = [field.alias for field in Settings.model_fields.values()]
    assert [name for name in names if f"`{name}`" not in REFERENCE] == []


def test_every_documented_setting_exists():
    names = {field.alias for field in Settings.model_fields.values()}
    assert set(re.findall(r"^\| `([A-Z_]+)`", REFERENCE, re.M)) == names


def test_every_permission_is_documented():
    assert [str(item) for item in Permission if f"`{item}`" not in REFERENCE] == []


def test_every_plugin_group_is_documented():
    assert [group for group in GROUPS if f"`{group}`" not in REFERENCE] == []


def test_every_command_is_documented():
    missing = [name for name in _commands(get_command(app)) if name not in REFERENCE]
    assert missing == []


@pytest.mark.parametrize(
    "path", sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("requirements*.txt"))
)
def test_locked_requirements_name_no_host_and_no_torch(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    for word in ("http:", "https:", "index-url", "find-links", "file:"):
        assert word not in text
    assert not re.search(r"^torch\b", text, re.M)
    assert "--hash=sha256:" in text


def test_no_file_of_ours_is_longer_than_400_lines():
    kinds = ("*.py", "*.js", "*.css", "*.html")
    skipped = {".venv", "node_modules", "vendor", "artifacts", "demo", "dist"}
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for kind in kinds
        for path in ROOT.rglob(kind)
        if not skipped & set(path.relative_to(ROOT).parts)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert long == []
