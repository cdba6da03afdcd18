"""Make a backup: database, files and checkpoints, encrypted and signed, and the keys apart."""

from __future__ import annotations

import base64
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import ledger
from access import people
from ledger import checkpoints, entries, heads, jobs
from runtime import archive, snapshot
from runtime.archive import Part
from runtime.database import now, open_session
from runtime.errors import BadInput, Misconfigured
from runtime.scope import NOBODY
from runtime.secrets import keys, open_sealed_bytes, seal
from runtime.settings import Settings

FORMAT = 1
DATABASE, FILES, POINTS = "database.part", "files.part", "checkpoints.part"
KEYS = "FDKEY1\n"
LEFT_OUT = ("chroma", "exports", "frontdesk.db", "demo-logins.json", ".backup", ".restore")
"""What of the data directory is not kept: the database has its own part, vectors are made anew,
copies that were made for somebody expire."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds: its parts, and how many entries its ledger has."""

    path: str
    parts: tuple[Part, ...]
    ledger_size: int
    bytes: int
    seconds: float


def make(
    settings: Settings,
    destination: Path,
    *,
    passphrase: str | None = None,
    keys_to: Path | None = None,
    together: bool = False,
) -> Made:
    """Write a backup into a new directory; the key file goes to `keys_to`, apart from it.

    Without a passphrase the parts are sealed with a key derived from the key file's. Raises
    `BadInput` where something is there already, or where keys and data would lie together, unless
    `together`; `Misconfigured` where a program is missing.
    """
    began = now()
    _place(settings, destination, keys_to, together=together)
    salt = archive.new_salt()
    key = key_of(passphrase, salt)
    _note()
    draft = destination.with_name(f".{destination.name}.{os.getpid()}")
    draft.mkdir(mode=0o700, parents=True)
    try:
        parts, facts = _parts(settings, draft, key)
        content = facts | {
            "format": FORMAT,
            "version": version("frontdesk"),
            "made_at": began.isoformat(timespec="seconds"),
            "salt": base64.b64encode(salt).decode(),
            "sealed_with": "key file" if passphrase is None else "passphrase",
            "check": archive.check_value(key),
            "parts": [asdict(part) for part in parts],
        }
        archive.write_manifest(draft, content, keys().signing)
        if keys_to is not None:
            _keep_keys(settings.keys(), keys_to, passphrase)
        draft.rename(destination)  # whole, or not there
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    total = sum(part.size for part in parts)
    took = (now() - began).total_seconds()
    return Made(str(destination), tuple(parts), int(facts["ledger"]["size"]), total, round(took, 2))


def key_of(passphrase: str | None, salt: bytes) -> bytes:
    """The key that the parts are sealed with."""
    if passphrase is None:
        return keys().derived("backup|" + salt.hex())
    return archive.from_passphrase(passphrase, salt)


def _place(settings: Settings, destination: Path, keys_to: Path | None, *, together: bool) -> None:
    if destination.exists():
        raise BadInput(f"{destination} is there already: name a new directory")
    inside = destination.resolve()
    if inside.is_relative_to(settings.data_dir.resolve()):
        raise BadInput("a backup inside the data directory would be lost with it")
    if keys_to is None:
        return
    if keys_to.exists():
        raise BadInput(f"{keys_to} is there already: name a new file")
    home = keys_to.resolve().parent
    if not together and (home.is_relative_to(inside) or home == inside.parent):
        raise BadInput(
            "keys and data in one directory are lost, and stolen, together: name another place "
            "with --keys, or insist with --together"
        )


def _note() -> None:
    """Everything personal is read now: the ledger says so in every unit, inside the backup too."""
    with open_session(NOBODY) as session:
        for unit in people.units(session):
            ledger.record(session, "system/0", "backup:create", f"unit/{unit.id}", unit_id=unit.id)
        session.flush()
        while entries.sequence_pending(session) == entries.BATCH:
            session.flush()
    with open_session(NOBODY) as session:
        jobs.sign_if_due(session, force=True)


@contextmanager
def _workshop(near: Path) -> Iterator[Path]:
    """A directory of ours that nobody else can look into."""
    with tempfile.TemporaryDirectory(prefix=".backup.", dir=near) as made:
        yield Path(made)


def _parts(settings: Settings, draft: Path, key: bytes) -> tuple[list[Part], dict[str, Any]]:
    with (
        _workshop(settings.data_dir) as work,
        snapshot.taken(settings.owner_database(), work) as taken,
    ):
        with Session(taken.connection, info={"scope": NOBODY}) as session:
            head = heads.reach(session)
        facts: dict[str, Any] = {
            "database": taken.kind,
            "revision": snapshot.revision(taken.connection),
            "ledger": {"size": head.size, "root": head.root.hex()},
        }
        database = archive.seal(key, taken.stream, draft / DATABASE)
    points = settings.checkpoints()
    signed = points.read_bytes() if points.exists() else b""
    newest = max(checkpoints.read(points), key=lambda point: point.size, default=None)
    if newest is not None:
        facts["checkpoint"] = {
            "signed": newest.signed.decode(),
            "signature": base64.b64encode(newest.signature).decode(),
        }
    with tempfile.TemporaryFile(dir=settings.data_dir) as files:
        _pack(settings.data_dir, files)
        files.seek(0)
        packed = archive.seal(key, files, draft / FILES)
    kept = archive.seal(key, io.BytesIO(signed), draft / POINTS)
    return [database, packed, kept], facts


def _pack(data: Path, out: Any) -> None:
    """The data directory's other files, by their relative names."""
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path in sorted(data.rglob("*")):
            name = path.relative_to(data).as_posix()
            if name.startswith(LEFT_OUT) or path.is_symlink() or not path.is_file():
                continue
            tar.add(path, arcname=name, recursive=False)


def _keep_keys(source: Path, target: Path, passphrase: str | None) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    content = source.read_bytes()
    if passphrase is not None:
        salt = archive.new_salt()
        sealed = seal(archive.from_passphrase(passphrase, salt), content, context=KEYS)
        content = KEYS.encode() + salt + sealed
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def kept_keys(path: Path, passphrase: str | None) -> bytes:
    """The content of a key file that was kept. Raises `BadInput`."""
    try:
        content = path.read_bytes()
    except OSError:
        raise BadInput(f"{path} cannot be read: name the copy of the key file") from None
    if not content.startswith(KEYS.encode()):
        return content
    if passphrase is None:
        raise BadInput(f"{path} is sealed: give the passphrase it was sealed with")
    salt, sealed = content[len(KEYS) :][:16], content[len(KEYS) + 16 :]
    try:
        return open_sealed_bytes(archive.from_passphrase(passphrase, salt), sealed, context=KEYS)
    except Misconfigured:
        raise BadInput("the passphrase is not the one the key file was sealed with") from None
