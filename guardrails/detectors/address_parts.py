"""Words of addresses in many languages, and how far an address reaches beside its street."""

from __future__ import annotations

import re

from guardrails.text import word_set

_REST = r"(?:[^\W\d_]|['’.\-])*"
WORD = rf"[^\W\d_]{_REST}"
_UPPER_LATIN = "".join(chr(code) for code in range(0x100, 0x250) if chr(code).isupper())
CAPITAL = rf"(?-i:[A-ZÀ-ÖØ-Þ\u0386-\u03ab\u0400-\u042f{_UPPER_LATIN}]){_REST}"
NUMBER = r"\d{1,6}(?:\s?[A-Za-z](?![^\W\d_]))?(?:\s?[-/]\s?\d{1,5}[A-Za-z]?)?"

UNIT = (
    r"(?:(?:apt|apartment|level|apartamento|apto|appartement|appartamento|appt|suite|ste|unit|flat|"
    r"floor|"
    r"room|rm|building|bldg|block|studio|lot|space|trailer|door|plot|penthouse|"
    r"wohnung|whg|stock|etage|étage|[eé]tg|bâtiment|bât|escalier|porte|bte|bus|"
    r"piso|planta|puerta|pta|escalera|esc|interior|int|edificio|edif|edifício|departamento|depto|"
    r"dpto|portal|despacho|bloque|bloco|andar|sala|lote|casa|fração|scala|interno|piano|palazzina|"
    r"verdieping|appartementnr|شقة|طابق|الطابق|مبنى|بناية|عمارة|квартира|кв|корпус|подъезд)"
    r"\.?\s?(?:n[º°o]\.?\s?|no\.?\s?|nr\.?\s?|#\s?|"
    r":\s?)?(?:\d{1,5}(?:\s?[-/]\s?\d{1,4})?[A-Za-zº°ª]{0,2}|[A-Z]\d{0,4})(?![\w])"
    r"|#\s?\d{1,5}[A-Za-z]?(?!\w)|\d{1,2}(?:st|nd|rd|th|[oaº]|ª|°|er|e|\.)\s?(?:floor|fl|stock|og|"
    r"étage|etage|piso|andar|piano|verdieping|planta)\b)"
)
"""A flat, a floor or a building inside an address, with its number."""

POSTAL = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{4}\s?[A-Z]{2}|\d{5}-\d{3,4}|"
    r"\d{4}-\d{3}|\d{2}-\d{3}|\d{3}\s\d{2,3}|(?:[A-Z]{1,2}-)?\d{3,8})(?!\w)"
)
"""A postal code; only beside a street, for alone it is any number."""

_SEPARATOR = re.compile(r"[ \t]{0,2}[,;،–-]{0,2}[ \t]{0,2}(?:\n[>|* \t,-]{0,6})?")
_UNIT = re.compile(UNIT, re.IGNORECASE)
_POSTAL = re.compile(POSTAL, re.IGNORECASE)
_CAPITAL = re.compile(CAPITAL)
_WORD = re.compile(WORD)
_NUMBER = re.compile(r"\d{1,6}[A-Za-zªº]?(?:[-/]\d{1,4})?(?!\w)")
_PARTICLE = re.compile(
    r"(?:de|da|do|dos|das|del|della|delle|di|du|des|la|le|les|los|las|el|en|am|an der|im|in der|"
    r"bei|ob|nad|"
    r"van|von|der|den|aan|op|upon|on|of|sur|sous|sul|sulla|y|e|und|alle|alla|al|ad|pod|"
    r"na)\s(?=[^\W\d_])"
    r"|[dlDL]['’]\s?(?=[^\W\d_])",
    re.IGNORECASE,
)
_NOT_PLACES = word_set(
    "thanks thank thx please pls cheers regards hello hi hey bye yes no ok okay and or but so the "
    "i my "
    "we you it if when where what who how can could would will is are was phone tel tél telephone "
    "email mail mobile cell fax name order ref refund for from with because instead not before "
    "after "
    "bitte danke und oder aber ich mein meine wir sie wenn wann wo was wer wie kann ist telefon "
    "handy "
    "statt ändern für von mit ob es das die der ein eine nicht vor nach geändert schicken senden "
    "merci svp s'il et ou mais je mon ma nous vous quand où qui comment peut est téléphone "
    "portable "
    "au lieu pour avec pas avant après "
    "gracias por favor o pero yo mi nosotros usted cuando donde quien cómo como puede es teléfono "
    "móvil correo para con antes después "
    "obrigado obrigada mas eu meu minha nós você quando onde quem pode telefone celular antes "
    "depois "
    "grazie prego ma io mio mia noi voi quando dove chi come può telefono cellulare prima dopo per "
    "bedankt alstublieft en of maar ik mijn wij u als waar wie hoe kan telefoon mobiel voor met "
    "niet na "
    "apenas only just still"
)
_TOKENS = 9
"""Words, numbers and codes after which an address is over: place, region, country at most."""
_LOWER = 4
"""Words of a place in a text without capitals."""


