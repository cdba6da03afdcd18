"""Find again what is already known: the customer's own record, and what the conversation showed.

Values are compared on the stream of letters and digits, so case, accents, grouping, spacing and
invisible characters do not matter; word borders are checked in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guardrails.detectors import dates, phones
from guardrails.spans import Span
from guardrails.text import fold, plain_stream, script, stream, view, word_set

PARTICLES = word_set(
    "de da do dos das del della di du la le van von der den ter ten zu el al bin ibn und and y e "
    "mr mrs ms dr herr frau"
)
WORDS = word_set(
    "will may mark rose grace hope joy faith summer autumn april june august dawn ivy iris olive "
    "ruby amber crystal pearl bill rich frank grant chase drew art pat sue bob rob jack max guy "
    "long young king price cook baker green brown white black gray grey wood stone hill field "
    "lake rivers day night winter love good best case page bush snow rice cash bond early small "
    "short little strong sharp wise noble power bell banks park parks reader shop order card sales "
    "klein gross lang kurz schwarz weiss koch bauer sommer herbst sonntag montag freitag ernst "
    "bello bella rosa santos cruz paz luz sol mar dias costa flores campos reyes leal claro "
    "blanc petit grand roi page marin ami fort mai juin sol reis lima porto rossi bianchi"
)
"""Names that are words, too: alone and in lower case they are left alone."""

_HONORIFIC = r"(?:\s?(?:先生|女士|小姐|太太|老师|さん|様|さま|氏|くん|ちゃん|님|씨))"
_STREET = re.compile(r"(?:strasse|str)(?=\d|\Z)")
_SHORT = 4
_GAP = re.compile(r"[\W_]{0,4}\Z")
_NAME_GAP = re.compile(r"(?:[\s,'’_-]{0,4}|\.[\s_-]?\.?)\Z")
_TIGHT_GAP = re.compile(r"[ \-/_]{0,2}\Z")


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a value may be written."""

    stream: str
    kind: str
    entity: int
    breaks: frozenset[int]
    """Where the original has a gap: before the stream's n-th character."""
    rule: str
    """`value` stands anywhere between borders, `name` needs whole words, `word` a capital, too;
    `surname` is one character that begins a clause or has an honorific after it; `phone` may
    have a country code before it."""


def _breaks(value: str) -> frozenset[int]:
    text = view(value).text
    places = stream(text).places
    return frozenset(n for n in range(1, len(places)) if between(text, places, n))


def between(text: str, places: tuple[int, ...], number: int) -> str:
    """What separates a stream's character from the one before it in the text."""
    gap = text[places[number - 1] + 1 : places[number]]
    if gap.isascii():
        return gap
    # A vowel sign or an accent is part of the letter before it.
    return "".join(char for char in gap if not unicodedata.category(char).startswith("M"))


def _form(value: str, kind: str, entity: int, rule: str) -> Iterator[Form]:
    flat = plain_stream(value)
    if len(flat) > 1 or rule == "surname":
        yield Form(flat, kind, entity, _breaks(value), rule)
    if any(char in value for char in "äöüÄÖÜ"):
        spelled = re.sub(r"([äöüÄÖÜ])", lambda umlaut: f"{fold(umlaut[0])}e", value)
        yield Form(plain_stream(spelled), kind, entity, _breaks(spelled), rule)
    if kind == "PERSON" and re.search(r"[aou]e", flat):
        plain = re.sub(r"([aou])e", r"\1", value)
        yield Form(plain_stream(plain), kind, entity, _breaks(plain), rule)
    if kind == "ADDRESS" and _STREET.search(flat):
        other = _STREET.sub(lambda found: "str" if found[0] == "strasse" else "strasse", flat)
        yield Form(other, kind, entity, frozenset(range(1, len(other))), rule)


def forms(kind: str, value: str, entity: int) -> list[Form]:
    """All spellings of a whole value that count as that value."""
    if kind == "PERSON":
        return [form for name in _orders(value) for form in _form(name, kind, entity, _rule(name))]
    whole = list(_form(value, kind, entity, "value"))
    if kind == "PHONE":
        national = phones.read(value).national
        if len(national) >= 7:
            whole.append(Form(national, kind, entity, frozenset(), "phone"))
    return whole


def parts(kind: str, value: str) -> list[tuple[str, str]]:
    """Pieces of a value that give it away by themselves: (kind, piece)."""
    if kind == "PERSON":
        return [("PERSON", token) for token in name_parts(value)]
    if kind == "ADDRESS":
        return [*_address_parts(value)]
    return []


