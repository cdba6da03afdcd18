"""Look for values in everything an installation has on disk, in every form they could take."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session

from records import data_map
from runtime.stores import pieces

Needles = Mapping[str, frozenset[bytes]]
"""What is looked for: its name, and the byte strings any of which gives it away."""


def forms(value: str) -> frozenset[bytes]:
    """A text as it is, in UTF-16, Base64 at every offset, escaped for addresses and for JSON."""
    plain = value.encode()
    found = {plain, value.encode("utf-16-le"), value.encode("utf-16-be")}
    found |= _based(plain)
    found |= {quote(value).encode(), json.dumps(value)[1:-1].encode(), plain.hex().encode()}
    return frozenset(each for each in found if len(each) >= 8)


def _based(plain: bytes) -> set[bytes]:
    """What is certain to stand in the Base64 of any text that holds these bytes."""
    found = set()
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + plain)
        first, last = -(-shift * 8 // 6), len(text) - 4
        found.add(text[first + 1 : last])
    return found


def sealed_forms(value: bytes) -> frozenset[bytes]:
    """Pieces of something encrypted, as it is and as `pg_dump` writes it."""
    middle = value[len(value) // 2 - 10 : len(value) // 2 + 10]
    return frozenset({middle, middle.hex().encode(), base64.b64encode(middle[:18])})


def sealed_values(session: Session, contact_id: int) -> Needles:
    """Every encrypted value and keyed hash that the data map finds of a contact."""
    subject = data_map.subject_of(session, contact_id, addresses=True)
    found: dict[str, frozenset[bytes]] = {}
    for store in data_map.complete_map():
        if store.stays:
            continue
        table = store.model.metadata.tables[store.name]
        hidden = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
        hashes = [column.name for column in table.columns if column.name.endswith("_index")]
        for piece in pieces(store.keys(session, subject)):
            for row in session.scalars(select(store.model).where(store._among(piece))):
                place = f"{store.name}/{getattr(row, 'id', '')}"
                for name in hidden:
                    value = getattr(row, name)
                    if value:
                        found[f"{place}.{name}"] = sealed_forms(value)
                for name in hashes:
                    value = getattr(row, name)
                    if value:
                        found[f"{place}.{name}"] = frozenset({value.encode()})
    return found


def scan(files: Iterable[Path], needles: Needles) -> dict[str, list[str]]:
    """Which needles stand in which files."""
    found: dict[str, list[str]] = {}
    for path in files:
        content = path.read_bytes()
        for name, shapes in needles.items():
            if any(shape in content for shape in shapes):
                found.setdefault(name, []).append(path.name)
    return found


def all_files(folder: Path) -> list[Path]:
    """Every file under a folder: database, journal, vectors."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def dump(url: str, to: Path) -> Path:
    """The database as `pg_dump` writes it."""
    subprocess.run(
        ["pg_dump", "--dbname", _plain(url), "--file", str(to)], check=True, env=os.environ.copy()
    )
    return to


def load(url: str, path: Path) -> None:
    """Bring a dump into an empty database."""
    subprocess.run(
        ["psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", _plain(url),
         "--file", str(path)],
        check=True, env=os.environ.copy(), stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
