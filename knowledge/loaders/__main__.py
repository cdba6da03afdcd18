"""The process that reads files: paths in on standard input, texts out, one JSON a line.

It has a memory and a time limit, cannot write files, and is given no environment: what is wrong
with a file stays here.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TextIO

from knowledge.loaders import FORMATS, MAX_CHARS, Loaded, Refused

MEMORY = 1536 * 1024 * 1024
SECONDS = 30


def main() -> None:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # libraries that print must not break into the answers
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    confine()
    serve(sys.stdin, answers)


def confine() -> None:
    """Take away what reading a file does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answer every line with the file's text, or with the reason why there is none."""
    for line in requests:
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + SECONDS, hard))
        json.dump(_answer(Path(json.loads(line))), answers)
        answers.write("\n")
        answers.flush()


def _answer(path: Path) -> dict[str, str | None]:
    try:
        loaded = _load(path)
    except Refused as refused:
        return {"reason": str(refused)}
    except OSError as error:
        return {"reason": f"cannot be opened: {error.strerror}"}
    except MemoryError:
        return {"reason": "needs too much memory"}
    except RecursionError:
        return {"reason": "is nested too deeply"}
    return asdict(loaded)


def _load(path: Path) -> Loaded:
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise Refused(f"is of a kind that cannot be read ({path.suffix or 'no ending'})")
    loaded: Loaded = import_module(f"knowledge.loaders.{form}").load(path)
    if not loaded.text.strip():
        raise Refused("holds no text")
    if len(loaded.text) > MAX_CHARS:
        raise Refused("holds too much text")
    return loaded


if __name__ == "__main__":
    main()
