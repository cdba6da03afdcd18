"""The output gate on real hallucinations and on honest answers, and what it costs.

`python -m benchmarks --gate DATA [--answers FILE]`: DATA is the folder of retrieval rows, FILE what
`python -m benchmarks.answers` wrote. Whether something false went out is judged by
`benchmarks.strict`, not by the gate.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.load import quantile
from benchmarks.strict import missing, vocabulary
from guardrails import grounding
from guardrails.outbound import Gate, screen_outbound

Row = dict[str, Any]
_HOST = re.compile(r"\b(?:[\w-]+\.)+(?:gov|com|org|net)\b", re.IGNORECASE)


def run(data: Path, answers: Path | None) -> None:
    """Print the gate's figures as tables in Markdown."""
    print(_grounding(_read(data / "grounding.jsonl")))
    if answers is not None:
        rows = _read(answers)
        print(_answers(rows, _common(data)))
        print(_gold(rows))
        print(_speed(rows))


def _read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _common(data: Path) -> frozenset[str]:
    texts = [row["text"] for row in _read(data / "squad2_corpus.jsonl")]
    texts += [row["text"] for row in _read(data / "doc2dial_docs.jsonl")]
    return vocabulary(texts)


def _screen(reply: str, passages: Sequence[Row], question: str) -> Gate:
    """As `bot.generative` asks the gate, for a company whose hosts are those its texts name."""
    return screen_outbound(
        reply,
        [(row["n"], row["text"]) for row in passages],
        allowed_hosts={host.lower() for row in passages for host in _HOST.findall(row["text"])},
        question=question,
        titles={row["n"]: row["title"] for row in passages},
    )


def _grounding(rows: Sequence[Row]) -> str:
    refused: Counter[tuple[str, int]] = Counter()
    reasons: dict[tuple[str, int], Counter[str]] = {}
    total: Counter[tuple[str, int]] = Counter()
    for row in rows:
        kind = (row["origin"], row["supported"])
        source = {"n": 1, "title": "", "text": row["src"]}
        gate = _screen(row["claim"], [source], row.get("q") or "")
        total[kind] += 1
        if gate.verdict == "refuse":
            refused[kind] += 1
            reasons.setdefault(kind, Counter())[gate.reason] += 1
    lines = ["| claims | supported | refused | reasons |", "|---|---|---|---|"]
    for kind in sorted(total, key=lambda kind: (-kind[1], kind[0])):
        why = ", ".join(f"{name} {n}" for name, n in reasons.get(kind, Counter()).most_common())
        share = f"{refused[kind]} of {total[kind]} ({refused[kind] / total[kind]:.1%})"
        lines.append(f"| {kind[0]} | {'yes' if kind[1] else 'no'} | {share} | {why} |")
    return "\n".join(lines) + "\n"


def _answers(rows: Sequence[Row], common: frozenset[str]) -> str:
    """What the model said, and what of it would have reached the customer."""
    said = sent = false_said = 0
    beyond: list[tuple[str, str, list[str]]] = []
    asked: list[str] = []
    why: Counter[str] = Counter()
    for row in rows:
        gate = _screen(row["said"], row["passages"], row["question"])
        everything = "\n".join(f"{one['title']}\n{one['text']}" for one in row["passages"])
        for sentence in grounding.sentences(row["said"]):
            said += 1
            false_said += bool(missing(sentence, everything, common))
        if gate.verdict == "refuse":
            why[gate.reason] += 1
            continue
        if not any(one.chunk_id for one in gate.statements):
            why["no_source"] += 1
            continue
        titles = {one["n"]: f"{one['title']}\n{one['text']}" for one in row["passages"]}
        for one in gate.statements:
            sent += 1
            # Without a source of its own, a courtesy may name nothing at all.
            lacks = missing(one.text, titles.get(one.chunk_id or 0, ""), common)
            if lacks and not missing(one.text, row["question"] + "\n" + everything, common):
                asked.append(one.text)
            elif lacks:
                beyond.append((row["id"], one.text, lacks))
    refusals = ", ".join(f"{name} {n}" for name, n in why.most_common())
    counted = {
        "questions": len(rows),
        "sentences written": said,
        "of these with a number, date, price or name in none of the sources": false_said,
        "answers refused": f"{sum(why.values())} ({refusals})",
        "answers sent": len(rows) - sum(why.values()),
        "sentences sent": sent,
        "sent with a number, date, price or name that is nowhere": len(beyond),
        "sent with one that is in the question or in another source only": len(asked),
    }
    lines = ["| answers of the model | |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in counted.items()]
    shown = [f"- {name}: {text!r} lacks {lacks}" for name, text, lacks in beyond]
    shown += [f"- from the question or another source: {text!r}" for text in asked]
    return "\n".join([*lines, "", *shown]) + "\n"


def _gold(rows: Sequence[Row]) -> str:
    """Reference answers as a sentence, and the sentences of the source that hold them."""
    forms: dict[str, Callable[[Row], Iterator[str]]] = {
        "the reference answer, as a sentence": _as_sentence,
        "the source's sentence that holds it": _holding,
    }
    lines = ["| gold answers | blocked | reasons |", "|---|---|---|"]
    for name, form in forms.items():
        total, why = 0, Counter[str]()
        for row in rows:
            for text in form(row):
                total += 1
                gate = _screen(text, row["passages"], row["question"])
                if gate.verdict == "refuse":
                    why[gate.reason] += 1
        blocked = sum(why.values())
        reasons = ", ".join(f"{reason} {n}" for reason, n in why.most_common())
        share = f"{blocked} of {total} ({blocked / max(1, total):.1%})"
        lines.append(f"| {name} | {share} | {reasons} |")
    return "\n".join(lines) + "\n"


def _held(row: Row) -> str | None:
    """The reference answer, if the passages that were shown hold it whole."""
    answer = " ".join(str(row["answers"][0]).split()).strip()
    shown = " ".join(" ".join(one["text"].split()) for one in row["passages"])
    return answer if answer and answer in shown else None


def _as_sentence(row: Row) -> Iterator[str]:
    answer = _held(row)
    if answer is not None:
        ended = answer if answer[-1] in ".!?:" else f"{answer}."
        yield ended[0].upper() + ended[1:]


def _holding(row: Row) -> Iterator[str]:
    answer = _held(row)
    for one in row["passages"] if answer is not None else ():
        for sentence in grounding.sentences(one["text"]):
            plain = " ".join(sentence.split())
            if answer in plain:
                yield plain
                return


def _speed(rows: Sequence[Row]) -> str:
    """CPU per answer, every passage read for the first time."""
    spent = []
    for row in rows:
        grounding.source.cache_clear()
        grounding.parts_of.cache_clear()
        begun = time.process_time()
        _screen(row["said"], row["passages"], row["question"])
        spent.append((time.process_time() - begun) * 1000)
    half, most = quantile(spent, 0.5), quantile(spent, 0.99)
    return (
        "| CPU per answer, ms | p50 | p99 |\n|---|---|---|\n"
        f"| gate, passages not seen before | {half:.2f} | {most:.2f} |\n"
    )
