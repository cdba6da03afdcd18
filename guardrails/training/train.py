"""Make the tagger's file from labelled text: `frontdesk train tagger DATA`."""

from __future__ import annotations

import ctypes
import hashlib
import io
import json
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pycrfsuite

from guardrails.detectors import gazetteer, tagger_model
from guardrails.detectors.tagger_text import Word, of_pair, of_three, of_word, tokens
from guardrails.training import chat, counts
from guardrails.training.figures import figures
from guardrails.training.labelled import Sentence, labels, read
from guardrails.training.values import People, full_names
from runtime.errors import AppError

SENTENCES, TEMPLATES = Path("train") / "ner_train.jsonl.gz", "chat_templates.json"
MADE = {"en": 7_000, "zh": 8_000, "ja": 6_000, "de": 4_000}
_MADE = 3_200
"""Messages made per language."""
_MEASURED = 300
"""Messages made per language for the figures."""
_HELD_OUT = 33
"""One sentence in so many is kept for the figures."""
_STEP = 0.04
"""What one unit of a stored weight stands for; weights run from -5.1 to 5.1."""
_SEED = 20261124
ALGORITHM = "l2sgd"
PARAMETERS: dict[str, Any] = {
    "c2": 0.2,
    "feature.minfreq": 3,
    "feature.possible_transitions": 1,
    "max_iterations": 14,
}
"""Of CRFsuite's stochastic gradient descent: regularisation, how often a feature must be seen,
whether impossible neighbours cost something, passes over the sentences."""

Tell = Callable[[str], None]


def train(
    data: Path, out: Path, *, templates: bool = False, tell: Tell = lambda _: None
) -> dict[str, Any]:
    """Read labelled text in `data`, make messages, train, and write two files into `out`.

    Returns what is written to the second: hash of the first, sources, figures per language on
    sentences and carriers that were held out. The same data gives the same file on the same
    version of CRFsuite. `templates` True also uses the data's chat templates; what is found in
    messages made from these then says less about other messages.

    Raises `AppError` when the data is missing or not as described there.
    """
    source = data / SENTENCES if data.is_dir() else data
    if not source.is_file():
        raise AppError(f"there are no labelled sentences at {source}")
    tell("reading sentences")
    written = list(read(source))
    kept = [s for s in written if _is_held_out(s.text)]
    written = [s for s in written if not _is_held_out(s.text) and _useful(s)]
    extra = data / TEMPLATES if templates and (data / TEMPLATES).is_file() else None
    made = list(_messages(written, random.Random(_SEED), extra))  # noqa: S311 - made-up people
    tell(f"{len(written)} sentences, {len(made)} made messages; counting words")
    seen = _counted(written)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "crf"
        _fit(written + made, seen, raw, tell)
        tell("writing")
        content = packed(raw, seen)
    model = tagger_model.read(content, hashlib.sha256(content).hexdigest())
    tell("measuring on what was held out")
    unseen = list(_messages(kept, random.Random(_SEED + 1), None, held_out=True))  # noqa: S311
    facts = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "made": datetime.now(UTC).date().isoformat(),
        "parameters": PARAMETERS,
        "public_templates": extra is not None,
        "sentences": _sources(written),
        "made_messages": len(made),
        "figures": {"sentences": figures(model, kept), "made_messages": figures(model, unseen)},
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / tagger_model.FILE).write_bytes(content)
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    (out / tagger_model.FACTS).write_text(text + "\n", encoding="utf-8")
    return facts


def _useful(sentence: Sentence) -> bool:
    """Most automatic labels are of places and companies: a third of those is enough."""
    if sentence.source != "WikiANN" or any(span.kind == "PERSON" for span in sentence.spans):
        return True
    return crc32(sentence.text.encode()) % 3 == 0


def _is_held_out(text: str) -> bool:
    return crc32(text.encode()) % _HELD_OUT == 0


def _sources(sentences: Iterable[Sentence]) -> dict[str, int]:
    found: dict[str, int] = {}
    for sentence in sentences:
        name = f"{sentence.source} {sentence.language}"
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def _messages(
    sentences: list[Sentence], rng: random.Random, extra: Path | None, *, held_out: bool = False
) -> Iterator[Sentence]:
    people = People(full_names(sentences), rng)
    messages = chat.Messages(people, rng, extra)
    for language in chat.LANGUAGES:
        count = _MEASURED if held_out else MADE.get(language, _MADE)
        yield from messages.make(language, count, held_out=held_out)