def name_parts(value: str) -> list[str]:
    """First and last names; a Chinese name is cut after its first character."""
    viewed = view(value).text
    tokens = [token.strip(".,;:()\"'") for token in re.split(r"[\s,]+", viewed)]
    tokens = [token for token in tokens if token and token.lower() not in PARTICLES]
    if len(tokens) == 1:
        name = tokens[0]
        han = all(script(char) == "c" for char in name) and 2 <= len(name) <= 4
        return [name[1:], name[0]] if han and len(name) > 2 else []
    longer = [token for token in tokens if len(plain_stream(token)) > 1]
    dense = [token for token in tokens if len(token) == 1 and script(token) == "c"]
    hyphened = [half for token in longer if "-" in token for half in token.split("-") if half[2:]]
    return [*longer, *dense, *hyphened]


def _orders(value: str) -> list[str]:
    tokens = re.split(r"[\s,]+", value.strip())
    orders = [value]
    if len(tokens) > 1:
        orders.append(" ".join([tokens[-1], *tokens[:-1]]))
        orders.append(" ".join([*tokens[1:], tokens[0]]))
    if len(tokens) > 2:
        orders.append(f"{tokens[0]} {tokens[-1]}")
    return list(dict.fromkeys(orders))


def _rule(name: str) -> str:
    flat = plain_stream(name)
    if len(flat) == 1:
        return "surname"
    if flat in WORDS or (len(flat) == 2 and script(flat[0]) == "l"):
        return "word"
    return "name"


def _address_parts(value: str) -> Iterator[tuple[str, str]]:
    pieces = [piece.strip() for piece in re.split(r"[,;\n，、]", value)]
    for place, piece in enumerate(pieces):
        digits = re.findall(r"\d{4,}", view(piece).text)
        yield from (("ZIP", run) for run in digits)
        if len(pieces) > 1 and any(char.isdigit() for char in piece) and len(piece) > 3:
            yield "ADDRESS", piece
        if place == 0:
            street = re.sub(r"\s*\b\d+\s*[A-Za-z]?\b.*|^\d+\s+", "", piece).strip()
            if street != piece and len(plain_stream(street)) >= 6:
                yield "ADDRESS", street


def find(text: str, known: Iterable[Form]) -> list[tuple[Span, int]]:
    """Where the known forms occur in a view's text, with the entity each stands for."""
    flat = stream(text)
    found: list[tuple[Span, int]] = []
    for form in known:
        at = flat.text.find(form.stream)
        while at >= 0:
            places = flat.places[at : at + len(form.stream)]
            if _fits(text, form, places):
                found.append((Span(places[0], places[-1] + 1, form.kind), form.entity))
            at = flat.text.find(form.stream, at + 1)
    return found


def _fits(text: str, form: Form, places: tuple[int, ...]) -> bool:
    first, last = places[0], places[-1]
    if not border(text, last + 1, last):
        return False
    # Before a national number may stand any country code.
    if form.rule != "phone" and not border(text, first - 1, first):
        return False
    if form.rule == "surname":
        opens = not text[:first].strip() or not text[first - 1].isalnum()
        return opens or re.match(_HONORIFIC, text[last + 1 :]) is not None
    if form.rule == "word" and not text[first].isupper():
        return False
    return _gaps_fit(text, form, places)


def border(text: str, outside: int, inside: int) -> bool:
    """Whether a word can begin or end here: other scripts and digits do not go on with it."""
    if not 0 <= outside < len(text):
        return True
    near, edge = script(text[outside]), script(text[inside])
    return not near or near != edge or edge == "c"


def _gaps_fit(text: str, form: Form, places: tuple[int, ...]) -> bool:
    """Whether what lies between the characters is mere grouping."""
    inner = []
    for number in range(1, len(places)):
        gap = between(text, places, number)
        if number in form.breaks:
            if not (_NAME_GAP if form.kind == "PERSON" else _GAP).match(gap):
                return False
        elif gap:
            inner.append(gap)
    if not inner:
        return True
    # One by one ("a.n.a", "5 9 6 3"): nobody writes an ordinary word like that.
    if len(inner) + len(form.breaks) == len(places) - 1 and len(set(inner)) == 1:
        return len(inner[0]) <= 2
    if len(form.stream) <= _SHORT:
        return False
    if form.rule in ("name", "word") and form.stream.isalpha():
        # One break in a long name, as at the end of a line.
        return len(form.stream) >= 8 and all(map(_TIGHT_GAP.match, inner))
    pattern = _GAP if len(form.stream) >= 7 else _TIGHT_GAP
    return all(map(pattern.match, inner))


def dates_of(text: str, births: dict[int, frozenset[dates.Date]]) -> list[tuple[Span, int]]:
    """Where a known date of birth is written, in whatever way."""
    if not births:
        return []
    return [
        (span, entity)
        for span, possible in dates.find(text)
        for entity, meaning in births.items()
        if possible & meaning
    ]
