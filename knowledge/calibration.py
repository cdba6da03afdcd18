"""When what was found is good enough to answer with: probabilities, and thresholds that are data.

A logistic regression on the best hit gives the probability that the documents answer the question
at all, apart for passages in the question's language, in another, and in one the engine does not
know. The probability at and above which the assistant answers is chosen so that the share of
wrong answers among those given stays below a bound, at a stated confidence: see `bars`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from runtime.errors import BadInput

RELATIONS = ("same", "cross", "blind")
FEATURES = frozenset(
    ("intercept", "cosine", "z", "coverage", "coverage*cosine", "second cosine", "log size")
)
LARGEST = 1_000
"""Passages beyond which the calibration does not extrapolate."""
_FARTHEST = 30.0


class Scored(Protocol):
    """What a calibration looks at of a hit (`scoring.Hit`)."""

    @property
    def cosine(self) -> float: ...
    @property
    def coverage(self) -> float: ...
    @property
    def z(self) -> float: ...
    @property
    def second_cosine(self) -> float: ...
    @property
    def size(self) -> int: ...
    @property
    def relation(self) -> str: ...
    @property
    def pair(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Bar:
    """A threshold, and what was measured when it was chosen."""

    target: float
    """The precision wanted: the share of answers whose question the knowledge does answer."""
    answer: float
    """The probability at and above which the assistant answers."""
    near: float
    """From here up to `answer` one clarifying question is worth asking."""
    bound: float
    """The upper bound of the share of wrong answers, at `confidence`."""
    confidence: float
    n: int
    """Independent questions at or above `answer`."""
    errors: int
    """Of these, questions that the knowledge does not answer."""
    answered: float
    """The share of the answerable questions at or above `answer`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to answer with what was found."""

    probability: float
    threshold: float
    answers: bool
    near: bool
    """Close below the threshold: one clarifying question is worth asking."""


UNDECIDED = Decision(0.0, 1.0, answers=False, near=False)
"""Nothing was found, or nothing could be searched."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights and thresholds of one setting, shipped or a unit's own."""

    setting: str
    weights: Mapping[str, Mapping[str, float]]
    """By relation of languages: "same", "cross", "blind"."""
    bars: Mapping[str, tuple[Bar, ...]]
    """By relation, and by pair of languages ("cross de>en") where enough was measured."""
    target: float
    """The precision wanted: the lowest bar that promises it is used."""
    fitted_on: str

    @classmethod
    def default(cls, setting: str) -> Calibration:
        """The calibration that ships; an engine nobody measured is taken for "quality"'s kind."""
        return _shipped(setting)

    @classmethod
    def load(cls, content: str | Mapping[str, Any]) -> Calibration:
        """Read what `content` wrote. Raises `BadInput` with the field that is wrong."""
        if isinstance(content, str):
            try:
                content = json.loads(content)
            except ValueError:
                raise BadInput("a calibration is a JSON object; this text is not JSON") from None
        if not isinstance(content, Mapping):
            raise BadInput("a calibration is a JSON object")
        return _loaded(content)

    def content(self) -> dict[str, Any]:
        """The same as JSON holds it."""
        return {
            "setting": self.setting,
            "target": self.target,
            "fitted_on": self.fitted_on,
            "weights": {name: dict(values) for name, values in self.weights.items()},
            "bars": {name: [asdict(bar) for bar in bars] for name, bars in self.bars.items()},
        }

    def at(self, target: float) -> Calibration:
        """The same, used with another precision. Raises `BadInput` if no bar promises it."""
        if all(bar.target < target for bars in self.bars.values() for bar in bars):
            raise BadInput(f"target: no threshold for {target} was fitted; see `bars`")
        return replace(self, target=target)

    def probability(self, hit: Scored) -> float:
        """How likely the documents answer the question whose best hit this is, 0 to 1."""
        return probability(self.weights[hit.relation], hit)

    def decide(self, hits: Sequence[Scored]) -> Decision:
        """Whether to answer a question with its hits, best first. Without any: no."""
        if not hits:
            return UNDECIDED
        best = hits[0]
        likely = self.probability(best)
        bar = self.bar(best.relation, best.pair)
        if bar is None:  # never shown to be so precise
            return Decision(likely, 1.0, answers=False, near=False)
        answers = likely >= bar.answer
        return Decision(likely, bar.answer, answers, near=not answers and likely >= bar.near)

    def bar(self, relation: str, pair: str = "") -> Bar | None:
        """The threshold for a pair of languages, else for the relation they are in, if any."""
        for name in (f"{relation} {pair}", relation):
            enough = [bar for bar in self.bars.get(name, ()) if bar.target >= self.target]
            if enough:
                return min(enough, key=lambda bar: bar.target)
        return None


