"""Hold every sentence of a reply against the passages, the record and the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from guardrails import figures, grounding
from guardrails.dates import level
from guardrails.figures import Figure, Have
from guardrails.grounding import Source, Window
from guardrails.marks import cited_by
from guardrails.numerals import guess
from guardrails.promises import courteous
from guardrails.text import fold, plain_stream, view

MARGIN = 0.17
"""How much worse than the best window of all a window may fit that holds the figures: a number
that stands beside other words belongs to another fact."""

LONG = 6
"""Characters from which on a number or code of the question is an order's, say, and may be
repeated although no source has it."""

LONGEST_QUOTED = 10_000


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


class _Passage:
    """A passage and what names it: its own, those of its title."""

    def __init__(self, chunk_id: int, text: str, source: Source, title: str) -> None:
        names, flat = grounding.everything([title])
        self.chunk_id = chunk_id
        self.text = text
        self.windows = source.windows
        self.dominant = source.dominant
        self.names = source.names | names
        self.flat = f"{source.flat}\n{flat}"
        self.title_words = frozenset(grounding.words(title))


@dataclass(frozen=True, slots=True)
class _Known:
    """What a sentence may say although no passage does, and how passages can be compared."""

    language: str
    record: Mapping[str, str]
    record_have: Have
    record_words: frozenset[str]
    record_names: frozenset[str]
    record_flat: str
    asked: Have
    asked_flat: str
    comparable: bool


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well one window fits a sentence."""

    share: float
    chunk_id: int
    window: Window
    holds: bool
    names: bool


def check(
    text: str,
    passages: Sequence[tuple[int, str]],
    *,
    record: Mapping[str, str],
    question: str,
    titles: Mapping[int, str] = MappingProxyType({}),
    marks: Sequence[tuple[int, int]] = (),
) -> tuple[Statement, ...]:
    """A verdict for every sentence of a reply.

    One passage must carry all of a sentence: its figures in one window, its names anywhere in it
    or in its title. From the question come only order numbers and the like: whoever asks "you owe
    me 500 EUR, right?" or "the Skog tent is waterproof?" must not be agreed with.
    """
    spoken = _language(text, passages)
    sources = [
        _Passage(chunk_id, passage, grounding.source(passage, spoken), titles.get(chunk_id, ""))
        for chunk_id, passage in passages
    ]
    known = _known(text, sources, record, question, spoken)
    spans = grounding.split(text)
    cited = cited_by(spans, marks, [chunk_id for chunk_id, _ in passages])
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
    sources: Sequence[_Passage],
    record: Mapping[str, str],
    question: str,
    spoken: str,
) -> _Known:
    values = " \n".join(record.values())
    names, flat = grounding.everything([values])
    scripts = {one.dominant for one in sources} - {""}
    said = grounding.dominant(text)
    return _Known(
        spoken,
        record,
        figures.collect(figures.read(view(values).text, spoken)),
        frozenset(
            word
            for name, value in record.items()
            for word in grounding.words(f"{name.replace('.', ' ').replace('_', ' ')} {value}")
        ),
        names,
        flat,
        figures.collect(
            [one for one in figures.read(view(question).text) if len(one.value) >= LONG]
        ),
        plain_stream(question),
        not sources or not said or said in scripts,
    )


def _checked(
    sentence: str,
    said: tuple[int, int],
    sources: Sequence[_Passage],
    known: _Known,
    cited: tuple[int, ...],
) -> Statement:
    listed = re.match(r"(?:\d{1,2}[.)]|[-*•])\s+", sentence)
    stated = sentence[listed.end() :] if listed else sentence
    stated = grounding.respelled(stated, frozenset().union(*(one.names for one in sources)))
    codes = grounding.codes(stated)
    wanted = _unknown_figures(stated, codes, known)
    meant = [word for word in grounding.words(stated) if word not in known.record_words]
    named = {one.chunk_id: _names_all(stated, codes, one, known) for one in sources}
    fits = [
        _Fit(
            grounding.share(meant, window.words | one.title_words),
            one.chunk_id,
            window,
            all(figures.held(figure, window.have) for figure in wanted),
            named[one.chunk_id],
        )
        for one in sources
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
        (fit for fit in fits if fit.holds and fit.names),
        key=lambda fit: (round(fit.share, 1), fit.chunk_id in cited, fit.share),
        default=None,
    )
    if fits and holding is None:
        return verdict("entity" if any(fit.holds for fit in fits) else "number", best)
    # Numbers stand together in the window that speaks of this, or facts are mixed up.
    if wanted and known.comparable and _elsewhere(best, holding):
        return verdict("number", best)
    if holding is None:
        carried = not wanted and (bool(fields) or not meant)
        return verdict(
            "" if carried else "number" if wanted else "coverage", None, supported=carried
        )
    if not wanted and not meant:
        return verdict("", None, supported=True)
    if not known.comparable:
        return verdict("", holding, supported=True)
    if holding.share < grounding.COVERAGE:
        polite = not wanted and courteous(_unaddressed(stated, known.record))
        return verdict(
            "courtesy" if polite else "coverage", None if polite else holding, supported=polite
        )
    if wanted and _said_of_another(stated, wanted, holding, known):
        return verdict("number", holding)
    if wanted and known.comparable and _rather_said(meant, wanted, sources, known):
        return verdict("number", holding)
    said_there = grounding.repeated(stated, holding.window.text)
    if said_there and not any(_states_all(wanted, whole, known) for _, whole in said_there):
        return verdict("number", holding)
    denied = [grounding.denies_of(part, stated) for part, _ in said_there]
    if denied and grounding.denies(stated) not in denied:
        return verdict("negation", holding)
    return verdict("", holding, supported=True)


