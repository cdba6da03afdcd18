"""What a second person should see of a proposal before it is let out, beside its texts.

Only changed documents are looked at, each of their passages against the nearest of all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.changes import Rewritten, rewritten, told
from knowledge.conflicts import Contradiction, contradictions
from knowledge.contradictions import Statement, similar_words
from knowledge.editions import CUSTOMERS
from knowledge.facts import Fact, Reader, differing
from knowledge.looking import Look, Page, Part, lines_of, look_at
from knowledge.models import Version
from knowledge.staleness import Stale, stale
from knowledge.subjects import Subjects
from knowledge.trials import Trial
from runtime.database import now, open_session
from runtime.scope import Scope

TWIN = 0.93
"""Cosine of two passages that are looked at as copies of each other."""
_SAME_WORDS = 0.85
_LEAST = 4
"""Words below which two passages are too short to be called copies."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A sentence whose figures changed, or that denies what it said before or the reverse.

    `now` is empty where nothing took its place.
    """

    document: str
    heading: str
    was: str
    now: str
    before: tuple[Fact, ...]
    after: tuple[Fact, ...]
    denial: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """What customers were told and would not be any more, and no other page tells: a "document",
    a "passage" of one that stays, or a document that is "hidden" from them by audience or date."""

    document: str
    heading: str
    what: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A new passage that another document has as well."""

    document: str
    heading: str
    other: str
    other_heading: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that more readers may see than before."""

    document: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Suspicious:
    """A new version that seems to give orders to the assistant."""

    document: str
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found in a proposal."""

    figures: tuple[Figures, ...]
    gone: tuple[Gone, ...]
    contradictions: tuple[Contradiction, ...]
    duplicates: tuple[Duplicate, ...]
    stale: tuple[Stale, ...]
    opened: tuple[Opened, ...]
    suspicious: tuple[Suspicious, ...]


def examine(trial: Trial, reader: Reader, between: Callable[[], None]) -> Findings:
    """Look through the changed documents of a proposal. Opens its own sessions.

    `between` is called now and then. Raises `Unavailable` while vectors are missing.
    """
    look = look_at(trial, reader)
    between()
    moved = _rewritten(look)
    with open_session(Scope.of(trial.unit_id), read_only=True) as session:
        subjects = Subjects(session, trial.after, look.after)
    found = tuple(contradictions(look, subjects, between))
    with open_session(Scope.of(trial.unit_id), read_only=True) as session:
        return Findings(
            figures=tuple(_figures(look, moved)),
            gone=tuple(_gone(look, moved)),
            contradictions=found,
            duplicates=tuple(_duplicates(look)),
            stale=tuple(stale(session, look.before, look.after)),
            opened=tuple(_opened(look)),
            suspicious=tuple(_suspicious(session, trial, look)),
        )


def _rewritten(look: Look) -> dict[int, list[Rewritten]]:
    """By document, the sentences that are not said any more; all of them where a document goes."""
    found = {}
    for each in look.touched:
        if each in look.before:
            after = look.after.get(each)
            lines = lines_of(look.new.values(), after.version_id) if after else []
            found[each] = rewritten(
                lines_of(look.old.values(), look.before[each].version_id), lines
            )
    return found


def _figures(look: Look, moved: Mapping[int, Sequence[Rewritten]]) -> Iterator[Figures]:
    for document, changes in moved.items():
        after = look.after.get(document)
        if after is None:
            continue  # a document that goes is a finding of its own
        there = [line.said for line in lines_of(look.new.values(), after.version_id)]
        for change in changes:
            was, then = change.was.said, change.now
            if not (change.before or change.after or change.denial) or told(was, there):
                continue
            if then is None and told(was, _elsewhere(look, document)):
                continue
            yield Figures(
                document=look.before[document].name,
                heading=change.was.heading,
                was=was.text,
                now=then.said.text if then else "",
                before=change.before,
                after=change.after,
                denial=change.denial,
            )


def _elsewhere(look: Look, document: int) -> list[Statement]:
    """What the passages around those of a document say that customers may read."""
    version = look.before[document].version_id
    chunks = {
        hit
        for chunk_id, part in look.old.items()
        if part.version_id == version
        for hit, _ in look.near_old.get(chunk_id, ())
    }
    visible = {page.version_id for page in look.after.values() if _readable(page)}
    return [
        said
        for chunk_id in chunks
        if (part := look.around.get(chunk_id)) and part.version_id in visible
        for said in part.said
    ]


def _gone(look: Look, moved: Mapping[int, Sequence[Rewritten]]) -> Iterator[Gone]:
    for document, changes in moved.items():
        before, after = look.before[document], look.after.get(document)
        if not _readable(before):
            continue
        there = _elsewhere(look, document)
        if after is not None and not _readable(after):
            yield Gone(before.name, "", "hidden")
            continue
        lost = {
            (change.was.heading, change.was.said.text)
            for change in changes
            if change.now is None and not told(change.was.said, there)
        }
        passages = [part for part in look.old.values() if part.version_id == before.version_id]
        empty = [
            part
            for part in passages
            if 2 * sum((line.heading, line.said.text) in lost for line in part.lines)
            > len(part.lines)
        ]
        if after is None and empty:
            yield Gone(before.name, "", "document")
        elif after is not None:
            yield from (Gone(before.name, part.heading, "passage") for part in empty)


def _readable(page: Page) -> bool:
    """Whether customers may be told a page today."""
    today = now().date()
    begun = page.valid_from is None or page.valid_from <= today
    over = page.valid_until is not None and page.valid_until < today
    return page.audience in CUSTOMERS and begun and not over


def _duplicates(look: Look) -> Iterator[Duplicate]:
    seen: set[frozenset[str]] = set()
    languages = {page.version_id: page.language for page in look.after.values()}
    for chunk_id, hits in look.near_new.items():
        part = look.new[chunk_id]
        name = look.names[part.version_id]
        for hit, cosine in hits:
            other = look.around[hit]
            theirs = look.names[other.version_id]
            alike = languages[part.version_id] == languages[other.version_id] and cosine >= TWIN
            if not alike or theirs == name or frozenset({name, theirs}) in seen:
                continue
            if _copies(part, other):
                seen.add(frozenset({name, theirs}))
                yield Duplicate(name, part.heading, theirs, other.heading)


def _copies(part: Part, other: Part) -> bool:
    ours, theirs = ([word for said in each.said for word in said.words] for each in (part, other))
    mine, others = ([fact for said in each.said for fact in said.facts] for each in (part, other))
    same = [said.text for said in part.said] == [said.text for said in other.said]
    long = same or min(len(ours), len(theirs)) >= _LEAST
    return long and similar_words(ours, theirs) >= _SAME_WORDS and not differing(mine, others)


def _opened(look: Look) -> Iterator[Opened]:
    order = ("team", "customers", "public")
    for each in look.touched:
        before, after = look.before.get(each), look.after.get(each)
        if before and after and order.index(after.audience) > order.index(before.audience):
            yield Opened(after.name, str(before.audience), str(after.audience))


def _suspicious(session: Session, trial: Trial, look: Look) -> Iterator[Suspicious]:
    rows = session.execute(
        select(Version.id, Version.signs).where(Version.id.in_(trial.fresh)).order_by(Version.id)
    )
    for version_id, signs in rows:
        if signs:
            yield Suspicious(look.names[version_id], tuple(signs))
