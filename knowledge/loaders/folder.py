"""What a folder holds: the files to read, and what is left out, with the reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_FILES = 100_000


@dataclass(frozen=True, slots=True)
class Found:
    """A file and its name within the source; `reason` says why it must not be read."""

    path: Path
    name: str
    reason: str | None = None


def files(path: Path) -> Iterator[Found]:
    """Everything in a file or folder, in the order of the names. Opens nothing.

    Hidden entries are left out without a word: they are a tool's, not an author's.
    """
    if not path.is_dir():
        yield Found(path, shown(path.name))
        return
    root = path.resolve()
    count = 0
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        linked = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        subfolders[:] = [name for name in subfolders if name not in linked]
        for name in sorted([*names, *linked]):
            if name.startswith("."):
                continue
            count += 1
            file = Path(folder) / name
            inside = shown(file.relative_to(path).as_posix())
            if count > MAX_FILES:
                yield Found(file, inside, f"is beyond the first {MAX_FILES:,} files: split it")
                return
            yield Found(file, inside, _left_out(file, root))


def shown(name: str) -> str:
    """A name that can stand in a list: what breaks or turns lines is written as an escape."""
    # undecodable bytes arrive as lone surrogates, which no database takes
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name
    )


def _left_out(file: Path, root: Path) -> str | None:
    try:
        real = file.resolve(strict=True)
        kind = file.stat().st_mode
    except PermissionError:
        return "cannot be opened: give this server the right to read it"
    except (OSError, RuntimeError):
        return "cannot be opened: it is gone, or a link that leads nowhere"
    if not real.is_relative_to(root):
        return "is a link that leads out of the folder: put the file itself there"
    if stat.S_ISDIR(kind):
        return "is a link to a folder: put the folder itself there"
    if not stat.S_ISREG(kind):
        return "is no file but a folder, pipe or device: leave it out"
    return None
