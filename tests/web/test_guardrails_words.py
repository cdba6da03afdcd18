"""The words of the guardrails' pages cover what the server says and stores."""

from __future__ import annotations

import re
from typing import get_args, get_type_hints

from guardrails import cases, finding, proof, spans
from guardrails.inbound import Verdict
from guardrails.models import PolicyState
from guardrails.outbound import Gate
from guardrails.phrases import INJECTION
from guardrails.policy import Limits, Policy
from tests.web.test_console import CONSOLE, ROOT, keys

WORDS = "guardrails_words.js"


def test_every_state_kind_and_problem_has_words() -> None:
    assert keys("STATES", WORDS) == {str(state) for state in PolicyState}
    assert keys("KINDS", WORDS) == set(spans.KINDS)
    assert keys("PROBLEMS", WORDS) == set(get_args(cases.Problem))
    assert keys("CHANGES", WORDS) == {"added", "removed", "changed"}


def test_every_fault_and_standing_of_a_receipt_has_words() -> None:
    assert keys("FAULTS", WORDS) == set(proof.FAULTS) == set(get_args(proof.Fault))
    assert keys("STANDINGS", WORDS) == set(get_args(proof.Standing))


def test_every_act_of_the_inbound_screening_has_words() -> None:
    acts = set(get_args(get_type_hints(Verdict)["act"]))
    assert keys("ACTS", WORDS) == acts == set(get_args(cases.Act))


def test_every_field_of_a_policy_has_a_name_and_can_be_edited() -> None:
    named = re.search(
        r"export const FIELDS = \{\n(.*?)\n\};", (CONSOLE / WORDS).read_text("utf-8"), re.DOTALL
    )
    assert named
    names = set(re.findall(r'^  "?([\w.]+)"?:', named[1], re.MULTILINE))
    limits = {f"limits.{name}" for name in Limits.model_fields}
    assert names == set(Policy.model_fields) | limits
    editor = (CONSOLE / "guardrails_editor.js").read_text("utf-8")
    for name in (*Policy.model_fields, *Limits.model_fields):
        assert re.search(rf'\b{name}\b|name="{name}"', editor), name


def test_every_reason_against_a_release_has_words() -> None:
    given = set()
    for path in (ROOT / "guardrails").glob("*.py"):
        given |= set(re.findall(r'refusal="(\w+)"', path.read_text("utf-8")))
    assert given == keys("POLICY_REFUSALS") == {"author", "regression", "set_aside"}


def test_every_reason_of_the_gate_has_words() -> None:
    """The codes are those that the gate's own description lists."""
    listed = re.search(r"`reason` is a code: (.*?)\.\n", Gate.__doc__ or "", re.DOTALL)
    assert listed
    codes = re.sub(r"\(.*?\)", "", listed[1], flags=re.DOTALL).split(",")
    assert {code.strip() for code in codes} - {""} <= keys("GATE", WORDS)


def test_every_rule_that_finds_something_has_words() -> None:
    running, by_form = finding.recognizers()
    names = {name for name, _ in (*running, *by_form)}
    assert keys("RULES", WORDS) >= names | {
        "hide",
        "record",
        "conversation",
        "directory",
        "literal",
    }


def test_every_sign_and_reason_of_the_inbound_screening_has_words() -> None:
    assert keys("SIGNS", WORDS) >= set(INJECTION) | {"hints", "hidden_text", "model"}
    listed = re.search(r"`reason` is a code: (.*?), or empty", Verdict.__doc__ or "", re.DOTALL)
    assert listed
    assert {code.strip() for code in listed[1].split(",")} <= keys("INBOUND", WORDS)
