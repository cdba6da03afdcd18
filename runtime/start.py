"""Open what a process needs: logs, keys, database, tables and handlers."""

from __future__ import annotations

import os
import sys

from runtime import database, failpoints, jobs, logs, plugins, secrets, settings


def start(configured: settings.Settings | None = None) -> settings.Settings:
    """Prepare this process. Raises `Misconfigured`, naming the setting that is wrong."""
    # Before numpy is imported anywhere: more OpenMP threads than cores cost seconds.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # These post prompts to their makers' servers when a stray variable switches them on.
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"):
        os.environ[name] = "false"
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    # A busy worker thread may keep the interpreter for this long; three hand-overs lie between a
    # webhook and its answer, and at Python's 5 ms they would be most of its time.
    sys.setswitchinterval(0.002)
    chosen = configured or settings.load()
    settings.use(chosen)
    logs.configure(chosen.log_level)
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    secrets.use_keys(secrets.load_keys(chosen.keys()))
    database.bind(database.make_engine(chosen.database(), full=chosen.sqlite_full))
    plugins.load("frontdesk.tables")
    jobs.load_handlers()
    if chosen.failpoint:
        failpoints.arm_kill(chosen.failpoint)
    return chosen
