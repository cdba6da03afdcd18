"""Restore a backup into an empty place, or into one that is gone again: nothing is touched before
every signature, hash and key fits."""

from __future__ import annotations

import base64
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from pydantic import SecretStr

import ledger
from access import people
from admin_api import backup
from admin_api.backup import DATABASE, FILES, POINTS
from bot import golden
from knowledge import index
from ledger import checkpoints, heads
from ledger.checkpoints import Checkpoint
from runtime import archive, database, migrate, plugins, secrets, snapshot
from runtime.archive import Part
from runtime.database import now, open_session
from runtime.errors import AppError, BadInput
from runtime.scope import NOBODY
from runtime.settings import Settings, use


@dataclass(slots=True)
class Report:
    """What was restored and what was found; `problems` say what does not fit.

    `lost_entries` counts what surviving checkpoints know of and the backup is too old to hold.
    """

    made_at: str
    verified_only: bool
    ledger_size: int = 0
    lost_entries: int = 0
    passages: int = 0
    golden_total: int = 0
    golden_failed: list[str] = field(default_factory=list)
    after: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Opened:
    """A backup whose manifest, parts and key fit."""

    source: Path
    manifest: dict[str, Any]
    key: bytes


def opened(source: Path, ring: secrets.KeyRing, passphrase: str | None) -> Opened:
    """Check everything that can be checked without unpacking. Raises `BadInput`."""
    manifest = archive.read_manifest(source, ring.signing.public_key())
    if manifest["format"] != backup.FORMAT:
        raise BadInput("this backup was made by a newer version: restore it with that one")
    if passphrase is None and manifest["sealed_with"] == "passphrase":
        raise BadInput("this backup was sealed with a passphrase: give it with --passphrase-file")
    given = passphrase if manifest["sealed_with"] == "passphrase" else None
    secrets.use_keys(ring)
    key = backup.key_of(given, base64.b64decode(manifest["salt"]))
    if archive.check_value(key) != manifest["check"]:
        raise BadInput("the passphrase is not the one this backup was sealed with")
    archive.check_parts(source, [Part(**part) for part in manifest["parts"]])
    for part in manifest["parts"]:
        archive.unseal(key, source / part["name"], _ignored)
    return Opened(source, manifest, key)


def _ignored(_piece: bytes) -> None:
    """Only whether it opens is asked."""


def restore(
    settings: Settings,
    source: Path,
    *,
    passphrase: str | None = None,
    keys_from: Path | None = None,
    verify_only: bool = False,
) -> Report:
    """Restore into the place the settings name, which has to be empty; return what was found.

    With `verify_only` into a temporary one. Raises `BadInput` for a backup that does not fit and
    a place that is not empty, `Misconfigured` where a program or a key is missing; then nothing
    has been written. What is found wrong afterwards is in the report.
    """
    began = now()
    content = _keys(settings, keys_from, passphrase)
    with _key_file(content) as file:
        ring = secrets.read_keys(file)
    found = opened(source, ring, passphrase)
    _fits(settings, found.manifest)
    if verify_only:
        with _elsewhere(settings, content) as place:
            report = _restored(place, found, verify_only=True)
    else:
        _require_empty(settings)
        _install(settings.keys(), content)
        report = _restored(settings, found, verify_only=False)
    report.seconds = round((now() - began).total_seconds(), 2)
    return report


def _keys(settings: Settings, keys_from: Path | None, passphrase: str | None) -> bytes:
    """The content of the key file: the copy that is named, or the one that is in its place."""
    installed = settings.keys().read_bytes() if settings.keys().exists() else None
    if keys_from is None:
        if installed is None:
            raise BadInput(f"{settings.keys()} is missing: name the copy of it with --keys")
        return installed
    content = backup.kept_keys(keys_from, passphrase)
    if installed is not None and installed != content:
        raise BadInput(f"{settings.keys()} holds other keys than {keys_from}: move one away")
    return content


