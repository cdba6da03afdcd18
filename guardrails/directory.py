"""Names and streets of all contacts of a unit, kept in memory to find them in anybody's text.

Mail addresses and phone numbers need no list: whoever they belong to, their form gives them away.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog

from guardrails.detectors.listed import Listed
from guardrails.detectors.record import name_parts
from guardrails.text import plain_stream, script
from records import contacts
from runtime import settings
from runtime.database import open_session
from runtime.scope import Scope

log = structlog.get_logger(__name__)

FRESH = 30.0
"""Seconds after which a turn looks whether contacts have changed."""
PATIENCE = 0.01
"""Seconds a turn waits for a unit's first list; after that masking goes on without it."""
_REST = 2.0
"""Seconds a builder rests per second it works, so that answers keep their processor."""
_LETTERS = 6
"""Letters and digits of a name or street below which it is as likely something else."""
_KINDS = {"name": "PERSON", "street": "ADDRESS"}


@dataclass(slots=True)
class _Unit:
    listed: Listed | None = None
    version: tuple[int, int] | None = None
    checked: float = 0.0
    builder: threading.Thread | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_units: dict[tuple[str, int], _Unit] = {}
_lock = threading.Lock()


def of_unit(unit_id: int) -> Listed | None:
    """The list of a unit, None while it is being made for the first time.

    It is made and renewed in the background; when a contact is erased it is made anew.
    """
    key = (settings.current().database(), unit_id)
    with _lock:
        unit = _units.setdefault(key, _Unit())
    with unit.lock:
        due = time.monotonic() - unit.checked > FRESH
        if unit.builder is None and (unit.listed is None or due):
            unit.builder = threading.Thread(
                target=_renew, args=(unit, unit_id), name=f"directory-{unit_id}", daemon=True
            )
            unit.builder.start()
        builder = unit.builder
    if unit.listed is None and builder is not None:
        builder.join(PATIENCE)
    return unit.listed


def forget(unit_id: int) -> None:
    """Let go of the list of a unit: somebody in it was erased."""
    with _lock:
        _units.pop((settings.current().database(), unit_id), None)


def _renew(unit: _Unit, unit_id: int) -> None:
    try:
        with open_session(Scope.of(unit_id), read_only=True) as session:
            version = contacts.directory_version(session)
        if version != unit.version:
            listed = Listed(_values(unit_id))
            unit.listed, unit.version = listed, version
    except Exception as error:  # noqa: BLE001 - whatever happens here, turns go on without it
        log.warning("directory.failed", unit=unit_id, error=type(error).__name__)
    finally:
        with unit.lock:
            unit.checked = time.monotonic()
            unit.builder = None


def _values(unit_id: int) -> Iterator[tuple[str, str]]:
    """Kind and value of what can be told from other words, a piece of the list at a time."""
    after: int | None = 0
    while after is not None:
        begun = time.thread_time()
        with open_session(Scope.of(unit_id), read_only=True) as session:
            found, after = contacts.directory(session, frozenset(_KINDS), after=after)
        for name, value in found:
            yield from telling(_KINDS[name.rpartition(".")[2]], value)
        time.sleep((time.thread_time() - begun) * _REST)


def telling(kind: str, value: str) -> Iterator[tuple[str, str]]:
    """What of a value is looked for: whole names, never a first name alone; streets with number."""
    if kind == "PERSON":
        dense = len(value) >= 3 and all(script(char) == "c" for char in value)
        long = len(plain_stream(value)) >= _LETTERS and len(name_parts(value)) > 1
        if dense or long:
            yield kind, value
        return
    street = value.split(",")[0].split("\n")[0].strip()
    letters = sum(map(str.isalpha, street))
    if letters >= _LETTERS and any(map(str.isdigit, street)):
        yield kind, street
