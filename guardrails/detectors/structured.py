"""Values that show by their form alone: mail addresses, phone numbers, long runs of digits."""

from __future__ import annotations

import re
from collections.abc import Iterable

from guardrails.spans import Span

_AT = r"(?:\s?@\s?|\s?[(\[{<]\s?(?:at|arroba|chez|bei|à|ät)\s?[)\]}>]\s?)"
_BRACKETED_AT = r"\s?[(\[{<]\s?(?:at|arroba|chez|bei|à|ät)\s?[)\]}>]\s?"
_DOT = r"(?:\.|\s?[(\[{<]\s?(?:dot|punkt|point|punto|ponto|punt)\s?[)\]}>]\s?)"
_SPOKEN_DOT = r"(?:\.|\s(?:dot|punkt|punto|ponto)\s)"
_DENSE = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts without spaces: an address begins and ends in the middle of what looks like a word."""
_CHAR = rf"[^\W{_DENSE}]"
_ALNUM = rf"[^\W_{_DENSE}]"
_ATOM = rf"{_ALNUM}(?:{_CHAR}|[+%'!#$&*=?^`{{|}}~-]){{0,63}}"
_LOCAL = rf"(?<![A-Za-z0-9_.+-]){_ATOM}(?:{_DOT}{_ATOM}){{0,6}}"
_LABEL = rf"{_ALNUM}(?:(?:{_CHAR}|-){{0,62}}{_ALNUM})?"
_END = rf"(?:[^\W\d_{_DENSE}]{{2,}}|xn--[\w-]+)"
_EMAIL = re.compile(
    rf"(?:{_CHAR}|[.+%'!#$&*=?^`{{|}}~-]){{0,64}}(?:{_CHAR}|\+){_AT}(?:{_LABEL}{_DOT})+{_END}"
    rf"|(?:{_ATOM}{_SPOKEN_DOT}){{0,6}}{_ATOM}{_BRACKETED_AT}(?:{_LABEL}{_SPOKEN_DOT})+{_END}"
    # "look at shop.example" is no address, "ana at shop dot example" is one.
    rf"|\"[^\"\n@]{{1,64}}\"@(?:{_LABEL}{_DOT})+{_END}"
    rf"|{_LOCAL}\s(?:at|arroba)\s(?:{_LABEL}{_SPOKEN_DOT}){{0,6}}{_LABEL}"
    rf"\s(?:dot|punkt|punto|ponto)\s{_END}",
    re.IGNORECASE,
)
_MAYBE_EMAIL = re.compile(r"@|[(\[{<]|\bat\b|\barroba\b", re.IGNORECASE)

_PHONE = re.compile(
    r"(?<![A-Za-z0-9_.À-ɏ])(?:\+\s?|\(\s?\+?)?\d(?:[ ]?[-./()·_]{0,2}[ ]?\d){5,16}(?!\d)"
    r"(?:\s?(?:ext|x|Durchwahl|ramal)\.?\s?\d{1,5})?"
)
_DATE_LIKE = re.compile(
    r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2}))\Z"
)
_YEARS = re.compile(r"(?:1\d|20)\d\d\s?[-/]\s?(?:1\d|20)?\d\d\Z")
"""A span of years: "1957-2011"."""
_MONEY_LIKE = re.compile(r"\d{1,3}(?:[., ]\d{3})+(?:[.,]\d{2})?\Z|\d+[.,]\d{2}\Z")
_CURRENCY = re.compile(
    r"[€$£¥₹%]|\b(?:eur|usd|chf|gbp|kr|zł|brl|r\$|inr|cny|jpy|rmb)", re.IGNORECASE
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IP = re.compile(
    rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?![\w.]*\d)"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}:){0,5}[0-9a-f]{1,4}(?![\w:])",
    re.IGNORECASE,
)
_RUN = re.compile(r"\d(?:[ \-./]?\d){5,}")
_SOLID_RUN = re.compile(r"(?<![^\W_])[^\W_]*\d{6,}[^\W_]*", re.ASCII)


class Emails:
    """Mail addresses, also with "(at)" and "(dot)"."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        if not _MAYBE_EMAIL.search(text):
            return []
        return [Span(*found.span(), "EMAIL") for found in _EMAIL.finditer(text)]


def plain_email(written: str) -> str:
    """The address behind "ana (at) example (dot) org"."""
    plain = re.sub(rf"{_AT}|\s(?:at|arroba)\s", "@", written, flags=re.IGNORECASE)
    return re.sub(rf"{_DOT}|\s(?:dot|punkt|punto|ponto)\s", ".", plain, flags=re.IGNORECASE)


class Phones:
    """Phone numbers in any spelling: six to seventeen digits, grouped as people group them."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        for found in _PHONE.finditer(text):
            if _is_date(found[0]) or _is_money(text, *found.span()):
                continue
            yield Span(*found.span(), "PHONE" if _dialled(found[0]) else "NUMBER")


class DigitRuns:
    """Any six or more digits in a row, whatever they are: they are put back afterwards."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        for found in _SOLID_RUN.finditer(text):
            yield Span(*found.span(), "NUMBER")
        for found in _RUN.finditer(text):
            if not (_is_date(found[0]) or _is_money(text, *found.span())):
                yield Span(*found.span(), "NUMBER")


class NetworkAddresses:
    """IPv4 and IPv6 addresses of machines people sit at."""

    languages: frozenset[str] = frozenset()

    def find(self, text: str, language: str) -> Iterable[Span]:
        for found in _IP.finditer(text):
            yield Span(*found.span(), "IP")


def _is_date(written: str) -> bool:
    return bool(_DATE_LIKE.match(written) or _YEARS.match(written))


def _is_money(text: str, start: int, end: int) -> bool:
    """Whether it is an amount. Nobody groups millions by spaces without saying of what."""
    written = text[start:end]
    if not _MONEY_LIKE.match(written):
        return False
    if " " not in written or sum(map(str.isdigit, written)) < 9:
        return True
    return _CURRENCY.search(text, max(0, start - 5), end + 5) is not None


def _dialled(number: str) -> bool:
    """Whether it is written like a phone number and not like some reference."""
    digits = re.sub(r"\D", "", number)
    return number.startswith(("+", "(", "0")) or (9 <= len(digits) <= 11 and " " in number)
