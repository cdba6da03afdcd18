"""`python -m benchmarks.answers DATA OUT`: a small real model answers 200 questions, once.

DATA is the folder of retrieval rows, OUT the JSON Lines file to write. What the model says is kept
as it is, with the sources it was given, so that the output gate can be measured on it again and
again (`python -m benchmarks --gate`). SmolLM2-135M states something false in most of its answers,
which is what it is here for. The prompt is the product's, without tools.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.generative import SOURCE_CHARACTERS, system_prompt
from knowledge import chunking
from tests.model.server import weights

QUESTIONS = 200
SEED = 3
_TOKENS = 90
"""About four short sentences, as the prompt asks."""

Row = dict[str, Any]


def _read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _asked(data: Path, count: int, seed: int) -> Iterator[Row]:
    """Questions with their reference answers and the passages that hold them, half and half."""
    chance = random.Random(seed)
    for name, docs in (("squad2", "squad2_corpus"), ("doc2dial", "doc2dial_docs")):
        texts = {row["doc"]: row for row in _read(data / f"{docs}.jsonl")}
        rows = [row for row in _read(data / f"{name}_queries.jsonl") if row["answers"]]
        for row in chance.sample(rows, count // 2):
            passages = _passages(texts[row["doc"]], row["answers"][0])
            yield {
                "id": row["id"],
                "set": name,
                "question": row["q"],
                "answers": row["answers"],
                "passages": passages,
            }


def _passages(doc: Row, answer: str) -> list[Row]:
    """The piece of the document that holds the answer first, then its neighbours, as they fit."""
    text = doc["text"]
    pieces = [text[piece.start : piece.end] for piece in chunking.split(text)]
    held = [n for n, piece in enumerate(pieces) if answer.strip() in piece]
    words = set(answer.lower().split())
    best = held[0] if held else max(
        range(len(pieces)), key=lambda n: len(words & set(pieces[n].lower().split()))
    )  # fmt: skip
    taken, left = [best], SOURCE_CHARACTERS - len(pieces[best])
    for n in (best + 1, best - 1):
        if 0 <= n < len(pieces) and len(pieces[n]) <= left:
            taken.append(n)
            left -= len(pieces[n])
    title = doc.get("title") or doc.get("article") or ""
    return [{"n": n, "title": title, "text": pieces[at]} for n, at in enumerate(taken, start=1)]


def _model() -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.n_ctx = 2048
    params.n_parallel = 1
    params.cpuparams.n_threads = 1
    params.warmup = False
    params.use_jinja = True
    return xllamacpp.Server(params)


def _say(server: Any, row: Row, temperature: float) -> str:
    sources = json.dumps(row["passages"], ensure_ascii=False)
    body = {
        "model": "smollm2",
        "temperature": temperature,
        "seed": SEED,
        "max_tokens": _TOKENS,
        "messages": [
            {"role": "system", "content": system_prompt()},
            {"role": "user", "content": f"Sources: {sources}\nCustomer: {row['question']}"},
        ],
    }
    answer = server.handle_chat_completions(body)
    return str(answer["choices"][0]["message"]["content"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.answers", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--seed", type=int, default=SEED, help="which questions")
    parser.add_argument("--temperature", type=float, default=0.0)
    given = parser.parse_args()
    server = _model()
    with given.out.open("w", encoding="utf-8") as out:
        for number, row in enumerate(_asked(given.data, given.questions, given.seed), start=1):
            row["said"] = _say(server, row, given.temperature)
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
            print(f"\r{number} of {given.questions}", end="", flush=True)


if __name__ == "__main__":
    main()
