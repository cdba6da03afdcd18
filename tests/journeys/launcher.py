"""Starts `frontdesk serve` again and again, quickly: everything is imported once, then forked.

Lines in: JSON {"environment", "arguments", "log"}. Lines out: the child's pid, then its status
once it has ended (negative: the signal that killed it). One child at a time.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from admin_api import cli, main
    from knowledge import embedding
    from runtime import jobs, plugins

    plugins.load("frontdesk.tables")
    jobs.load_handlers()
    embedding.engine("fast")
    assert main
    assert threading.active_count() == 1, "a fork copies one thread only"
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _serve(cli.app, order)
        _say(pid)
        _, status = os.waitpid(pid, 0)
        _say(os.waitstatus_to_exitcode(status))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _serve(command: Any, order: dict[str, Any]) -> None:
    """Become the server; never returns."""
    os.environ.update(order["environment"])
    with Path(order["log"]).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    status = 1
    try:
        command(order["arguments"], standalone_mode=False)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