def _counted(sentences: Iterable[Sentence]) -> counts.Counts:
    parts = [part for language in chat.LANGUAGES for part in chat.carriers(language)]
    lines = [line for part in parts for line in part]
    return counts.total(
        [
            *(counts.of_sentence(sentence) for sentence in sentences),
            *(counts.of_carrier(line) for line in lines if not chat.is_held_out(line)),
            counts.of_lists(),
        ]
    )


def _fit(sentences: list[Sentence], seen: counts.Counts, raw: Path, tell: Tell) -> None:
    trainer = pycrfsuite.Trainer(algorithm=ALGORITHM, params=PARAMETERS, verbose=False)
    rng = random.Random(_SEED + 2)  # noqa: S311 - which sentences go without lists
    for number, sentence in enumerate(sentences):
        found = tokens(sentence.text)
        if not found:
            continue
        trainer.append(
            list(features(sentence, seen, rng.random() < 0.5)), labels(found, sentence.spans)
        )
        if number % 50_000 == 0:
            tell(f"features of {number} sentences")
    tell("fitting")
    # CRFsuite shuffles with the C library's generator, wherever that was left.
    ctypes.CDLL(None).srand(_SEED)
    trainer.train(str(raw))


def features(sentence: Sentence, seen: counts.Counts, listed: bool) -> Iterator[list[str]]:
    """The features of every token of a sentence. `listed` False: a made message whose people are
    on no list."""
    found = tokens(sentence.text)
    if sentence.carriers:
        own = counts.total_of(map(counts.of_carrier, sentence.carriers))
    else:
        own, listed = counts.of_sentence(sentence), True
    codes = gazetteer.codes(found, counts.without(seen, own, listed))
    words, gaps = tagger_model.seen(sentence.text, found, codes)
    ones = [_of_word(word) for word in words]
    twos = [_hashed(of_pair(*pair, gap)) for pair, gap in zip(pairwise(words), gaps, strict=True)]
    threes = [_hashed(of_three(*three)) for three in zip(words, words[1:], words[2:], strict=False)]
    for at in range(1, len(found) + 1):
        here = list(ones[at][2])
        here += (
            ones[at + 1][1] + ones[at - 1][3] + twos[at][1] + twos[at - 1][2] + threes[at - 1][0]
        )
        if at + 2 < len(words):
            here += ones[at + 2][0]
        if at + 1 < len(twos):
            here += twos[at + 1][0]
        if at >= 2:
            here += ones[at - 2][4] + twos[at - 2][3]
        if at >= 3:
            here += threes[at - 3][1]
        yield here


def _hashed(groups: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Features as the numbers that the tagger's file knows them by: short, and quick to read."""
    return tuple(
        tuple([f"{crc32(name.encode('utf-8', 'replace')):x}" for name in group]) for group in groups
    )


@lru_cache(maxsize=200_000)
def _of_word(word: Word) -> tuple[tuple[str, ...], ...]:
    return _hashed(of_word(word))


def packed(raw: Path, seen: counts.Counts) -> bytes:
    """The tagger's file: CRFsuite's weights as signed bytes, and the word lists as hashes."""
    tagger = pycrfsuite.Tagger()
    tagger.open(str(raw))
    info = tagger.info()
    names = sorted(info.labels)
    place = {label: number for number, label in enumerate(names)}
    rows: dict[int, list[int]] = {}
    for (feature, label), weight in info.state_features.items():
        small = max(-127, min(127, round(weight / _STEP)))
        if small:
            row = rows.setdefault(int(feature, 16), [0] * len(names))
            row[place[label]] = max(-127, min(127, row[place[label]] + small))
    transitions = np.zeros((len(names), len(names)), np.float32)
    for (before, after), weight in info.transitions.items():
        transitions[place[before], place[after]] = weight
    keys = np.array(sorted(rows), np.uint32)
    coded = {gazetteer.key_of(word): counts.coded(*count) for word, count in seen.items()}
    coded = {key: code for key, code in coded.items() if code != gazetteer.UNSEEN}
    codes = sorted(set(coded.values()))
    words = np.array(sorted(coded), np.uint32)
    described = {"labels": names, "scale": _STEP, "codes": codes}
    file = io.BytesIO()
    np.savez_compressed(
        file,
        keys=keys,
        weights=np.array([rows[int(key)] for key in keys], np.int8),
        transitions=transitions,
        word_keys=words,
        word_codes=np.array([codes.index(coded[int(key)]) for key in words], np.uint8),
        described=np.frombuffer(json.dumps(described).encode(), np.uint8),
    )
    return file.getvalue()
