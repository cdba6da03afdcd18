from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Literal

import pytest

from knowledge import calibrating, fitting
from knowledge.calibration import Calibration
from knowledge.fitting import Sample
from knowledge.scoring import Hit
from runtime.errors import BadInput

Relation = Literal["same", "cross", "blind"]


def hit(cosine: float, relation: Relation = "same", pair: str = "en>en", size: int = 100) -> Hit:
    return Hit(
        corpus=0, row=0, score=1.0, cosine=cosine, coverage=cosine / 2, z=3 * cosine,
        relation=relation, second_cosine=cosine, size=size, pair=pair,
    )  # fmt: skip


def rows(count: int, overlap: float, seed: int, relation: Relation = "same") -> list[Sample]:
    """Half answerable; the larger the overlap, the less the cosine tells."""
    drawn = random.Random(seed)
    made = []
    for number in range(count):
        answerable = number % 2 == 0
        cosine = (0.6 if answerable else 0.2) + drawn.gauss(0, overlap)
        made.append(
            Sample(hit(cosine, relation), answerable, f"article {number // 8}", f"q {number}")
        )
    return made


@pytest.mark.parametrize("setting", ["fast", "quality"])
def test_what_ships_is_valid_and_states_its_error(setting: str) -> None:
    shipped = Calibration.default(setting)
    assert Calibration.load(json.dumps(shipped.content())) == shipped
    for relation in ("same", "cross"):
        bar = shipped.bar(relation)
        assert bar is not None
        assert bar.target >= shipped.target
        assert bar.errors / bar.n < bar.bound < 0.2
        assert bar.n >= fitting.needed(bar.target)
        assert bar.near < bar.answer


def test_an_engine_nobody_measured_has_the_kind_of_the_quality_engine() -> None:
    assert Calibration.default("openai").weights == Calibration.default("quality").weights


def test_a_good_hit_is_answered_a_poor_one_is_not_and_nothing_never() -> None:
    shipped = Calibration.default("fast")
    good, poor = shipped.decide([hit(0.9)]), shipped.decide([hit(0.1)])
    assert (good.answers, good.near) == (True, False)
    assert (poor.answers, poor.near) == (False, False)
    assert shipped.decide([]) == replace(poor, probability=0.0, threshold=1.0)


def test_close_below_the_threshold_one_question_is_worth_asking() -> None:
    shipped = Calibration.default("fast")
    decisions = [shipped.decide([hit(cosine / 200)]) for cosine in range(200)]
    near = [each for each in decisions if each.near]
    assert near
    assert all(not each.answers and each.probability < each.threshold for each in near)
    assert [each.probability for each in decisions] == sorted(
        each.probability for each in decisions
    )


def test_a_precision_that_was_never_shown_is_never_claimed() -> None:
    shipped = Calibration.default("fast").at(0.99)
    assert shipped.bar("cross", "ar>en") is None
    assert not shipped.decide([hit(1.0, "cross", "ar>en")]).answers
    with pytest.raises(BadInput, match=r"0\.999"):
        shipped.at(0.999)


def test_a_pair_of_languages_has_its_own_threshold_where_enough_was_measured() -> None:
    shipped = Calibration.default("quality").at(0.95)
    assert shipped.bar("cross", "de>en") != shipped.bar("cross")
    assert shipped.bar("cross", "fr>pl") == shipped.bar("cross")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": {}}, "weights"),
        ({"weights": {"same": {"cosine": 1.0}}}, r"weights\.same"),
        ({"bars": {}}, "bars"),
        ({"bars": {"same": [{"target": 0.9}]}}, r"bars\.same"),
        ({"bars": {"other": []}}, "other"),
        ({"target": 2}, "target"),
        ({"target": None}, "target"),
    ],
)
def test_a_wrong_calibration_is_refused_by_the_field(
    change: dict[str, object], message: str
) -> None:
    content = Calibration.default("fast").content() | change
    with pytest.raises(BadInput, match=message):
        Calibration.load(content)


@pytest.mark.parametrize("text", ["[]", "{", "null", "{}"])
def test_what_is_no_calibration_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Calibration.load(text)


def test_a_threshold_that_answers_below_its_near_one_is_refused() -> None:
    content = Calibration.default("fast").content()
    content["bars"]["same"][0]["near"] = 0.99
    content["bars"]["same"][0]["answer"] = 0.5
    with pytest.raises(BadInput, match="near"):
        Calibration.load(content)


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    # exact values: 1 - 0.1 ** (1 / n) without an error; tables for one
    assert fitting.upper(0, 22, 0.9) == pytest.approx(1 - 0.1 ** (1 / 22), abs=1e-9)
    assert fitting.upper(1, 20, 0.9) == pytest.approx(0.1810, abs=1e-4)
    assert fitting.upper(5, 5, 0.9) == 1.0
    assert [fitting.needed(target) for target in (0.9, 0.95, 0.99)] == [22, 45, 230]


def test_the_stated_error_holds_on_other_rows_in_nine_of_ten_draws() -> None:
    base = Calibration.default("fast")
    held = []
    for seed in range(20):
        fitted = fitting.fit(rows(600, 0.14, seed), base, fitted_on="made-up rows")
        (on_others,) = calibrating.held(fitted, "others", rows(600, 0.14, seed + 100), (0.95,))
        assert on_others.answered > 0.5
        held.append(on_others.holds)
    assert sum(held) >= 18


def test_rows_that_tell_nothing_give_no_threshold() -> None:
    with pytest.raises(BadInput, match="22 answered questions are needed"):
        fitting.fit(
            rows(600, 5.0, 1), Calibration.default("fast"), targets=(0.9,), fitted_on="noise"
        )


def test_few_rows_of_a_unit_are_refused_with_the_number_that_is_needed() -> None:
    base = Calibration.default("fast")
    with pytest.raises(BadInput, match="22"):
        fitting.fit(rows(30, 0.05, 1), base, weights=False, fitted_on="own questions")


def test_a_unit_keeps_the_weights_and_pays_for_few_rows_with_a_wide_bound() -> None:
    base = Calibration.default("fast")
    few = fitting.fit(rows(60, 0.05, 1), base, weights=False, fitted_on="own").at(0.9)
    many = fitting.fit(rows(3000, 0.05, 1), base, weights=False, fitted_on="own")
    assert many.weights == base.weights
    wide, narrow = few.bar("same", "en>en"), many.at(0.9).bar("same", "en>en")
    assert wide is not None
    assert narrow is not None
    assert wide.bound > 3 * narrow.bound


def test_translations_of_one_question_count_once() -> None:
    once = rows(400, 0.05, 1)
    base = Calibration.default("fast")
    alone = fitting.fit(once, base, weights=False, fitted_on="x").bar("same", "en>en")
    ten = fitting.fit(once * 8, base, weights=False, fitted_on="x").bar("same", "en>en")
    assert alone is not None
    assert ten is not None
    assert (alone.n, alone.bound) == (ten.n, ten.bound)


def test_weights_are_found_again() -> None:
    import numpy as np

    drawn = np.random.default_rng(1)
    values = drawn.normal(size=(20_000, 2))
    chance = 1 / (1 + np.exp(-(0.5 + 2 * values[:, 0] - values[:, 1])))
    truth = (drawn.random(20_000) < chance).astype(np.float64)
    beta = fitting.logistic(values, truth, np.ones(20_000))
    assert beta == pytest.approx([0.5, 2.0, -1.0], abs=0.1)
