"""Identifiers whose check digits prove them: cards, bank accounts, national ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from guardrails.spans import Span

_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z][\s-]?[A-Z][\s-]?\d[\s-]?\d(?:[\s-]?[A-Z0-9]){10,30}", re.IGNORECASE
)
_DIGITS = re.compile(r"\d(?:[\s.,_/·*-]{0,3}\d){12,63}")
_CARD_LENGTHS = range(19, 12, -1)

_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24,
    "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24,
    "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
"""Characters of an account number by country (SWIFT IBAN registry)."""


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        digit = int(char) * (1 + place % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def iban(value: str) -> bool:
    """ISO 13616: right length for the country, and mod-97 leaves 1."""
    compact = re.sub(r"[\s-]", "", value).upper()
    if _IBAN_LENGTH.get(compact[:2]) != len(compact):
        return False
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in rearranged)) % 97 == 1


def _weighted(digits: str, weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _cpf(digits: str) -> bool:  # Brazil
    if len(set(digits)) == 1:
        return False
    first = _weighted(digits, range(10, 1, -1)) * 10 % 11 % 10
    second = _weighted(digits, range(11, 1, -1)) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}"


def _cnpj(digits: str) -> bool:  # Brazil, companies
    weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
    checks = []
    for length in (12, 13):
        rest = _weighted(digits, weights[13 - length :]) % 11
        checks.append("0" if rest < 2 else str(11 - rest))
    return digits[12:] == "".join(checks)


def _steuer_id(digits: str) -> bool:  # Germany, ISO 7064 mod 11,10
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return digits[0] != "0" and (11 - product) % 10 == int(digits[10])


def _nir(digits: str) -> bool:  # France
    return digits[0] in "1234578" and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _dni(value: str) -> bool:  # Spain, DNI and NIE
    number = value[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == value[-1]


def _bsn(digits: str) -> bool:  # Netherlands, "eleven test"
    return digits != "000000000" and _weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0


_ODD_VALUES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]
_ODD_LETTERS = [2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [*_ODD_VALUES, *_ODD_VALUES, *_ODD_LETTERS],
        strict=True,
    )
)


def _codice_fiscale(value: str) -> bool:  # Italy
    total = sum(
        _ODD[char] if place % 2 == 0 else int(char, 36) - (10 if char.isalpha() else 0)
        for place, char in enumerate(value[:15])
    )
    return chr(65 + total % 26) == value[15]


def _nif(digits: str) -> bool:  # Portugal
    rest = _weighted(digits, range(9, 1, -1)) % 11
    return int(digits[8]) == (0 if rest < 2 else 11 - rest)


def _tfn(digits: str) -> bool:  # Australia, tax file number
    return digits[0] != "0" and _weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0


def _china(value: str) -> bool:  # GB 11643, ISO 7064 mod 11,2
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    return "10X98765432"[_weighted(value[:17], weights) % 11] == value[17]


def _my_number(digits: str) -> bool:  # Japan
    rest = _weighted(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def _dihedral(left: int, right: int) -> int:
    """Multiply in the dihedral group D5, which Verhoeff's check is built on."""
    if left < 5:
        return (left + right) % 5 + (5 if right >= 5 else 0)
    return (left - right) % 5 + (0 if right >= 5 else 5)


_PERMUTED = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def _aadhaar(digits: str) -> bool:  # India, Verhoeff
    check = 0
    for place, char in enumerate(reversed(digits)):
        digit = int(char)
        for _ in range(place % 8):
            digit = _PERMUTED[digit]
        check = _dihedral(check, digit)
    return digits[0] not in "01" and check == 0


def _taiwan(value: str) -> bool:
    letter = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(value[0]) + 10
    digits = f"{letter}{value[1:]}"
    return _weighted(digits, [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]) % 10 == 0


