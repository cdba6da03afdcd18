"""The product as a contestant: an installation with the demo's English articles, and its server.

    python -m benchmarks.product prepare PORT SECRET ARTICLES      prints the webhook's path
    python -m benchmarks.product serve PORT [PROFILE]              PROFILE: where samples go

Everything else comes from the product's own settings.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

TOKEN = "4242:BenchmarkTokenOfAFakeBot"


def prepare(secret: str, articles: str) -> None:
    from access import people
    from connectors import accounts
    from knowledge import ingest
    from runtime.database import open_session
    from runtime.migrate import upgrade
    from runtime.scope import NOBODY, Scope
    from runtime.start import start

    start()
    upgrade()
    with open_session(NOBODY) as session:
        people.seed_roles(session)
        unit = people.add_unit(session, "europe", languages=["en"])
        people.add_assistant(session, name="Ada", units=[unit], languages=["en"])
    system = people.system(unit)
    for file in sorted(Path(articles).glob("*.md")):
        ingest.ingest_text(
            unit, source="articles", name=file.name, title="", language="en", principal=system,
            text=file.read_text(encoding="utf-8"),
        )  # fmt: skip
    with open_session(Scope.of(unit)) as session:
        account = accounts.add_account(
            session, system, unit_id=unit, channel="telegram", name="telegram-eu",
            secrets={"token": TOKEN, "secret_token": secret},
        )  # fmt: skip
    print(f"/webhooks/telegram/{account.endpoint_key}")


def serve(port: str, profile: str | None = None) -> None:
    from admin_api import cli

    if profile:
        sampler = Sampler(Path(profile))
        sampler.start()
        signal.signal(signal.SIGUSR1, lambda *_: sampler.begin())
        signal.signal(signal.SIGUSR2, lambda *_: sampler.write())
    cli.app(["serve", "--port", port])


class Sampler(threading.Thread):
    """Looks at every thread's stack 100 times a second and counts where they are.

    A thread whose innermost frame waits (lock, socket, queue, event loop) is not counted.
    """

    WAITS = (
        "threading.py", "selectors.py", "queue.py", "thread.py", "socket.py", "ssl.py", "sync.py",
        "runners.py",
    )  # fmt: skip

    def __init__(self, out: Path) -> None:
        super().__init__(daemon=True)
        self._out = out
        self._inside: Counter[str] = Counter()
        self._at: Counter[str] = Counter()
        self._samples = 0
        self._counting = False

    def begin(self) -> None:
        self._inside.clear()
        self._at.clear()
        self._samples, self._counting = 0, True

    def run(self) -> None:
        while True:
            time.sleep(0.01)
            if self._counting:
                for ident, frame in sys._current_frames().items():
                    if ident != self.ident:
                        self._count(frame)

    def _count(self, frame: FrameType | None) -> None:
        if frame is None or frame.f_code.co_filename.endswith(self.WAITS):
            return
        self._samples += 1
        self._at[_named(frame)] += 1
        seen = set()
        while frame is not None:
            seen.add(_named(frame))
            frame = frame.f_back
        self._inside.update(seen)

    def write(self) -> None:
        self._counting = False
        lines = [f"{self._samples} samples of working threads"]
        for title, counted in (("inside", self._inside), ("at", self._at)):
            lines.append(f"\n{title}")
            for name, count in counted.most_common(60):
                lines.append(f"{count / max(1, self._samples):6.1%}  {name}")
        self._out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _named(frame: FrameType) -> str:
    code = frame.f_code
    file = code.co_filename.rpartition("site-packages/")[2]
    return f"{'/'.join(file.rsplit('/', 3)[-3:])}:{code.co_qualname}"


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(*sys.argv[2:])
    else:
        serve(*sys.argv[2:])
