"""Made-up knowledge of any size, written straight into the tables as an import would leave it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from sqlalchemy import insert, select, update

from knowledge import embedding, index, vectors
from knowledge.chunking import indexed_text
from knowledge.embedding import Vectors
from knowledge.models import (
    Chunk,
    Document,
    Release,
    ReleaseKind,
    ReleaseState,
    Serving,
    Source,
    Unit,
    Version,
)
from runtime.database import open_session
from runtime.scope import Scope

PIECES = 20
"""Chunks of a document."""
SENTENCES = 12
_SYLLABLES = "ba be bi bo da de du fa fo ga ge ka ki lo lu ma me no nu pa po ra ri sa so ta ti vo"
_SUBJECTS = [
    "return",
    "parcel",
    "refund",
    "invoice",
    "tent",
    "lamp",
    "stove",
    "voucher",
    "warranty",
    "battery",
    "password",
    "account",
    "delivery",
    "shoe",
    "repair",
    "discount",
    "order",
    "size",
    "colour",
    "address",
    "payment",
]
_SAYINGS = (
    "The {thing} of {name} costs {number} euro in every country.",
    "You can change the {thing} for {name} within {number} days.",
    "If {name} is broken, the {thing} is sent again after {number} hours.",
    "Ask for the {thing} number {number} when {name} has arrived.",
    "A {thing} that belongs to {name} weighs {number} grams.",
    "Every {thing} of {name} is kept for {number} months.",
)


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence, and the question that it answers."""

    text: str
    question: str


def sayings(count: int, seed: int) -> list[Saying]:
    """Different sentences about made-up products, the same ones for a seed."""
    dice = random.Random(seed)
    syllables = _SYLLABLES.split()
    found: list[Saying] = []
    for at in range(count):
        name = "".join(dice.choices(syllables, k=4)).capitalize()
        thing = dice.choice(_SUBJECTS)
        text = dice.choice(_SAYINGS).format(name=name, thing=thing, number=at + 2)
        found.append(Saying(text, f"What about the {thing} of {name}?"))
    return found


def fill(unit_id: int, chunks: int, seed: int) -> list[tuple[str, str]]:
    """Serve this many chunks in a unit; return questions with a part of their answer.

    The vector of a chunk is the mean of its sentences' vectors: embedding 100,000 texts would take
    an hour, and a search takes the same time whatever the vectors are.
    """
    spoken = sayings(max(200, chunks // 20), seed)
    made = embedding.embed("fast", [each.text for each in spoken])
    dice = random.Random(seed + 1)
    source_id = _begin(unit_id)
    asked: list[tuple[str, str]] = []
    order = iter(_shuffled(len(spoken), dice))
    for number in range(0, chunks, PIECES):
        chosen = [
            [next(order) for _ in range(SENTENCES)] for _ in range(min(PIECES, chunks - number))
        ]
        _document(unit_id, source_id, number, chosen, spoken, made, since=1)
        first = spoken[chosen[0][0]]
        asked.append((first.question, first.text))
    return asked


def release(unit_id: int, chunks: int) -> None:
    """Let release 2 go live: the same, and this many chunks more."""
    spoken = sayings(SENTENCES * chunks, seed=99)
    made = embedding.embed("fast", [each.text for each in spoken])
    with open_session(Scope.of(unit_id)) as session:
        source_id = session.scalars(select(Source.id)).one()
    numbers = iter(range(len(spoken)))
    for at in range(0, chunks, PIECES):
        chosen = [
            [next(numbers) for _ in range(SENTENCES)] for _ in range(min(PIECES, chunks - at))
        ]
        _document(unit_id, source_id, 1_000_000 + at, chosen, spoken, made, since=2)
    with open_session(Scope.of(unit_id)) as session:
        index.touch(session, unit_id)
        session.execute(update(Unit).where(Unit.unit_id == unit_id).values(live=2, newest=2))


def _begin(unit_id: int) -> int:
    """Make the source and the first release of a unit; return the source's id."""
    with open_session(Scope.of(unit_id)) as session:
        index.touch(session, unit_id)
        source = Source(unit_id=unit_id, name="benchmark", reports=[], settings={})
        first = Release(
            unit_id=unit_id, number=1, kind=ReleaseKind.CHANGE, state=ReleaseState.LIVE, base=0,
            author="system/0", note="for a benchmark",
        )  # fmt: skip
        session.add_all([source, first])
        session.execute(update(Unit).where(Unit.unit_id == unit_id).values(live=1, newest=1))
        session.flush()
        return source.id


def _shuffled(count: int, dice: random.Random) -> Iterator[int]:
    """All numbers below `count` again and again, each time in another order."""
    while True:
        yield from dice.sample(range(count), count)


def _document(
    unit_id: int,
    source_id: int,
    number: int,
    chosen: Sequence[Sequence[int]],
    spoken: Sequence[Saying],
    made: Vectors,
    *,
    since: int,
) -> None:
    title = f"Article {number}"
    engine = embedding.engine("fast").name
    parts = [" ".join(spoken[each].text for each in piece) for piece in chosen]
    text = "\n\n".join(parts)
    digest = sha256(text.encode()).hexdigest()
    with open_session(Scope.of(unit_id)) as session:
        document = Document(unit_id=unit_id, source_id=source_id, name=f"{number}.md", head=1)
        session.add(document)
        session.flush()
        version = Version(
            unit_id=unit_id, document_id=document.id, number=1, title=title, language="en",
            text=text, digest=digest, signs=[], author="system/0",
        )  # fmt: skip
        session.add(version)
        session.flush()
        session.add(Serving(unit_id=unit_id, version_id=version.id, since=since))
        pieces: list[dict[str, Any]] = []
        stored: dict[str, Vectors] = {}
        indexed: dict[str, str] = {}
        start = 0
        for piece, part in zip(chosen, parts, strict=True):
            shown = indexed_text(title, "", part)
            key = sha256(f"{number}\0{start}\0{shown}".encode()).hexdigest()
            mean = made[list(piece)].mean(axis=0)
            pieces.append({
                "unit_id": unit_id, "version_id": version.id, "key": key, "heading": "",
                "start_at": start, "end_at": start + len(part),
            })  # fmt: skip
            stored[key] = np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)
            indexed[key] = shown
            start += len(part) + 2
        session.execute(insert(Chunk), pieces)
        vectors.store(session, unit_id, engine, stored)
        vectors.store_words(session, unit_id, "en", indexed)
