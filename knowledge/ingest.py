"""Files and texts in: read, cut, embed, store. Only what is new is embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from sqlalchemy import select

import ledger
from access import Principal
from knowledge import documents, sources
from knowledge.documents import Text
from knowledge.language import detect
from knowledge.loaders import Loaded, Refused
from knowledge.loaders.markdown import parse
from knowledge.loaders.text import clean
from knowledge.loaders.worker import Worker
from knowledge.models import Document
from knowledge.screening import screened
from knowledge.states import Audience, SourceKind
from runtime.database import open_session
from runtime.errors import BadInput
from runtime.scope import Scope


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file or text; `signs` say why a person should read it again."""

    path: str
    state: Literal["added", "updated", "unchanged", "failed"]
    chunks: int
    reason: str | None
    signs: tuple[str, ...] = ()


def ingest_path(
    unit_id: int,
    path: Path,
    *,
    language: str | None = None,
    source: str | None = None,
    principal: Principal,
    on_file: Callable[[FileReport], None] | None = None,
) -> list[FileReport]:
    """Take in a file, or all files of a folder, as one source of the unit.

    A file that cannot be read is reported as failed, keeps its last good version, and stops no
    other. Documents whose files are gone from
    the folder leave with the next release; nothing is served before one. Raises
    `BadInput` if there is no such path, `NotFound` for a unit outside the principal's.
    """
    sources.allow(principal, unit_id)
    if not path.exists():
        raise BadInput(f"there is no file or folder {path.name}")
    reports: list[FileReport] = []
    source_id = sources.begin(unit_id, source or path.resolve().name)
    files = list(_files(path))
    with Worker() as worker:
        for file, name in files:
            try:
                loaded = worker.load(file)
            except Refused as refused:
                report = FileReport(str(file), "failed", 0, str(refused))
            else:
                text = _text(name, loaded, language)
                report = _store(unit_id, source_id, str(file), text, principal)
            reports.append(report)
            if on_file is not None:
                on_file(report)
    if path.is_dir():
        _forget(unit_id, source_id, {name for _, name in files}, principal)
    failed = [report for report in reports if report.state == "failed"]
    sources.conclude(unit_id, source_id, failed=len(failed), all_files=len(reports))
    return reports


def ingest_text(
    unit_id: int,
    *,
    source: str,
    name: str,
    title: str,
    text: str,
    language: str | None,
    principal: Principal,
    url: str | None = None,
    audience: Audience = Audience.PUBLIC,
    valid_from: date | None = None,
    valid_until: date | None = None,
    kind: SourceKind = SourceKind.API,
) -> FileReport:
    """Take in one document, Markdown, under a name that is its own within the source.

    Raises `BadInput` when it would hold on no day, `Denied`, `NotFound`.
    """
    sources.allow(principal, unit_id)
    if valid_from and valid_until and valid_until < valid_from:
        raise BadInput("valid_until: must not be before valid_from")
    plain = clean(text)
    if not plain.strip():
        return FileReport(name, "failed", 0, "holds no text")
    source_id = sources.begin(unit_id, source, kind=kind)
    loaded = Loaded(title or parse(plain, name).title, plain, language, url)
    made = replace(
        _text(name, loaded, language),
        audience=audience,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    report = _store(unit_id, source_id, name, made, principal)
    sources.conclude(unit_id, source_id, failed=0, all_files=1)
    return report


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """(file, its name within the source), sorted; hidden files and links out are left alone."""
    if path.is_file():
        yield path, path.name
        return
    root = path.resolve()
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        hidden = any(part.startswith(".") for part in inside.parts)
        if not hidden and file.is_file() and file.resolve().is_relative_to(root):
            yield file, inside.as_posix()


def _text(name: str, loaded: Loaded, spoken: str | None) -> Text:
    (text, title), signs = screened(loaded.text, loaded.title)
    return Text(
        name=name[:400],
        title=" ".join(title.split())[:300],
        text=text,
        signs=signs,
        language=(spoken or loaded.language or detect(loaded.text))[:8],
        url=loaded.url,
    )


def _store(unit_id: int, source_id: int, path: str, text: Text, principal: Principal) -> FileReport:
    stored = documents.write(unit_id, source_id, text, principal)
    return FileReport(path, stored.state, stored.chunks, None, text.signs)


def _forget(unit_id: int, source_id: int, names: set[str], principal: Principal) -> None:
    """Documents whose files are gone leave with the next release."""
    with open_session(Scope.of(unit_id)) as session:
        rows = session.scalars(
            select(Document).where(Document.source_id == source_id, Document.removed.is_(False))
        ).all()
        for row in rows:
            if row.name not in names:
                documents.remove(session, row)
                ledger.record(
                    session,
                    principal.id,
                    "knowledge:remove",
                    f"document/{row.id}",
                    unit_id=unit_id,
                )
