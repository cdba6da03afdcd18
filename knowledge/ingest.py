"""Files, texts and pages in: read, cut, embed, store as drafts. Only what is new is embedded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from sqlalchemy import select

import ledger
from access import Principal
from knowledge import documents, sources
from knowledge.documents import Text
from knowledge.language import detect
from knowledge.loaders import Loaded, Refused, folder
from knowledge.loaders.markdown import first_heading
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
    """Take in a file, or all files of a folder, as drafts of one source of the unit.

    A file that cannot be read is reported as failed, keeps its last good version, and stops no
    other. Documents whose files are gone from the folder leave with the next release; nothing is
    served before one. Raises `BadInput` if there is no such path, `NotFound` for a unit outside
    the principal's, `Denied`.
    """
    sources.allow(principal, unit_id)
    if not path.exists():
        raise BadInput(f"there is no file or folder {path.name}")
    source_id = sources.begin(unit_id, source or path.resolve().name)
    found = list(folder.files(path))
    reports: list[FileReport] = []
    kept: set[str] = set()
    with Worker() as worker:
        for number, file in enumerate(found):
            sources.progress(unit_id, source_id, done=number, total=len(found))
            for report, name in _file(unit_id, source_id, worker, file, language, principal):
                kept.add(name)
                reports.append(report)
                if on_file is not None:
                    on_file(report)
    if path.is_dir():
        forget_others(unit_id, source_id, kept, principal)
    conclude(unit_id, source_id, reports)
    return reports


def ingest_file(
    unit_id: int,
    *,
    source: str,
    name: str,
    content: bytes,
    principal: Principal,
    language: str | None = None,
) -> list[FileReport]:
    """Take in one file that was uploaded, as drafts; other files of the source stay as they are.

    Raises `Denied`, `NotFound`; what is wrong with the file is in its report.
    """
    sources.allow(principal, unit_id)
    source_id = sources.begin(unit_id, source)
    plain = PurePosixPath(name.replace("\\", "/")).name
    with tempfile.TemporaryDirectory(prefix="upload-") as place, Worker() as worker:
        # only the ending is kept of a name that a stranger may have chosen
        file = Path(place) / f"file{PurePosixPath(plain).suffix[:12]}"
        file.write_bytes(content)
        found = folder.Found(file, folder.shown(plain))
        reports = [
            replace(report, path=found.name)
            for report, _ in _file(unit_id, source_id, worker, found, language, principal)
        ]
    conclude(unit_id, source_id, reports)
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
    loaded = Loaded(title or first_heading(plain) or name, plain, language, url)
    made = replace(
        text_of(name, loaded, language),
        audience=audience,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    report = store(unit_id, source_id, name, made, principal)
    conclude(unit_id, source_id, [report])
    return report


def text_of(name: str, loaded: Loaded, spoken: str | None = None) -> Text:
    """What was read as a document to be stored, cleaned of what only a machine sees."""
    (text, title), signs = screened(loaded.text, loaded.title)
    return Text(
        name=name[:400],
        title=" ".join(title.split())[:300],
        text=text,
        signs=signs,
        language=(spoken or loaded.language or detect(loaded.text))[:8],
        url=loaded.url,
        audience=Audience(loaded.audience or Audience.PUBLIC),
        valid_from=_day(loaded.valid_from),
        valid_until=_day(loaded.valid_until),
    )


def store(unit_id: int, source_id: int, path: str, text: Text, principal: Principal) -> FileReport:
    """Keep a text as the newest draft of its document, and say what became of it."""
    stored = documents.write(unit_id, source_id, text, principal)
    return FileReport(path, stored.state, stored.chunks, None, text.signs)


def forget_others(
    unit_id: int, source_id: int, names: Collection[str], principal: Principal
) -> None:
    """Documents of a source under other names leave with the next release.

    Of a file with several documents that cannot be read any more, all stay.
    """
    _forget(
        unit_id,
        source_id,
        principal,
        lambda name: name not in names and name.partition("#")[0] not in names,
    )


def forget(unit_id: int, source_id: int, names: Collection[str], principal: Principal) -> None:
    """Documents of a source under these names leave with the next release."""
    _forget(unit_id, source_id, principal, lambda name: name in names)


def _forget(
    unit_id: int, source_id: int, principal: Principal, leaves: Callable[[str], bool]
) -> None:
    with open_session(Scope.of(unit_id)) as session:
        rows = session.scalars(
            select(Document).where(Document.source_id == source_id, Document.removed.is_(False))
        ).all()
        for row in rows:
            if leaves(row.name):
                documents.remove(session, row)
                ledger.record(
                    session, principal.id, "knowledge:remove", f"document/{row.id}",
                    unit_id=unit_id,
                )  # fmt: skip


def conclude(unit_id: int, source_id: int, reports: Collection[FileReport]) -> None:
    """Write how a run of a source went, with what a person should look at."""
    told: list[dict[str, Any]] = [
        asdict(report) for report in reports if report.state == "failed" or report.signs
    ]
    failed = sum(report.state == "failed" for report in reports)
    sources.conclude(unit_id, source_id, failed=failed, all_files=len(reports), reports=told)


def _file(
    unit_id: int,
    source_id: int,
    worker: Worker,
    file: folder.Found,
    language: str | None,
    principal: Principal,
) -> Iterator[tuple[FileReport, str]]:
    """What became of each document of a file, and the name that is kept because of it."""
    try:
        if file.reason is not None:
            raise Refused(file.reason)
        read = worker.read(file.path)
    except Refused as refused:
        yield FileReport(file.name, "failed", 0, str(refused)), file.name
        return
    for loaded in read:
        name = f"{file.name}#{loaded.part}" if loaded.part else file.name
        text = text_of(name, loaded, language)
        yield store(unit_id, source_id, file.name, text, principal), text.name


def _day(given: str | None) -> date | None:
    return date.fromisoformat(given) if given else None
