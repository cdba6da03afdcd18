"""Values that the words before them name: "my zip is …", "Geburtsdatum: …", "账号…"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from guardrails.detectors import dates
from guardrails.spans import Span
from guardrails.text import lower, word_set

_L = r"A-Za-z0-9À-ɏ"
_FILLER = (
    r"no|nr|n[º°]|num|number|nummer|num[eé]ro|número|code|id|is|was|are|now|still|as|with|ist|war|"
    r"lautet|wäre|est|était|es|era|é|è|era|was|luidt|the|my|your|a|an|le|la|el|o|il|de|het|"
    r"mein|meine|der|die|das|mon|ma|mi|meu|minha|mio|mia|mijn|should be|to|su|votre|ihr|ihre|"
    r"on file|in|am|on|el día|il|em|op|year|following|new|neue|nouveau|nueva?|nov[oa]|nuov[oa]|"
    r"nieuwe"
)
_GAP = (
    rf"(?:['’]s)?(?:\s{{0,2}}(?:[:=#：＝\-–—*\"'“”„(（/]{{1,3}}|[(（][^()（）\d]{{1,15}}[)）]|"
    rf"(?<=[\s.:])(?:{_FILLER})\b\.?|\.|は|が|是|为|為|号|：|هو|هي))"
    r"{0,5}\s{0,3}[\"'“(（*#]{0,3}"
)
"""What may stand between a label and its value."""


def _labels(latin: str, dense: str = "") -> str:
    return rf"(?:(?<![{_L}])(?:{latin})(?![{_L}])" + (rf"|{dense})" if dense else ")")


_ZIP_LABEL = _labels(
    r"zip(?:[ -]?codes?)?|post(?:al)?[ -]?codes?|pin[ -]?code|eircode|plz|postleitzahl|"
    r"codes? posta(?:l|ux)|c\.?p\.?(?=[\s:])|c[oó]digo postal|cep|c\.?a\.?p\.?|"
    r"codice (?:di avviamento )?postale|postcode|kod pocztowy|postnummer|الرمز البريدي|"
    r"رمز بريدي|почтовый индекс|индекс",
    r"邮编|邮政编码|郵遞區號|郵便番号|〒|우편번호",
)
_ZIP = (
    r"(?:[A-Z]{1,2}\s?\d\s?[A-Z\d]?\s{0,2}\d\s?[A-Z]{2}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d|"
    r"[A-Z]\d{2}[ -]?[A-Z\d]{4}|(?:[A-Z]{1,2}[- ])?\d{4}\s?[A-Z]{2}(?![A-Za-z])|"
    r"(?:[A-Z]{1,2}-)?\d(?:[ -]?\d){2,9})"
)
_BIRTH_LABEL = _labels(
    r"date of birth|birth ?dates?|birth ?days?|d\.?o\.?b\.?|born|geburtsdatum|geburtstag|geboren|"
    r"geb\.?|date de naissance|anniversaire|née?|fecha de nacimiento|cumpleaños|nacid[oa]|nací|"
    r"data de nascimento|nascimento|aniversário|nascid[oa]|nasci|data di nascita|nat[oa]|"
    r"compleanno|geboortedatum|geboortedag|verjaardag|data urodzenia|urodzon[ya]|doğum tarihi|"
    r"födelsedatum|дата рождения|родил(?:ся|ась)|تاريخ الميلاد|تاريخ ميلادي|مواليد|ولدت|"
    r"year of birth|jahrgang",
    r"出生日期|出生于|出生在|出生|生日|生年月日|誕生日|생년월일|생일",
)
_USER_LABEL = _labels(
    r"user(?:[ -]?(?:id|name|names))?|log[ -]?in(?:[ -]?(?:id|name))?|account(?:[ -]?(?:id|name))|"
    r"account|handle|screen[ -]?name|nick(?:name)?|gamertag|benutzer(?:name|kennung|konto|id)?|"
    r"nutzer(?:name|kennung)|"
    r"kennung|anmeldename|(?:mein )?konto|identifiant|pseudo|nom d['’ ]utilisateur|compte|usuario|"
    r"nombre de usuario|cuenta|usuário|utilizador|nome de (?:usuário|utilizador)|conta|"
    r"nome utente|utente|account|gebruikers?(?:naam|account)?|inlog(?:naam|code)?|użytkownik|"
    r"username|instagram|telegram|skype|twitter|discord|tiktok|wechat|"
    r"اسم المستخدم|المستخدم|الحساب|حسابي|معرف|логин|пользователь",
    r"账号|帐号|账户|帐户|用户名|用户|微信号|微信|登录名|ログインid|ユーザー名|ユーザーネーム|ユーザーid|ユーザ名|ユーザー|アカウント名?|아이디|"
    r"계정",
)
_USER = rf"@?(?<![{_L}])[{_L}_](?:[{_L}_.\-]{{1,40}}[{_L}_])"
_ID_LABEL = _labels(
    r"passport(?:/id)?|id(?:[ -]?(?:card|number|no))?|identity (?:card|number)|national id|ssn|"
    r"social(?: security)?(?: number)?|driver'?s? ?licen[cs]e|driving licen[cs]e|licen[cs]e number|"
    r"tax ?(?:payer)?(?: ?(?:id|number|file number))|tfn|nino?|national insurance(?: number)?|"
    r"nhs(?: number)?|"
    r"medicare(?: number)?|aadhaa?r|pan(?: card)?|itin|ein|"
    r"steuer-?(?:id|nummer|identifikationsnummer|nr)|personalausweis(?:nummer)?|ausweis(?:nummer)?|"
    r"reisepass(?:nummer)?|sozialversicherungsnummer|svnr|ahv(?:-?nummer)?|"
    r"(?:num[eé]ro de )?s[eé]cu(?:rit[eé] sociale)?|n[°º] de s[eé]cu|nir|passeport|"
    r"carte d['’]identit[eé]|cni|"
    r"dni|nie|nif|pasaporte|c[eé]dula|curp|rfc|rut|seguridad social|"
    r"cpf|cnpj|rg|passaporte|bilhete de identidade|cart[aã]o de cidad[aã]o|"
    r"codice fiscale|c\.?f\.?|carta d['’]identit[aà]|passaporto|partita iva|"
    r"bsn|burgerservicenummer|sofinummer|paspoort(?:nummer)?|rijbewijs|pesel|"
    r"رقم الهوية|الهوية|رقم الجواز|جواز السفر|الإقامة|رقم الإقامة|снилс|инн|паспорт",
    r"身份证号码?|身分證(?:字號)?|身份证|护照号?|マイナンバー|個人番号|パスポート(?:番号)?|免許証(?:番号)?|"
    r"주민등록번호|여권번호",
)
_ID = r"[A-Z0-9](?:[ .\-/]{0,3}[A-Z0-9]){3,24}"
_CARD_END_LABEL = _labels(
    r"(?:card|visa|mastercard|amex|credit card|debit card|karte|carte|tarjeta|cart[aã]o|carta|"
    r"kaart)[^.\n\d]{0,30}?(?:ending|ends|last (?:four|4)|endet|endend|endung|endziffern|terminant|"
    r"finissant|se termine|terminada?|termina(?:ndo)?|acaba|final|finale|eindigt|eindigend)"
    r"(?: (?:digits|ziffern))?(?: (?:in|with|auf|mit|par|en|com|con|op|are))?"
    r"|ending (?:in|with)|last (?:four|4)(?: digits)?",
    r"尾号|末尾|下4桁|下四桁",
)
_SECRET_LABEL = _labels(r"cvv2?|cvc2?|card code|prüfziffer|sicherheitscode|pin|tan|otp|passcode")
_ACCOUNT_LABEL = _labels(
    r"iban|bic|swift|account(?: number| no| nr)?|bank account|sort code|routing(?: number)?|"
    r"kontonummer|bankverbindung|blz|compte|rib|cuenta|clabe|conta|agência|conto|"
    r"rekening(?:nummer)?|"
    r"الآيبان|آيبان|رقم الحساب|الحساب",
    r"银行账号|银行卡号?|账号|卡号|口座(?:番号)?|계좌번호?",
)
_ACCOUNT = r"[A-Z]\s?[A-Z]\s?\d\s?\d(?:[ .\-]{0,2}[A-Z0-9]){8,32}|\d(?:[ .\-/]{0,2}\d){5,24}"


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    label: re.Pattern[str]
    value: re.Pattern[str]
    fits: Callable[[str, bool], bool]
    """Whether a value is one; the flag says that something like a colon stands before it."""


def _digits(least: int) -> Callable[[str, bool], bool]:
    return lambda value, _: sum(char.isdigit() for char in value) >= least


_NOT_USERS = word_set(
    "wrong invalid not correct incorrect locked blocked missing required unknown gone disabled "
    "working again being still already deleted registered hacked closed the this that mine "
    "number name email password gesperrt falsch ungültig nicht weg bloqué invalide introuvable "
    "bloqueada incorrecto incorrecta bloqueado errado inválido errato bloccato geblokkeerd fout "
    "niet"
)


def _user(value: str, announced: bool) -> bool:
    plain = value.strip("@._-")
    if len(plain) < 3 or plain.isdigit():
        return plain.isdigit() and len(plain) >= 4
    marked = any(char.isdigit() or char in "_." for char in plain) or value.startswith("@")
    if marked:
        return True
    return announced and plain.lower() not in _NOT_USERS


_RULES = tuple(
    _Rule(kind, re.compile(label), re.compile(value, flags), fits)
    for kind, label, value, flags, fits in (
        ("ZIP", _ZIP_LABEL, _ZIP, re.IGNORECASE, _digits(3)),
        ("USER_ID", _USER_LABEL, _USER, re.IGNORECASE, _user),
        ("NATIONAL_ID", _ID_LABEL, _ID, re.IGNORECASE, _digits(4)),
        ("CARD", _CARD_END_LABEL, r"\d{4}(?!\d)", 0, _digits(4)),
        ("NUMBER", _SECRET_LABEL, r"\d(?:\s?\d){2,7}(?!\d)", 0, _digits(3)),
        ("IBAN", _ACCOUNT_LABEL, _ACCOUNT, re.IGNORECASE, _digits(6)),
    )
)
_AFTER_LABEL = re.compile(_GAP, re.IGNORECASE)
_ANNOUNCES = re.compile(
    r"[:=：#\"“'@]|\b(?:is|ist|est|es|é|è|lautet)\b|[は是为為]|هو", re.IGNORECASE
)
_BIRTH = re.compile(_BIRTH_LABEL)
_YEAR = re.compile(r"(?<!\d)(?:19[0-9]{2}|20[01][0-9])(?!\d)")
_BIRTH_REACH = 36
"""Characters between a label and a date of birth: "date of birth (day, month, year) is the"."""
_OLD = re.compile(r"(?<!\d)(?:\d{1,2}[-./]\d{1,2}[-./](?P<last>19\d\d|200\d|201[0-2])"
    r"|(?P<first>19\d\d|200\d|201[0-2])[-./]\d{1,2}[-./]\d{1,2})(?![\d-])")  # fmt: skip
"""A date in figures that is too old for an order: somebody's birthday."""
_HANDLES = (
    re.compile(rf"(?<![\w@.])@[A-Za-z][A-Za-z0-9_]{{2,30}}(?![{_L}@]|\.[a-z])"),
    re.compile(
        rf"(?<![{_L}_\-#/])[A-Za-zÀ-ɏ]{{2,}}(?:[_.][A-Za-zÀ-ɏ]{{2,}}){{0,3}}_\d{{2,}}(?![{_L}_])"
    ),
)
_ZIPS = (
    re.compile(
        r"(?<![A-Za-z0-9])(?:GIR 0AA|[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2})"
        r"(?![A-Za-z0-9])"
    ),
    re.compile(r"(?<![A-Za-z0-9])[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d(?![A-Za-z0-9])"),
    re.compile(r"〒\s?\d{3}-?\d{4}"),
    re.compile(r"(?<![\d.,-])\d{5}-\d{3,4}(?![\d-])"),
    re.compile(r"(?:(?<=\s)|(?<=\A))[A-Z]{2}\.?,?\s(?P<zip>\d{5})(?![\d.,]*\d)"),
    # Five digits that count nothing: nobody says "12345" alone and means a price.
    re.compile(r"(?<![\w.,:€$£¥#%+/-])(?<![€$£¥]\s)\d{5}(?=\s*(?:[.,;!?)\n]|\Z))(?![.,]\d)"),
)
_BARE_ZIP = re.compile(r"(?<![\w.,:€$£¥#%+/-])\d{4,6}(?![\w%€$£]|[.,]\d)")
_SCREEN = re.compile(r"\d|_|@")
_ZIP_SAID = re.compile(_ZIP_LABEL)


