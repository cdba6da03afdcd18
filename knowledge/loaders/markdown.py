"""Markdown, with optional front matter: title, language, url, audience, dates of validity."""

from __future__ import annotations

import re

from knowledge.loaders import Loaded
from knowledge.loaders.facts import stated
from knowledge.loaders.text import decode

_LONGEST_FRONT = 20_000
_LONGEST_HEADING = 200
"""Characters; the heading goes before every passage under it."""

_FRONT = re.compile(r"---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_-]+")
_TITLE = re.compile(r"^#[ \t]+(\S[^\n]*)", re.MULTILINE)


def load(content: bytes, name: str) -> Loaded:
    """Read Markdown; the title is the front matter's, else the first heading, else the name."""
    return parse(decode(content), name)


def parse(text: str, fallback_title: str) -> Loaded:
    """Take front matter off and find the title. Raises `Refused` for facts it cannot mean."""
    fields: dict[str, str] = {}
    if front := _FRONT.match(text, 0, _LONGEST_FRONT):
        fields = _fields(front[1] or "")
        text = text[front.end() :]
    return stated(
        fields.get("title") or first_heading(text) or fallback_title, text, fields,
        where="its front matter",
    )  # fmt: skip


def first_heading(text: str) -> str:
    """The words of the first heading of the first level, or nothing."""
    found = _TITLE.search(text)
    return heading_words(found[1]) if found else ""


def heading_words(line: str) -> str:
    """What a heading says, from behind its first signs: without closing ones, never endless."""
    words = line.rstrip()
    bare = words.rstrip("#")
    # "C#" keeps its sign, "Returns ##" does not
    closed = bare != words and bare[-1:] in ("", " ", "\t")
    return (bare if closed else words).rstrip()[:_LONGEST_HEADING]


def _fields(front: str) -> dict[str, str]:
    found = {}
    for line in front.splitlines():
        name, colon, value = line.partition(":")
        if colon and _NAME.fullmatch(name.strip()) and not line[0].isspace():
            found[name.strip().lower().replace("-", "_")] = _scalar(value.strip())
    return found


def _scalar(value: str) -> str:
    """The value without its quotes, or without the comment behind it."""
    if value[:1] in ("'", '"'):
        return value[1:].partition(value[0])[0]
    return value.partition(" #")[0].rstrip()
