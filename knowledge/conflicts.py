"""New sentences of a proposal against what the pages around them say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from knowledge import contradictions as rule
from knowledge import embedding
from knowledge.changes import Line
from knowledge.contradictions import Difference, Statement
from knowledge.facts import class_of
from knowledge.looking import Look, Part, lines_of
from knowledge.subjects import Subjects

PARALLEL = 3
"""So many pages that each say something else are a series: each has a subject of its own."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A new sentence, and one that is served beside it and says something else of the same."""

    document: str
    heading: str
    says: str
    other: str
    other_heading: str
    other_says: str
    differs: tuple[tuple[str, str], ...]
    denial: bool
    alike: float


Candidate = tuple[str, Line, Difference]
"""A page's name, its sentence, and what it says differently."""


def contradictions(
    look: Look, subjects: Subjects, between: Callable[[], None]
) -> Iterator[Contradiction]:
    """What contradicts each sentence that is new: one sentence of every other page at most."""
    kept = {
        (look.names[part.version_id], line.said.text)
        for part in look.old.values()
        for line in part.lines
    }
    seen: set[frozenset[tuple[str, str]]] = set()
    for chunk_id, hits in look.near_new.items():
        part = look.new[chunk_id]
        name = look.names[part.version_id]
        own = lines_of(look.new.values(), part.version_id)
        other_pages = [
            look.around[hit]
            for hit, _ in hits
            if look.around[hit].version_id != part.version_id
            and not subjects.apart(part.version_id, look.around[hit].version_id)
        ]
        for line in part.lines:
            if (name, line.said.text) in kept:
                continue
            for other, theirs, found in _against(look, line, own, other_pages):
                pair = frozenset({(name, line.said.text), (other, theirs.said.text)})
                if pair not in seen:
                    seen.add(pair)
                    yield _contradiction(name, line, other, theirs, found)
        between()


def _against(
    look: Look, line: Line, own: Iterable[Line], other_pages: Iterable[Part]
) -> list[Candidate]:
    by_page: dict[str, list[Line]] = {}
    for part in other_pages:
        by_page.setdefault(look.names[part.version_id], []).extend(part.lines)
    found: list[Candidate] = []
    for other, lines in by_page.items():
        candidate = _most_alike(line, lines)
        if candidate is not None and _fits_best(line, *candidate, lines, own):
            found.append((other, *candidate))
    values = {tuple(theirs for _, theirs in differs.figures) for _, _, differs in found}
    return found if len(values) < PARALLEL else []


def _most_alike(line: Line, lines: Iterable[Line]) -> tuple[Line, Difference] | None:
    best: tuple[Line, Difference] | None = None
    for theirs in lines:
        if rule.may_differ(line.said, theirs.said):
            found = rule.compared(line.said, theirs.said, _alike(line, theirs))
            if found is not None and (best is None or found.alike > best[1].alike):
                best = theirs, found
    return best


def _fits_best(
    line: Line, theirs: Line, found: Difference, lines: Iterable[Line], own: Iterable[Line]
) -> bool:
    """Whether no other sentence of either page fits the one of the other page better: two price
    lists are to be compared line by line."""
    if found.denial:
        said = [each for each in lines if each.said.denies == line.said.denies]
        return not any(_alike(line, other) >= found.alike for other in said)
    return not any(
        _alike(line, other) > found.alike
        for other in lines
        if other.said.text != theirs.said.text and _of_a_kind(line.said, other.said)
    ) and not any(
        _alike(other, theirs) > found.alike
        for other in own
        if other.said.text != line.said.text and _of_a_kind(other.said, theirs.said)
    )


def _of_a_kind(ours: Statement, theirs: Statement) -> bool:
    """Whether two sentences state figures of one kind, the same or other ones."""
    return not set(map(class_of, ours.facts)).isdisjoint(map(class_of, theirs.facts))


def _alike(ours: Line, theirs: Line) -> float:
    texts = [
        text
        for line in (ours, theirs)
        for text in (line.said.text, f"{line.heading}\n{line.said.text}")
    ]
    made = embedding.embed_cached(embedding.names()[0], texts)
    return round(rule.cosine(made[:2], made[2:]), 2)


def _contradiction(
    name: str, line: Line, other: str, theirs: Line, found: Difference
) -> Contradiction:
    return Contradiction(
        document=name,
        heading=line.heading,
        says=line.said.text,
        other=other,
        other_heading=theirs.heading,
        other_says=theirs.said.text,
        differs=found.figures,
        denial=found.denial,
        alike=found.alike,
    )
