"""Train the character model that scores attempts to steer the assistant, and say how good it is.

`frontdesk train injection DATA` reads the rows of DATA/injection (and ordinary texts beside them,
DATA/pii and DATA/retrieval), fits a logistic model of hashed character n-grams by full-batch Adam
(Kingma and Ba, 2015), and reports it on folds that follow the source of a row: a model is never
tested on rows of a source that it was trained on.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guardrails import injection
from guardrails.training.injection_phrases import ATTACKS, HONEST

STEERING = ("ignore_previous_instructions", "system_mode")
"""Kinds of CyberSecEval rows that steer by their own text; the others are harmless without the
system text that they attack, and would teach that questions are attacks."""
ROUNDS = 160
PENALTY = 2e-5
RATE = 0.08
ALARMS = 0.0003
"""Share of ordinary texts above the threshold, where their kind was learnt from other texts."""
HARD_ALARMS = 0.013
"""Share of hard honest texts above the threshold, also under a model that knows none of their
source."""
MARGIN = 0.4
"""Added to the margin that keeps these rates here, for wordings that are not here."""
HARD_WEIGHT = 6.0
"""How much more an honest text counts that is written in an attacker's words: they are few."""
MIXED = 4
"""Folds without regard to sources, for the rate of false alarms within known domains."""
_PEOPLE = ("Robert Kestrel", "Chen Meilin", "Joana Tavares", "Alice Brandt")
_OTHERS = (
    "Maria Lopez", "Jonas Weber", "Amina Diallo", "Pierre Martin", "Kenji Sato", "Olga Ivanova",
    "Tom Baker", "Lucia Ferri", "Sven Dahl", "Priya Nair", "Ana Costa", "Li Wei",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A text to learn from or to be measured on."""

    text: str
    attack: bool
    source: str
    group: str
    """What it is reported as: a family of attacks, or "ordinary", "documents", "hard"."""
    learnt: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of the held-out texts of one group, how many were flagged: by rules, by the model where
    the source (or, `known`, only the text) was held out, by rules or the former."""

    group: str
    attack: bool
    texts: int
    rules: int
    model: int
    known: int
    either: int


@dataclass(frozen=True, slots=True)
class Trained:
    """The bytes of a model file, and how folds by source went."""

    model: bytes
    outcomes: tuple[Outcome, ...]


def train(data: Path, say: Callable[[str], None]) -> Trained:
    """Fit on everything that may be learnt from, after measuring on folds by source."""
    rows = [*_collected(data / "injection"), *_ordinary(data), *_own()]
    say(f"{len(rows)} texts, {sum(row.attack for row in rows)} of them attacks")
    by_source = _folds(rows, [row.source for row in rows], _parts(rows), say)
    numbered = [str(zlib.crc32(row.text.encode()) % MIXED) for row in rows]
    mixed = _folds(rows, numbered, [{str(part)} for part in range(MIXED)], say)
    shift = max(
        _above(rows, mixed, "ordinary", ALARMS),
        _above(rows, mixed, "hard", HARD_ALARMS),
        _above(rows, by_source, "hard", HARD_ALARMS),
    )
    weights, bias = _fit(_windows([row for row in rows if row.learnt]))
    say(f"threshold at a margin of {shift:.2f}")
    return Trained(
        _packed(weights, bias - shift), _outcomes(rows, by_source - shift, mixed - shift)
    )


def _collected(folder: Path) -> Iterator[Row]:
    """The rows of the attack files and their benign counterparts."""
    for path in sorted(folder.glob("*.jsonl")):
        for row in _rows(path):
            attack = row["label"] == "attack"
            group = path.stem.partition("_")[2]
            if not attack:
                group = {"hard": "hard", "docs": "documents"}.get(group, "ordinary")
            steers = "CyberSecEval" not in row["source"] or row["subfamily"] in STEERING
            tasks = "BIPIA" in row["source"] and attack  # other people's questions, no steering
            learnt = steers and not tasks
            yield Row(row["text"], attack, _origin(row["source"]), group, learnt)
            if learnt and attack and "payload" in row:
                yield Row(row["payload"], True, _origin(row["source"]), "payload", True)


def _rows(path: Path) -> list[dict[str, Any]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    # Not `splitlines`: a text may hold line separators of other kinds.
    rows = [json.loads(line) for line in text.split("\n") if line]
    return [row for row in rows if row.get("dataset") != "Weibo NER" and row.get("role") != "tool"]


def _origin(source: str) -> str:
    """Sources that share authors are one."""
    for name in ("garak", "CyberSecEval", "BIPIA", "agentdojo", "bitext", "banking77", "clinc"):
        if name in source:
            return name
    return "own" if source.startswith("own") else source.split("/")[0].split()[0]


def _ordinary(data: Path) -> Iterator[Row]:
    """Texts that steer nobody: chats in ten languages, support talks, articles."""
    chosen = (
        ("pii/chat_multilingual.jsonl", "chats", "ordinary", ("text",), 1),
        ("pii/tau_conversations.jsonl", "tau", "ordinary", ("text",), 2),
        ("retrieval/tau_banking_docs.jsonl", "tau", "documents", ("text",), 2),
        ("retrieval/doc2dial_docs.jsonl", "doc2dial", "documents", ("text",), 2),
        ("retrieval/xquad_corpus.jsonl", "xquad", "documents", ("text",), 5),
        ("retrieval/xquad_queries.jsonl", "xquad", "ordinary", ("q",), 4),
        ("pii/train/ner_train.jsonl.gz", "articles", "documents", ("text",), 40),
    )
    for name, source, usual, fields, every in chosen:
        path = data / name
        if not path.exists():
            continue
        for row in _rows(path)[::every]:
            text = next((row[field] for field in fields if isinstance(row.get(field), str)), "")
            # What our side says is no question: it counts with the documents.
            group = "documents" if row.get("role") == "assistant" else usual
            if text:
                yield Row(text[:1600], False, source, group, True)


def _own() -> Iterator[Row]:
    """Our sentences, alone and mixed: another language around them, carriers, split in two."""
    dice = random.Random(7)  # noqa: S311 - which sentences meet, no secret
    honest = [line for lines in HONEST.values() for line in lines]
    for line in honest:
        yield Row(line, False, "phrases", "hard", True)
        yield Row(f"{line} {dice.choice(honest)}", False, "phrases", "hard", True)
    for lines in ATTACKS.values():
        for line in lines:
            yield Row(line, True, "phrases", "phrases", True)
            yield Row(f"{dice.choice(honest)} {line}", True, "phrases", "phrases", True)
            yield Row(f"{line}\n{dice.choice(honest)}", True, "phrases", "phrases", True)
            half = len(line) // 2
            yield Row(f"{line[:half]}\n{line[half:]}", True, "phrases", "phrases", True)


@dataclass(frozen=True, slots=True)
class _Windows:
    """Windows as sparse rows: `grams[starts[i]:starts[i + 1]]` are the buckets of window i."""

    grams: NDArray[np.uint32]
    starts: NDArray[np.int64]
    labels: NDArray[np.float32]
    importance: NDArray[np.float32]


def _renamed(text: str, dice: random.Random) -> str:
    """Without the few people of the rows' little world, whom a model would learn by heart."""
    for person in _PEOPLE:
        if person in text:
            text = text.replace(person, dice.choice(_OTHERS))
    return text


def _windows(rows: Sequence[Row]) -> _Windows:
    dice = random.Random(11)  # noqa: S311 - which names stand in, no secret
    grams: list[NDArray[np.uint32]] = []
    labels: list[float] = []
    importance: list[float] = []
    for row in rows:
        text = _renamed(row.text, dice) if row.attack else row.text
        _, reading = injection.readings(text)[-1]
        places = injection.buckets(reading)
        spans = list(injection.windows(len(places), injection.WINDOW))
        weight = HARD_WEIGHT if row.group == "hard" else 1.0
        if row.attack and len(spans) > 4:
            spans = spans[:4]  # a long jailbreak says at its beginning what it is
        for start, end in spans:
            grams.append(places[start:end].ravel())
            labels.append(float(row.attack))
            importance.append(weight / len(spans) ** 0.5)
    starts = np.concatenate(([0], np.cumsum([len(each) for each in grams]))).astype(np.int64)
    return _Windows(
        np.concatenate(grams), starts, np.array(labels, np.float32),
        np.array(importance, np.float32),
    )  # fmt: skip


def _fit(data: _Windows) -> tuple[NDArray[np.float32], float]:
    """Weights and bias of the logistic model: full-batch Adam with weight decay."""
    size = 2**injection.BITS
    lengths = np.diff(data.starts)
    share = (1 / np.sqrt(lengths)).astype(np.float32)
    importance = data.importance / data.importance.sum()
    weights = np.zeros(size, np.float32)
    bias = -2.0
    mean, square = np.zeros(size, np.float32), np.zeros(size, np.float32)
    bias_mean = bias_square = 0.0
    for step in range(1, ROUNDS + 1):
        margin = np.add.reduceat(weights[data.grams], data.starts[:-1]) * share + bias
        error = (1 / (1 + np.exp(-margin)) - data.labels) * importance
        spread = np.repeat((error * share).astype(np.float32), lengths)
        slope = np.bincount(data.grams, weights=spread, minlength=size).astype(np.float32)
        slope += PENALTY * weights
        slope[0] = 0
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        rate = RATE * (1 - 0.99**step) ** 0.5 / (1 - 0.9**step)
        weights -= rate * mean / (np.sqrt(square) + 1e-7)
        bias_slope = float(error.sum())
        bias_mean = 0.9 * bias_mean + 0.1 * bias_slope
        bias_square = 0.99 * bias_square + 0.01 * bias_slope**2
        bias -= rate * bias_mean / (bias_square**0.5 + 1e-7)
    weights[0] = 0
    return weights, bias


def _margin(text: str, weights: NDArray[np.float32], bias: float) -> float:
    """As `injection.probability` does, before the logistic function."""
    readings = [folded for _, folded in injection.readings(text)]
    return bias + max(
        injection.worst_window(injection.buckets(folded), weights, 1.0) for folded in readings
    )


def _folds(
    rows: Sequence[Row],
    names: Sequence[str],
    parts: Sequence[Collection[str]],
    say: Callable[[str], None],
) -> NDArray[np.float64]:
    """The margin of every text under a model that has seen none of its part."""
    margins = np.full(len(rows), np.nan)
    for part in parts:
        inside = [place for place, name in enumerate(names) if name in part]
        outside = [
            row for row, name in zip(rows, names, strict=True) if row.learnt and name not in part
        ]
        weights, bias = _fit(_windows(outside))
        for place in inside:
            margins[place] = _margin(rows[place].text, weights, bias)
        say(f"held out {', '.join(sorted(part))}: {len(inside)} texts")
    return margins


def _parts(rows: Iterable[Row]) -> list[Collection[str]]:
    """Sources in groups of similar weight; those with many rows stand alone."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.source] = counts.get(row.source, 0) + 1
    small = [name for name, count in counts.items() if count < 300]
    large = [name for name, count in counts.items() if count >= 300]
    return [*({name} for name in large), set(small[::2]), set(small[1::2])]


def _above(rows: Sequence[Row], margins: NDArray[np.float64], group: str, share: float) -> float:
    """The lowest margin above which no more than this share of a group of honest texts is."""
    found = np.sort(
        [m for m, row in zip(margins, rows, strict=True) if row.group == group and not row.attack]
    )
    return float(found[len(found) - 1 - int(share * len(found))]) + MARGIN


def _outcomes(
    rows: Sequence[Row], by_source: NDArray[np.float64], mixed: NDArray[np.float64]
) -> tuple[Outcome, ...]:
    groups = sorted({(row.group, row.attack) for row in rows}, key=lambda g: (not g[1], g[0]))
    found = []
    for group, attack in groups:
        places = [i for i, row in enumerate(rows) if (row.group, row.attack) == (group, attack)]
        rules = [injection.rules(rows[i].text).score >= 0.5 for i in places]
        model = [bool(by_source[i] >= 0) for i in places]
        known = sum(bool(mixed[i] >= 0) for i in places)
        either = sum(a or b for a, b in zip(rules, model, strict=True))
        found.append(Outcome(group, attack, len(places), sum(rules), sum(model), known, either))
    return tuple(found)


def _packed(weights: NDArray[np.float32], bias: float) -> bytes:
    scale = float(np.abs(weights).max()) / 127 or 1.0
    quantised = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
    return injection.write_model(scale, bias, quantised)


def table(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The outcomes as rows to print: shares in percent."""
    return [
        {
            "group": each.group,
            "kind": "attack" if each.attack else "benign",
            "texts": each.texts,
            "rules": round(100 * each.rules / each.texts, 2),
            "model": round(100 * each.model / each.texts, 2),
            "model, source known": round(100 * each.known / each.texts, 2),
            "either": round(100 * each.either / each.texts, 2),
        }
        for each in outcomes
    ]
