"""What the recognisers find in a text: looked for once per text and process, whoever asks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from typing import NamedTuple

from guardrails import patterns
from guardrails.detectors.addresses import Addresses
from guardrails.detectors.checksums import ChecksummedIds
from guardrails.detectors.gazetteer import ListedNames
from guardrails.detectors.labels import Handles, LabelledValues
from guardrails.detectors.listed import Listed
from guardrails.detectors.names import ContextNames, trimmed
from guardrails.detectors.schema import PersonalFields
from guardrails.detectors.structured import DigitRuns, Emails, NetworkAddresses, Phones
from guardrails.detectors.tagger import Tagger
from guardrails.errors import MaskingFailed
from guardrails.policy import Policy
from guardrails.spans import KINDS, Recognizer, Span
from guardrails.text import stream
from runtime import plugins, settings

KEPT = 16_384
"""Texts whose findings are remembered: some 300 bytes each, places and kinds but no text."""

BY_FORM: tuple[type[Recognizer], ...] = (
    Emails, ChecksummedIds, Phones, DigitRuns, NetworkAddresses,
)  # fmt: skip
"""Values that can be nothing else; these also decide at the last door."""
IN_FIELDS: tuple[type[Recognizer], ...] = (PersonalFields, Handles)
"""What else gives a value away in JSON: the name of its field, the form of a user name."""
BY_CONTEXT: tuple[type[Recognizer], ...] = (
    LabelledValues, Addresses, ContextNames, ListedNames, Tagger,
)  # fmt: skip
"""Values that only their surroundings or a model give away: for running text."""
_GUESSED = frozenset({"PERSON", "ADDRESS"})


class Guess(NamedTuple):
    """A span, and the name of the rule that found it."""

    start: int
    end: int
    kind: str
    rule: str


@cache
def recognizers() -> tuple[tuple[tuple[str, Recognizer], ...], tuple[tuple[str, Recognizer], ...]]:
    """By name: those for running text, and those also for JSON. Plugins come on top.

    Raises `Misconfigured` when a setting asks for one that is not installed.
    """
    extra = [
        (name, kind) for name, kind in plugins.load("frontdesk.recognizers").items()
        if kind not in (*BY_FORM, *IN_FIELDS, *BY_CONTEXT)
    ]  # fmt: skip
    by_form = tuple((kind.__name__, kind()) for kind in (*BY_FORM, *IN_FIELDS))
    running: list[tuple[str, Recognizer]] = [
        *by_form,
        *((kind.__name__, kind()) for kind in BY_CONTEXT),
        *((name, kind()) for name, kind in extra),
    ]
    if settings.current().presidio:
        from guardrails.detectors.presidio import SecondOpinion

        running.append((SecondOpinion.__name__, SecondOpinion()))
    return tuple(running), by_form


class Finder:
    """Finds what a policy and the recognisers say is personal. Safe to use from several threads."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        told = f"{policy.name_threshold}|{policy.hide}|{policy.never_guess}|{policy.patterns}"
        self._stamp = blake2b(told.encode("utf-8", "replace"), digest_size=16).digest()
        self._hidden = Listed((_kind(term.kind), term.value) for term in policy.hide)
        self._spared = Listed(("OTHER", phrase) for phrase in policy.never_guess)

    def find(self, text: str, language: str, *, running: bool) -> tuple[Guess, ...]:
        """What is personal in a view's text (`guardrails.text.view`).

        `running` text is also searched for names and addresses, JSON is not. Raises
        `MaskingFailed` when any rule fails: then nothing may be sent.
        """
        told = f"{language}|{running}|{text}".encode("utf-8", "replace")
        key = blake2b(told, digest_size=16, key=self._stamp).digest()
        known = _remembered.get(key)
        if known is None:
            try:
                known = tuple(self._found(text, language, running))
            except Exception:  # noqa: BLE001 - raised again, see below
                # A recogniser is anybody's code. Whatever went wrong in it: nothing may be sent,
                # and its error must not travel on, for it may quote the text.
                raise MaskingFailed("a recogniser failed, so nothing was sent") from None
            _remembered.put(key, known)
        return known

    def _found(self, text: str, language: str, running: bool) -> Iterator[Guess]:
        for span in self._hidden.find(text):
            yield Guess(*span, "hide")
        for pattern in self._policy.patterns:
            for start, end in patterns.places(pattern.regex, text):
                yield Guess(start, end, _kind(pattern.kind), f"pattern:{pattern.name}")
        spared = self._spared.find(text)
        for name, recognizer in recognizers()[0 if running else 1]:
            if recognizer.languages and language not in recognizer.languages:
                continue
            for span in self._asked(recognizer, text, language):
                for left in _outside(text, span, spared):
                    yield Guess(*left, name)

    def _asked(self, recognizer: Recognizer, text: str, language: str) -> Iterable[Span]:
        if isinstance(recognizer, Tagger):
            guesses = recognizer.find_above(text, self._policy.name_threshold)
            return [cut for span in guesses if (cut := trimmed(text, span))]
        return recognizer.find(text, language)


def _kind(kind: str) -> str:
    return kind if kind in KINDS else "OTHER"


def _outside(text: str, span: Span, spared: Sequence[Span]) -> Iterator[Span]:
    """What is left of a guess beside words that are not to be guessed at."""
    if span.kind not in _GUESSED or not spared:
        yield span
        return
    start = span.start
    for other in (*sorted(spared), Span(span.end, span.end, "")):
        if other.start >= start or other.end > start:
            piece = span._replace(start=start, end=min(span.end, max(start, other.start)))
            if stream(text[piece.start : piece.end]).text:
                yield piece
            start = max(start, other.end)
        if start >= span.end:
            return


class _Memory:
    """The newest findings by digest of text and policy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[Guess, ...]] = OrderedDict()

    def get(self, key: bytes) -> tuple[Guess, ...] | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: bytes, found: tuple[Guess, ...]) -> None:
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_remembered = _Memory()


@lru_cache(maxsize=64)
def finder(policy: Policy) -> Finder:
    """The finder of a policy, made once."""
    return Finder(policy)


def forget() -> None:
    """Drop every remembered finding: recognisers have changed."""
    recognizers.cache_clear()
    finder.cache_clear()
    _remembered.clear()


def certain(text: str) -> set[str]:
    """Kinds of values in a view's text that can be nothing else, whoever they belong to."""
    return {span.kind for kind in BY_FORM for span in _made(kind).find(text, "")}


@cache
def _made(kind: type[Recognizer]) -> Recognizer:
    return kind()