class LabelledValues:
    """Postal codes, dates of birth, user names, national ids and account numbers by context."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        digits = _SCREEN.search(text) is not None
        low = lower(text)
        for rule in _RULES:
            if digits or rule.kind == "USER_ID":
                yield from _labelled(text, low, rule)
        if digits:
            yield from _births(text, low)
            yield from _zips(text, low)


class Handles:
    """User names by their form: "@handle", "first_last_1234"."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        if "_" in text or "@" in text:
            for pattern in _HANDLES:
                for found in pattern.finditer(text):
                    yield Span(*found.span(), "USER_ID")


def _zips(text: str, low: str) -> Iterator[Span]:
    for pattern in _ZIPS:
        for found in pattern.finditer(text):
            yield Span(*found.span("zip" if pattern.groups else 0), "ZIP")
    label = _ZIP_SAID.search(low)
    if label:  # "my zip code used to be …": what follows somewhere in the message is one
        for found in _BARE_ZIP.finditer(text, label.end()):
            yield Span(*found.span(), "ZIP")


def _labelled(text: str, low: str, rule: _Rule) -> Iterator[Span]:
    for label in rule.label.finditer(low):
        gap = _AFTER_LABEL.match(text, label.end())
        at = gap.end() if gap else label.end()
        value = rule.value.match(text, at)
        if value is None:
            continue
        announced = bool(gap and _ANNOUNCES.search(gap[0]))
        end = _ids_end(text, *value.span()) if rule.kind == "NATIONAL_ID" else value.end()
        if end > at and rule.fits(text[at:end], announced):
            yield Span(at, end, rule.kind)


def _ids_end(text: str, start: int, end: int) -> int:
    """Cut an id where a word without digits begins: "X1234567 please"."""
    last = start
    for piece in re.finditer(r"[^\W_]+", text[start:end]):
        if piece[0].isalpha() and len(piece[0]) > 3:
            break
        if any(char.isdigit() for char in piece[0]):
            last = start + piece.end()
    trailing = re.match(r"[ .\-]?[A-Za-z](?![^\W_])", text[last:end])
    return last + trailing.end() if trailing else last


def _births(text: str, low: str) -> Iterator[Span]:
    for label in _BIRTH.finditer(low):
        reach = label.end() + _BIRTH_REACH
        near = [span for span, _ in dates.find(text) if label.end() <= span.start <= reach]
        if near:
            yield min(near)
        elif year := _YEAR.search(text, label.end(), reach):
            yield Span(*year.span(), "DOB")
    for found in _OLD.finditer(text):
        yield Span(*found.span(), "DOB")
