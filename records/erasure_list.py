"""The list of erased contacts outside the database and its backups.

A backup brings erased contacts back; this list says whom to erase again. A line holds opaque
references and keyed hashes of addresses, no name and no address. Every line carries a keyed hash
over itself and the one before: nobody without the key file adds, changes or removes one unseen.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import structlog

from runtime.errors import Misconfigured
from runtime.secrets import keys
from runtime.settings import current

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One erasure: `contacts` are references, `addresses` keyed hashes, `at` is ISO 8601."""

    ref: str
    unit_id: int
    contacts: tuple[str, ...]
    addresses: tuple[str, ...]
    at: str

    @property
    def erased_at(self) -> datetime:
        return datetime.fromisoformat(self.at)


def append(line: Line) -> str:
    """Add an erasure, on the disk when this returns; once, however often it is called.

    Returns the keyed hash of its line. Raises `Misconfigured` when the list is damaged.
    """
    with _opened() as file:
        last = ""
        for known, mac in _verified(file):
            last = mac
            if known.ref == line.ref:
                return mac
        content = asdict(line)
        mac = _mac(last, content)
        file.seek(0, os.SEEK_END)
        file.write(json.dumps({**content, "mac": mac}, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
        return mac


def read() -> list[Line]:
    """All erasures, oldest first. Raises `Misconfigured` when the list is damaged."""
    if not current().erasures().exists():
        return []
    with _opened() as file:
        return [line for line, _ in _verified(file)]


@contextmanager
def _opened() -> Iterator[IO[str]]:
    path = current().erasures()
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # several processes erase
        yield file


def _verified(file: IO[str]) -> Iterator[tuple[Line, str]]:
    """Every line with its hash; a torn last one is cut off, for its erasure is tried again."""
    file.seek(0)
    before, whole = "", 0
    for number, text in enumerate(file.read().splitlines(keepends=True), start=1):
        if not text.endswith("\n"):
            log.warning("erasures.torn", number=number)
            file.truncate(whole)
            return
        line, mac = _parsed(text, before, number)
        whole += len(text.encode())
        before = mac
        yield line, mac


def _parsed(text: str, before: str, number: int) -> tuple[Line, str]:
    path: Path = current().erasures()
    try:
        content: dict[str, Any] = json.loads(text)
        mac = content.pop("mac")
        line = Line(
            content["ref"], content["unit_id"], tuple(content["contacts"]),
            tuple(content["addresses"]), content["at"],
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        raise Misconfigured(f"line {number} of {path} is damaged: restore it from a copy") from None
    if mac != _mac(before, asdict(line)):
        raise Misconfigured(
            f"line {number} of {path} was changed, or belongs to another key file: "
            "restore both from their copies"
        )
    return line, mac


def _mac(before: str, content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True)
    return keys().mac("erasure list", f"{before}|{text}")