def right_of(text: str, end: int, *, cased: bool) -> int:
    """Where an address ends whose street or unit ends at `end`."""
    last, at, words, coded = end, end, 0, False
    for _ in range(_TOKENS):
        gap = _SEPARATOR.match(text, at)
        here = gap.end() if gap else at
        if here == at:
            break
        found = _UNIT.match(text, here)
        if found is None and not coded:
            found = _POSTAL.match(text, here)
            coded = found is not None
        if found is not None:
            last = at = found.end()
            words = 0
            continue
        word = _place(text, here, cased)
        if word is None:
            break
        words += 1
        if not cased and words > _LOWER:
            break
        at = word.end()
        if cased or coded or _comes_to_code(text, at):
            last = _trimmed(word)
            if last < at:
                break
    return last


_LABEL = re.compile(r"[\w\s]{0,8}\*{0,2}[:：]")
"""Behind the name of a field ("City:") stands the next value, not the address."""
_JOINING = (
    "los ",
    "las ",
    "del ",
    "de ",
    "do ",
    "da ",
    "di ",
    "nad ",
    "na ",
    "pod ",
    "sul ",
    "sur ",
)
"""Particles that also join a word in lower case to the place before it ("Santa Ana del valle")."""


def _place(text: str, at: int, cased: bool) -> re.Match[str] | None:
    """The word of a place that begins here, after particles ("am", "de la")."""
    here = at
    for _ in range(3):
        particle = _PARTICLE.match(text, here)
        if particle is None:
            break
        here = particle.end()
    word = (_CAPITAL if cased else _WORD).match(text, here)
    if word is None and here > at and text[at:here].lower().startswith(_JOINING):
        word = _WORD.match(text, here)
    if word is None or word[0].rstrip(".").lower() in _NOT_PLACES or _LABEL.match(text, word.end()):
        return None
    return word


def _trimmed(word: re.Match[str]) -> int:
    """The word's end without a full stop, unless it is an abbreviation's."""
    if word[0].endswith(".") and len(word[0]) > 3:
        return word.end() - 1
    return word.end()


_CODE_AHEAD = re.compile(r"(?:[ ,]{1,2}[^\W\d_][\w'’.-]*){0,4}?[ ,]{1,2}" + POSTAL, re.IGNORECASE)


def _comes_to_code(text: str, at: int) -> bool:
    """Whether a postal code follows within a few words: then these are its place."""
    return _CODE_AHEAD.match(text, at) is not None


_BEFORE = re.compile(
    r"(?:(?P<number>\d{1,6}[A-Za-z]?(?:[-/]\d{1,4})?)|(?P<word>[^\W\d_][\w'’.\-]*))[ ,\n]{1,3}\Z"
)


_OPENS = word_set(
    "to at in on a an en em à auf bei nach zu address is adresse dirección sur su da die"
)


def left_of(text: str, start: int, *, cased: bool) -> int | None:
    """Where a street begins that ends before a unit at `start`; None when there is none.

    A street before a unit has a number of its own, in front of its name or behind it.
    """
    at, first, begun = start, None, start
    for count in range(7 if cased else 5):
        found = _BEFORE.search(text, max(0, at - 48), at)
        if found is None:
            break
        word = found["word"]
        if word is not None:
            plain = word.rstrip(".")
            if plain.lower() in _NOT_PLACES:
                break
            if (
                cased
                and not plain[0].isupper()
                and not _PARTICLE.fullmatch(plain + " x", 0, len(plain) + 1)
            ):
                break
            if plain.lower() in _OPENS:
                break
        at = found.start()
        if found["number"] is not None:
            first = at
            if count > 0:
                begun = at
        elif first is not None and count > 0:
            begun = at
    if first is None:
        return None
    return min(first, begun)
