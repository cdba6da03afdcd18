"""An answer without a model: the best sentences of the best passage, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from knowledge import embedding, lexical
from knowledge.lexical import Weights
from knowledge.retrieval import Found, Passage
from knowledge.scoring import Terms
from knowledge.sentences import spans
from knowledge.tokens import tokens

PASSAGES = 3
_COVERAGE = 16.0
_PASSAGE = 1.0
_MARKUP = re.compile(r"^(?:[-*+•]|\d{1,3}[.)]|>|#{1,6})[ \t]+|\*\*|__|`|(?<!\w)[*_]|[*_](?!\w)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LISTED = re.compile(r"^(?:[-*+•]|\d{1,3}[.)])[ \t]+\S")
_ITEM = 400
"""Characters of a list item up to which it is quoted whole."""
_RULE = re.compile(r"^[\s|:=+*_-]*$")


@dataclass(frozen=True, slots=True)
class Quote:
    """Sentences of one passage in the document's order, and `text`, the same as one string."""

    sentences: tuple[str, ...]
    passage: Passage
    text: str


def quote(query: str, found: Found, *, sentences: int = 2) -> Quote | None:
    """Quote the sentences that fit the question best, or None if nothing was found.

    A sentence's score is z(cosine) + 16 * coverage + its passage's score. Markdown's marks
    are left out; the words are the document's own.
    """
    passages = found.passages[:PASSAGES]
    texts: list[str] = []
    owners: list[int] = []
    for number, passage in enumerate(passages):
        own = units(passage.text)
        texts += own
        owners += [number] * len(own)
    if not texts:
        return None
    scores = rate(query, texts, [passages[owner].language for owner in owners])
    by_passage = np.asarray([passages[owner].score for owner in owners], dtype=np.float32)
    scores = scores + np.float32(_PASSAGE) * by_passage
    best = owners[int(scores.argmax())]
    own_rows = [row for row, owner in enumerate(owners) if owner == best]
    chosen = sorted(sorted(own_rows, key=lambda row: -float(scores[row]))[:sentences])
    quoted = tuple(texts[row] for row in chosen)
    return Quote(quoted, passages[best], joined(quoted, passages[best].language))


def rate(query: str, texts: Sequence[str], languages: Sequence[str]) -> Weights:
    """How well each sentence fits the question: z(cosine) + 16 * coverage."""
    # the setting's first engine: a sentence's vector is made while the customer waits
    setting = embedding.names()[0]
    vectors = embedding.embed_cached(setting, texts)
    cosines = vectors @ embedding.embed_cached(setting, [query], query=True)[0]
    deviation = float(cosines.std())
    z = (cosines - cosines.mean()) / deviation if deviation > 1e-6 else np.zeros_like(cosines)
    vocabulary: dict[str, int] = {}
    encoded = [
        lexical.encode(vocabulary, tokens(text, language))
        for text, language in zip(texts, languages, strict=True)
    ]
    words = lexical.build(vocabulary, encoded)
    coverage = np.zeros_like(cosines)
    for language in set(languages):
        covered = words.coverage(Terms(query).of(language))
        where = np.asarray([each == language for each in languages])
        coverage[where] = covered[where]
    scores: Weights = (z + _COVERAGE * coverage).astype(np.float32)
    return scores


def joined(sentences: Sequence[str], language: str) -> str:
    """Sentences as one text; Chinese, Japanese and Thai put no space between them."""
    return ("" if language in ("zh", "ja", "th") else " ").join(sentences)


def units(text: str) -> list[str]:
    """The units that are quoted: sentences of prose, list items and table rows as a whole."""
    found: list[str] = []
    for block in _blocks(text):
        if block[0].startswith("|"):
            found += _rows(block)
            continue
        whole = "\n".join(block)
        if _LISTED.match(whole) and len(whole) <= _ITEM:
            found.append(_plain(whole))
        else:
            found += [_plain(whole[start:end]) for start, end in spans(whole)]
    return [unit for unit in found if not _RULE.match(unit) and any(map(str.isalnum, unit))]


def _blocks(text: str) -> Iterator[list[str]]:
    """Runs of lines: a table, one item of a list with its continuation, or prose."""
    block: list[str] = []
    for line in text.splitlines():
        plain = line.strip()
        table = plain.startswith("|")
        starts = bool(_LISTED.match(plain)) or (block and table != block[0].startswith("|"))
        if block and (not plain or starts):
            yield block
            block = []
        if plain:
            block.append(plain)
    if block:
        yield block


def _rows(lines: Sequence[str]) -> list[str]:
    """Rows of a table, each cell after its column's name: "Country: Spain, Price: 7.90 €"."""
    rows = [[_plain(cell) for cell in line.strip("|").split("|")] for line in lines]
    if len(rows) < 3 or not _RULE.match(lines[1]):  # a table that was cut has lost its head
        return [", ".join(cell for cell in row if cell) for row in rows]
    names = rows[0]
    return [
        ", ".join(
            f"{name}: {cell}" if name else cell
            for name, cell in zip_longest(names, row, fillvalue="")
            if cell
        )
        for row in rows[2:]
    ]


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", text)).split())
