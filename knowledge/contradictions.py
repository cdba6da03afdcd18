"""Whether two statements are about the same and say something else.

Chosen on pairs of our own writing (`tests/knowledge/contradicting.py`); what a passage is about is
told by its words and by its vector, what it says by the figures and denials that a `Reader` finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import product
from typing import NamedTuple

import regex

from knowledge.embedding import Vectors
from knowledge.facts import Fact, Reader, differing, missing
from knowledge.tokens import common, tokens

SHARED = 0.5
"""Share of the shorter statement's words that both must have, in one language."""
ALIKE = 0.5
"""Cosine of two statements of one language that are about the same."""
ALIKE_ACROSS = 0.6
"""Cosine of two statements that only their vectors can compare: of two languages."""
DENIED = 0.75
"""Cosine of two statements of which one denies what the other says."""
SIMILAR = 0.75
"""Share of their words that two sentences have in common of which one denies the other."""
_ALIGNED = 0.6
"""How much of two statements runs in parallel where words that differ are held side by side."""

_PATH = " > "
_STEM = 5
_FEW = 1
"""So few common words do not tell what a sentence is about: its title does."""
_HAN = regex.compile(r"\p{Han}")
_BY_VECTORS = frozenset({"th", "lo", "km", "my", "ko"})
"""Languages whose words are not found by looking for spaces, or carry their endings."""

# Words that say nothing about the subject although they are no stop words: two companies' pages
# differ in them where they mean the same.
_PLAIN: Mapping[str, str] = {
    "en": "cost costs charge charges price fee carry carries come comes give gives get gets offer "
    "offers have has take takes last lasts valid possible allowed allow accept accepts able "
    "may must need needs require required include included apply applies free total after "
    "before working business not no never cannot without more than at least up to only always "
    "also all every each any our your customer customers you we us please day period time "
    "amount weigh weighs made make within faq help page guide handbook "
    "policy information overview",
    "de": "kostet kosten berechnen berechnet preis gebühr geben gibt gilt gelten beträgt betragen "
    "dauert dauern haben hat möglich erlaubt können kann dürfen darf müssen muss nehmen gewähren "
    "kostenlos gratis nach vor innerhalb binnen nicht kein keine ohne mehr mindestens höchstens "
    "nur immer auch alle jede unser ihr kunde kunden sie wir bitte frist zeit betrag "
    "uhr insgesamt faq hilfe seite frage fragen antwort antworten handbuch informationen überblick",
    "es": "cuesta cuestan precio tarda tardan plazo dura duran tener tienen tiene válido válida "
    "válidos posible permite puede pueden acepta aceptamos debe gratis gratuito después antes "
    "dentro no nunca sin más menos mínimo máximo sólo siempre también todo todos cada nuestro "
    "nuestros cliente clientes total hasta desde",
    "fr": "coûte coûtent prix frais dure durent délai avoir ont valable valables possible permet "
    "peut peuvent accepte acceptons doit gratuit gratuite offert offerte après avant ne pas jamais "
    "sans plus moins minimum maximum seulement toujours aussi tout tous toutes chaque nos notre "
    "votre client clients total partir achat",
    "it": "costa costano prezzo dura durano tempo avere ha hanno valido valida possibile può "
    "possono accettiamo deve avvenire gratuito gratis dopo prima entro non mai senza più meno "
    "minimo massimo solo sempre anche tutto tutti ogni nostro cliente clienti totale",
    "pt": "custa custam preço leva dura prazo ter tem válido válida possível pode podem aceitamos "
    "deve feito feita grátis após depois antes dentro não nunca sem mais menos mínimo máximo só "
    "sempre também todo todos cada nosso cliente clientes total até",
    "nl": "kost kosten prijs duurt duren termijn hebben heeft geldig mogelijk kan kunnen mag mogen "
    "moet gratis na voor binnen niet geen nooit zonder meer minder minimaal maximaal alleen altijd "
    "ook alle elke onze klant klanten totaal",
    "zh": "可以能在内以后前的了是不没有为即共需要天年月个请您我们也都",
    "ja": "以内可能後前日年月間円要無料御願不",
}  # fmt: skip


class Statement(NamedTuple):
    """One sentence with what it says, and the title and headings above it."""

    text: str
    language: str
    facts: tuple[Fact, ...]
    denies: bool
    words: tuple[str, ...]
    above: tuple[str, ...]
    """The words of title and headings."""
    title: tuple[str, ...]
    nearest: tuple[str, ...]
    """The words of the heading next above it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What two statements about the same say differently; `alike` is their cosine."""

    figures: tuple[tuple[str, str], ...]
    denial: bool
    alike: float


def statement(text: str, language: str, title: str, heading: str, reader: Reader) -> Statement:
    """Read a sentence; `heading` is the path "Returns > Costs" above it."""
    levels = [
        subject(reader.without_figures(level, language), language)
        for level in (title, *heading.split(_PATH))
    ]
    return Statement(
        text,
        language,
        tuple(reader.facts(text, language)),
        reader.denies(text),
        subject(reader.without_figures(text, language), language),
        tuple(word for level in levels for word in level),
        levels[0],
        levels[-1],
    )


