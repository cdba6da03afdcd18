"""One module a format; each turns a file's bytes into Markdown, in a process of its own.

`worker.Worker` is what the rest of the package uses: a hostile file can take down that process
and nothing else. `folder.files` lists what a folder holds, with a reason for what is left out.
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

AUDIENCES = ("public", "customers", "team")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document as text: Markdown with its title, and what the file itself says about it.

    `part` is empty unless the file holds several documents; then it names this one within the
    file. `audience` is one of `AUDIENCES`; `valid_from` and `valid_until` are ISO dates.
    """

    title: str
    text: str
    language: str | None = None
    url: str | None = None
    audience: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    part: str = ""


class Refused(Exception):
    """The file cannot be used; the reason is fit for a person and quotes nothing of the file."""
