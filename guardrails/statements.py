"""Hold every sentence of a reply against the passages, the record and the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from guardrails import figures, grounding
from guardrails.dates import level
from guardrails.figures import Figure, Have
from guardrails.grounding import Source, Window
from guardrails.numerals import guess
from guardrails.promises import courteous
from guardrails.text import fold, plain_stream, view

MARGIN = 0.17
"""How much worse than the best window of all a window may fit that holds the figures: a number
that stands beside other words belongs to another fact."""

LONGEST_QUOTED = 10_000

_MARK = re.compile(r"\s*\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a reply and what it rests on.

    `said` is its place in the reply. `chunk_id` and `place` (characters of that passage) are the
    passage that carries it, `fields` the fields of the record whose values it repeats, `cited`
    the passages the model named. `reason` of an unsupported one: number, entity, coverage,
    negation; of a supported one "" or "courtesy".
    """

    text: str
    supported: bool
    chunk_id: int | None
    reason: str
    said: tuple[int, int] = (0, 0)
    place: tuple[int, int] | None = None
    fields: tuple[str, ...] = ()
    cited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """Citations "[1]" of a reply: (character before which one stood, number from 1)."""

    text: str
    places: tuple[tuple[int, int], ...]


def without_marks(reply: str) -> Marks:
    """Take the citations out of a reply and remember where they stood."""
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    length = end = 0
    for match in _MARK.finditer(reply):
        parts.append(reply[end : match.start()])
        length += match.start() - end
        places += [(length, int(number)) for number in re.findall(r"\d+", match[1])]
        end = match.end()
    return Marks("".join(parts) + reply[end:], tuple(places))


