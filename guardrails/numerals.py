"""Numbers written as words, in seven languages: "thirty", "fünfundzwanzig", "quatre-vingt-dix"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from guardrails.text import word_set

_WORD = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"[ \u00a0-]{1,3}(?:(?:and|et|y|e)[ -])?\Z")
_FEW = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_SPOKEN: Mapping[str, tuple[str, str]] = {
    # 0 to 19, then 20 to 90; what is spelled in two ways has "/" between them.
    "en": (
        f"{_FEW} fifteen sixteen seventeen eighteen nineteen",
        "twenty thirty forty/fourty fifty sixty seventy eighty ninety",
    ),
    "de": (
        "null ein/eins/eine/einen/einem/einer zwei/zwo drei vier funf sechs sieben acht neun zehn "
        "elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn",
        "zwanzig dreissig/dreisig vierzig funfzig sechzig siebzig achtzig neunzig",
    ),
    "nl": (
        "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien "
        "vijftien zestien zeventien achttien negentien",
        "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    ),
    "fr": (
        "zero un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
        "quinze seize dix-sept dix-huit dix-neuf",
        "vingt/vingts trente quarante cinquante soixante septante huitante/octante nonante",
    ),
    "es": (
        "cero un/uno/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
        "quince dieciseis diecisiete dieciocho diecinueve",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    ),
    "pt": (
        "zero um/uma dois/duas tres quatro cinco seis sete oito nove dez onze doze treze "
        "catorze/quatorze quinze dezesseis/dezasseis dezessete/dezassete dezoito "
        "dezenove/dezanove",
        "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    ),
    "it": (
        "zero un/uno/una due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
        "quattordici quindici sedici diciassette diciotto diciannove",
        "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    ),
}
_LARGER: Mapping[str, str] = {
    "en": "hundred=100 thousand=1000 million=1000000 millions=1000000 billion=1000000000",
    "de": "hundert=100 einhundert=100 tausend=1000 million=1000000 millionen=1000000 "
    "milliarde=1000000000 milliarden=1000000000",
    "nl": "honderd=100 duizend=1000 miljoen=1000000 miljard=1000000000",
    "fr": "cent=100 cents=100 mille=1000 million=1000000 millions=1000000 milliard=1000000000 "
    "milliards=1000000000",
    "es": "mil=1000 millon=1000000 millones=1000000",
    "pt": "mil=1000 milhao=1000000 milhoes=1000000",
    "it": "cento=100 mille=1000 mila=1000 milione=1000000 milioni=1000000",
}
_HUNDREDS: Mapping[str, str] = {
    "es": "cien/ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos "
    "ochocientos novecientos",
    "pt": "cem/cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos "
    "novecentos",
}
_ORDINALS: Mapping[str, str] = {
    # Not the first three: they are mostly no numbers.
    "en": "fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
}
_DOUBTFUL = word_set("neuf sei")
"""Words that are a number only before what is counted: "new" in French, "you are" in Italian."""
_COUNTED = re.compile(
    r" (?:jours|heures|mois|semaines|ans|minutes|euros|personnes|fois|"
    r"giorni|ore|mesi|settimane|anni|minuti|euro|persone|volte)(?![^\W\d_])"
)

_COMMON: Mapping[str, frozenset[str]] = {
    "en": word_set("the and of to you is your for in with are that can be not have it we will"),
    "de": word_set("der die das und ist sie nicht mit fur wir ein zu den auf ihre konnen bei wird"),
    "nl": word_set("het een van en is niet u met voor wij uw zijn op te dat kunt bij naar wordt"),
    "fr": word_set("le les des est et vous pour une dans nous du votre pas sur que avec au sont"),
    "es": word_set("el los las es y usted para una en su del por que con no puede se al como"),
    "pt": word_set("os as e voce para uma em seu do da por que com nao pode se ao no na um dos"),
    "it": word_set("il lo gli di e per una in suo che con non puo si del della sono la nel alla"),
}
LANGUAGES = tuple(_SPOKEN)


def guess(words: list[str]) -> str:
    """The language of lower-case words without accents, by its commonest words; "" for others."""
    seen = set(words)
    scores = {name: len(seen & common) for name, common in _COMMON.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else ""


def spelled(text: str, language: str) -> Iterator[tuple[int, int, int]]:
    """Yield (value, start, end) for numbers in words; `text` is lower case without accents.

    "One" is among them, although it is an article in most languages: whoever reads a statement,
    not a source, should leave it out.
    """
    table = _table(language)
    if not table:
        return
    total = current = 0
    start = end = -1
    for word in _WORD.finditer(text):
        value = table.get(word[0])
        if value is None:
            continue
        if word[0] in _DOUBTFUL and not _COUNTED.match(text, word.end()):
            continue
        joined = start >= 0 and _BETWEEN.match(text, end, word.start()) is not None
        if joined and value >= 1000:
            total, current = total + (current or 1) * value, 0
        elif joined and value == 100 and 1 <= current <= 9:
            current *= 100
        elif joined and language == "fr" and value == 20 and current % 100 == 4:
            current += 76
        elif joined and _adds(current, value, language):
            current += value
        else:
            if start >= 0:
                yield total + current, start, end
            total, current = (value, 0) if value >= 1000 else (0, value)
            start = word.start()
        end = word.end()
    if start >= 0:
        yield total + current, start, end


def _adds(current: int, value: int, language: str) -> bool:
    if value >= 100:
        return current == 0
    if current % 100 == 0:
        return True
    tens = current % 100
    if language == "fr" and tens in (60, 80):
        return value < 20
    return tens >= (10 if language == "fr" else 20) and tens % 10 == 0 and 0 < value < 10


@cache
def _table(language: str) -> dict[str, int]:
    """Every number that is one word."""
    if language not in _SPOKEN:
        return {}
    small, tens = _SPOKEN[language]
    table: dict[str, int] = {}
    for value, names in enumerate(small.split()):
        table.update(dict.fromkeys((name for name in names.split("/") if "-" not in name), value))
    for place, names in enumerate(tens.split(), start=2):
        table.update(dict.fromkeys(names.split("/"), 10 * place))
    for place, names in enumerate(_HUNDREDS.get(language, "").split(), start=1):
        table.update(dict.fromkeys(names.split("/"), 100 * place))
    ordinals = _ORDINALS.get(language, "").split()
    table.update({name: value for value, name in enumerate(ordinals, start=4)})
    for pair in _LARGER[language].split():
        name, _, value_of = pair.partition("=")
        table[name] = int(value_of)
    table.update(_written_together(language, table))
    return table


def _written_together(language: str, table: Mapping[str, int]) -> dict[str, int]:
    """Numbers that German, Dutch, Italian and Spanish write as one word, up to 999."""
    ones = [(word, n) for word, n in table.items() if 1 <= n <= 9]
    tens = [(word, n) for word, n in table.items() if 20 <= n <= 90]
    made: dict[str, int] = {}
    if language in ("de", "nl"):
        link = "und" if language == "de" else "en"
        made = {f"{one}{link}{ten}": n + m for one, n in ones for ten, m in tens}
    elif language == "it":
        for ten, m in tens:
            for one, n in ones:
                stem = ten[:-1] if one[0] in "uo" else ten
                made[f"{stem}{one}"] = n + m
    elif language == "es":
        made = {f"veinti{one}": 20 + n for one, n in ones}
    hundred = {"de": "hundert", "nl": "honderd", "it": "cento"}.get(language)
    if hundred:
        below = {**{word: n for word, n in table.items() if 1 <= n <= 90}, **made}
        for head, n in [("", 1), *((word, n) for word, n in ones if n > 1 or language == "de")]:
            made[f"{head}{hundred}"] = 100 * n
            made.update({f"{head}{hundred}{rest}": 100 * n + m for rest, m in below.items()})
    thousand = {"de": "tausend", "nl": "duizend", "it": "mila"}.get(language)
    if thousand:
        made.update({f"{word}{thousand}": 1000 * n for word, n in table.items() if 1 <= n <= 90})
    return made
