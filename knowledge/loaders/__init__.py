"""One module a format; each turns a file into Markdown. They run in a process of their own.

`worker.Worker` is what the rest of the package uses: a hostile file can take down that process
and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_BYTES = 50 * 1024 * 1024
MAX_CHARS = 10_000_000

FORMATS = {
    ".md": "markdown", ".markdown": "markdown", ".txt": "text", ".html": "html", ".htm": "html",
    ".xhtml": "html", ".pdf": "pdf", ".docx": "docx", ".csv": "questions", ".tsv": "questions",
}  # fmt: skip
"""Which module reads which file name."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file as text: Markdown with its title, and what the file itself says about it."""

    title: str
    text: str
    language: str | None = None
    url: str | None = None


class Refused(Exception):
    """The file cannot be used; the reason is fit for a person and quotes nothing of the file."""
