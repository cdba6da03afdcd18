"""Postal addresses in seven families of languages, and what belongs to them on both sides.

A *core* is unmistakable: a street's word beside a number, a suite, a box. From there the address
goes on over postal codes, places and units as far as they reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from guardrails.detectors.address_parts import (
    CAPITAL,
    NUMBER,
    POSTAL,
    UNIT,
    WORD,
    left_of,
    right_of,
)
from guardrails.spans import Span
from guardrails.text import lower

_START = r"(?<![\w.,:€$£/-])"
_NO_NAME = (
    r"for|the|a|an|of|to|in|on|at|and|or|km|m|min|minutes?|hours?|h|days?|weeks?|months?|years?|"
    r"items?|x|usd|eur|euro|by|per|people|persons|more|off|from|with|my|your|is|are|was|am|pm|gb|"
    r"mb|"
    r"tage|stunden|personen|jours|días|dias|giorni|dagen|uur|uhr"
)
_NAME = rf"(?!(?:{_NO_NAME})\b){WORD}"

# English: words of the Royal Mail and of USPS Publication 28. The strong ones are hardly anything
# else after a number and a word; the others are ordinary words and need capitals.
_STRONG = (
    r"street|str|st|avenue|ave|av|boulevard|blvd|road|rd|lane|ln|drive|dr|highway|hwy|parkway|pkwy|"
    r"terrace|crescent|turnpike|expressway|freeway|nagar|marg|chowk|ganj|zila|vihar|mews"
)
_WEAK = (
    r"all[ey]y|alley|annex|arcade|beach|bend|bluffs?|bottom|brae|branch|bridge|brooks?|burgs?|"
    r"bypass|camp|canyon|cape|causeway|cent(?:er|re)s?|chase|circles?|cliffs?|close|club|common|"
    r"corners?|course|courts?|ct|coves?|creek|crest|cross|crossing|crossroads?|curve|dale|dam|"
    r"divide|drives|downs?|estates?|extensions?|falls?|ferry|fields?|flats?|fords?|forest|forges?|"
    r"forks?|fort|gardens?|gate|gateway|glens?|greens?|groves?|harbou?rs?|haven|heights|hills?|"
    r"hollow|inlet|islands?|isle|junctions?|keys?|knolls?|lakes?|land|landing|lights?|loaf|locks?|"
    r"lodge|loop|mall|manors?|meadows?|mills?|mission|motorway|mount|mountains?|neck|orchard|oval|"
    r"overpass|parade|parks?|parkways|pass|passage|path|pike|pines?|place|pl|plains?|plaza|points?|"
    r"ports?|prairie|quay|radial|ramp|ranch|rapids?|rest|ridges?|rise|river|roads|route|row|run|"
    r"shoals?|shores?|skyway|springs?|spurs?|squares?|sq|station|stravenue|stream|streets|summit|"
    r"throughway|trace|track|trafficway|trail|tunnel|underpass|unions?|valleys?|viaduct|views?|"
    r"villages?|villas?|ville|vista|walks?|wall|way|wells?|wharf|colony|layout|bagh|gali|puram"
)
_COMPASS = r"(?:(?-i:[NSEW]{1,2})\.?\s|(?:north|south|east|west)\s)?"
_CLOSES = r"(?!\w)(?=\s*(?:[^\w\s%°€$£:]|\Z|" + UNIT + r"|" + POSTAL + r"))"
"""What follows a number that ends a street: nothing that it could count."""
_ENGLISH = (
    rf"{_START}{NUMBER},?\s{_COMPASS}(?:(?:{_NAME}|\d{{1,4}}(?:st|nd|rd|th)?)\s){{1,4}}?"
    rf"(?:{_STRONG})\b\.?",
    rf"{_START}{NUMBER},?\s{_COMPASS}(?:(?:{CAPITAL}|\d{{1,4}})\s){{1,4}}?"
    rf"(?=(?-i:[A-Z]))(?:{_WEAK})\b",
    rf"(?<![^\W\d_]\s){_START}{NUMBER}\s(?:street|avenue|road|lane|highway|boulevard|"
    rf"broadway)\b{_CLOSES}",
    rf"{_START}(?:h\.?\s?no\.?|house no\.?|plot no\.?|door no\.?)\s?[:#]?\s?\d+[\w/-]*"
    rf"(?:,?\s{CAPITAL}){{0,3}}",
    rf"{_START}\d{{1,5}}(?:/\d{{1,5}})?,?\s(?:{CAPITAL}\s){{0,2}}{CAPITAL},?\s"
    rf"{CAPITAL}(?:\s|\s?-\s?){POSTAL}",
)
_LOWER_ENGLISH = (
    rf"{_START}\d{{2,6}}(?:/\d{{1,4}})?,?\s(?:{_NAME}\s){{1,2}}?(?:{_WEAK})\b"
    r"(?=\s*(?:[,.;?!\n]|\Z))"
)
_FRENCH_WORDS = (
    r"rue|avenue|av\.|boulevard|bd\.?|blvd|all[ée]es?|allé|place|chemin|impasse|quai|cours|route|"
    r"passage|square|sentier|voie|villa|ruelle|mont[ée]e|faubourg|fbg|esplanade|promenade|"
    r"rond-point|"
    r"résidence|hameau|lieu-dit|cité|chaussée"
)
_OF = r"(?:(?:de|du|des|la|le|les|of|el|al|à|d['’]|l['’]|aux?)\s?)"
_FRENCH = (
    rf"{_START}{NUMBER}(?:\s?(?:bis|ter|quater))?,?\s(?:{_FRENCH_WORDS})\s{_OF}{{0,3}}"
    rf"{WORD}(?:\s{_OF}{{0,2}}{CAPITAL}){{0,4}}",
    rf"(?<!\w)(?:{_FRENCH_WORDS})\s{_OF}{{0,3}}{WORD}(?:[\s-]{_OF}{{0,2}}{WORD}){{0,3}}"
    rf",?\s(?:\d{{1,4}}(?:\s?(?:bis|ter))?{_CLOSES}|\d{{4,5}}(?=\s{WORD}))",
)
_ANNOUNCED = (
    rf"(?<!\w)(?:address(?: is|\s?:|s?\s?=)?|corner of|(?:live|lives|living|located|based|"
    rf"office is|staying|bus stop) (?:on|at|in)|"
    rf"moved to|station is on|off at|(?:wohne|wohnt|wohnhaft) (?:in|an)(?: der| dem)?|"
    rf"adresse(?: ist|\s?:)|"
    rf"habite(?: au)?|adresse est(?: au)?|vivo en|dirección(?: es|\s?:)|moro n[ao]|endereço(?: é|"
    rf"\s?:)|abito in|indirizzo(?: è|\s?:)|woon (?:op|aan)|adres(?: is|\s?:))"
    rf"\s(?!line\b)(?P<announced>(?:\d{{1,6}}\s)?(?:{CAPITAL}\s){{1,4}}(?:\d{{1,5}}[A-Za-z]?(?!\w)|"
    rf"(?=(?-i:[A-Z]))(?:{_STRONG}|{_WEAK})\b))"
)
_LOWER_ANY = (
    rf"(?<![\w.])(?:{_NAME}\s){{0,2}}{_NAME}\s\d{{1,5}}[a-z]?"
    rf",\s(?:\d{{4}}\s?[a-z]{{2}}|"
    rf"\d{{4,5}})(?=\s{WORD})"
)
_LOWER_FRENCH = (
    rf"{_START}{NUMBER},?\s(?:{_FRENCH_WORDS})\s{_OF}{{0,3}}"
    rf"{WORD}(?:\s{WORD}){{0,2}}(?=\s*(?:[,.;?!\n]|\Z))"
)
_ROMANCE_WORDS = (
    # Spain and Latin America
    r"calle|c/|cl\.|callejón|callejuela|avenida|avda\.?|av\.?|plaza|plazuela|pza\.?|paseo|camino|"
    r"carretera|ctra\.?|carrera|cra\.?|kr\.?|cr\.|diagonal|dg\.?|transversal|tv\.?|pasaje|pasadizo|"
    r"ronda|travesía|"
    r"urbanización|urb\.?|glorieta|rambla|cuesta|bulevar|bajada|subida|cañada|costanera|peatonal|"
    r"privada|cerrada|calzada|retorno|prolongación|circuito|andador|eje vial|boulevard|carrer|"
    r"alameda|barrio|colonia|rúa|vial|atajo|acceso|acequia|arroyo|barranco|corredor|viaducto|"
    r"ampliación|continuación|circunvalación|periférico|"
    # Portugal and Brazil
    r"rua|r\.|travessa|trv\.?|praça|praceta|pça\.?|estrada|rodovia|rod\.|largo|beco|ladeira|viela|"
    r"vereda|quinta|calçada|caminho|pátio|rotunda|azinhaga|esplanada|parque|jardim|praia|trecho|"
    r"trevo|setor|sítio|residencial|recanto|passarela|núcleo|morro|loteamento|lagoa|lago|favela|"
    r"fazenda|feira|estação|condomínio|conjunto|colônia|chácara|campo|distrito|quadra|vila|vale|"
    # Italy
    r"via|viale|v\.le|vicolo|piazza|p\.za|piazzale|piazzetta|corso|c\.so|strada|contrada|borgo|"
    r"canale|rotonda|stretto|incrocio|salita|lungomare|lungotevere|galleria|fondamenta|traversa|"
    r"località|frazione|"
    # Poland, Romania
    r"ul\.|ulica|al\.|aleja|os\.|strada|str\.|bulevardul|calea"
)
_HOUSE = (
    r"(?:n[º°ro]\.?\s?|nr\.?\s?|num\.?\s?|número\s|numero\s|#\s?)?"
    r"\d{1,6}(?:\s?[A-Za-zªº](?![^\W\d_]))?(?:\s?[-/#]\s?\d{1,5}[A-Za-z]{0,2})?"
    r"(?:\s(?:bis|sur|este|oeste|norte|sul))?|s/n\.?"
)
_ROMANCE = (
    rf"(?<![\w/])(?:{_ROMANCE_WORDS})\s(?:(?:{WORD}|\d{{1,4}}[ªºoa]?|"
    rf"\([^()\n]{{2,20}}\))\s?){{1,7}}?"
    rf",?\s?(?:{_HOUSE}){_CLOSES}",
    rf"(?<![\w/])(?-i:[A-Z])(?:(?<=R)ua|(?<=A)venida|(?<=V)ia|(?<=C)alle|(?<=P)laza|(?<=P)iazza|"
    rf"(?<=V)iale|(?<=T)ravessa)\s(?:{_OF}|del\s|do\s|da\s|"
    rf"dos\s){{0,2}}(?:{CAPITAL}\s){{0,4}}{CAPITAL},?\s(?:{_HOUSE})",
    # Colombia counts its streets.
    r"(?<!\w)(?:calle|cl|carrera|cra|cr|kr|diagonal|dg|transversal|tv|avenida|av|ak|ac)\.?\s\d{1,3}"
    r"\s?[A-Za-zªº]{0,3}(?:\s(?:bis|sur|este))?\s?(?:#|n[º°o]\.?)\s?\d{1,3}\s?[A-Za-z]{0,2}"
    r"(?:\s?-\s?\d{1,3})?(?:\s(?:sur|este|oeste|norte))?",
)
_GERMANIC_ENDS = (
    r"stra(?:ß|ss)e|str\.?|weg|platz|allee|gasse|gässchen|chaussee|steig|stieg|pfad|promenade|"
    r"straat|laan|plein|gracht|kade|dreef|singel|steeg|dijk|pad|baan|boulevard|vej|gade|gata|gatan|"
    r"gatu|götu|vägen|veien|vegen|stien|ntie|katu|utca|utcája"
)
_GERMANIC_CAPITAL_ENDS = (
    r"ring|damm|ufer|hof|markt|graben|berg|garten|höhe|feld|brücke|zeile|kai|hoek|hof|weide|dal|"
    r"burg|park|tun"
)
_BEFORE_NAME = (
    r"(?:(?:an|auf|in|zu|unter|hinter|vor) (?:der|dem|den)|am|im|zum|zur|alte[rns]?|neue[rns]?|"
    r"große|kleine|lange|kurze|obere|untere|hintere|vordere|sankt|st\.|oude|nieuwe|lange|korte|"
    r"grote|kleine|de|het|van|von)\s"
)
_DOOR = r"\d{1,5}\s?(?:[a-z](?![^\W_]))?(?:\s?[-/+]\s?\d{1,4}[a-z]?)?(?!\w)"
_GERMANIC = (
    rf"(?<!\w)(?:{_BEFORE_NAME}){{0,2}}(?:{CAPITAL}\s){{0,2}}[^\W\d_][\w.'’-]*(?:{_GERMANIC_ENDS})"
    rf"(?:\s\d{{1,5}}(?:\s?[-/]\s?\d{{1,4}})?|\s?{_DOOR}|\s{_DOOR})(?!\w)",
    rf"(?<!\w)(?:{_BEFORE_NAME}){{0,2}}(?:{CAPITAL}\s){{0,2}}{CAPITAL}[\s-]"
    rf"(?:{_GERMANIC_ENDS}|{_GERMANIC_CAPITAL_ENDS}|út|útja|tér|tere|u\.)\s?{_DOOR}",
    rf"(?<!\w){CAPITAL}(?<=[^\W\d_]{{7}})(?<=(?-i:[a-zäöüß]{{5}}))(?<!\d)(?:(?<=ring)|(?<=damm)|"
    rf"(?<=ufer)|(?<=hof)|(?<=markt)|(?<=graben)|"
    rf"(?<=berg)|(?<=garten)|(?<=höhe)|(?<=zeile)|(?<=feld))\s{_DOOR}{_CLOSES}",
)
_GENERAL = (
    rf"(?<!\w)(?:an der|an den|am|im|auf der|auf dem|in der|zum|zur|hinter der|"
    rf"vor dem)\s{CAPITAL}(?:\s{CAPITAL})?\s{_DOOR}{_CLOSES}",
    # A number on either side of a name, as forms print it.
    rf"{_START}\d{{2,6}}\s(?:{CAPITAL}\s){{1,4}}\d{{1,5}}(?!\w)(?=\s*(?:[,\n]|{UNIT}|{POSTAL}))",
    # Any name and number, before a postal code and a place.
    rf"(?<!\w)(?:{CAPITAL}\s){{0,3}}{CAPITAL}\s{_DOOR}(?:,\s?|"
    rf"\n)(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?:\s?(?-i:[A-Z]{{2}}))?\s{CAPITAL}",
)
_BOX = (
    r"(?<!\w)(?:p\.?\s?o\.?\s?box|post office box|postfach|po?stbus|b(?:oîte|oite) postale|b\.?p\.|"
    r"apartado(?: de correos| postal)?|aptdo\.?|caixa postal|casella postale|skrytka pocztowa|"
    r"ص\.?\s?ب\.?|صندوق بريد|а/я)\s?(?:no\.?\s?|n[º°]\s?|#\s?|:\s?)?\d{1,8}(?!\w)",
    r"(?<!\w)(?:psc|unit|cmr)\s\d{1,5},?\sbox\s\d{1,5},?\s(?:apo|fpo|dpo)\s(?:aa|ae|"
    r"ap)(?:\s\d{5})?",
    rf"(?<!\w)(?:uss|usns|usnv|usv|uscgc)\s{WORD},?\s(?:apo|fpo|dpo)\s(?:aa|ae|ap)(?:\s\d{{5}})?",
)
_ARABIC = (
    r"(?:شارع|طريق|حي|ميدان|ساحة|جادة|زقاق|درب|نهج|كورنيش|منطقة|مجمع|حارة)\s"
    r"(?:[\u0600-\u06ff]{1,15}\s){0,4}?[\u0600-\u06ff]{1,15}[،,]?\s(?:رقم\s)?\d{1,5}(?!\d)"
    r"(?:[،,]\s?(?:[\u0600-\u06ff]{2,15}\s?){1,3}(?:\s?\d{4,6}(?!\d))?)?",
)
_HAN = r"\u3400-\u9fff々"
_CHINESE = (
    rf"(?:[{_HAN}]{{2,7}}?(?:省|自治区|市|县|縣|区|區|州|盟|旗|镇|鎮|乡|鄉)){{0,4}}[{_HAN}]{{1,8}}?"
    r"(?:大道|大街|胡同|路|街|道|巷|弄|里|村|社区|小区|花园|"
    r"新村)(?:[东南西北東一二三四五六七八九十]{0,3}段)?"
    r"\s?(?:[A-Za-z]座|(?:[\d一二三四五六七八九十百〇零]{1,6}|[A-Za-z])\s?(?:号|號|弄|巷|段|座|栋|"
    r"棟|幢|楼|樓|室|单元|單元|层|層|户|"
    r"之)"
    r"(?:院|楼|樓)?|[\d-]{1,8})+(?:\s?[\dA-Za-z-]{1,6}\s?(?:号|號|楼|樓|室|单元|层|户|座|栋)){0,4}",
)
_JAPANESE = (
    rf"(?:〒?\d{{3}}-?\d{{4}}\s?)?[{_HAN}ァ-ヶーぁ-ん]{{2,24}}"
    r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s?(?:丁目|番地|番)(?:\s?\d{1,3}\s?(?:番地|番|号|"
    r"の)){0,3}"
    r"(?:\s?\d{1,3}(?:-\d{1,3})*(?:号室|号)?)?(?:\s?[^\W\d_]{2,14}\s?\d{1,4}(?:号室|号|階)?)?",
    rf"[{_HAN}]{{2,3}}[都道府県][{_HAN}ァ-ヶーぁ-ん]{{1,20}}\d{{1,3}}(?:-\d{{1,4}}){{1,3}}"
    r"(?:\s?[^\W\d_]{2,14}\s?\d{1,4}(?:号室|号)?)?",
    rf"[{_HAN}]{{1,5}}[市区郡町村][{_HAN}ァ-ヶーぁ-ん]{{1,16}}\d{{1,3}}(?:-\d{{1,4}}){{1,3}}",
    r"[가-힣]{1,6}(?:시|도)\s(?:[가-힣]{1,6}(?:시|군|구)\s){1,2}[가-힣\d]{1,10}(?:로|길|동|읍|"
    r"면)\s?\d{1,4}(?:-\d{1,4})?",
)
_CUT_BEFORE = re.compile(
    rf"[^\n。，、；：]*[成到在为為是给給至住寄往于於了请請送址将將就の]+(?=[{_HAN}]{{2}})"
)
"""Chinese verbs and particles before an address, which is written without a space."""


def _either(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_FAMILIES = (
    # A quick look at the text in lower case decides whether the long pattern can match at all.
    (
        re.compile(
            r"box|postfach|bus|boîte|boite|b\.?p\.|apartado|aptdo|caixa|casella|skrytka|ص|صندوق|"
            r"а/я|usn?[sv]|uscgc"
        ),
        _either(*_BOX),
    ),
    (re.compile(r"\d"), _either(*_ENGLISH)),
    (re.compile(rf"(?:{_FRENCH_WORDS})\s"), _either(*_FRENCH)),
    (
        re.compile(
            rf"(?<![\w/])(?:{_ROMANCE_WORDS}|cl|cr|kr|dg|tv|ak|ac)\s(?=.{{1,70}}?(?:\d|s/n))",
            re.DOTALL,
        ),
        _either(*_ROMANCE),
    ),
    (
        re.compile(rf"(?:{_GERMANIC_ENDS}|{_GERMANIC_CAPITAL_ENDS}|útja?|ter[e]?|tér|u\.)\s?\d"),
        _either(*_GERMANIC),
    ),
    (re.compile(r"[\w.]\s\d{1,5}[a-z]?(?:[,\n]|\s[a-z]|\s\d|$)"), _either(*_GENERAL)),
)
_WESTERN_LOWER = _either(_LOWER_FRENCH, _LOWER_ENGLISH, _LOWER_ANY)
_UNITS = re.compile(rf"(?<!\w){UNIT}", re.IGNORECASE)
_ANNOUNCES = _either(_ANNOUNCED)
_FLAT = re.compile(
    r"(?:apt|apartment|suite|ste|flat|wohnung|appartement|apartamento)\b", re.IGNORECASE
)
_CODE = re.compile(POSTAL, re.IGNORECASE)
_LEADING = re.compile(r"(?<![\w.,:€$£/-])\d{1,6}[A-Za-z]?,?\s\Z")
_ARAB = _either(*_ARABIC)
_HANZI = _either(*_CHINESE)
_KANJI = _either(*_JAPANESE)
_HAS_DIGIT = re.compile(r"\d")
_HAS_ARABIC = re.compile(r"[\u0600-\u06ff]")
_HAS_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff가-힣]")
_HAS_LATIN = re.compile(r"[A-Za-zÀ-ɏ]{2}")


class Addresses:
    """Streets with numbers, boxes, flats and what belongs to them, in Latin, Arabic, Chinese and
    Japanese script."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        digits = _HAS_DIGIT.search(text) is not None
        if _HAS_DENSE.search(text):
            yield from _dense(text)
        if _HAS_ARABIC.search(text) and digits:
            for found in _ARAB.finditer(text):
                yield Span(*found.span(), "ADDRESS")
        if (digits or "s/n" in text.lower()) and _HAS_LATIN.search(text):
            yield from _western(text)