@contextmanager
def _key_file(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "keys"
        _install(path, content)
        yield path


def _install(path: Path, content: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _fits(settings: Settings, manifest: dict[str, Any]) -> None:
    kind = "sqlite" if settings.database().startswith("sqlite") else "postgresql"
    if manifest["database"] != kind:
        raise BadInput(f"this is a backup of {manifest['database']}, and DATABASE_URL is of {kind}")
    if not migrate.knows(manifest["revision"]):
        raise BadInput("this backup was made by a newer version: restore it with that one")


def _require_empty(settings: Settings) -> None:
    data = settings.data_dir
    if data.exists() and any(data.iterdir()):
        raise BadInput(f"{data} is not empty: restore into a new data directory")
    if not snapshot.is_empty(settings.owner_database()):
        raise BadInput("the database is not empty: restore into a new one")


@contextmanager
def _elsewhere(settings: Settings, content: bytes) -> Iterator[Settings]:
    """The same settings for a place that is gone afterwards: no server but the database's own."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-verify-") as directory:
        data = Path(directory) / "data"
        changed: dict[str, Any] = {
            "data_dir": data, "key_file": None, "checkpoint_file": None, "chroma_url": None,
        }  # fmt: skip
        for name, path in _outside(settings):
            if path.exists():
                shutil.copyfile(path, data.with_name(f"data.{name}"))
            changed[f"{name}_file"] = None
        with snapshot.temporary(settings.owner_database(), data) as url:
            if not url.startswith("sqlite"):
                secret = SecretStr(url)
                changed |= {"database_url": secret, "owner_database_url": None, "single_role": True}
            else:
                changed["database_url"] = None
            place = settings.model_copy(update=changed)
            _install(place.keys(), content)
            yield place


def _outside(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Lists that are kept outside of backups, and hold in a restored place too."""
    erased = getattr(settings, "erasures", None)
    if erased is not None:
        yield "erasure", erased()


def _restored(settings: Settings, found: Opened, *, verify_only: bool) -> Report:
    report = Report(found.manifest["made_at"], verify_only)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with snapshot.filled(settings.owner_database()) as out:
        archive.unseal(found.key, found.source / DATABASE, out.write)
    _unpack(found, settings.data_dir)
    before, signed = _points(settings, found)
    use(settings)
    engine = database.make_engine(settings.database(), full=settings.sqlite_full)
    database.bind(engine)
    try:
        migrate.set_up(settings)
        _check_ledger(report, found, signed, before)
        _after(report)
        _index(report)
        if not verify_only:
            _note(report)
    finally:
        engine.dispose()
    return report


def _unpack(found: Opened, data: Path) -> None:
    with tempfile.TemporaryFile(dir=data) as file:
        archive.unseal(found.key, found.source / FILES, file.write)
        file.seek(0)
        with tarfile.open(fileobj=file) as tar:
            tar.extractall(data, filter="data")


def _points(settings: Settings, found: Opened) -> tuple[list[Checkpoint], list[Checkpoint]]:
    """Checkpoints that survived in their place, and those of the backup, which now take it.

    What survived is moved aside, not lost: beyond the backup's last entry the ledger goes on
    differently from here.
    """
    path = settings.checkpoints()
    survived = checkpoints.read(path)
    if path.exists():
        path.rename(path.with_name(f"{path.name}.before-restore-{now():%Y%m%dT%H%M%S}"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        archive.unseal(found.key, found.source / POINTS, file.write)
    return survived, checkpoints.read(path)


def _check_ledger(
    report: Report, found: Opened, kept: list[Checkpoint], survived: list[Checkpoint]
) -> None:
    """Every checkpoint up to the last entry has to fit: the backup's, and those that survived."""
    key = secrets.keys().signing.public_key()
    with open_session(NOBODY, read_only=True) as session:
        head = heads.reach(session)
        wanted = [point for point in (*kept, *survived) if point.size <= head.size]
        finding = checkpoints.verify(session, wanted, key)
    report.ledger_size = head.size
    report.lost_entries = max([0, *(point.size - head.size for point in (*kept, *survived))])
    if finding is not None:
        report.problems.append(f"ledger: {finding.text}")
    promised = found.manifest["ledger"]
    if (head.size, head.root.hex()) != (promised["size"], promised["root"]):
        report.problems.append("ledger: it is not the one the manifest names")
    if "checkpoint" in found.manifest:
        signed = found.manifest["checkpoint"]
        try:
            key.verify(base64.b64decode(signed["signature"]), signed["signed"].encode())
        except InvalidSignature:
            report.problems.append("ledger: the manifest's checkpoint has a bad signature")


def _after(report: Report) -> None:
    """What has to happen before anything is served: erasures are done again."""
    for name, act in sorted(plugins.load("frontdesk.after_restore").items()):
        try:
            report.after[name] = str(act())
        except AppError as error:
            report.problems.append(f"{name}: {error.message}")


def _index(report: Report) -> None:
    index.forget()
    try:
        report.passages = index.rebuild()
        for unit_id in index.units():
            came = golden.check(unit_id)
            report.golden_total += came.total
            report.golden_failed += [f"case {each}: {why}" for each, why in came.failed]
    except AppError as error:
        report.problems.append(f"knowledge: {error.message}")
    if report.golden_failed:
        report.problems.append(f"knowledge: {len(report.golden_failed)} golden questions fail")


def _note(report: Report) -> None:
    with open_session(NOBODY) as session:
        for unit in people.units(session):
            ledger.record(
                session, "system/0", "backup:restore", f"unit/{unit.id}", unit_id=unit.id,
                made_at=report.made_at, size=report.ledger_size, lost=report.lost_entries,
            )  # fmt: skip
