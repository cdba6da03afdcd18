"""What a field takes, and how what is written is kept: one spelling for one meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import phonenumbers

from records.states import FieldType
from runtime.errors import BadInput

LONGEST = 2000
_MAIL = re.compile(r"[^\s@<>()\",;:]{1,64}@(?:[^\s@.<>()\",;:]{1,63}\.)+[^\s@.<>()\",;:]{2,63}")
_URL = re.compile(r"https?://[^\s/$.?#<>\"]+\.[^\s<>\"]+", re.IGNORECASE)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|[A-Za-z]{4}))?")
_YES = frozenset({"yes", "true", "1", "y"})
_NO = frozenset({"no", "false", "0", "n"})

STANDARD: dict[str, FieldType | str] = {
    "name": FieldType.TEXT,
    "email": FieldType.EMAIL,
    "phone": FieldType.PHONE,
    "language": "language",
    "country": "country",
    "company": FieldType.TEXT,
    "birthday": FieldType.DATE,
    "address.street": FieldType.TEXT,
    "address.zip": FieldType.TEXT,
    "address.city": FieldType.TEXT,
}
"""Fields that every record may have, and what they take."""


def checked(
    field: str,
    kind: FieldType | str,
    value: str,
    *,
    choices: Sequence[str] = (),
    country: str | None = None,
) -> str:
    """The value as it is kept. `country` reads phone numbers without a country code.

    Raises `BadInput` naming the field and the fix, never the value.
    """
    plain = " ".join(value.split()) if kind != FieldType.TEXT else value.strip()
    if len(plain) > LONGEST:
        raise BadInput(f"{field}: at most {LONGEST} characters")
    if any(ord(char) < 32 and char not in "\n\t" for char in plain):
        raise BadInput(f"{field}: take out the control characters")
    if kind == FieldType.CHOICE:
        return _choice(field, plain, choices)
    if kind == FieldType.PHONE:
        return _phone(field, plain, country)
    check = _CHECKS.get(kind)
    return check(field, plain) if check else plain


def _choice(field: str, plain: str, choices: Sequence[str]) -> str:
    for choice in choices:
        if choice.casefold() == plain.casefold():
            return choice
    raise BadInput(f"{field}: choose one of {', '.join(choices)}")


def _phone(field: str, plain: str, country: str | None) -> str:
    try:
        number = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise BadInput(f"{field}: write the number with + and the country code")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _number(field: str, plain: str) -> str:
    try:
        number = Decimal(plain)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or len(plain) > 40:
        raise BadInput(f"{field}: write a number such as 12 or 12.5")
    return format(number.normalize(), "f")


def _date(field: str, plain: str) -> str:
    try:
        return date.fromisoformat(plain).isoformat()
    except ValueError:
        raise BadInput(f"{field}: write the date as year-month-day, such as 2026-03-31") from None


def _yes_no(field: str, plain: str) -> str:
    word = plain.casefold()
    if word not in _YES | _NO:
        raise BadInput(f"{field}: write yes or no")
    return "yes" if word in _YES else "no"


def _email(field: str, plain: str) -> str:
    if not _MAIL.fullmatch(plain):
        raise BadInput(f"{field}: write one address such as name@example.org")
    local, _, domain = plain.rpartition("@")
    return f"{local}@{domain.lower()}"


def _url(field: str, plain: str) -> str:
    if not _URL.fullmatch(plain):
        raise BadInput(f"{field}: write an address that begins with https://")
    return plain


def _language(field: str, plain: str) -> str:
    match = _LANGUAGE.fullmatch(plain)
    if match is None or match[1].lower() not in _LANGUAGES:
        raise BadInput(f"{field}: write the language's code, such as de or pt-BR")
    rest = match[2]
    if rest is None:
        return match[1].lower()
    return f"{match[1].lower()}-{rest.upper() if len(rest) == 2 else rest.title()}"


def _country(field: str, plain: str) -> str:
    code = plain.upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise BadInput(f"{field}: write the country's two letters, such as DE")
    return code


_CHECKS: dict[FieldType | str, Callable[[str, str], str]] = {
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.YES_NO: _yes_no,
    FieldType.EMAIL: _email,
    FieldType.URL: _url,
    "language": _language,
    "country": _country,
}

_CODES = (
    "aa ab af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da "
    "de dv dz ee el en eo es et eu fa ff fi fil fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu "
    "hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw "
    "ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo yue za zh "
    "zu"
)
_LANGUAGES = frozenset(_CODES.split())
