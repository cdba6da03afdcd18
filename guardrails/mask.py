"""Replace personal data by placeholders before a model sees it, and put it back afterwards."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from guardrails import placeholders
from guardrails.apply import put_in
from guardrails.detectors import dates, phones, record
from guardrails.detectors.checksums import ChecksummedIds
from guardrails.detectors.names import ContextNames
from guardrails.detectors.structured import DigitRuns, Emails, NetworkAddresses, Phones, plain_email
from guardrails.errors import MaskingFailed
from guardrails.findings import Found, joined, united
from guardrails.payload import Leaf, leaves
from guardrails.policy import DEFAULT, Policy
from guardrails.spans import KINDS, Recognizer, Span
from guardrails.text import View, plain_stream, view
from runtime import plugins

__all__ = ["KnownValue", "Mask", "Recognizer", "Span"]

UNKNOWN = "…"
"""What a customer sees where the model invented a placeholder."""

_NUMERIC = frozenset({"PHONE", "NUMBER", "CARD", "ORDER_ID", "NATIONAL_ID", "ZIP"})
_REMEMBERED = frozenset({"PERSON", "EMAIL", "ADDRESS", "USER_ID", "IBAN", "NATIONAL_ID", "PHONE"})


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A value of the customer's record and what it is (one of `guardrails.spans.KINDS`)."""

    kind: str
    value: str


@dataclass(slots=True)
class _Entity:
    kind: str
    value: str
    placeholder: str | None = None


@cache
def recognizers() -> tuple[tuple[Recognizer, ...], tuple[Recognizer, ...]]:
    """Those for running text, and those also for JSON (all but names). Plugins come on top."""
    always: tuple[type, ...] = (Emails, ChecksummedIds, Phones, DigitRuns, NetworkAddresses)
    extra = [
        kind for kind in plugins.load("frontdesk.recognizers").values()
        if kind not in (*always, ContextNames)
    ]  # fmt: skip
    structured = tuple(kind() for kind in always)
    return (*structured, ContextNames(), *(kind() for kind in extra)), structured


