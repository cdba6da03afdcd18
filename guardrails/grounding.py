"""What a statement and its sources have in common: words, names, denials, in windows of two
sentences (rules and thresholds: knowledge.md, section 5; figures: docs/measurements/gate.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from guardrails import figures
from guardrails.dates import is_month
from guardrails.detectors import tagger_model
from guardrails.figures import Figure, Have
from guardrails.text import fold, script, stream, view, word_set

COVERAGE = 0.5
"""Share of a statement's words that one window of the source must have."""

ALIKE = 0.8
"""How much two sentences must have in common before one is held against the other's "not"."""

_END = re.compile(r"[.!?。！？…]+[\"'”’»)\]]*(?=\s|[^\W\d_]|\[|\Z)|\n+")
_DENSE_END = "。！？"
_ABBREVIATED = word_set(
    "mr mrs ms dr prof st no nr art abs approx ca etc bzw usw inkl exkl ggf evtl max min vs inc "
    "ltd co corp sr sra jr av fig p pp tel e.g i.e z.b d.h u.a u.s u.k p.ej a.m p.m"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FILLER = word_set(
    "the a an and or but of to in on at for with by from is are was were be been it its this "
    "that these those you your we our us i my they their he she his her them can will would could "
    "should may might must do does did no not if as so than then there here have has had please "
    "also any all which what when how who where yes just about into get need want like make sure "
    "okay correct right case well let know sorry something able good great use using more "
    "most other first still even only such now new because since while through until however "
    "option options choice choices possible important thing things way ways kind type types "
    "der die das den dem des ein eine einen einem einer und oder aber von zu im in "
    "an auf für mit bei aus ist sind war sie ihr ihre wir uns ich es nicht auch kann können "
    "bitte le la les un une des et ou de du à au aux en dans sur pour avec par est sont vous "
    "votre nous notre je il elle ce cette ne pas que qui el los las y o del al es son su sus "
    "se usted nosotros no por para con um uma os as e do da dos das em no na nos nas que é "
    "são você seu sua nós não por para com il lo gli i di che è sono voi vostro non per con "
    "het een van op te zijn u uw wij ons niet voor met"
)
_FILLER_FOLDED = frozenset(map(fold, _FILLER))
_COMMON_LATIN = word_set("ok id faq app email mail web online pdf ai url sms ip tel link www pc")
_NO_NAMES = _FILLER_FOLDED | _COMMON_LATIN
_NAMES_TOO = word_set("US IT")
"""Capitals make names of these ordinary words."""
_REGULAR = ("ly", "ing", "able", "mente", "ment")
"""Endings of ordinary words that no list has all of."""
_PARTICLES = frozenset(
    "のはがをにでとやもへかなねよてしたすまいうるれんこそあ的了是在我您你和与及们吗呢吧"
)
"""Characters that most Japanese or Chinese sentences have: they carry nothing."""

_NO = re.compile(
    r"(?<![^\W_])(?:not|no|never|cannot|cant|neither|nor|without|\w+n't|\w+n t(?= )|non-?\w*|"
    r"un(?:able|available|eligible|authori[sz]ed|paid|used|opened|covered|limited|likely)|"
    r"in(?:eligible|valid)|impossible|disallowed|not-\w+|"
    r"nicht|kein(?:e|en|er|em|es)?|nie|niemals|ohne|unmoglich|unzulassig|ungultig|"
    r"ne|n'\w+|pas|jamais|aucune?|sans|nunca|sin|ningun\w*|tampoco|"
    r"nao|sem|nenhum\w*|non|mai|senza|nessun\w*|niet|geen|nooit|zonder)(?![\w'])"
)
"""Words that deny. "Ne ... pas" is counted once, as everything is in one sentence."""
_ANSWER = re.compile(
    r"^(?:no|nein|non|nee|nao)[,.!]\s+|^no (?:worries|problem)|don't (?:have to )?worry"
)
"""The answer to a question, which denies that and not what follows."""
_DENSE_NO = re.compile(
    r"不(?!過|过|同|仅|僅|但|断)|没有|沒有|無法|无法|非(?!常)|ません|ない|なし|않|없|못"
)


@dataclass(frozen=True, slots=True)
class Window:
    """One or two sentences of a source; `start:end` is their place in the passage as written."""

    text: str
    start: int
    end: int
    words: frozenset[str]
    have: Have


@dataclass(frozen=True, slots=True)
class Source:
    """A passage, cut into windows of two sentences; `flat` is all its letters and digits."""

    windows: tuple[Window, ...]
    names: frozenset[str]
    flat: str
    dominant: str


def split(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text begin and end, in order; bullets and lines are sentences."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match[0][0] != "\n" and not _ends(text, start, match):
            continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    trimmed = []
    for begin, end in spans:
        part = text[begin:end]
        begin += len(part) - len(part.lstrip())
        end -= len(part) - len(part.rstrip())
        if begin < end:
            trimmed.append((begin, end))
    return trimmed


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a full stop ends a sentence, not an abbreviation, an ordinal or a list's number."""
    if any(char in _DENSE_END for char in match[0]):
        return True
    after = text[match.end() : match.end() + 1]
    if after and not after.isspace() and after != "[":
        return False
    if match[0] != ".":
        return True
    word = re.search(
        r"(?:^|(?<=[\s(\[]))\S*\Z", text[max(start, match.start() - 20) : match.start()]
    )
    last = word[0].lower() if word else ""
    if last in _ABBREVIATED or re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", last):
        return False
    if re.fullmatch(r"\d{1,2}", last):
        listed = not text[start : match.start() - len(last)].strip()
        following = re.match(r"\s*([^\W\d_]+)", text[match.end() : match.end() + 20])
        return not listed and not (following and is_month(following[1]))
    return True


def sentences(text: str) -> list[str]:
    """The statements of a text, in order."""
    return [text[start:end] for start, end in split(text)]


@lru_cache(maxsize=512)
def source(passage: str, language: str = "") -> Source:
    """Cut a passage into windows. Kept, as the same passages answer many questions."""
    viewed = view(passage)
    plain = viewed.text
    parts = split(plain) or [(0, len(plain))]
    found = figures.read(plain, language)
    units = frozenset(one.unit for one in found) | figures.units_named(plain)
    meant = [frozenset(words(plain[start:end])) for start, end in parts]
    windows = []
    for place, (start, end) in enumerate(parts):
        told = meant[place]
        if place + 1 < len(parts):
            end, told = parts[place + 1][1], told | meant[place + 1]
        text = plain[start:end]
        inside = [one for one in found if start <= one.start and one.end <= end]
        begin, stop = viewed.origin(start, end) if start < end else (0, 0)
        windows.append(Window(text, begin, stop, told, figures.collect(inside, units)))
    return Source(
        tuple(windows),
        frozenset(names_in(plain)),
        stream(plain).text,
        dominant(plain),
    )


@lru_cache(maxsize=512)
def told_in(passage: str, language: str) -> tuple[tuple[frozenset[str], tuple[Figure, ...]], ...]:
    """The sentences of a passage that have a figure: their words and their figures."""
    plain = view(passage).text
    parts = [plain[start:end] for start, end in split(plain)]
    told = [(frozenset(words(part)), figures.read(part, language)) for part in parts]
    return tuple(one for one in told if one[1])


def words(text: str) -> list[str]:
    """Words that carry meaning, folded and roughly stemmed; single characters for CJK."""
    found: list[str] = []
    for word in _WORD.findall(text):
        if not word.isascii() and any(script(char) == "c" for char in word):
            found += [char for char in word if script(char) == "c" and char not in _PARTICLES]
            continue
        folded = fold(word).replace("’", "'").removesuffix("'s").removeprefix("non-")
        if folded not in _FILLER_FOLDED and len(folded) > 1:
            found.append(folded[:6])
    return found


def share(wanted: Sequence[str], have: frozenset[str]) -> float:
    """Share of a statement's words that a window has; 1.0 when there are none."""
    return sum(word in have for word in wanted) / len(wanted) if wanted else 1.0


def dominant(text: str) -> str:
    """The script most letters of a text belong to."""
    if text.isascii():
        return "l" if any(map(str.isalpha, text)) else ""
    counts: dict[str, int] = {}
    for char in text[:2_000]:
        if char.isalpha():
            name = "c" if script(char) == "c" else "l" if ord(char) < 0x250 else hex(ord(char) >> 8)
            counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: counts[name]) if counts else ""


def names_in(text: str) -> set[str]:
    """Every word of a text as a name could be spelled: folded, with hyphens and without, with
    its plural and possessive."""
    return {form for word in set(_WORD.findall(text)) for form in spellings(word)}


def spellings(word: str, *, whole: bool = False) -> set[str]:
    """The forms in which one name may be written; its parts among them unless `whole`."""
    folded = fold(word).replace("’", "'")
    parts = {folded, folded.removesuffix("'s"), folded.removesuffix("'")}
    if not whole:
        parts |= set(re.split(r"['-]", folded))
    return {form for part in parts for form in (part, part.removesuffix("s")) if len(form) > 1}


def entities(statement: str, *, nouns_large: bool) -> list[str]:
    """Words that look like names of something: capitals inside a sentence.

    Where nouns are written large only two of them in a row, and words in capitals, are names.
    """
    found: list[str] = []
    previous: re.Match[str] | None = None
    for match in _WORD.finditer(statement):
        word, opens = match[0], _opens(statement, match.start())
        ordinary = fold(word) in _NO_NAMES and word not in _NAMES_TOO
        large = len(word) > 1 and word[0].isupper() and not ordinary
        if large and not nouns_large and not opens:
            found.append(word)
        elif large and nouns_large:
            beside = previous is not None and statement[previous.end() : match.start()] == " "
            if (word.isupper() and len(word) > 2) or (not opens and beside):
                found.append(word)
        previous = match if large and not opens else None
    return found


def opening(statement: str) -> str:
    """The word a statement opens with, if it is one that nobody uses as an ordinary word: a name
    (by the word lists of the tagger)."""
    first = _WORD.search(statement)
    if first is None or not first[0][0].isupper() or not first[0].isalpha() or len(first[0]) < 3:
        return ""
    word = first[0].lower()
    if fold(word) in _NO_NAMES or word.endswith(_REGULAR):
        return ""
    return first[0] if tagger_model.loaded().words.code(word)[-1] == "0" else ""


def _opens(statement: str, start: int) -> bool:
    """Whether a word stands where any word has a capital: first, or after a colon or a quote."""
    before = statement[:start].rstrip(" \"'“”‘’«»„([*_")
    return not any(map(str.isalnum, before)) or before[-1] in ":;.!?。！？–—\n-•|/"


def belongs_elsewhere(named: Sequence[str], window: str, states: Callable[[str], bool]) -> bool:
    """Whether what a statement says of one name is said of another: its figures stand in a
    sentence that has another name instead of this one."""
    ours = {form for name in named for form in spellings(name)}
    seen = False
    for sentence in sentences(window):
        if not states(sentence):
            continue
        there = names_in(sentence)
        if all(spellings(name) & there for name in named):
            return False
        others = (spellings(name) for name in entities(sentence, nouns_large=False))
        seen = seen or any(not form & ours for form in others)
    return seen


_INITIALS = re.compile(r"[A-Z]{3,6}")
LONG_NAME = 8
"""Letters from which on a word with one wrong letter is the same word, misspelt."""


def abbreviates(name: str, text: str) -> bool:
    """Whether capitals are the first letters of words in a row, all but one of them written large:
    "SSN" is "Social Security number"."""
    if not _INITIALS.fullmatch(name):
        return False
    told: list[str] = _WORD.findall(text)
    for at in range(len(told) - len(name) + 1):
        row = told[at : at + len(name)]
        if all(word[0].upper() == letter for word, letter in zip(row, name, strict=True)):
            return sum(word[0].isupper() for word in row) >= len(name) - 1
    return False


def misspelt(word: str, names: Iterable[str]) -> bool:
    """Whether a long word is one of these but for one letter."""
    if len(word) < LONG_NAME or not word.isalpha():
        return False
    return _near(fold(word), names) is not None


def respelled(statement: str, names: Iterable[str]) -> str:
    """A statement in which a figure that slipped into a word ("healt0h") is taken out again."""

    def respell(found: re.Match[str]) -> str:
        return _near(found[0], names) or found[0]

    return re.sub(r"(?<!\w)[a-z]{2,}\d[a-z]+(?!\w)", respell, statement)


def _near(word: str, names: Iterable[str]) -> str | None:
    found = process.extractOne(word, names, scorer=OSA.distance, score_cutoff=1)
    return found[0] if found else None


def latin(statement: str) -> list[str]:
    """Latin words in a text of another script: names of products, companies, places."""
    return [
        word
        for word in re.findall(r"(?<![^\W\d_])[A-Za-z\u00c0-\u024f]{2,}", statement)
        if fold(word) not in _COMMON_LATIN
    ]


def codes(statement: str) -> list[str]:
    """Names that mix capitals and digits: "X200", "SS-5", "7A", "Post-9/11"."""
    found = re.findall(
        r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?:/\d+)*",
        statement,
    )
    return [code for code in found if not re.fullmatch(r"\d+(?:AM|PM|ST|ND|RD|TH|KG|GB|MB)", code)]


