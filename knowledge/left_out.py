"""Rows for a calibration: questions whose article is in the documents, and whose is not."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence

from knowledge.evaluation import Corpus, Row, find
from knowledge.fitting import Sample

SMALL = 3
"""Articles of a small collection."""


def samples(
    within: Corpus, setting: str, rows: Sequence[Row], article_of: Mapping[str, str], seed: int
) -> Iterator[Sample]:
    """Ask every question four times: with and without its article, among many and among few.

    `article_of` names the article of a document; a question of an article left out has no answer
    in what remains. Which articles are left out is drawn with `seed`.
    """
    articles = sorted(set(article_of.values()))
    drawn = random.Random(seed)  # noqa: S311 # a draw to be repeated, no secret
    drawn.shuffle(articles)
    half = set(articles[: len(articles) // 2])
    for kept in (half, set(articles) - half):
        yield from _asked(within, setting, rows, article_of, kept)
    for at in range(0, len(articles), SMALL):
        few = set(articles[at : at + SMALL])
        here = [row for row in rows if article_of[min(row.docs)] in few]
        # the next few articles' questions have no answer among these
        other = {articles[(at + SMALL + n) % len(articles)] for n in range(SMALL)} - few
        there = [row for row in rows if article_of[min(row.docs)] in other]
        yield from _asked(within, setting, [*here, *there], article_of, few)


def _asked(
    within: Corpus,
    setting: str,
    asked: Sequence[Row],
    article_of: Mapping[str, str],
    kept: Collection[str],
) -> Iterator[Sample]:
    remaining = within.without({doc for doc, name in article_of.items() if name not in kept})
    for row in asked:
        article = article_of[min(row.docs)]
        outcome = find(remaining, setting, row)
        if outcome.hits:
            yield Sample(outcome.hits[0], article in kept, article, row.id)