class Mask:
    """One conversation's placeholders: the same value always gets the same one.

    They are numbered in the order in which values are first hidden, so the same history gives
    the same numbers turn after turn. Safe to use from several threads.
    """

    def __init__(
        self,
        known: Iterable[KnownValue] = (),
        language: str = "en",
        policy: Policy = DEFAULT,
    ) -> None:
        self._language = language
        self._policy = policy
        self._lock = threading.RLock()
        self._entities: list[_Entity] = []
        self._by_key: dict[tuple[str, str], int] = {}
        self._by_placeholder: dict[str, int] = {}
        self._forms: list[record.Form] = []
        self._births: dict[int, frozenset[dates.Date]] = {}
        self._numbered: Counter[str] = Counter()
        self._unknown = 0
        self._cache: dict[tuple[str, bool], str] = {}
        self._guesses: dict[tuple[str, bool], list[Found]] = {}
        self._know(list(known))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many different values of each kind were hidden."""
        return dict(self._numbered)

    @property
    def unknown(self) -> int:
        """How many placeholders the model invented."""
        return self._unknown

    def find(self, text: str) -> list[Span]:
        """Where personal data stands in a text. Raises `MaskingFailed`."""
        with self._lock:
            return [Span(*found[:3]) for found in self._locate(text, names=True)]

    def find_structured(self, text: str) -> list[Span]:
        """Like `find`, with what `hide_structured` looks for. Raises `MaskingFailed`."""
        with self._lock:
            return [Span(*found[:3]) for found in self._locate(text, names=False)]

    def learn(self, text: str) -> None:
        """Remember what a text shows, so that it is also found in texts before it.

        Raises `MaskingFailed`.
        """
        with self._lock:
            self._locate(text, names=True)

    def hide(self, text: str) -> str:
        """Replace personal data in running text. Raises `MaskingFailed`."""
        return self._hide(text, names=True)

    def hide_again(self, text: str) -> str:
        """Like `hide`, for text in which placeholders of ours may already stand: they stay."""
        pieces, end = [], 0
        for found in placeholders.EXACT.finditer(text):
            pieces += [self.hide(text[end : found.start()]), found[0]]
            end = found.end()
        return "".join([*pieces, self.hide(text[end:])])

    def hide_structured(self, value: Any) -> Any:
        """Replace known values and structured ids in every string, number and key of JSON.

        Names are not guessed at here: in tool results they come from the record or not at all.
        Raises `MaskingFailed`.
        """
        match value:
            case str():
                return self._hide(value, names=False)
            case bool() | None:
                return value
            case int() | float():
                written = str(value)
                hidden = self._hide(written, names=False)
                return value if hidden == written else hidden
            case Mapping():
                return self._hide_mapping(value)
            case list() | tuple():
                return [self.hide_structured(item) for item in value]
        raise MaskingFailed("only JSON values can be hidden")

    def hide_result(self, text: str) -> str:
        """Replace values in what a tool answered: JSON by its leaves, anything else as text.

        Raises `MaskingFailed`.
        """
        try:
            parsed = json.loads(text)
        except ValueError:
            return self._hide(text, names=False)
        if not isinstance(parsed, dict | list):
            return self._hide(text, names=False)
        with self._lock:
            hidden = json.dumps(self.hide_structured(parsed), ensure_ascii=False)
            return self._once_more(hidden)

    def _hide_mapping(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        hidden: dict[str, Any] = {}
        for key, item in value.items():
            name = free = str(self.hide_structured(key))
            number = 1
            while free in hidden:  # two spellings of one value are two keys all the same
                number += 1
                free = f"{name} ({number})"
            hidden[free] = self.hide_structured(item)
        return hidden

    def restore(self, text: str) -> str:
        """Put values back. A placeholder of nobody becomes an ellipsis and is counted."""
        with self._lock:
            restorer = self.restorer()
            return restorer.feed(text) + restorer.finish()

    def restorer(self) -> placeholders.Restorer:
        """Puts values back in a text that arrives in pieces."""
        return placeholders.Restorer(self._value, self._invented)

    def restore_nested(self, value: Any) -> Any:
        """Put values back in every string and key of nested JSON."""
        return walk(value, self.restore)

    def residue(self, body: str) -> tuple[str, ...]:
        """Kinds of known or hidden values that still stand in a serialised payload.

        Clear, JSON-escaped, percent-encoded or spelled differently. Names count in what is
        said (contents, arguments, descriptions), not in the protocol's own words.
        """
        with self._lock:
            kinds: set[str] = set()
            for leaf in leaves(body):
                kinds |= self._kinds_in(leaf)
            return tuple(sorted(kinds))

    def _kinds_in(self, leaf: Leaf) -> set[str]:
        text = view(placeholders.blanked(leaf.text)).text
        if leaf.said:
            return {found.kind for found in self._known_in(text)}
        # A protocol word may be somebody's name ("max", "auto"), never somebody's number.
        return {
            span.kind
            for span, _ in record.find(text, self._forms)
            if span.kind != "PERSON" and len(plain_stream(text[span.start : span.end])) >= 8
        }

    def _know(self, known: list[KnownValue]) -> None:
        people = [k.value for k in known if k.kind == "PERSON"]
        whole = {value for value in people if record.name_parts(value)}
        owners: Counter[str] = Counter(
            plain_stream(part) for value in whole for part in set(record.name_parts(value))
        )
        for item in sorted(known, key=lambda k: -len(k.value)):
            kind = item.kind if item.kind in KINDS else "OTHER"
            flat = plain_stream(item.value)
            if not flat or (kind == "OTHER" and len(flat) < (3 if flat.isdigit() else 4)):
                continue
            if kind == "PERSON" and item.value not in whole and owners[flat] == 1:
                continue  # a first or last name of somebody who is already there
            self._add(kind, item.value, shared={k for k, count in owners.items() if count > 1})

    def _add(self, kind: str, value: str, shared: Iterable[str] = ()) -> int:
        """Make an entity, and everything by which it is found again."""
        key = _key(kind, value)
        if key in self._by_key:
            return self._by_key[key]
        entity = len(self._entities)
        self._entities.append(_Entity(kind, value))
        self._by_key[key] = entity
        self._forms += record.forms(kind, value, entity)
        if kind == "DOB":
            self._births[entity] = dates.meanings(value)
        for part_kind, part in record.parts(kind, value):
            if kind == "PERSON" and plain_stream(part) not in shared:
                # First and last name stand for the same person, hence the same placeholder.
                self._forms += record.forms(part_kind, part, entity)
                self._by_key.setdefault(_key(part_kind, part), entity)
            elif part != value:
                self._add(part_kind, part)
        self._cache.clear()
        return entity

    def _hide(self, text: str, *, names: bool) -> str:
        with self._lock:
            known = self._cache.get((text, names))
            if known is None:
                found = self._locate(text, names=names)
                known = self._once_more(self._replaced(text, found))
                self._cache[text, names] = known
            return known

    def _once_more(self, hidden: str) -> str:
        """Hide what only shows once its neighbours are gone (a name glued to a number)."""
        for _ in range(5):
            viewed = view(placeholders.blanked(hidden))
            found = [self._original(viewed, one) for one in joined(self._known_in(viewed.text))]
            if not found:
                return hidden
            hidden = self._replaced(hidden, found)
        raise MaskingFailed("a known value could not be hidden, so nothing was sent")

    def _replaced(self, text: str, found: list[Found]) -> str:
        if not found:
            return text
        # Numbers are given from left to right before the engine, which replaces from the right.
        names = [self._placeholder(text[one.start : one.end], one) for one in found]
        return put_in(text, [(one.start, one.end) for one in found], names)

    def _placeholder(self, surface: str, found: Found) -> str:
        number = self._entity_of(found.kind, surface) if found.entity is None else found.entity
        entity = self._entities[number]
        if entity.placeholder is None:
            self._numbered[entity.kind] += 1
            entity.placeholder = placeholders.write(entity.kind, self._numbered[entity.kind])
            self._by_placeholder[entity.placeholder] = number
        return entity.placeholder

    def _value(self, placeholder: str) -> str | None:
        number = self._by_placeholder.get(placeholder)
        return None if number is None else self._entities[number].value

    def _invented(self) -> str:
        self._unknown += 1
        return UNKNOWN

    def _locate(self, text: str, *, names: bool) -> list[Found]:
        """Find, remember, and look again: what the end of a text reveals hides its beginning."""
        viewed = view(text)
        key = (viewed.text, names)
        recognised = self._guesses.get(key)
        if recognised is None:
            recognised = self._guesses[key] = self._recognised(*key)
        found = united(viewed.text, recognised, self._known_in(viewed.text))
        before = len(self._forms)
        for one in found:
            if one.entity is None and one.kind in _REMEMBERED:
                self._entity_of(one.kind, viewed.text[one.start : one.end])
        if len(self._forms) > before:
            found = united(viewed.text, recognised, self._known_in(viewed.text))
        located = [self._original(viewed, one) for one in found]
        literals = [Found(*span, "LITERAL", None) for span in placeholders.looks_like_one(text)]
        return joined([*located, *literals]) if literals else located

    @staticmethod
    def _original(viewed: View, found: Found) -> Found:
        start, end = viewed.origin(found.start, found.end)
        return found._replace(start=start, end=end)

    def _entity_of(self, kind: str, surface: str) -> int:
        """The entity a newly found value belongs to; made when it is new."""
        if kind == "LITERAL":
            key = ("LITERAL", surface)
            if key not in self._by_key:
                self._by_key[key] = len(self._entities)
                self._entities.append(_Entity(kind, surface))
            return self._by_key[key]
        known = self._by_key.get(_key(kind, surface))
        if known is None and kind in ("PHONE", "NUMBER"):
            known = self._same_phone(surface)
        if known is not None:
            return known
        if kind in _REMEMBERED:
            return self._add(kind, surface)
        self._entities.append(_Entity(kind, surface))
        self._by_key[_key(kind, surface)] = len(self._entities) - 1
        return len(self._entities) - 1

    def _same_phone(self, surface: str) -> int | None:
        number = phones.read(surface)
        for place, entity in enumerate(self._entities):
            if entity.kind == "PHONE" and phones.read(entity.value).same(number):
                return place
        return None

    def _known_in(self, text: str) -> list[Found]:
        known = record.find(text, self._forms) + record.dates_of(text, self._births)
        return [Found(*span, entity) for span, entity in known]

    def _recognised(self, text: str, names: bool) -> list[Found]:
        chosen = recognizers()[0 if names else 1]
        try:
            return [
                Found(*span, None)
                for recognizer in chosen
                if not recognizer.languages or self._language in recognizer.languages
                for span in recognizer.find(text, self._language)
            ]
        except Exception:  # noqa: BLE001 - raised again, see below
            # A recogniser is anybody's code. Whatever went wrong in it: nothing may be sent, and
            # its error must not travel on, for it may quote the text.
            raise MaskingFailed("a recogniser failed, so nothing was sent") from None


def _key(kind: str, value: str) -> tuple[str, str]:
    flat = plain_stream(plain_email(view(value).text) if kind == "EMAIL" else value)
    return ("", flat) if flat else (kind, value)


def walk(value: Any, change: Callable[[str], str]) -> Any:
    """Apply a change to every string and key of a nested value."""
    match value:
        case str():
            return change(value)
        case Mapping():
            return {walk(key, change): walk(item, change) for key, item in value.items()}
        case list() | tuple():
            return [walk(item, change) for item in value]
    return value