def denies(text: str) -> bool:
    """Whether a sentence denies something: "not", "cannot", "non-refundable", "kein"."""
    flat = _ANSWER.sub("", fold(text).replace("’", "'"))
    return bool(_NO.search(flat) or _DENSE_NO.search(text))


_NON = re.compile(r"\bnon\s?-\s?([^\W\d_]+)", re.IGNORECASE)


def denies_of(part: str, statement: str) -> bool:
    """Whether a clause denies something of what a statement speaks of: "non-college" says nothing
    against one that has no college in it."""
    said = set(words(statement))
    return denies(_NON.sub(lambda one: one[0] if said & set(words(one[1])) else " ", part))


def repeated(statement: str, window: str) -> list[tuple[str, str]]:
    """The clauses of a window that the statement repeats nearly word for word, each with the
    sentence it stands in.

    Only against these can a "not" or a changed number be held: what an honest paraphrase shortens
    or turns round says something else than any one sentence.
    """
    ours = set(words(statement))
    alike: list[tuple[float, str, str]] = []
    for part, whole, theirs in parts_of(window):
        if ours and theirs:
            alike.append((2 * len(ours & theirs) / (len(ours) + len(theirs)), part, whole))
    best = max((score for score, _, _ in alike), default=0.0)
    return [(part, whole) for score, part, whole in alike if score >= max(ALIKE, best - 0.05)]


@lru_cache(maxsize=1024)
def parts_of(window: str) -> tuple[tuple[str, str, frozenset[str]], ...]:
    """Clauses, sentences and the whole of a window: text, sentence, words."""
    parts = {window: window}
    for sentence in sentences(window):
        for part in (sentence, *re.split(r"[,;:()]| but | and ", sentence)):
            parts.setdefault(part, sentence)
    return tuple((part, whole, frozenset(words(part))) for part, whole in parts.items())


def all_figures(text: str, language: str) -> tuple[Figure, ...]:
    """The figures of a statement. "One" is an article in most languages and is none."""
    viewed = view(text).text
    return tuple(
        one
        for one in figures.read(viewed, language)
        if not (one.spelled and one.value in ("0", "1"))
    )


def everything(texts: Iterable[str]) -> tuple[frozenset[str], str]:
    """The names in several texts, and all their letters and digits."""
    joined = "\n".join(texts)
    return frozenset(names_in(view(joined).text)), stream(view(joined).text).text
