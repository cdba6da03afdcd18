"""The process that reads files: open files in over a socket, texts out, one JSON a message.

It has a memory and a time limit, cannot open files, is given no environment and no network: what
is wrong with a file stays here.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import PurePath
from typing import Any

from knowledge.loaders import FORMATS, MAX_BYTES, MAX_CHARS, Loaded, Refused, links
from knowledge.loaders.confine import confine

_MEMORY_SPENT = "needs more memory than reading may take: split it, or export it anew"


def main(descriptor: int, memory: int, seconds: int) -> None:
    """Serve until the other side is gone."""
    # libraries that print have nowhere to print to
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    line = socket.socket(fileno=descriptor)
    confine(memory)
    serve(line, seconds)


def serve(line: socket.socket, seconds: int) -> None:
    """Answer every file with its documents, or with the reason why there are none."""
    while True:
        message, files, _, _ = socket.recv_fds(line, 16_384, 1)
        if not message:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))
        answer = _answer(files[0], json.loads(message))
        told = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
        line.sendall(len(told).to_bytes(8, "big") + told)
        if answer.get("spent"):
            return  # what is left in memory is not the next file's fault


def _answer(descriptor: int, asked: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    try:
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(MAX_BYTES + 1)
        name = PurePath(asked["name"])
        if asked["for"] == "sitemap":
            return links.sitemap(content)
        if asked["for"] == "page" and FORMATS.get(name.suffix) == "html":
            told |= links.outline(content)
        return told | {"documents": [asdict(each) for each in _load(content, name)]}
    except Refused as refused:
        return told | {"reason": str(refused)}
    except OSError as error:
        return {"reason": f"cannot be read to its end: {error.strerror}"}
    except MemoryError:
        return {"reason": _MEMORY_SPENT, "spent": True}
    except RecursionError:
        return {"reason": "is nested too deeply: export it anew"}


def _load(content: bytes, name: PurePath) -> tuple[Loaded, ...]:
    form = FORMATS.get(name.suffix.lower())
    if form is None:
        raise Refused("is of a kind that cannot be read: use Markdown, text, HTML, PDF, DOCX, CSV")
    if len(content) > MAX_BYTES:
        raise Refused(f"is larger than {MAX_BYTES // 2**20} MB: split it")
    if not content:
        raise Refused("is empty: save it again, or take it away")
    _same_kind(content, form)
    loaded = import_module(f"knowledge.loaders.{form}").load(content, name.stem)
    made: tuple[Loaded, ...] = loaded if isinstance(loaded, tuple) else (loaded,)
    if not any(each.text.strip() for each in made):
        raise Refused("holds no text: nothing in it can be read aloud")
    if sum(len(each.text) for each in made) > MAX_CHARS:
        raise Refused(f"holds more than {MAX_CHARS:,} characters of text: split it")
    return made


_KINDS = (
    (b"MZ", "program"), (b"\x7fELF", "program"), (b"%PDF-", "pdf"), (b"PK\x03\x04", "docx"),
    (b"\x89PNG", "picture"), (b"\xff\xd8\xff", "picture"), (b"GIF8", "picture"),
    (b"\x1f\x8b", "archive"), (b"Rar!", "archive"), (b"7z\xbc\xaf", "archive"),
    (b"SQLite format 3\0", "database"),
)  # fmt: skip
_CALLED = {"pdf": "a PDF file", "docx": "a Word document or another archive",
           "archive": "an archive", "program": "a program", "picture": "a picture",
           "database": "a database"}  # fmt: skip


def _same_kind(content: bytes, form: str) -> None:
    """Refuse a file whose first bytes are those of another kind than its name says."""
    for start, kind in _KINDS:
        binary = kind != "program" or b"\0" in content[:512]
        if content.startswith(start) and kind != form and binary:
            raise Refused(f"is {_CALLED[kind]}, whatever its name says: give it its right name")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
