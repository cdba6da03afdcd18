"""The parent's side of the process that reads files."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import knowledge
from knowledge.loaders import MAX_BYTES, Loaded, Refused

WALL_SECONDS = 60.0


class Worker:
    """Reads files in one process of its own, started when needed and again when it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def load(self, path: Path) -> Loaded:
        """The file as text. Raises `Refused` with a reason, whatever the file does."""
        try:
            size = path.stat().st_size
        except OSError as error:
            raise Refused(f"cannot be opened: {error.strerror}") from None
        if size > MAX_BYTES:
            raise Refused(f"is larger than {MAX_BYTES // 2**20} MB")
        if size == 0:
            raise Refused("is empty")
        answer = self._ask(path)
        if "reason" in answer:
            raise Refused(answer["reason"] or "cannot be read")
        return Loaded(
            answer["title"] or path.stem, answer["text"] or "", answer["language"], answer["url"]
        )

    def _ask(self, path: Path) -> dict[str, str | None]:
        process = self._start()
        assert process.stdin is not None  # noqa: S101 - for the type checker
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(json.dumps(str(path.resolve())).encode() + b"\n")
            process.stdin.flush()
            # the answer is one line, written at once when the file is done
            ready, _, _ = select.select([process.stdout], [], [], WALL_SECONDS)
            line = process.stdout.readline() if ready else b""
        except BrokenPipeError:
            line = b""
        if line.endswith(b"\n"):
            answer: dict[str, str | None] = json.loads(line)
            return answer
        self._stop()
        raise Refused("could not be read within the limits of time and memory")

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            root = Path(knowledge.__file__ or "").resolve().parents[1]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "knowledge.loaders"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=root,
                env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
