"""A guard that breaks, in whatever way, ends with people: nothing leaves, nothing is answered."""

from __future__ import annotations

import pytest

from runtime import failpoints, jobs
from tests.bot.conftest import Shop
from tests.fakes.openai_stub import Stub

ERRORS = (RuntimeError("nora.feldmann@mail.example"), MemoryError(), RecursionError(), OSError())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("guard", failpoints.GUARDS)
def test_a_guard_that_fails_hands_over(
    known: Shop, model: Stub, guard: str, error: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    model.requests.clear()
    failpoints.arm(guard, fail)
    said = known.ask("How long can I return something? I am Nora Feldmann.")
    failpoints.disarm()
    line = known.thread(known.conversation).line
    assert (line.assignee, line.reason) == ("team", "masking_failed")
    assert said is None or "30 days" not in said.text
    # The gate looks at an answer, so it was asked for; the others stand before the asking.
    assert len(model.requests) == (1 if guard == "guard:gate" else 0)
    assert jobs.drain() == 0
    printed = "".join(capfd.readouterr())
    assert "nora.feldmann" not in printed
    assert "guard.failed" in printed


def test_a_gate_that_fails_without_a_model_hands_over(shop: Shop) -> None:
    def fail() -> None:
        raise RuntimeError

    failpoints.arm("guard:gate", fail)
    shop.ask("How long can I return something?")
    failpoints.disarm()
    assert shop.thread(shop.conversation).line.assignee == "team"
