"""Replace personal data by placeholders before a model sees it, and put it back afterwards."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar

from guardrails import placeholders
from guardrails.apply import put_in
from guardrails.detectors import schema
from guardrails.errors import MaskingFailed
from guardrails.finding import finder
from guardrails.findings import Found, joined, united
from guardrails.known import Known, KnownValue
from guardrails.payload import leaves
from guardrails.policy import DEFAULT, Policy
from guardrails.spans import Recognizer, Span
from guardrails.text import View, view

__all__ = ["KnownValue", "Mask", "Recognizer", "Span"]

T = TypeVar("T")

UNKNOWN = "…"
"""What a customer sees where the model invented a placeholder."""


class Phrasebook(Protocol):
    """Many phrases looked for at once, such as the names of all contacts of a unit."""

    def find(self, text: str) -> Iterable[Span]: ...


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
        others: Phrasebook | None = None,
    ) -> None:
        """`known` is the contact's own record, `others` what is known of other contacts."""
        self._language = language
        self._finder = finder(policy)
        self._others = others
        self._lock = threading.RLock()
        self._known = Known(known)
        self._by_placeholder: dict[str, int] = {}
        self._numbered: Counter[str] = Counter()
        self._unknown = 0
        self._hidden: dict[tuple[str, bool, int], str] = {}
        """By text, whether names are guessed at, and how much was known at the time."""

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

    def settled(self, hide: Callable[[], T]) -> T:
        """Hide several texts until none of them reveals anything new: what the last one shows is
        hidden in the first, too. Raises `MaskingFailed`.
        """
        with self._lock:
            for _ in range(5):
                before = self._known.size
                hidden = hide()
                if self._known.size == before:
                    return hidden
            raise MaskingFailed("what is personal could not be settled, so nothing was sent")

    def hide(self, text: str) -> str:
        """Replace personal data in running text. Raises `MaskingFailed`."""
        return self._hide(text, names=True)

    def hide_again(self, text: str) -> str:
        """Like `hide`, for text in which placeholders of ours may already stand: they stay."""
        return _between_placeholders(text, self.hide)

    def hide_own(self, text: str) -> str:
        """Like `hide_again`, for words of our own: nobody's name is guessed at in them."""
        return _between_placeholders(text, partial(self._hide, names=False))

    def hide_structured(self, value: Any, field: str = "") -> Any:
        """Replace known values, structured ids and personal fields in JSON, keys included.

        Names are not guessed at here: in tool results they come from the record, from the name
        of their field (`guardrails.detectors.schema`; `field` holds this value), or not at all.
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
                return self._hide_mapping(value, field)
            case list() | tuple():
                return [self.hide_structured(item, field) for item in value]
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

    def _hide_mapping(self, value: Mapping[Any, Any], field: str) -> dict[str, Any]:
        self._learn_fields(value, field)
        hidden: dict[str, Any] = {}
        for key, item in value.items():
            name = free = self._hide(str(key), names=False)
            number = 1
            while free in hidden:  # two spellings of one value are two keys all the same
                number += 1
                free = f"{name} ({number})"
            kind = schema.kind_of(str(key), field)
            if kind and schema.is_value(kind, item):
                hidden[free] = self._whole(kind, str(item))
            else:
                hidden[free] = self.hide_structured(item, str(key))
        return hidden

    def _learn_fields(self, fields: Mapping[Any, Any], owner: str) -> None:
        with self._lock:
            for kind, value in schema.values(fields, owner):
                self._known.entity_of(kind, value)

    def _whole(self, kind: str, value: str) -> str:
        with self._lock:
            return self._placeholder(value, Found(0, len(value), kind, None))

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
            kinds = {kind for leaf in leaves(body) for kind in self._known.kinds_in(leaf)}
            return tuple(sorted(kinds))

    def _hide(self, text: str, *, names: bool) -> str:
        with self._lock:
            known = self._hidden.get((text, names, self._known.size))
            if known is None:
                found = self._locate(text, names=names)
                known = self._once_more(self._replaced(text, found)) if found else text
                self._hidden[text, names, self._known.size] = known
            return known

    def _once_more(self, hidden: str) -> str:
        """Hide what only shows once its neighbours are gone (a name glued to a number)."""
        for _ in range(5):
            viewed = view(placeholders.blanked(hidden))
            known = joined(self._known.find(viewed.text))
            if not known:
                return hidden
            hidden = self._replaced(hidden, [_original(viewed, one) for one in known])
        raise MaskingFailed("a known value could not be hidden, so nothing was sent")

    def _replaced(self, text: str, found: list[Found]) -> str:
        if not found:
            return text
        # Numbers are given from left to right before the engine, which replaces from the right.
        names = [self._placeholder(text[one.start : one.end], one) for one in found]
        return put_in(text, [(one.start, one.end) for one in found], names)

    def _placeholder(self, surface: str, found: Found) -> str:
        known = self._known
        number = known.entity_of(found.kind, surface) if found.entity is None else found.entity
        entity = known.entities[number]
        if entity.placeholder is None:
            self._numbered[entity.kind] += 1
            entity.placeholder = placeholders.write(entity.kind, self._numbered[entity.kind])
            self._by_placeholder[entity.placeholder] = number
        return entity.placeholder

    def _value(self, placeholder: str) -> str | None:
        number = self._by_placeholder.get(placeholder)
        return None if number is None else self._known.entities[number].value

    def _invented(self) -> str:
        self._unknown += 1
        return UNKNOWN

    def _locate(self, text: str, *, names: bool) -> list[Found]:
        """Find, remember, and look again: what the end of a text reveals hides its beginning."""
        viewed = view(text)
        guesses = self._finder.find(viewed.text, self._language, running=names)
        guessed = [Found(*guess[:3], None) for guess in guesses]
        if names and self._others is not None:
            guessed += [Found(*span, None) for span in self._others.find(viewed.text)]
        found = united(viewed.text, guessed, self._known.find(viewed.text))
        before = self._known.size
        self._known.remember(viewed.text, found)
        if self._known.size > before:
            found = united(viewed.text, guessed, self._known.find(viewed.text))
        located = [_original(viewed, one) for one in found]
        literals = [Found(*span, "LITERAL", None) for span in placeholders.looks_like_one(text)]
        return joined([*located, *literals]) if literals else located


def _between_placeholders(text: str, change: Callable[[str], str]) -> str:
    pieces, end = [], 0
    for found in placeholders.EXACT.finditer(text):
        pieces += [change(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*pieces, change(text[end:])])


def _original(viewed: View, found: Found) -> Found:
    start, end = viewed.origin(found.start, found.end)
    return found._replace(start=start, end=end)


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
