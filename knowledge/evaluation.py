"""Ranking in memory, without a database, for `frontdesk eval`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge import chunking, lexical, scoring, vector_file
from knowledge.calibration import Calibration, Decision
from knowledge.chunking import Piece, indexed_text
from knowledge.embedding import Vectors
from knowledge.follow_up import Earlier, Reading, Result, can_refer_back, resolve
from knowledge.language import detect
from knowledge.quoting import Quote, quote
from knowledge.retrieval import Found, Passage
from knowledge.scoring import Hit, Terms
from knowledge.states import Audience
from knowledge.tokens import tokens

KEPT = 100
_QUOTED = 3
_NEAREST = 8
"""Passages that a search of the product looks at before it answers."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question of an evaluation, and what is known about its answer."""

    id: str
    text: str
    docs: frozenset[str] = frozenset()
    """Documents that answer it; empty: not known, or none does."""
    language: str | None = None
    history: tuple[str, ...] = ()
    """The customer's earlier turns, oldest first."""
    context: tuple[str, ...] = ()
    """The earlier turns of both sides, oldest first."""
    answers: tuple[str, ...] = ()
    """Texts of which one should stand in the answer."""
    answerable: bool | None = None
    """Whether the documents answer it, where that is known."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the product finds for a row."""

    row: Row
    spoken: str
    ranked: tuple[str, ...]
    """Documents, best first, each once."""
    hits: tuple[Hit, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents as the index of a unit holds them: cut, counted and embedded."""

    docs: tuple[Mapping[str, str], ...]
    pieces: tuple[tuple[int, Piece], ...]
    languages: NDArray[np.str_]
    encoded: tuple[lexical.Encoded, ...]
    vocabulary: Mapping[str, int]
    vectors: Mapping[str, Vectors]
    words: lexical.Lexical = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", lexical.build(self.vocabulary, self.encoded))

    def without(self, docs: Collection[str]) -> Corpus:
        """The same without these documents."""
        kept = [row for row, (n, _) in enumerate(self.pieces) if self.docs[n]["id"] not in docs]
        return Corpus(
            self.docs,
            tuple(self.pieces[row] for row in kept),
            self.languages[kept],
            tuple(self.encoded[row] for row in kept),
            self.vocabulary,
            {name: rows[kept] for name, rows in self.vectors.items()},
        )

    def main_language(self) -> str:
        """The language most pieces are in."""
        if not len(self.languages):
            return "en"
        names, counts = np.unique(self.languages, return_counts=True)
        return str(names[counts.argmax()])

    def search(self, setting: str, spoken: str, terms: Terms, asked: str, limit: int) -> list[Hit]:
        """Score every piece as `retrieval.search` does."""
        cosines = {
            name: [scoring.exact(rows, vector_file.embed(name, [asked], query=True)[0])]
            for name, rows in self.vectors.items()
        }
        return scoring.fuse(
            setting,
            spoken,
            [self.languages],
            [scoring.coverage(self.words, self.languages, terms)],
            cosines[setting],
            cosines.get("fast") if setting == "quality" else None,
            limit,
        )

    def passage(self, hit: Hit) -> Passage:
        """A hit with its text."""
        number, piece = self.pieces[hit.row]
        doc = self.docs[number]
        return Passage(
            chunk_id=hit.row,
            document_id=number,
            source="",
            title=doc.get("title") or "",
            heading=piece.heading,
            text=doc["text"][piece.start : piece.end],
            language=str(self.languages[hit.row]),
            audience=Audience.PUBLIC,
            version=1,
            release=0,
            start=piece.start,
            end=piece.end,
            url=None,
            score=hit.score,
            cosine=hit.cosine,
            coverage=hit.coverage,
            z=hit.z,
        )


def engines(setting: str) -> tuple[str, ...]:
    """The engines a setting uses, the quickest first."""
    return ("fast", "quality") if setting == "quality" else (setting,)


def corpus(docs: Iterable[Mapping[str, str]], settings: Sequence[str]) -> Corpus:
    """Cut, count and embed documents {"id", "title", "text", "lang"} for these settings."""
    known = tuple(docs)
    pieces: list[tuple[int, Piece]] = []
    texts: list[str] = []
    spoken: list[str] = []
    for number, doc in enumerate(known):
        language = doc.get("lang") or detect(doc["text"])
        for piece in chunking.split(doc["text"]):
            pieces.append((number, piece))
            part = doc["text"][piece.start : piece.end]
            texts.append(indexed_text(doc.get("title") or "", piece.heading, part))
            spoken.append(language)
    vocabulary: dict[str, int] = {}
    encoded = tuple(
        lexical.encode(vocabulary, tokens(text, language))
        for text, language in zip(texts, spoken, strict=True)
    )
    names = dict.fromkeys(name for setting in settings for name in engines(setting))
    vectors = {name: vector_file.embed(name, texts) for name in names}
    languages = np.asarray(spoken, dtype=np.str_)
    return Corpus(known, tuple(pieces), languages, encoded, vocabulary, vectors)


def find(within: Corpus, setting: str, row: Row, calibration: Calibration | None = None) -> Outcome:
    """What the product finds for a question, read with its history as `retrieval.search` does.

    `calibration` is the setting's own unless another is tried.
    """
    if not within.pieces or not any(sign.isalnum() for sign in row.text):
        return Outcome(row, row.language or "en", (), (), Decision(0.0, 1.0, False, False))
    spoken = row.language or detect(row.text, fallback=within.main_language())
    used = calibration or Calibration.default(setting)

    def look(reading: Reading) -> Result[Hit]:
        hits = within.search(setting, spoken, reading.terms, reading.asked, 3 * KEPT)
        return Result(tuple(hits), used.decide(hits))

    def refers_back() -> bool:
        return can_refer_back(row.text, spoken, lambda term: term in within.vocabulary)

    result = resolve(
        row.text, Earlier(row.history, row.context), look, refers_back, lambda hit: hit.row
    )
    ranked = dict.fromkeys(within.docs[within.pieces[hit.row][0]]["id"] for hit in result.found)
    return Outcome(row, spoken, tuple(ranked)[:KEPT], result.found[:_NEAREST], result.decision)


def find_by_words(within: Corpus, row: Row) -> Outcome:
    """What words alone find: BM25, no vectors."""
    spoken = row.language or detect(row.text, fallback=within.main_language())
    covered = scoring.coverage(within.words, within.languages, Terms(row.text))
    best = np.argsort(-covered, kind="stable")[: 3 * KEPT]
    ranked = dict.fromkeys(within.docs[within.pieces[at][0]]["id"] for at in best)
    return Outcome(row, spoken, tuple(ranked)[:KEPT], (), Decision(0.0, 1.0, False, False))


def answer(within: Corpus, outcome: Outcome) -> Quote | None:
    """What the product would quote, whatever the decision."""
    passages = tuple(within.passage(hit) for hit in outcome.hits[:_QUOTED])
    found = Found(passages, outcome.spoken, outcome.decision.probability, "ok")
    return quote(outcome.row.text, found) if passages else None


def rank(
    documents: Sequence[Mapping[str, str]], rows: Iterable[Row], setting: str
) -> Iterator[tuple[Outcome, dict[str, Any]]]:
    """Rank documents for each question; also yields the row that is written of it.

    Such a row is {"id", "ranked": ids of documents, best first, at most 100, "answerable": 0 to 1,
    "answers": whether the product would answer, "answer": two quoted sentences}.
    """
    within = corpus(documents, [setting])
    for row in rows:
        outcome = find(within, setting, row)
        quoted = answer(within, outcome)
        yield (
            outcome,
            {
                "id": row.id,
                "ranked": list(outcome.ranked),
                "answerable": round(outcome.decision.probability, 4),
                "answers": outcome.decision.answers,
                "answer": quoted.text if quoted else "",
            },
        )
