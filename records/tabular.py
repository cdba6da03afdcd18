"""Tables as CSV: read from anybody's hand without harm, written so that nothing is run."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runtime.errors import BadInput

MOST_BYTES = 4 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 60
LONGEST_CELL = 2000
_DIVIDERS = ",;\t|"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows as wide as it. `lines` says on which line of the file a row began."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]


def decoded(raw: bytes, encoding: str | None = None) -> str:
    """The text of a file. Raises `BadInput` naming what is wrong with it."""
    if len(raw) > MOST_BYTES:
        raise BadInput(f"file: at most {MOST_BYTES // 1024 // 1024} MB: divide it")
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    try:
        text = raw.decode(marked or encoding or "utf-8")
    except (UnicodeDecodeError, LookupError):
        raise BadInput(
            "file: it is not UTF-8: save it as “CSV UTF-8”, or say its encoding"
        ) from None
    if "\x00" in text:
        raise BadInput("file: it holds NUL characters: it is no CSV, or of another encoding")
    return text


def read(text: str) -> Table:
    """Read a table. Raises `BadInput` naming the line."""
    first = text.split("\n", 1)[0]
    divider = max(_DIVIDERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    header: tuple[str, ...] = ()
    begins = 1
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(cells)
                continue
            _check(cells, header, line)
            if len(rows) >= MOST_ROWS:
                raise BadInput(f"file: at most {MOST_ROWS} rows: divide it")
            rows.append((*cells, *[""] * (len(header) - len(cells))))
            lines.append(line)
    except csv.Error:
        raise BadInput(f"line {reader.line_num}: the quotation marks do not fit") from None
    if not header or not rows:
        raise BadInput("file: it needs a line with the names of the columns, and rows under it")
    return Table(header, tuple(rows), tuple(lines))


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(" ".join(cell.split())[:80] for cell in cells)
    if len(names) > MOST_COLUMNS:
        raise BadInput(f"file: at most {MOST_COLUMNS} columns")
    return names


def _check(cells: Sequence[str], header: Sequence[str], line: int) -> None:
    if len(cells) > len(header):
        raise BadInput(f"line {line}: it has more cells than the first line has names")
    if any(len(cell) > LONGEST_CELL for cell in cells):
        raise BadInput(f"line {line}: a cell holds more than {LONGEST_CELL} characters")


def written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV in which no spreadsheet finds a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(name) for name in header])
    writer.writerows([safe(str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def safe(cell: str) -> str:
    """A cell that spreadsheets show and do not run."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