def _elsewhere(best: _Fit | None, holding: _Fit | None) -> bool:
    """Whether the figures stand in a window that speaks of something else than the statement."""
    if best is None or holding is None:
        return False
    return best.share >= grounding.COVERAGE and holding.share < best.share - MARGIN


def _said_of_another(stated: str, wanted: Sequence[Figure], holding: _Fit, known: _Known) -> bool:
    """Whether the window says these figures of something else than the statement names."""
    named = grounding.entities(stated, nouns_large=known.language == "de")

    def states(sentence: str) -> bool:
        have = figures.collect(figures.read(sentence, known.language), holding.window.have.units)
        return all(figures.held(one, have) for one in wanted)

    return bool(named) and grounding.belongs_elsewhere(named, holding.window.text, states)


def _rather_said(
    meant: Sequence[str], wanted: Sequence[Figure], sources: Sequence[_Passage], known: _Known
) -> bool:
    """Whether the sentence that speaks of what is stated has another figure of the same measure:
    "two railways use 1,435 mm", where one sentence has the railways and 760 mm, and another has
    1,435 mm and no railways."""
    measured = [one for one in wanted if one.unit and one.kind == "number"]
    if len(meant) < 3 or not measured:
        return False
    stating = other = 0.0
    for text in (one.text for one in sources):
        for told, found in grounding.told_in(text, known.language):
            fits = grounding.share(meant, told)
            have = figures.collect(found)
            if all(figures.held(one, have) for one in measured):
                stating = max(stating, fits)
            elif any(one.unit == there.unit for one in measured for there in found):
                other = max(other, fits)
    return 0 < stating < other - MARGIN and other >= grounding.COVERAGE


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


def _names_all(stated: str, codes: Sequence[str], one: _Passage, known: _Known) -> bool:
    """Whether every name and code of a statement stands in a passage, its title or the record."""
    flat = f"{one.flat}\n{known.record_flat}"
    for code in map(plain_stream, codes):
        if code not in flat and (len(code) < LONG or code not in known.asked_flat):
            return False
    for code in codes:
        stated = stated.replace(code, " ")
    if not known.comparable:
        return all(
            (len(word) > 3 and fold(word) in flat) or _is_name(word, one, known)
            for word in grounding.latin(stated)
        )
    nouns_large = known.language == "de"
    found = grounding.entities(stated, nouns_large=nouns_large)
    if not nouns_large and (first := grounding.opening(stated)):
        found.append(first)
    # A German compound ("Fjellzelt") is part of a longer word.
    return all(
        _is_name(word, one, known) or (nouns_large and len(word) > 3 and fold(word) in flat)
        for word in found
    )


def _is_name(word: str, one: _Passage, known: _Known) -> bool:
    names = one.names | known.record_names
    if grounding.spellings(word, whole=True) & names:
        return True
    # "AgeYou" are two words that a missing space has made one.
    parts = [part for part in re.split(r"['’-]|(?<=[a-z])(?=[A-Z])", word) if len(part) > 1]
    if len(parts) > 1:
        return all(grounding.spellings(part) & names for part in parts)
    return grounding.misspelt(word, names) or grounding.abbreviates(word, one.text)


def _unaddressed(stated: str, record: Mapping[str, str]) -> str:
    """A sentence without the customer's names: thanks stay thanks when somebody is addressed."""
    names = {
        part
        for name, value in record.items()
        if name.rpartition(".")[2] == "name"
        for part in (*value.split("\n"), *value.split())
    }
    for part in sorted(names, key=len, reverse=True):
        stated = re.sub(rf"[\s,]*(?<!\w){re.escape(part)}(?!\w)", "", stated, flags=re.IGNORECASE)
    return stated


def _fields(stated: str, record: Mapping[str, str]) -> tuple[str, ...]:
    """Fields of the record whose value the statement repeats."""
    flat = plain_stream(stated)
    return tuple(
        name
        for name, value in record.items()
        if len(key := plain_stream(value)) >= 3 and key in flat
    )
