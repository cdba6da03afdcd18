"""The desk has words for whatever held a draft back."""

from __future__ import annotations

import re
from pathlib import Path

from guardrails.outbound import Gate
from tests.web.test_files import keys

ROOT = Path(__file__).resolve().parents[2]


def test_every_reason_of_gate_and_model_has_words() -> None:
    listed = re.search(r"`reason` is a code: (.*?)\.\n", Gate.__doc__ or "", re.DOTALL)
    assert listed
    codes = {code.strip() for code in re.sub(r"\(.*?\)", "", listed[1]).split(",")}
    for package in ("guardrails", "bot"):
        for path in (ROOT / package).glob("*.py"):
            text = path.read_text("utf-8")
            codes |= set(re.findall(r'(?:ModelFailed\(|refusal=)"(\w+)"', text))
    from_policies = {"author", "regression", "set_aside"}
    assert codes - from_policies <= keys("REFUSALS")
