"""One form of a phone number or mail address, however it was written."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher

LONGEST = 320
_EMAIL = re.compile(r"[^\s@<>\"',;:()\[\]]{1,64}@[^\s@<>\"',;:()\[\]/]{3,255}")
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
MOST_CLAIMS = 5
"""Addresses of one message that are looked at."""


def canonical(kind: str, value: str) -> str | None:
    """The one form of an address, None when it is no whole one.

    `phone` needs its country code; `email` keeps the case of what stands before the @, which is
    the host's to interpret; everything else is kept as it is.
    """
    if not value.strip() or len(value) > LONGEST:
        return None
    if kind == "phone":
        return _phone(value)
    if kind == "email":
        return _email(value)
    return value.strip()


def _phone(value: str) -> str | None:
    text = value.strip()
    if text.startswith("00"):
        text = "+" + text[2:]
    if not text.startswith("+"):
        return None  # whose country it is would be a guess, and a guess joins strangers
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or number.country_code is None:
        return None  # a switchboard's number is many people's
    dialled = phonenumbers.national_significant_number(number)
    national = _same_line(number.country_code, dialled)
    if national == dialled and not phonenumbers.is_possible_number(number):
        return None
    return f"+{number.country_code}{national}"


def _same_line(country: int, national: str) -> str:
    """Numbers that are dialled, or used by WhatsApp, in two ways, in one of them."""
    if country == 55 and len(national) == 10 and national[2] in "6789":
        return f"{national[:2]}9{national[2:]}"  # Brazil: mobiles got a ninth digit
    if country == 52 and len(national) == 11 and national[0] == "1":
        return national[1:]  # Mexico: the 1 of mobiles is dialled no more
    if country == 54 and len(national) == 11 and national[0] == "9":
        return national[1:]  # Argentina: the 9 says "mobile", and is not always there
    return national


def _email(value: str) -> str | None:
    local, at, domain = value.strip().rpartition("@")
    if not at or not local or not _EMAIL.fullmatch(value.strip()):
        return None
    try:
        ascii_domain = domain.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return f"{local}@{ascii_domain}" if _DOMAIN.fullmatch(ascii_domain) else None


def claims(text: str) -> list[tuple[str, str]]:
    """The (kind, canonical address) pairs that a text names, at most `MOST_CLAIMS`."""
    if "@" not in text and "+" not in text:
        return []
    found: dict[tuple[str, str], None] = {}
    for match in _EMAIL.finditer(text[:5000]):
        address = _email(match[0].rstrip(".!?"))
        if address:
            found["email", address] = None
    if "+" in text:
        for number in PhoneNumberMatcher(text[:5000], None):
            phone = _phone(phonenumbers.format_number(number.number, PhoneNumberFormat.E164))
            if phone:
                found["phone", phone] = None
    return list(found)[:MOST_CLAIMS]
