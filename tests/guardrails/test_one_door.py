from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "runtime", "ledger", "access", "records", "knowledge", "guardrails", "connectors", "bot",
    "admin_api",
)  # fmt: skip
IMPORT = re.compile(
    r"^\s*(?:import|from)\s+(openai|langchain_(?!core)\w+|litellm|anthropic|google\.gena?i|cohere|"
    r"mistralai|ollama|transformers|huggingface_hub|boto3)\b",
    re.M,
)
BY_NAME = re.compile(
    r"init_chat_model|init_embeddings"
    r"|(?:import_module|__import__)\(\s*['\"](?:openai|langchain_openai)"
)
SPEAKS = re.compile(
    r"^\s*(?:import|from)\s+(httpx2?|requests|aiohttp|urllib\.request|urllib3|http\.client|"
    r"websockets?|smtplib|pycurl|socket)\b",
    re.M,
)
SPEAKERS = {
    "guardrails/egress.py",  # to the model, through the last door
    "guardrails/gateway.py",
    "connectors/calls.py",  # to the channels
    "knowledge/chroma.py",  # names an exception of the client of a Chroma server
    "runtime/outward.py",  # the way out to addresses that somebody else has chosen: public ones
    "knowledge/fetching.py",  # pages of web sites, through it
    "knowledge/loaders/worker.py",  # a pair of sockets to the process that reads files
    "knowledge/loaders/__main__.py",  # its other end, which may open none
}


def test_no_other_module_can_call_a_model() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if IMPORT.search(source := path.read_text("utf-8")) or BY_NAME.search(source)
    ]
    assert offenders == ["guardrails/gateway.py"]


def test_only_the_gateway_and_the_channels_speak_to_the_outside() -> None:
    speaking = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if SPEAKS.search(path.read_text("utf-8"))
    }
    assert speaking == SPEAKERS


@pytest.mark.parametrize(
    "line",
    [
        "import openai", "    from langchain_openai import ChatOpenAI", "import litellm",
        "from langchain_anthropic import ChatAnthropic", "model = init_chat_model('gpt')",
        "importlib.import_module('openai')", "__import__('openai')",
    ],
)  # fmt: skip
def test_a_second_way_to_a_model_would_be_seen(line: str) -> None:
    assert IMPORT.search(line) or BY_NAME.search(line)


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