def may_differ(ours: Statement, theirs: Statement) -> bool:
    """Whether they can contradict each other at all; cheap, needs no vectors."""
    by_words = comparable(ours, theirs)
    if differing(ours.facts, theirs.facts, counts=by_words):
        return not by_words or about_the_same(ours, theirs)
    if ours.facts or theirs.facts or not by_words or ours.denies == theirs.denies:
        return False
    return about_the_same(ours, theirs)


def compared(ours: Statement, theirs: Statement, alike: float) -> Difference | None:
    """What they say differently about the same, or None; `alike` is the larger cosine of the two
    sentences, alone and below their titles.

    Denials are only compared within one language: vectors hardly see a "not".
    """
    by_words = comparable(ours, theirs)
    figures = tuple(differing(ours.facts, theirs.facts, counts=by_words))
    if by_words:
        denial = not figures and not ours.facts and not theirs.facts
        denial = denial and ours.denies != theirs.denies and alike >= DENIED
        denial = denial and similar(ours, theirs) >= SIMILAR
        same = alike >= ALIKE and about_the_same(ours, theirs)
    else:
        denial = False
        # lists of prices differ in every figure of a line; a page that is wrong, in one of them
        same = alike >= ALIKE_ACROSS and (len(figures) == 1 or _agree_in_part(ours, theirs))
    return Difference(figures, denial, round(alike, 2)) if same and (figures or denial) else None


def _agree_in_part(ours: Statement, theirs: Statement) -> bool:
    return len(missing(ours.facts, theirs.facts)) < len(ours.facts)


def similar(one: Statement, other: Statement) -> float:
    """The share of their words that two sentences have in common, 0 to 1 (Dice)."""
    if not one.words and not other.words:
        return 1.0 if one.text == other.text else 0.0
    return similar_words(one.words, other.words)


def similar_words(one: Sequence[str], other: Sequence[str]) -> float:
    ours, theirs = set(one), set(other)
    return 2 * len(ours & theirs) / max(1, len(ours) + len(theirs))


def comparable(ours: Statement, theirs: Statement) -> bool:
    """Whether the words of two statements can be held against each other."""
    return ours.language == theirs.language and ours.language not in _BY_VECTORS


def about_the_same(ours: Statement, theirs: Statement) -> bool:
    """Whether the words of two statements of one language are about one subject.

    Not if each has words the other lacks at the same place: "shipping to Austria", "shipping to
    Japan"; nor if their titles are alike but for that: "closing a private account", "closing a
    business account".
    """
    mine, others = set(ours.words), set(theirs.words)
    shared = mine & others
    least = min(len(mine), len(others))
    if not shared or len(shared) < SHARED * least:
        return False
    if len(shared) <= _FEW and not _titles_meet(ours, theirs):
        return False
    if _parallel(ours.title, theirs.title) or _parallel(ours.nearest, theirs.nearest):
        return False
    left = mine - others - set(theirs.above)
    right = others - mine - set(ours.above)
    if not left or not right:
        return True
    return not _side_by_side(ours.words, theirs.words, left, right)


def _parallel(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether two titles are the same but for a word each."""
    left, right = set(ours) - set(theirs), set(theirs) - set(ours)
    if not left or not right or similar_words(ours, theirs) < _ALIGNED:
        return False
    return _side_by_side(ours, theirs, left, right)


def _titles_meet(ours: Statement, theirs: Statement) -> bool:
    if not ours.above or not theirs.above:
        return True
    mine, others = (*ours.above, *ours.words), (*theirs.above, *theirs.words)
    return any(
        word == other or (min(len(word), len(other)) >= _STEM and _begins(word, other))
        for word, other in (*product(ours.above, others), *product(mine, theirs.above))
    )


def _begins(word: str, other: str) -> bool:
    """Compounds: "Kündigung", "Kündigungsfrist"."""
    return word.startswith(other) or other.startswith(word)


def _side_by_side(
    ours: tuple[str, ...], theirs: tuple[str, ...], left: set[str], right: set[str]
) -> bool:
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    if matcher.ratio() < _ALIGNED:
        return True
    return any(
        tag == "replace" and left & set(ours[a:b]) and right & set(theirs[c:d])
        for tag, a, b, c, d in matcher.get_opcodes()
    )


def subject(text: str, language: str) -> tuple[str, ...]:
    """The words of a text that can name what it is about, in order; `text` is without figures."""
    found = tokens(text, language)
    if any(_HAN.match(word) for word in found):
        found = [word for word in found if len(word) == 1 and _HAN.match(word)]
    return tuple(
        word for word in found if word not in common(language) and word not in _plain(language)
    )


@cache
def _plain(language: str) -> frozenset[str]:
    return frozenset(tokens(_PLAIN.get(language, ""), language))


def cosine(ours: Vectors, theirs: Vectors) -> float:
    """Of two sentences, each as (alone, below its title): the larger cosine."""
    return float(max(ours[0] @ theirs[0], ours[1] @ theirs[1]))
