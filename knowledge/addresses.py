"""Addresses of a site's pages: one spelling each, what belongs to the site, and traps."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from runtime.errors import BadInput

_LONGEST = 1_000
_LONGEST_NAME = 400
"""As long as a document's name may be."""

_MOST_SEGMENTS = 12
_MOST_VARIANTS = 20
"""Addresses of one path that differ only in what follows "?"."""

_MOST_DAYS = 30
"""Addresses that differ only in their numbers, of which some look like a date: a calendar."""

_DATED = re.compile(r"(?:19|20)\d\d[-/_](?:0?[1-9]|1[0-2])(?!\d)|(?:date|day|month|year|week)=\d")
_TRACKING = re.compile(
    r"utm_.*|gclid|fbclid|msclkid|mc_[ce]id|_ga|ref|sid|sessionid|phpsessid|jsessionid",
    re.IGNORECASE,
)
_SESSION = re.compile(r";jsessionid=[^/?]*", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+")
_OTHER_FILES = re.compile(
    r"\.(?:avif|bmp|gif|ico|jpe?g|png|svg|tiff?|webp|css|js|mjs|map|json|rss|atom|woff2?|ttf|eot"
    r"|mp[34]|m4[av]|avi|mov|ogg|wav|webm|zip|gz|tgz|rar|7z|exe|dmg|apk|iso|xlsx?|pptx?|ics|vcf)$",
    re.IGNORECASE,
)


def normal(url: str, base: str = "") -> str | None:
    """The one spelling of an address: whole, without fragment and tracking; None for no page.

    Raises nothing: what stands in a page may be anything.
    """
    try:
        parts = urlsplit(urljoin(base, url.strip()))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        return None
    usual = {"http": 80, "https": 443}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    place = shown if port in (None, usual) else f"{shown}:{port}"
    path = quote(unquote(_SESSION.sub("", parts.path) or "/"), safe="/:@!$&'()*+,;=~-._")
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=None)
        if not _TRACKING.fullmatch(name)
    ]
    made = urlunsplit((parts.scheme, place, _without_dots(path), urlencode(kept), ""))
    return made if len(made) <= _LONGEST else None


def name_of(url: str) -> str:
    """A page's name within its source: path and query; the end of a very long one is a hash."""
    parts = urlsplit(url)
    name = (unquote(parts.path) or "/") + (f"?{parts.query}" if parts.query else "")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 17]}~{sha256(url.encode()).hexdigest()[:16]}"


@dataclass(slots=True)
class Site:
    """What belongs to a site, and which of its addresses have been taken."""

    start: str
    prefix: str = "/"
    _variants: Counter[str] = field(default_factory=Counter)
    _shapes: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, start_url: str, prefix: str | None) -> Site:
        """Raises `BadInput` for an address that is none."""
        whole = start_url if "://" in start_url else f"https://{start_url}"
        start = normal(whole)
        if start is None:
            raise BadInput(
                "start_url: give the address of a page, such as https://example.com/help"
            )
        return cls(start, prefix or "/")

    def holds(self, url: str) -> bool:
        """Whether an address is on the site's host and under its prefix."""
        return self.is_here(url) and urlsplit(url).path.startswith(self.prefix)

    def is_here(self, url: str) -> bool:
        """Whether an address is on the site's host; http and https are the same site."""
        mine, other = urlsplit(self.start), urlsplit(url)
        return (mine.hostname, mine.port) == (other.hostname, other.port)

    def at(self, path: str) -> str:
        """An address of this host."""
        return urljoin(self.start, path)

    def trap(self, url: str) -> str | None:
        """Why an address is left out though it belongs here; counts those that are not."""
        parts = urlsplit(url)
        if _OTHER_FILES.search(parts.path):
            return ""
        segments = [each for each in parts.path.split("/") if each]
        if len(segments) > _MOST_SEGMENTS:
            return "addresses that grow longer and longer: left out"
        if any(times > 2 for times in Counter(segments).values()):
            return "addresses that repeat themselves: left out"
        shape = _NUMBERS.sub("0", name_of(url))
        if _DATED.search(f"{parts.path}?{parts.query}"):
            self._shapes[shape] += 1
            if self._shapes[shape] > _MOST_DAYS:
                return f"a calendar: only {_MOST_DAYS} of its days are read"
        if parts.query:
            self._variants[parts.path] += 1
            if self._variants[parts.path] > _MOST_VARIANTS:
                return f"more than {_MOST_VARIANTS} variants of one page: the others are left out"
        return None


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)
