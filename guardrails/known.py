"""What one conversation knows: values of the record and what its texts have shown, as entities."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guardrails import placeholders
from guardrails.detectors import dates, phones, record
from guardrails.detectors.similar import Similar, is_ordinary
from guardrails.detectors.structured import plain_email
from guardrails.findings import Found
from guardrails.payload import Leaf
from guardrails.spans import KINDS
from guardrails.text import plain_stream, view

_WORD = re.compile(r"[^\W\d_]+")
_REMEMBERED = frozenset({"PERSON", "EMAIL", "ADDRESS", "USER_ID", "IBAN", "NATIONAL_ID", "PHONE"})
"""Kinds whose values are looked for again once a text has shown them."""


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A value of the customer's record and what it is (one of `guardrails.spans.KINDS`)."""

    kind: str
    value: str


@dataclass(slots=True)
class Entity:
    """One person, address or number, whatever its spelling."""

    kind: str
    value: str
    placeholder: str | None = None


class Known:
    """Entities, and every form by which they are found again."""

    def __init__(self, values: Iterable[KnownValue]) -> None:
        self.entities: list[Entity] = []
        self._by_key: dict[tuple[str, str], int] = {}
        self._forms: list[record.Form] = []
        self._births: dict[int, frozenset[dates.Date]] = {}
        self._similar = Similar()
        self._recorded: int | None = None
        """How many entities the record has; the others are what texts have shown."""
        self._know(list(values))
        self._recorded = len(self.entities)

    @property
    def size(self) -> int:
        """How many forms are looked for; grows when something new is remembered."""
        return len(self._forms) + len(self._births)

    def find(self, text: str) -> list[Found]:
        """Where known values stand in a view's text, in whatever spelling."""
        found = record.find(text, self._forms) + record.dates_of(text, self._births)
        exact = [Found(*span, entity) for span, entity in found]
        return [*exact, *(Found(*span, entity) for span, entity in self._similar.find(text, exact))]

    def kinds_in(self, leaf: Leaf) -> set[str]:
        """Kinds of known values in one string of a payload."""
        text = view(placeholders.blanked(leaf.text)).text
        if leaf.said:
            return {found.kind for found in self.find(text)}
        # A protocol word may be somebody's name ("max", "auto"), never somebody's number.
        return {
            span.kind
            for span, _ in record.find(text, self._forms)
            if span.kind != "PERSON" and len(plain_stream(text[span.start : span.end])) >= 8
        }

    def remember(self, text: str, found: Sequence[Found]) -> None:
        """Make entities of what was found in a view's text, so that it is found again."""
        for one in found:
            surface = text[one.start : one.end]
            if one.entity is None and one.kind in _REMEMBERED and _is_telling(one.kind, surface):
                self.entity_of(one.kind, surface)

    def entity_of(self, kind: str, surface: str) -> int:
        """The entity a newly found value belongs to; made when it is new."""
        if kind == "LITERAL":
            return self._new((kind, surface), kind, surface)
        key = _key(kind, surface)
        known = self._by_key.get(key)
        if known is None and kind in ("PHONE", "NUMBER"):
            known = self._same_phone(surface)
        if known is not None:
            return known
        if kind in _REMEMBERED and _is_telling(kind, surface):
            return self.add(kind, surface)
        return self._new(key, kind, surface)

    def _new(self, key: tuple[str, str], kind: str, surface: str) -> int:
        if key not in self._by_key:
            self._by_key[key] = len(self.entities)
            self.entities.append(Entity(kind, surface))
        return self._by_key[key]

    def _know(self, known: list[KnownValue]) -> None:
        people = [k.value for k in known if k.kind == "PERSON"]
        whole = {value for value in people if record.name_parts(value)}
        owners: Counter[str] = Counter(
            plain_stream(part) for value in whole for part in set(record.name_parts(value))
        )
        shared = {part for part, count in owners.items() if count > 1}
        for item in sorted(known, key=lambda k: -len(k.value)):
            kind = item.kind if item.kind in KINDS else "OTHER"
            flat = plain_stream(item.value)
            if not flat or (kind == "OTHER" and len(flat) < (3 if flat.isdigit() else 4)):
                continue
            if kind == "PERSON" and item.value not in whole and owners[flat] == 1:
                continue  # a first or last name of somebody who is already there
            self.add(kind, item.value, shared)

    def add(self, kind: str, value: str, shared: Iterable[str] = ()) -> int:
        """Make an entity, and everything by which it is found again."""
        key = _key(kind, value)
        if key in self._by_key:
            return self._by_key[key]
        entity = self._shorter(value) if kind == "PERSON" else None
        if entity is None:
            entity = len(self.entities)
            self.entities.append(Entity(kind, value))
        else:
            self.entities[entity].value = value
        self._by_key[key] = entity
        self._forms += record.forms(kind, value, entity)
        self._similar.add(kind, value, entity)
        if kind == "DOB":
            self._births[entity] = dates.meanings(value)
        for part_kind, part in record.parts(kind, value):
            if kind == "PERSON" and plain_stream(part) not in shared:
                # First and last name stand for the same person, hence the same placeholder.
                self._forms += record.forms(part_kind, part, entity)
                self._by_key.setdefault(_key(part_kind, part), entity)
            elif part != value:
                self.add(part_kind, part)
        return entity

    def _shorter(self, name: str) -> int | None:
        """The person of whom only one part of this name was known until now."""
        if self._recorded is None:
            return None
        parts = {_key("PERSON", part) for part in record.name_parts(name)}
        known = {self._by_key[part] for part in parts if part in self._by_key}
        if len(known) != 1:
            return None
        (entity,) = known
        one = self.entities[entity]
        whole = one.kind == "PERSON" and _key("PERSON", one.value) in parts
        return entity if whole and entity >= self._recorded else None

    def _same_phone(self, surface: str) -> int | None:
        number = phones.read(surface)
        for place, entity in enumerate(self.entities):
            if entity.kind == "PHONE" and phones.read(entity.value).same(number):
                return place
        return None


def _is_telling(kind: str, surface: str) -> bool:
    """Whether a guess may be looked for elsewhere: a word of the language must not be."""
    return kind != "PERSON" or not all(map(is_ordinary, _WORD.findall(surface)))


def _key(kind: str, value: str) -> tuple[str, str]:
    flat = plain_stream(plain_email(view(value).text) if kind == "EMAIL" else value)
    return ("", flat) if flat else (kind, value)