def features(hit: Scored) -> dict[str, float]:
    """What a calibration looks at."""
    return {
        "cosine": hit.cosine,
        "z": hit.z,
        "coverage": hit.coverage,
        "coverage*cosine": hit.coverage * hit.cosine,
        "second cosine": hit.second_cosine,
        "log size": math.log(min(max(hit.size, 1), LARGEST)),
    }


def probability(weights: Mapping[str, float], hit: Scored) -> float:
    """The logistic function of the weighted features."""
    values = features(hit)
    total = weights["intercept"] + sum(
        weight * values[name] for name, weight in weights.items() if name != "intercept"
    )
    return 1.0 / (1.0 + math.exp(-max(-_FARTHEST, min(_FARTHEST, total))))


@cache
def shipped() -> Mapping[str, Any]:
    """What `calibration.json` holds, by setting."""
    text = files("knowledge").joinpath("calibration.json").read_text(encoding="utf-8")
    settings: dict[str, Any] = json.loads(text)["settings"]
    return settings


@cache
def _shipped(setting: str) -> Calibration:
    known = shipped()
    return _loaded({**(known.get(setting) or known["quality"]), "setting": setting})


def _loaded(content: Mapping[str, Any]) -> Calibration:
    weights = _object(content, "weights")
    for relation, values in weights.items():
        if relation not in RELATIONS:
            raise BadInput(f"weights: {relation!r} is none of {', '.join(RELATIONS)}")
        if "intercept" not in values or set(values) - FEATURES:
            raise BadInput(f"weights.{relation}: needs intercept, and only {sorted(FEATURES)}")
        for name, value in values.items():
            _number(value, f"weights.{relation}.{name}", -1e4, 1e4)
    if set(weights) != set(RELATIONS):
        raise BadInput(f"weights: needs each of {', '.join(RELATIONS)}")
    bars = {
        name: tuple(_bar(each, f"bars.{name}") for each in given)
        for name, given in _object(content, "bars").items()
    }
    target = _number(content.get("target"), "target", 0.5, 1.0)
    for name in bars:
        if name.split(" ")[0] not in RELATIONS:
            raise BadInput(f"bars: {name!r} begins with none of {', '.join(RELATIONS)}")
    if all(bar.target < target for each in bars.values() for bar in each):
        raise BadInput(f"bars: none promises the target {target}")
    return Calibration(
        setting=str(content.get("setting") or ""),
        weights={name: dict(values) for name, values in weights.items()},
        bars=bars,
        target=target,
        fitted_on=str(content.get("fitted_on") or ""),
    )


def _bar(given: Any, where: str) -> Bar:
    if not isinstance(given, Mapping) or set(given) != set(Bar.__dataclass_fields__):
        raise BadInput(f"{where}: a threshold has exactly {', '.join(Bar.__dataclass_fields__)}")
    share = {
        name: _number(given[name], f"{where}.{name}", 0.0, 1.0)
        for name in ("target", "answer", "near", "bound", "confidence", "answered")
    }
    if share["near"] > share["answer"]:
        raise BadInput(f"{where}.near: lies above answer")
    counts = {
        name: int(_number(given[name], f"{where}.{name}", 0, 1e9)) for name in ("n", "errors")
    }
    return Bar(n=counts["n"], errors=counts["errors"], **share)


def _object(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = content.get(name)
    if not isinstance(value, Mapping) or not value:
        raise BadInput(f"{name}: missing, or not an object")
    return value


def _number(value: Any, where: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadInput(f"{where}: must be a number from {low:g} to {high:g}")
    return float(value)
