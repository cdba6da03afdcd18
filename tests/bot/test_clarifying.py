"""Where it is nearly sure enough, the assistant asks once what is meant; then people answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from access import people
from bot import words
from knowledge import calibrations
from knowledge.calibration import Calibration
from runtime.database import open_session

QUESTION = "How heavy is the Fjell 2?"


@pytest.fixture
def hesitant(shop):
    """The same shop, whose assistant answers nothing and finds everything near."""
    (unit,) = shop.scope.units
    shipped = Calibration.default("fast")
    bars = {
        name: tuple(replace(bar, answer=1.0, near=0.0) for bar in each)
        for name, each in shipped.bars.items()
    }
    with open_session(shop.scope) as session:
        own = replace(shipped, bars=bars).content()
        calibrations.keep(session, people.system(unit), unit, own)
    return shop


def test_it_asks_once_and_then_hands_over(hesitant):
    first = hesitant.ask(QUESTION)
    assert words.say("clarify", "en") in first.text
    assert first.verdict["kind"] == "clarify"
    assert hesitant.thread(hesitant.conversation).line.assignee == "assistant"
    second = hesitant.ask("How many kilos does the Fjell 2 weigh?")
    assert words.say("handover", "en") in second.text
    line = hesitant.thread(hesitant.conversation).line
    assert (line.assignee, line.reason) == ("team", "no_answer")


def test_without_its_own_calibration_a_unit_has_the_one_that_ships(hesitant):
    (unit,) = hesitant.scope.units
    with open_session(hesitant.scope) as session:
        calibrations.drop(session, people.system(unit), unit, "fast")
    assert "2.1 kg" in hesitant.ask(QUESTION).text