def _pesel(digits: str) -> bool:  # Poland
    return (10 - _weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10 == int(digits[10])


_Check = Callable[[str], bool]
_NATIONAL: tuple[tuple[re.Pattern[str], _Check], ...] = tuple(
    (re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE), check)
    for pattern, check in (
        (r"\d{3}[. ]?\d{3}[. ]?\d{3}[- ]?\d{2}", _cpf),
        (r"\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}", _cnpj),
        (r"\d{2} ?\d{3} ?\d{3} ?\d{3}", _steuer_id),
        (r"\d ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}", _nir),
        (r"[XYZ\d][ -]?\d{7}[ -]?[A-Z]", _dni),
        (r"\d{4}[. ]?\d{2}[. ]?\d{3}", _bsn),
        (r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", _codice_fiscale),
        (r"[A-Z]{3} ?[A-Z]{3} ?\d{2}[A-EHLMPRST]\d{2} ?[A-Z]\d{3}[A-Z]", _codice_fiscale),
        (r"\d{3} ?\d{3} ?\d{3}", _nif),
        (r"\d{3} ?\d{3} ?\d{3}", _tfn),
        (r"\d{6} ?\d{8} ?\d{3}[\dX]", _china),
        (r"\d{4}[ -]?\d{4}[ -]?\d{4}", _my_number),
        (r"\d{4}[ -]?\d{4}[ -]?\d{4}", _aadhaar),
        (r"[A-Z][12]\d{8}", _taiwan),
        (r"\d{11}", _pesel),
    )
)
_FORMAL = re.compile(
    # No check digit, but a form nothing else has: US SSN, UK National Insurance, Indian PAN.
    r"(?<![^\W_])(?:(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}"
    r"|[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"
    r"|[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z])(?![^\W_])",
    re.IGNORECASE,
)


_DIGIT = re.compile(r"\d")
_FEWEST, _MOST_HAVE = 4, 7
"""Digits of the shortest id with a fixed form (Indian PAN), and with check digits (Italy)."""


class ChecksummedIds:
    """Cards (Luhn), bank accounts (mod-97) and national ids with check digits or fixed forms."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        digits = len(_DIGIT.findall(text))
        if digits < _FEWEST:
            return
        if digits >= _MOST_HAVE:
            yield from self._checked(text)
        for found in _FORMAL.finditer(text):
            yield Span(*found.span(), "NATIONAL_ID")

    @staticmethod
    def _checked(text: str) -> Iterable[Span]:
        yield from cards(text)
        yield from ibans(text)
        for pattern, check in _NATIONAL:
            for found in pattern.finditer(text):
                if check(re.sub(r"[\s./-]", "", found[0]).upper()):
                    yield Span(*found.span(), "NATIONAL_ID")


def cards(text: str) -> Iterable[Span]:
    """Payment card numbers: 13 to 19 digits that pass Luhn, in groups of any kind, also a line
    each; an expiry date after them is not taken for part of them."""
    for found in _DIGITS.finditer(text):
        places = [place for place in range(*found.span()) if text[place].isdigit()]
        digits = "".join(text[place] for place in places)
        count = len(places)
        tails = {n for n in range(1, count) if places[n - 1] + 1 != places[n]} | {count}
        end = 0
        for start in sorted({0, *tails} - {count}):
            fitting = (
                start + length
                for length in _CARD_LENGTHS
                if start + length in tails and luhn(digits[start : start + length])
            )
            if start >= end and digits[start] in "23456" and (end := next(fitting, end)) > start:
                yield Span(places[start], places[end - 1] + 1, "CARD")


def ibans(text: str) -> Iterable[Span]:
    """International bank account numbers; a trailing word is not taken for part of one."""
    for found in _IBAN.finditer(text):
        wanted = _IBAN_LENGTH.get(re.sub(r"[\s-]", "", found[0][:4])[:2].upper())
        if wanted is None:
            continue
        end, count = found.start(), 0
        while end < found.end() and count < wanted:
            count += text[end].isalnum()
            end += 1
        if count == wanted and iban(text[found.start() : end]):
            yield Span(found.start(), end, "IBAN")
