"""Ranking in memory, without a database, for `frontdesk eval retrieve`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from knowledge import chunking, embedding, lexical, scoring
from knowledge.chunking import Piece, indexed_text
from knowledge.language import detect
from knowledge.quoting import quote
from knowledge.retrieval import Found, Passage
from knowledge.scoring import Terms
from knowledge.states import Audience
from knowledge.tokens import tokens

KEPT = 100
_QUOTED = 3


def rank(
    docs: Iterable[Mapping[str, str]], queries: Iterable[Mapping[str, str]]
) -> Iterator[dict[str, Any]]:
    """Rank documents for each query with the current setting, exactly as `search` does.

    Documents are {"id", "title", "text"}, queries {"id", "text"}; yields {"id", "ranked": ids of
    documents, best first, at most 100, "answerable": 0 to 1, "answer": two quoted sentences}.
    """
    corpus = _Corpus(docs)
    for query in queries:
        yield {"id": query["id"], **corpus.answer(query["text"])}


class _Corpus:
    def __init__(self, docs: Iterable[Mapping[str, str]]) -> None:
        self._docs = list(docs)
        self._pieces: list[tuple[int, Piece]] = []
        texts: list[str] = []
        spoken: list[str] = []
        for number, doc in enumerate(self._docs):
            language = detect(doc["text"])
            for piece in chunking.split(doc["text"]):
                self._pieces.append((number, piece))
                part = doc["text"][piece.start : piece.end]
                texts.append(indexed_text(doc.get("title") or "", piece.heading, part))
                spoken.append(language)
        self._languages = np.asarray(spoken, dtype=np.str_)
        vocabulary: dict[str, int] = {}
        encoded = [
            lexical.encode(vocabulary, tokens(text, language))
            for text, language in zip(texts, spoken, strict=True)
        ]
        self._words = lexical.build(vocabulary, encoded)
        self._vectors = {name: embedding.embed(name, texts) for name in embedding.names()}

    def answer(self, text: str) -> dict[str, Any]:
        if not self._pieces or not any(sign.isalnum() for sign in text):
            return {"ranked": [], "answerable": 0.0, "answer": ""}
        names, counts = np.unique(self._languages, return_counts=True)
        spoken = detect(text, fallback=str(names[counts.argmax()]))
        setting = embedding.names()[-1]
        cosines = {
            name: [scoring.exact(vectors, embedding.embed_cached(name, [text], query=True)[0])]
            for name, vectors in self._vectors.items()
        }
        hits = scoring.fuse(
            setting,
            spoken,
            [self._languages],
            [scoring.coverage(self._words, self._languages, Terms(text))],
            cosines[setting],
            cosines.get("fast") if setting == "quality" else None,
            3 * KEPT,
        )
        ranked = list(dict.fromkeys(self._docs[self._pieces[hit.row][0]]["id"] for hit in hits))
        passages = tuple(self._passage(hit) for hit in hits[:_QUOTED])
        quoted = quote(text, Found(passages, spoken, 0.0, "ok"))
        return {
            "ranked": ranked[:KEPT],
            "answerable": round(scoring.answerable(setting, hits), 4),
            "answer": quoted.text if quoted else "",
        }

    def _passage(self, hit: scoring.Hit) -> Passage:
        number, piece = self._pieces[hit.row]
        doc = self._docs[number]
        return Passage(
            chunk_id=hit.row,
            document_id=number,
            source="",
            title=doc.get("title") or "",
            heading=piece.heading,
            text=doc["text"][piece.start : piece.end],
            language=str(self._languages[hit.row]),
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