@dataclass(frozen=True, slots=True)
class _Known:
    """What a sentence may say although no passage does, and how passages can be compared."""

    language: str
    record: Mapping[str, str]
    record_have: Have
    record_words: frozenset[str]
    asked: Have
    names: frozenset[str]
    flat: str
    comparable: bool
    nouns_large: bool


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well one window fits a sentence."""

    share: float
    chunk_id: int
    window: Window
    holds: bool


def check(
    text: str,
    passages: Sequence[tuple[int, str]],
    *,
    record: Mapping[str, str],
    question: str,
    context: str = "",
    marks: Sequence[tuple[int, int]] = (),
) -> tuple[Statement, ...]:
    """A verdict for every sentence of a reply.

    From the question come names and plain numbers, never a sum and never a statement: whoever
    asks "you owe me 500 EUR, right?" must not be agreed with. `context` (titles) gives words and
    names, no figures.
    """
    spoken = _language(text, passages)
    sources = [(chunk_id, grounding.source(passage, spoken)) for chunk_id, passage in passages]
    known = _known(text, passages, sources, record, question, context, spoken)
    spans = grounding.split(text)
    cited = _cited(spans, marks, [chunk_id for chunk_id, _ in passages])
    return tuple(
        _checked(text[start:end], (start, end), sources, known, named)
        for (start, end), named in zip(spans, cited, strict=True)
    )


def located(text: str, passages: Sequence[tuple[int, str]]) -> tuple[Statement, ...]:
    """Where the sentences of a quotation stand. They are reviewed text: none is unsupported."""
    if not passages or len(text) > LONGEST_QUOTED:
        return ()
    found = check(text, passages, record={}, question="")
    return tuple(replace(one, supported=True, reason="") for one in found)


def stored(statements: Sequence[Statement]) -> list[dict[str, Any]]:
    """Statements as they are kept with the message: places and codes, no text."""
    return [
        {
            "said": list(one.said),
            "supported": one.supported,
            "reason": one.reason,
            "chunk_id": one.chunk_id,
            "place": list(one.place) if one.place else None,
            "fields": list(one.fields),
            "cited": list(one.cited),
        }
        for one in statements
    ]


def _language(text: str, passages: Sequence[tuple[int, str]]) -> str:
    told = " ".join([text, *(passage for _, passage in passages)])
    return guess(re.findall(r"[^\W\d_]+", level(told[:3_000]))) or "en"


def _known(
    text: str,
    passages: Sequence[tuple[int, str]],
    sources: Sequence[tuple[int, Source]],
    record: Mapping[str, str],
    question: str,
    context: str,
    spoken: str,
) -> _Known:
    values = " \n".join(record.values())
    names, flat = grounding.everything([values, question, context])
    scripts = {one.dominant for _, one in sources} - {""}
    said = grounding.dominant(text)
    return _Known(
        spoken,
        record,
        figures.collect(figures.read(view(values).text, spoken)),
        frozenset(
            word
            for name, value in record.items()
            for word in grounding.words(f"{name.replace('.', ' ').replace('_', ' ')} {value}")
        ).union(grounding.words(context)),
        figures.collect(figures.read(view(question).text, spoken)),
        names.union(*(one.names for _, one in sources)),
        "\n".join([flat, *(one.flat for _, one in sources)]),
        not passages or not said or said in scripts,
        grounding.writes_nouns_large([one for _, one in sources]),
    )


def _cited(
    spans: Sequence[tuple[int, int]], marks: Sequence[tuple[int, int]], chunks: Sequence[int]
) -> list[tuple[int, ...]]:
    """Which passages each sentence cites: a mark belongs to the sentence it stands in or after."""
    found: list[list[int]] = [[] for _ in spans]
    for place, number in marks:
        before = [at for at, (start, _) in enumerate(spans) if start < place]
        if before and 1 <= number <= len(chunks):
            found[before[-1]].append(chunks[number - 1])
    return [tuple(dict.fromkeys(one)) for one in found]


def _checked(
    sentence: str,
    said: tuple[int, int],
    sources: Sequence[tuple[int, Source]],
    known: _Known,
    cited: tuple[int, ...],
) -> Statement:
    listed = re.match(r"(?:\d{1,2}[.)]|[-*•])\s+", sentence)
    stated = sentence[listed.end() :] if listed else sentence
    codes = grounding.codes(stated)
    wanted = _unknown_figures(stated, codes, known)
    meant = [word for word in grounding.words(stated) if word not in known.record_words]
    fits = [
        _Fit(
            grounding.share(meant, window.words),
            chunk_id,
            window,
            all(figures.held(one, window.have) for one in wanted),
        )
        for chunk_id, one in sources
        for window in one.windows
    ]
    fields = _fields(stated, known.record)

    def verdict(reason: str, fit: _Fit | None, *, supported: bool = False) -> Statement:
        return Statement(
            sentence,
            supported,
            fit.chunk_id if fit else None,
            reason,
            said,
            (fit.window.start, fit.window.end) if fit else None,
            fields,
            cited,
        )

    # The model's own citation counts between windows that fit alike.
    best = max(fits, key=lambda fit: (fit.share, fit.chunk_id in cited), default=None)
    holding = max(
        (fit for fit in fits if fit.holds),
        key=lambda fit: (round(fit.share, 1), fit.chunk_id in cited, fit.share),
        default=None,
    )
    if wanted and holding is None:
        return verdict("number", best)
    # Numbers stand together in the window that speaks of this, or facts are mixed up.
    if wanted and known.comparable and _elsewhere(best, holding):
        return verdict("number", best)
    if _foreign_name(stated, codes, known):
        return verdict("entity", holding)
    if holding is None or (not wanted and not meant):
        carried = bool(fields) or not meant
        return verdict("" if carried else "coverage", None, supported=carried)
    if not known.comparable:
        return verdict("", holding, supported=True)
    if holding.share < grounding.COVERAGE:
        polite = not wanted and courteous(stated)
        return verdict(
            "courtesy" if polite else "coverage", None if polite else holding, supported=polite
        )
    said_there = grounding.repeated(stated, holding.window.text)
    if said_there and not any(_states_all(wanted, whole, known) for _, whole in said_there):
        return verdict("number", holding)
    denied = [grounding.denies(part) for part, _ in said_there]
    if denied and grounding.denies(stated) not in denied:
        return verdict("negation", holding)
    return verdict("", holding, supported=True)


def _elsewhere(best: _Fit | None, holding: _Fit | None) -> bool:
    """Whether the figures stand in a window that speaks of something else than the statement."""
    if best is None or holding is None:
        return False
    return best.share >= grounding.COVERAGE and holding.share < best.share - MARGIN


def _states_all(wanted: Sequence[Figure], part: str, known: _Known) -> bool:
    """Whether a sentence that is repeated has every figure, and as often as it is said now."""
    there = figures.read(part, known.language)
    have = figures.collect(there)
    often = Counter((one.kind, one.value) for one in there)
    ours = Counter((one.kind, one.value) for one in wanted)
    return all(figures.held(one, have) for one in wanted) and all(
        count <= max(1, often[key]) for key, count in ours.items()
    )


def _unknown_figures(stated: str, codes: Sequence[str], known: _Known) -> list[Figure]:
    """Figures that neither the record nor (sums apart) the question has."""
    spans = [match.span() for code in codes for match in re.finditer(re.escape(code), stated)]
    return [
        one
        for one in grounding.all_figures(stated, known.language)
        if not figures.held(one, known.record_have)
        and (one.is_sum or not figures.held(one, known.asked))
        and not any(start <= one.start and one.end <= end for start, end in spans)
    ]


def _foreign_name(stated: str, codes: Sequence[str], known: _Known) -> bool:
    """Whether a name or code stands in no source, record, title or question."""
    if any(plain_stream(code) not in known.flat for code in codes):
        return True
    if not known.comparable:
        return any(not _has(word, known) for word in grounding.latin(stated))
    found = grounding.entities(stated, nouns_large=known.nouns_large)
    return any(not _has(word, known) for word in found)


def _has(word: str, known: _Known) -> bool:
    if grounding.spellings(word) & known.names:
        return True
    # Compounds ("Fjellzelt") and words glued to particles are parts of longer words.
    folded = fold(word)
    return (known.nouns_large or not known.comparable) and len(folded) > 3 and folded in known.flat


def _fields(stated: str, record: Mapping[str, str]) -> tuple[str, ...]:
    """Fields of the record whose value the statement repeats."""
    flat = plain_stream(stated)
    return tuple(
        name
        for name, value in record.items()
        if len(key := plain_stream(value)) >= 3 and key in flat
    )
