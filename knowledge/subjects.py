"""Whether two pages are about different things: series of pages on products, places, tariffs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge import index
from knowledge.contradictions import subject
from knowledge.editions import Edition, part_of
from knowledge.looking import Page
from knowledge.models import Chunk, Version

OWN = 0.8
"""Share of the passages with a word that belong to pages titled so: then the word is theirs."""
SERIES = 2
"""Pages with a word in their titles that make it a name: of a product, a place, a tariff."""


class Subjects:
    """The words that belong to the pages of an edition, one language at a time."""

    def __init__(self, session: Session, edition: Edition, after: Mapping[int, Page]) -> None:
        self._index = index.of(edition, exact=True)
        self._pages = {page.version_id: page for page in after.values()}
        rows = session.execute(
            select(Chunk.id, Chunk.version_id)
            .join(Version, Version.id == Chunk.version_id)
            .where(part_of(edition))
        )
        version_of = dict(rows.all())
        self._versions = np.asarray([version_of.get(int(each), 0) for each in self._index.ids])
        self._own: dict[int, frozenset[str]] = {}

    def apart(self, ours: int, theirs: int) -> bool:
        """Whether each of two versions has a word in its title that is its own and that the other
        never mentions."""
        if ours not in self._pages or theirs not in self._pages:
            return False
        if self._pages[ours].language != self._pages[theirs].language:
            return False
        return bool(self._foreign(ours, theirs)) and bool(self._foreign(theirs, ours))

    def _foreign(self, ours: int, theirs: int) -> frozenset[str]:
        return frozenset(
            word for word in self._own_words(ours) if theirs not in self._versions[self._rows(word)]
        )

    def _own_words(self, version: int) -> frozenset[str]:
        if version not in self._own:
            language = self._pages[version].language
            self._own[version] = frozenset(
                word for word in self._titles[version] if self._belongs(word, language)
            )
        return self._own[version]

    def _belongs(self, word: str, language: str) -> bool:
        rows = self._rows(word)
        rows = rows[self._index.languages[rows] == language]
        titled = [version for version, words in self._titles.items() if word in words]
        if len(titled) < SERIES or not len(rows):
            return False
        return float(np.isin(self._versions[rows], titled).mean()) >= OWN

    @cached_property
    def _titles(self) -> dict[int, frozenset[str]]:
        return {
            version: frozenset(subject(page.title, page.language))
            for version, page in self._pages.items()
        }

    def _rows(self, word: str) -> NDArray[np.int32]:
        words = self._index.words
        number = self._index.vocabulary.get(word, -1)
        if not 0 <= number < len(words.idf):
            return np.zeros(0, dtype=np.int32)
        found = words.rows[words.offsets[number] : words.offsets[number + 1]]
        return np.asarray(found, dtype=np.int32)