def _western(text: str) -> Iterator[Span]:
    cased = not text.islower()
    low = lower(text)
    found = [
        one.span()
        for looks, pattern in _FAMILIES
        if looks.search(low)
        for one in pattern.finditer(text)
    ]
    if cased:
        found += [one.span("announced") for one in _ANNOUNCES.finditer(text)]
    else:
        found += [one.span() for one in _WESTERN_LOWER.finditer(text)]
    spans = []
    for start, end in found:
        number = _LEADING.search(text, max(0, start - 8), start)
        start = number.start() if number else start
        end = right_of(text, end, cased=cased)
        while text[end - 1] in ".,-'’":
            end -= 1
        spans.append(Span(start, end, "ADDRESS"))
    yield from spans
    for unit in _UNITS.finditer(text):
        if not any(one.start <= unit.start() < one.end for one in spans):
            yield from _beside(text, unit, cased)


def _beside(text: str, unit: re.Match[str], cased: bool) -> Iterator[Span]:
    """An address that only its flat or suite gives away."""
    start = left_of(text, unit.start(), cased=cased)
    end = right_of(text, unit.end(), cased=cased)
    if start is None and (_FLAT.match(unit[0]) or _CODE.search(text, unit.end(), end)):
        start = unit.start()
    if start is not None:
        yield Span(start, end, "ADDRESS")


def _dense(text: str) -> Iterator[Span]:
    for found in _KANJI.finditer(text):
        yield Span(_cut(text, *found.span()), found.end(), "ADDRESS")
    for found in _HANZI.finditer(text):
        yield Span(_cut(text, *found.span()), found.end(), "ADDRESS")


def _cut(text: str, start: int, end: int) -> int:
    """The beginning without the words before it."""
    before = _CUT_BEFORE.match(text, start, max(start, end - 5))
    return before.end() if before else start
