"""Markdown, with optional front matter: title, language, url."""

from __future__ import annotations

import re
from pathlib import Path

from knowledge.loaders import Loaded
from knowledge.loaders.text import decode

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^([A-Za-z_-]+)[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)


def load(path: Path) -> Loaded:
    """Read Markdown; the title is the front matter's, else the first heading, else the name."""
    return parse(decode(path.read_bytes()), path.stem)


def parse(text: str, fallback_title: str) -> Loaded:
    """Take front matter off and find the title."""
    fields: dict[str, str] = {}
    if front := _FRONT.match(text):
        fields = {match[1].lower(): match[2].strip("\"'") for match in _FIELD.finditer(front[1])}
        text = text[front.end() :]
    heading = _TITLE.search(text)
    return Loaded(
        fields.get("title") or (heading[1] if heading else fallback_title),
        text,
        fields.get("language") or fields.get("lang") or None,
        fields.get("url") or None,
    )
