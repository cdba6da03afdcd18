"""Whether a statement stands in its sources: numbers, names and words, in a window of two
sentences (rules and thresholds: knowledge.md, section 5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from guardrails.text import fold, script, view, word_set

COVERAGE = 0.5
"""Share of a statement's words that one window of the source must have."""

LARGE = 0.22
"""Share of capitals above which they are taken for spelling, not for names."""

_SENTENCE = re.compile(r"(?<=[.!?。！？])(?:\s+|(?<=[。！？])(?=\S))|\n+|(?<=[.!?])(?=\[)")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MONEY = (
    r"(?:[€$£¥₹₩₽₺%‰円元]|(?:eur|usd|gbp|brl|jpy|chf|cny|rmb|r\$|euros?|dollars?|pounds?|yen|reais"
    r"|yuan|percent|per cent|prozent|procent|pour cent|por ciento|por cento)(?![^\W_]))"
)
_SUM = re.compile(
    rf"{_MONEY}\s?(?P<after>\d+(?:[.,:]\d+)*)|(?P<before>\d+(?:[.,:]\d+)*)\s?{_MONEY}",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FILLER = word_set(
    "the a an and or but of to in on at for with by from is are was were be been it its this "
    "that these those you your we our us i my they their can will would could should may do "
    "does not no if as so than then there here have has had please also any all which what "
    "when how der die das den dem des ein eine einen einem einer und oder aber von zu im in "
    "an auf für mit bei aus ist sind war sie ihr ihre wir uns ich es nicht auch kann können "
    "bitte le la les un une des et ou de du à au aux en dans sur pour avec par est sont vous "
    "votre nous notre je il elle ce cette ne pas que qui el los las y o del al es son su sus "
    "se usted nosotros no por para con um uma os as e do da dos das em no na nos nas que é "
    "são você seu sua nós não por para com il lo gli i di che è sono voi vostro non per con "
    "het een van op te zijn u uw wij ons niet voor met"
)
_FILLER_FOLDED = frozenset(map(fold, _FILLER))


@dataclass(frozen=True, slots=True)
class Source:
    """A passage, cut into windows of two sentences."""

    chunk_id: int
    windows: tuple[str, ...]
    words: tuple[frozenset[str], ...]
    numbers: tuple[frozenset[str], ...]


def sentences(text: str) -> list[str]:
    """Statements of a text, in order; bullets and lines count as sentences."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]


def source(chunk_id: int, text: str) -> Source:
    plain = view(text).text
    parts = sentences(plain) or [plain]
    windows = tuple(" ".join(parts[place : place + 2]) for place in range(len(parts)))
    return Source(
        chunk_id,
        windows,
        tuple(frozenset(words(window)) for window in windows),
        tuple(frozenset(numbers(window)) for window in windows),
    )


def words(text: str) -> list[str]:
    """Words that carry meaning, folded and roughly stemmed; single characters for CJK."""
    found: list[str] = []
    for word in _WORD.findall(text):
        if any(script(char) == "c" for char in word):
            found += [char for char in word if script(char) == "c"]
            continue
        folded = fold(word)
        if folded not in _FILLER_FOLDED:
            found.append(folded[:6])
    return found


def numbers(text: str) -> list[str]:
    """Numbers in a form in which 1,000 and 1.000 and 1000 are the same.

    Dates, ranges and phone numbers are the numbers they consist of.
    """
    return [_canonical(found[0]) for found in _NUMBER.finditer(view(text).text)]


def sums(text: str) -> frozenset[str]:
    """Those of a text's numbers that are money or a share of it."""
    found = _SUM.finditer(view(text).text)
    return frozenset(_canonical(one["after"] or one["before"]) for one in found)


def _canonical(number: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number):
        return re.sub(r"\D", "", number)
    decimal = re.fullmatch(r"(\d[\d.,]*)[.,](\d{1,2})", number)
    if decimal:
        whole, cents = re.sub(r"\D", "", decimal[1]), decimal[2].rstrip("0")
        return f"{whole}.{cents}" if cents else whole
    return number.lstrip("0") or "0"


def best_window(statement: str, sources: Sequence[Source]) -> tuple[float, int | None, str]:
    """Share of the statement's words that the best window has, and where it is."""
    wanted = words(statement)
    best: tuple[float, int | None, str] = (0.0, None, "")
    for one in sources:
        for window, have in zip(one.windows, one.words, strict=True):
            share = sum(word in have for word in wanted) / len(wanted) if wanted else 1.0
            if share > best[0] or best[1] is None:
                best = (share, one.chunk_id, window)
    return best


def same_script(text: str, sources: Sequence[Source]) -> bool:
    """Whether words of the text can stand in the sources at all."""
    return _dominant(text) == _dominant(" ".join(w for s in sources for w in s.windows))


def _dominant(text: str) -> str:
    counts: dict[str, int] = {}
    for char in text:
        if char.isalpha():
            name = "c" if script(char) == "c" else "l" if ord(char) < 0x250 else hex(ord(char) >> 8)
            counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: counts[name]) if counts else ""


def writes_nouns_large(sources: Sequence[Source]) -> bool:
    """Whether these texts capitalise ordinary nouns, as German does: then capitals say nothing."""
    inside = [word for one in sources for window in one.windows for word in _inner(window)]
    return bool(inside) and sum(word[0].isupper() for word in inside) > LARGE * len(inside)


def _inner(sentence: str) -> list[str]:
    return _WORD.findall(sentence)[1:]


def entities(statement: str) -> list[str]:
    """Capitalised words inside a sentence: names of things."""
    found = []
    for place, match in enumerate(_WORD.finditer(statement)):
        word = match[0]
        if place and word[0].isupper() and len(word) > 1 and fold(word) not in _FILLER_FOLDED:
            found.append(word)
    return found
