from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "runtime", "ledger", "access", "records", "knowledge", "guardrails", "connectors", "bot",
    "admin_api",
)  # fmt: skip
IMPORT = re.compile(r"^\s*(?:import|from)\s+(openai|langchain_openai|litellm|anthropic)\b", re.M)
BY_NAME = re.compile(r"init_chat_model|import_module\(\s*['\"](?:openai|langchain_openai)")


def test_no_other_module_can_call_a_model() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if IMPORT.search(source := path.read_text("utf-8")) or BY_NAME.search(source)
    ]
    assert offenders == ["guardrails/gateway.py"]


def test_the_mask_is_importable_without_the_heavy_libraries() -> None:
    import subprocess
    import sys

    heavy = "openai langchain_core langchain_openai presidio_anonymizer phonenumbers chromadb"
    code = (
        "import sys, guardrails.mask, guardrails.inbound, guardrails.outbound, guardrails.receipts;"
        f"print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
