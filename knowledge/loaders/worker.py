"""The parent's side of the process that reads files."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import knowledge
from knowledge.loaders import MAX_BYTES, MAX_CHARS, Loaded, Refused

_COMMAND = (sys.executable, "-m", "knowledge.loaders")
_MOST_ANSWERED = 4 * MAX_CHARS + 2**20
"""Bytes of an answer: the longest text in UTF-8, and its facts."""

_TOO_SLOW = "takes too long to read: split it, or export it anew"
_DIED = "broke the process that read it: damaged, or made to be unreadable; export it anew"


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: memory in bytes, computing and waiting in seconds."""

    memory: int = 1024 * 1024 * 1024
    cpu: int = 30
    wall: float = 60.0


@dataclass(frozen=True, slots=True)
class Visited:
    """A page of a site: its text or the reason why there is none, and where it leads.

    `robots` are the words of its own robots meta, such as "noindex".
    """

    loaded: Loaded | None
    reason: str | None = None
    links: tuple[str, ...] = ()
    canonical: str | None = None
    robots: frozenset[str] = frozenset()


class Worker:
    """Reads files in one process of its own, started when needed and again when it dies."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._served = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()  # it has nothing to put away
        self._stop()

    def load(self, path: Path) -> Loaded:
        """The file as text. Raises `Refused` with a reason, whatever the file does."""
        loaded = self.read(path)
        if len(loaded) > 1:
            raise Refused("holds documents of several languages, audiences or addresses: split it")
        return loaded[0]

    def read(self, path: Path) -> tuple[Loaded, ...]:
        """All documents of the file; several only from CSV. Raises `Refused` with a reason."""
        answer = self._ask(path, "documents")
        if "reason" in answer:
            raise Refused(answer["reason"])
        return tuple(Loaded(**document) for document in answer["documents"])

    def page(self, path: Path) -> Visited:
        """A file fetched from a site, and where it leads; never raises for what is in it."""
        try:
            answer = self._ask(path, "page")
        except Refused as refused:
            return Visited(None, str(refused))
        documents = [Loaded(**document) for document in answer.get("documents", [])]
        return Visited(
            documents[0] if documents else None,
            answer.get("reason"),
            tuple(answer.get("links", [])),
            answer.get("canonical"),
            frozenset(answer.get("robots", [])),
        )

    def sitemap(self, path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(pages, further sitemaps) that a sitemap lists. Raises `Refused`."""
        answer = self._ask(path, "sitemap")
        if "reason" in answer:
            raise Refused(answer["reason"])
        return tuple(answer["pages"]), tuple(answer["sitemaps"])

    def _ask(self, path: Path, purpose: str) -> dict[str, Any]:
        descriptor = _open(path)
        try:
            # the name is not needed whole, its ending is
            return self._answered(descriptor, {"name": path.name[-200:], "for": purpose})
        finally:
            os.close(descriptor)

    def _answered(self, descriptor: int, asked: dict[str, str]) -> dict[str, Any]:
        while True:
            fresh = self._start()
            told = self._exchange(descriptor, asked)
            if isinstance(told, dict):
                self._served += 1
                if told.get("spent"):
                    self._stop()
                return told
            code = self._stop()
            if code == -signal.SIGXCPU:
                raise Refused(_TOO_SLOW)
            if fresh or told != _DIED:
                raise Refused(told)
            os.lseek(descriptor, 0, os.SEEK_SET)  # perhaps an earlier file had broken it

    def _exchange(self, descriptor: int, asked: dict[str, str]) -> dict[str, Any] | str:
        """The process's answer, or why there is none."""
        assert self._line is not None  # noqa: S101 - for the type checker
        until = time.monotonic() + self._limits.wall
        try:
            self._line.settimeout(self._limits.wall)
            socket.send_fds(self._line, [json.dumps(asked).encode()], [descriptor])
            size = int.from_bytes(self._receive(8, until), "big")
            if size > _MOST_ANSWERED:
                return f"holds more than {MAX_CHARS:,} characters of text: split it"
            answer: dict[str, Any] = json.loads(self._receive(size, until))
        except TimeoutError:
            return _TOO_SLOW
        except (OSError, EOFError, ValueError):
            return _DIED
        return answer

    def _receive(self, size: int, until: float) -> bytearray:
        assert self._line is not None  # noqa: S101 - for the type checker
        received = bytearray()
        while len(received) < size:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._line.settimeout(left)
            part = self._line.recv(min(2**20, size - len(received)))
            if not part:
                raise EOFError
            received += part
        return received

    def _start(self) -> bool:
        """Whether a process had to be started: it has read nothing yet."""
        if self._process is not None and self._process.poll() is None:
            return self._served == 0
        self._stop()
        ours, theirs = socket.socketpair()
        root = Path(knowledge.__file__ or "").resolve().parents[1]
        limits = (str(theirs.fileno()), str(self._limits.memory), str(self._limits.cpu))
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, its arguments numbers
                [*_COMMAND, *limits],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=root,
                env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                pass_fds=[theirs.fileno()],
            )
        self._line, self._served = ours, 0
        return True

    def _stop(self) -> int | None:
        """End the process; how it had ended, if it had."""
        process, self._process = self._process, None
        line, self._line = self._line, None
        if line is not None:
            line.close()
        if process is None:
            return None
        code: int | None = None
        try:
            # a process that died a moment ago may not be known as dead yet
            code = process.wait(0.5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return code


def _open(path: Path) -> int:
    """The file, open; never waits for one that is no file. Raises `Refused`."""
    try:
        # without O_NONBLOCK a pipe would be waited for
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except PermissionError:
        raise Refused("cannot be opened: give this server the right to read it") from None
    except FileNotFoundError:
        raise Refused("cannot be opened: it is gone; take the folder in again") from None
    except (OSError, ValueError):
        raise Refused("cannot be opened: is it on a disk that is away?") from None
    about = os.fstat(descriptor)
    reason = None
    if not stat.S_ISREG(about.st_mode):
        reason = "is no file but a folder, pipe or device: leave it out"
    elif about.st_size > MAX_BYTES:
        reason = f"is larger than {MAX_BYTES // 2**20} MB: split it, or leave its pictures out"
    elif about.st_size == 0:
        reason = "is empty: save it again, or take it away"
    if reason:
        os.close(descriptor)
        raise Refused(reason)
    return descriptor
